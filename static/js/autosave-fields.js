// Reading, writing and marking the controls of a form, for autosave.js. Nothing here talks to the server.
(function () {
  "use strict";

  const MULTIPLE = new Set(["checkbox", "select-multiple"]);

  // Every control that is saved, also those linked from elsewhere on the page by form="...".
  function named(form, name) {
    return [...form.elements].filter(
      (control) =>
        control.name && (!name || control.name === name) && !["csrfmiddlewaretoken", "confirmed_dates"].includes(control.name) &&
        !["submit", "button", "hidden", "file", "fieldset", "output"].includes(control.type),
    );
  }

  function isMultiple(controls) {
    return controls.length > 0 && MULTIPLE.has(controls[0].type);
  }

  // The values as lists, now or as the server sent them. An empty group is [""], so that it is sent at all.
  function read(form, name, asLoaded) {
    const values = named(form, name).flatMap((control) => valuesOf(control, asLoaded));
    return values.length ? values : [""];
  }

  function valuesOf(control, asLoaded) {
    if (control.type === "checkbox" || control.type === "radio") {
      return (asLoaded ? control.defaultChecked : control.checked) ? [control.value] : [];
    }
    if (control.tagName === "SELECT") return selected(control, asLoaded);
    return [asLoaded ? control.defaultValue : control.value];
  }

  function selected(control, asLoaded) {
    const options = [...control.options].filter((option) => (asLoaded ? option.defaultSelected : option.selected));
    if (!options.length && asLoaded && control.type === "select-one" && control.options.length) {
      return [control.options[0].value];
    }
    return options.map((option) => option.value);
  }

  function write(form, name, values) {
    for (const control of named(form, name)) {
      if (control.type === "checkbox" || control.type === "radio") control.checked = values.includes(control.value);
      else if (control.type === "select-multiple") {
        for (const option of control.options) option.selected = values.includes(option.value);
      } else control.value = values[0] ?? "";
    }
  }

  // What a person would read on the page for these values.
  function words(form, name, values) {
    const texts = values.filter((value) => value !== "").map((value) => wordFor(form, name, value));
    return texts.length ? texts.join(", ") : "(empty)";
  }

  function wordFor(form, name, value) {
    for (const control of named(form, name)) {
      if (control.tagName === "SELECT") {
        const option = [...control.options].find((candidate) => candidate.value === value);
        if (option) return option.textContent.trim();
      } else if (["checkbox", "radio"].includes(control.type) && control.value === value && control.labels.length) {
        return control.type === "checkbox" && value === "on" ? "Yes" : control.labels[0].textContent.trim();
      }
    }
    return value;
  }

  function group(form, name) {
    const control = named(form, name)[0];
    return control ? control.closest("[data-field], .nhsuk-form-group") || control.parentElement : null;
  }

  // The name that people read at the field.
  function label(form, name) {
    const box = group(form, name);
    const shown = box && box.querySelector("legend, label");
    return shown ? shown.textContent.replace(/\s+/g, " ").replace(" (optional)", "").trim() : name;
  }

  function describe(control, id, add) {
    const ids = (control.getAttribute("aria-describedby") || "").split(/\s+/).filter((one) => one && one !== id);
    if (add) ids.push(id);
    if (ids.length) control.setAttribute("aria-describedby", ids.join(" "));
    else control.removeAttribute("aria-describedby");
  }

  function clearError(form, name) {
    const box = group(form, name);
    if (!box) return;
    box.classList.remove("nhsuk-form-group--error");
    for (const message of box.querySelectorAll(".nhsuk-error-message")) {
      const described = box.querySelectorAll("[aria-describedby]");
      for (const control of described) describe(control, message.id, false);
      message.remove();
    }
    for (const tick of box.querySelectorAll("[data-asked]")) tick.remove();
    for (const control of named(form, name)) control.removeAttribute("aria-invalid");
  }

  function showError(form, name, sentences) {
    clearError(form, name);
    const box = group(form, name);
    if (!box) return;
    const controls = named(form, name);
    const message = document.createElement("div");
    message.className = "nhsuk-error-message";
    message.id = `${controls[0].id || name}_error`;
    message.textContent = [].concat(sentences).join(" ");
    box.classList.add("nhsuk-form-group--error");
    place(box, controls[0], message);
    const fieldset = box.querySelector("fieldset");
    describe(fieldset || controls[0], message.id, true);
    for (const control of controls) control.setAttribute("aria-invalid", "true");
  }

  // Above the control, below its label and hint, as the server draws it.
  function place(box, control, message) {
    const wrapper = control.closest(".nhsuk-input-wrapper, .nhsuk-radios, .nhsuk-checkboxes") || control;
    if (box.contains(wrapper)) wrapper.before(message);
    else box.prepend(message);
  }

  window.consilium.fields = { named, isMultiple, read, write, words, group, label, clearError, showError };
})();
