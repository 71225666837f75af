// Keys of the page on which a plan is drafted. They work on the title of a step, and on the page while no field is in use;
// who wants no single letters says so in their settings. Nothing here keeps the focus from going on. "/" is find.js.
(function () {
  "use strict";

  const dialog = document.getElementById("keys");
  if (!dialog) return;
  const titles = () => [...document.querySelectorAll("[data-row-open]")];
  const isOff = document.querySelector("[data-find]")?.dataset.find !== "/";

  function arrow(title, event) {
    const up = event.key === "ArrowUp";
    if (event.altKey) {
      title.closest("[data-step-id]").querySelector(`[data-reorder-move="${up ? "up" : "down"}"]`)?.click();
      return true;
    }
    if (event.ctrlKey || event.metaKey || event.shiftKey) return false;
    const all = titles();
    all[all.indexOf(title) + (up ? -1 : 1)]?.focus();
    return true;
  }

  const LETTERS = {
    n() {
      document.querySelector("#new-step [name=phase]")?.focus();
    },
    p(title) {
      title?.closest("[data-step-id]").querySelector("[data-reorder-parallel]")?.click();
    },
    "?"() {
      dialog.showModal();
    },
  };

  document.addEventListener("keydown", (event) => {
    const title = event.target.closest?.("[data-row-open]");
    if (event.defaultPrevented || !(title || event.target === document.body)) return;
    const isArrow = title && (event.key === "ArrowUp" || event.key === "ArrowDown");
    const letter = !event.ctrlKey && !event.metaKey && !event.altKey && !isOff && LETTERS[event.key];
    if (isArrow ? !arrow(title, event) : !letter) return;
    if (letter) letter(title);
    event.preventDefault();
  });

  document.querySelector("[data-keys]")?.addEventListener("click", () => dialog.showModal());
})();
