// Starts autosave on a page, and makes leaving the page wait for it.
(function () {
  "use strict";

  const { Autosave } = window.consilium;
  const running = new Map();
  let leaving = false;

  function start(root) {
    for (const form of root.querySelectorAll("form[data-autosave]")) {
      if (!running.has(form)) running.set(form, new Autosave(form));
    }
  }

  function of(event) {
    const form = event.target.form;
    return form && event.target.name ? running.get(form) : undefined;
  }

  const live = () => [...running.values()].filter((autosave) => autosave.form.isConnected);

  document.addEventListener("input", (event) => of(event)?.later());
  document.addEventListener("change", (event) => of(event)?.later(0));
  document.addEventListener("focusout", (event) => of(event)?.later(0));

  // Save first, then go. A page that cannot save now says so and stays; a second try asks whether to leave.
  function waitFor(event, go) {
    const unsaved = live().filter((autosave) => !autosave.problem && autosave.changed().length);
    if (leaving || event.defaultPrevented || !unsaved.length) return;
    event.preventDefault();
    Promise.all(unsaved.map((autosave) => autosave.save())).then((results) => {
      if (!results.every(Boolean)) return;
      leaving = true;
      go();
      leaving = false;
    });
  }

  document.addEventListener("submit", (event) => {
    const { target, submitter } = event;
    waitFor(event, () => target.requestSubmit(submitter));
  });

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[href]");
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    if (!link || !plain || link.target || link.hasAttribute("download")) return;
    if (link.hash && link.pathname === location.pathname && link.search === location.search) return;
    waitFor(event, () => location.assign(link.href));
  });

  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") live().forEach((autosave) => autosave.save());
  });

  window.addEventListener("online", () => live().forEach((autosave) => autosave.later(0)));

  window.addEventListener("beforeunload", (event) => {
    if (leaving || !live().some((autosave) => autosave.changed().length)) return;
    event.preventDefault();
  });

  // Parts of a form that what was saved makes worth filling in.
  document.addEventListener("autosave:saved", (event) => {
    for (const part of event.detail.opens || []) {
      const details = event.target.querySelector(`details[data-part="${CSS.escape(part)}"]`);
      if (details) details.open = true;
    }
  });

  // Draws a part of the page anew, unless somebody works in it or has typed there what is not sent yet. The title of a step may
  // have the focus, and keeps it.
  window.consilium.draw = (part, html) => {
    const active = document.activeElement;
    const title = part.contains(active) && active.matches("[data-row-open]");
    const typed = [...part.querySelectorAll("textarea, input[type=text]")].some((one) => one.value !== one.defaultValue);
    if (typed || (part.contains(active) && !title)) return false;
    part.innerHTML = html;
    if (title) part.querySelector("[data-row-open]")?.focus({ preventScroll: true });
    return true;
  };

  window.consilium.isUnsaved = (form) => Boolean(running.get(form)?.changed().length);

  for (const kind of ["htmx:load", "consilium:drawn"]) document.addEventListener(kind, (event) => start(event.target));
  start(document);
})();
