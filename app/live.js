// Runs once, in the exchange that is being written: a new question comes to the top of the view.
let shown = null;

watch("value", () => {
  const turn = element.querySelector(".ld-exchange")?.id ?? null;
  if (turn !== shown) {
    shown = turn;
    const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const behavior = calm ? "instant" : "smooth";
    if (turn) {
      requestAnimationFrame(() => element.scrollIntoView({ behavior, block: "start" }));
    }
  }
});
