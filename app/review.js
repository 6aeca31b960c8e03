// Runs once, in the review: its buttons cite a paper or leave it out.
element.addEventListener("click", (event) => {
  const button = event.target.closest?.(".ld-change");
  if (button) {
    // The reader stays at this place while the review is written again.
    element.style.minHeight = `${element.offsetHeight}px`;
    trigger("amend", { paper: button.dataset.paper, how: button.dataset.how });
  }
});

watch("value", () => {
  if (element.querySelector("article, .ld-problem")) {
    element.style.minHeight = "";
  }
});
