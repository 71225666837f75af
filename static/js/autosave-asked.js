// A day that is unlikely is asked about beside its field: a tick sends it again, confirmed.
(function () {
  "use strict";

  const { fields } = window.consilium;

  function tick(autosave, asked, id) {
    const box = document.createElement("div");
    box.className = "nhsuk-checkboxes nhsuk-checkboxes--small";
    box.dataset.asked = asked.key;
    const item = document.createElement("div");
    item.className = "nhsuk-checkboxes__item";
    const control = document.createElement("input");
    Object.assign(control, { className: "nhsuk-checkboxes__input", type: "checkbox", id });
    const label = document.createElement("label");
    Object.assign(label, { className: "nhsuk-label nhsuk-checkboxes__label", htmlFor: id, textContent: asked.yes });
    control.addEventListener("change", () => {
      if (!control.checked) return;
      autosave.refused.delete(asked.name);
      autosave.later(0);
    });
    item.append(control, label);
    box.append(item);
    return box;
  }

  window.consilium.askDay = function (autosave, asked) {
    const control = fields.named(autosave.form, asked.name)[0];
    if (control) control.after(tick(autosave, asked, `${control.id}_asked`));
  };

  // What is ticked at the fields that are sent.
  window.consilium.confirmed = function (form, names) {
    return names.flatMap((name) => {
      const ticked = fields.group(form, name)?.querySelectorAll("[data-asked] input:checked") || [];
      return [...ticked].map((control) => control.closest("[data-asked]").dataset.asked);
    });
  };
})();
