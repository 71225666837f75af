// An advisory is answered where it stands: its link opens a small form below it, and one stays where one was. Without this script
// the link leads to the page of all answers, and from there back. The answers of a plan are no part of what is signed.
(function () {
  "use strict";

  const template = document.querySelector("template[data-answer-form]");
  if (!template) return;
  const { consilium } = window;
  const FAULT = "Not saved, because of a fault in Consilium. Try again.";
  let opened = 0;

  const needsCitation = (form) => {
    form.querySelector("[data-part=citation]").hidden = form.elements.answer.value !== "newer_guidance";
  };

  // `as`: an answer that was chosen by its own button; the reason is all that is left to say.
  function open(item, as) {
    const link = item.querySelector("[data-answer]");
    if (!item.querySelector("[data-answer-here]")) fill(item, link);
    const form = item.querySelector("[data-answer-here]");
    if (as) form.elements.answer.value = as;
    needsCitation(form);
    form.elements[as ? "note" : "answer"].focus();
  }

  function fill(item, link) {
    item.append(template.content.cloneNode(true));
    const form = item.querySelector("[data-answer-here]");
    const { given, note, citation } = link.dataset;
    opened += 1;
    for (const [name, value] of Object.entries({ answer: given, note, citation })) {
      const control = form.elements[name];
      control.id = `answer-${opened}-${name}`;
      form.querySelector(`[data-part=${name}] label`).htmlFor = control.id;
      control.value = value || "";
    }
    form.setAttribute("aria-label", link.textContent);
  }

  function close(form) {
    const link = form.closest("li").querySelector("[data-answer]");
    form.remove();
    link.focus();
  }

  function tell(form, words) {
    const place = form.querySelector("[data-answer-problem]");
    place.hidden = !words;
    place.textContent = words;
  }

  async function save(form) {
    const link = form.closest("li").querySelector("[data-answer]");
    const { answer: anchor, version } = link.dataset;
    const body = new URLSearchParams({ csrfmiddlewaretoken: consilium.csrfToken(), [`${anchor}-version`]: form.dataset.version || version });
    body.set("next", new URLSearchParams(link.search).get("next") || "");
    for (const name of ["answer", "note", "citation"]) body.set(`${anchor}-${name}`, form.elements[name].value);
    const headers = { Accept: "application/json", "X-Requested-With": "fetch", ...consilium.act() };
    let response;
    try {
      response = await fetch(link.pathname, { method: "POST", body, headers, credentials: "same-origin" });
    } catch {
      return tell(form, "Not saved: no connection. Try again when you are back online.");
    }
    const answer = await response.json().catch(() => null);
    if (!response.ok || !answer?.html) {
      if (answer?.version !== undefined) form.dataset.version = answer.version;
      return tell(form, answer?.message || FAULT);
    }
    return done(form, answer);
  }

  // The same advisory as it now stands, with the focus on it; and the lists that count what has no answer.
  function done(form, answer) {
    const place = form.closest("li");
    const { item, unanswered, ...rest } = answer.html;
    for (const part of document.querySelectorAll("[data-unanswered]")) part.innerHTML = unanswered;
    if (item) {
      const holder = document.createElement("template");
      holder.innerHTML = item;
      const fresh = holder.content.firstElementChild;
      place.replaceWith(fresh);
      fresh.querySelector("[data-answer]").focus({ preventScroll: true });
    } else {
      place.remove();
      consilium.problem(answer.message || "");
    }
    for (const [id, html] of Object.entries(rest)) {
      const part = document.getElementById(id);
      if (part && !part.contains(document.activeElement) && !part.querySelector("[data-answer-here]")) part.innerHTML = html;
    }
  }

  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const link = plain && event.target.closest("a[data-answer], [data-answer-as]");
    if (link) {
      event.preventDefault();
      event.stopPropagation();
      open(link.closest("li"), link.dataset.answerAs);
    } else if (event.target.closest("[data-answer-close]")) close(event.target.closest("form"));
  }, true);

  document.addEventListener("change", (event) => {
    const form = event.target.closest("[data-answer-here]");
    if (form && event.target.name === "answer") needsCitation(form);
  });

  document.addEventListener("keydown", (event) => {
    const form = event.key === "Escape" && event.target.closest("[data-answer-here]");
    if (form) close(form);
  });

  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-answer-here]")) return;
    event.preventDefault();
    save(event.target);
  }, true);
})();
