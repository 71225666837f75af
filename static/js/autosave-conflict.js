// The panel beside a field that two people changed: both texts, and two buttons.
(function () {
  "use strict";

  const { fields } = window.consilium;

  function fill(panel, conflict, theirs) {
    const by = conflict.by || "Someone";
    const at = conflict.at ? ` (${conflict.at})` : "";
    panel.setAttribute("aria-label", `Two versions of ${conflict.label}`);
    panel.querySelector("[data-conflict-title]").textContent = `${by} changed ${conflict.label} while you were typing${at}.`;
    panel.querySelector("[data-conflict-by]").textContent = conflict.by ? `${by}’s text` : "Their text";
    panel.querySelector("[data-conflict-theirs]").textContent = theirs;
  }

  function showMine(autosave, name, panel) {
    const values = fields.read(autosave.form, name);
    panel.querySelector("[data-conflict-mine]").textContent = fields.words(autosave.form, name, values);
  }

  function choice(autosave, name, panel, selector, keepMine) {
    const button = panel.querySelector(selector);
    button.type = "button";
    button.addEventListener("click", () => {
      panel.remove();
      autosave.settle(name, keepMine);
    });
  }

  window.consilium.askConflict = function (autosave, name, conflict) {
    const template = document.querySelector("template[data-autosave-conflict]");
    const box = fields.group(autosave.form, name);
    if (!template || !box) return;
    box.querySelector("[data-conflict]")?.remove();
    conflict.label = conflict.label || fields.label(autosave.form, name);
    const panel = template.content.cloneNode(true).querySelector("[data-conflict]");
    fill(panel, conflict, fields.words(autosave.form, name, conflict.theirs));
    showMine(autosave, name, panel);
    choice(autosave, name, panel, "[data-conflict-keep]", true);
    choice(autosave, name, panel, "[data-conflict-take]", false);
    box.append(panel);
    box.addEventListener("input", () => showMine(autosave, name, panel));
  };
})();
