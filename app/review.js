// Runs once, in the review: its buttons cite a paper or leave it out.
element.addEventListener("click", (event) => {
  const button = event.target.closest?.(".ld-name");
  if (button) {
    trigger("amend", { paper: button.dataset.paper, how: button.dataset.how });
  }
});
