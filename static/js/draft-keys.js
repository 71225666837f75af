// Keys of the page on which a plan is drafted. They work on the title of a step, and on the page while no field is in use;
// single letters can be switched off ("?"). Nothing here keeps the focus from going on.
(function () {
  "use strict";

  const OFF = "consilium-keys-off";
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  const titles = () => [...document.querySelectorAll("[data-row-open]")];
  const isOff = () => localStorage.getItem(OFF) === "1";

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
    "/"() {
      document.querySelector("[data-search]")?.focus();
    },
    "?"() {
      dialog.showModal();
    },
  };

  document.addEventListener("keydown", (event) => {
    const title = event.target.closest?.("[data-row-open]");
    if (event.defaultPrevented || !(title || event.target === document.body)) return;
    const isArrow = title && (event.key === "ArrowUp" || event.key === "ArrowDown");
    const letter = !event.ctrlKey && !event.metaKey && !event.altKey && !isOff() && LETTERS[event.key];
    if (isArrow ? !arrow(title, event) : !letter) return;
    if (letter) letter(title);
    event.preventDefault();
  });

  const box = dialog.querySelector("[data-keys-on]");
  box.checked = !isOff();
  box.addEventListener("change", () => localStorage.setItem(OFF, box.checked ? "" : "1"));
  document.querySelector("[data-keys]")?.addEventListener("click", () => dialog.showModal());
})();
