// What became of a step or follow-up, recorded where it stands. The server draws every piece; this moves the focus, shows the form
// that was chosen, closes on Escape without losing what was typed, and counts the seconds in which it can be undone.
(function () {
  "use strict";

  const openers = new WeakMap();
  const placeOf = (element) => element.closest("[data-recorded-here]");

  // Shown again as it was left, where it was only closed.
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-record-opener]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const form = placeOf(opener)?.querySelector("[data-record]");
    if (!form) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show(form, true);
    focusOn(form);
  }, true);

  function show(form, visible) {
    (form.closest(".c-record-row") || form).hidden = !visible;
  }

  function focusOn(form) {
    const summary = form.querySelector("form:not([hidden]) [data-error-summary], :scope > [data-error-summary]");
    const first = form.querySelector("form:not([hidden]) :is(button, input:not([type=hidden]), select, textarea), input[type=radio]");
    (summary || first)?.focus();
  }

  function close(form) {
    show(form, false);
    const place = placeOf(form);
    [...(place?.querySelectorAll("[data-record-opener]") || [])].find((one) => one.offsetParent)?.focus();
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-record-close]");
    if (button) close(button.closest("[data-record]"));
  });

  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest("[data-record]");
    if (form) close(form);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.matches("input[name^='choice-']") && event.target.closest("[data-record]");
    if (!form) return;
    for (const one of form.querySelectorAll("[data-record-form]")) {
      one.hidden = one.dataset.recordForm !== event.target.value;
    }
  });

  // A refused form comes back with status 400 and what was typed.
  document.addEventListener("htmx:beforeSwap", (event) => {
    const from = event.detail.requestConfig.elt;
    if (event.detail.xhr.status !== 400 || !from.closest("[data-recorded-here]")) return;
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  });

  document.addEventListener("htmx:load", (event) => {
    const piece = event.detail.elt;
    const find = (selector) => (piece.matches(selector) ? piece : piece.querySelector(selector));
    const said = find("[data-said]");
    if (said) {
      said.focus();
      countDown(said);
    } else if (find("[data-record]")) focusOn(find("[data-record]"));
  });

  function countDown(said) {
    const button = said.querySelector("[data-undo-seconds]");
    if (!button) return;
    const until = Date.now() + 1000 * Number(button.dataset.undoSeconds);
    const timer = setInterval(() => {
      const left = Math.ceil((until - Date.now()) / 1000);
      if (!button.isConnected) clearInterval(timer);
      else if (left > 0) button.querySelector("span").textContent = `\u00a0(${left} s)`;
      else {
        clearInterval(timer);
        if (button === document.activeElement) said.focus();
        button.form.remove();
      }
    }, 1000);
  }

  // A page to which somebody was led: after recording without a piece of a page, or to record at once.
  document.addEventListener("DOMContentLoaded", () => {
    for (const said of document.querySelectorAll("[data-said]")) countDown(said);
    const wanted = new URLSearchParams(location.search).get("record");
    if (wanted) document.querySelector(`#step-${CSS.escape(wanted)} [data-record-opener]`)?.click();
  });
})();
