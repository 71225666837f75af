// Rows of a list that are chosen to be changed together: all on this page, and how many are. Without it the boxes and the button work.
(function () {
  "use strict";

  const bar = document.getElementById("chosen");
  if (!bar) return;
  const all = bar.querySelector("[data-pick-all]");
  const box = all.querySelector("input");
  const told = bar.querySelector("[data-pick-count]");
  const boxes = () => [...document.querySelectorAll('input[name="chosen"][form="chosen"]')];

  all.hidden = !boxes().length;

  function count() {
    const chosen = boxes().filter((one) => one.checked).length;
    told.textContent = chosen ? `${chosen} of ${boxes().length} on this page chosen` : "None is chosen";
    box.checked = chosen > 0 && chosen === boxes().length;
    box.indeterminate = chosen > 0 && !box.checked;
  }

  box.addEventListener("change", () => {
    for (const one of boxes()) one.checked = box.checked;
    count();
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches('input[name="chosen"]')) count();
  });
  document.addEventListener("htmx:load", count);
})();
