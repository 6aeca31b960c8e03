// Runs once, in the source panel: buttons with an id `ld-…` open their source there.
const side = element.closest("#ld-side");
let opener = null;

function reveal() {
  side.classList.add("ld-open");
  const mark = element.querySelector("mark");
  side.scrollTop = 0;
  if (mark) {
    mark.scrollIntoView({ block: "nearest" });
  }
  element.querySelector("h2")?.focus({ preventScroll: true });
}

function close() {
  side.classList.remove("ld-open");
  opener?.focus();
}

function choose(button) {
  document.querySelector(".ld-chosen")?.classList.remove("ld-chosen");
  button.classList.add("ld-chosen");
  const same = opener === button;
  opener = button;
  if (same) {
    reveal();
  }
  trigger("cite", { ref: button.id.slice(3) });
}

async function copy(button) {
  const answer = button.closest(".ld-answer").cloneNode(true);
  answer.querySelectorAll("details, .ld-foot").forEach((part) => part.remove());
  answer.querySelectorAll(".ld-verdict").forEach((badge) => {
    badge.textContent = ` (${badge.textContent})`;
  });
  answer.querySelectorAll(".ld-chip").forEach((chip) => {
    chip.textContent = ` [${chip.textContent}] `;
  });
  const blocks = [...answer.querySelectorAll(".ld-prose, h4, li")];
  const text = blocks.map((block) => block.textContent.replace(/\s+/g, " ").trim()).join("\n");
  await navigator.clipboard.writeText(text);
  button.textContent = "Copied";
  setTimeout(() => (button.textContent = "Copy"), 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button?.classList.contains("ld-close")) {
    close();
  } else if (button?.classList.contains("ld-copy")) {
    copy(button);
  } else if (/^ld-[cvrpnlw]-/.test(button?.id ?? "")) {
    choose(button);
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && side.classList.contains("ld-open")) {
    close();
  }
});

watch("value", () => (element.querySelector(".ld-source") ? reveal() : null));
