// The page on which a plan is drafted: a step opens in its row, a new one appears below, one that is taken out can be put back.
// The server answers with the parts of the page that follow (careplans/views/drafting.py). Without this script every link and
// form leads to a page of its own.
(function () {
  "use strict";

  const { consilium } = window;
  const { fields } = consilium;
  const FAULT = "That did not work because of a fault in Consilium. Reload the page to see what is saved.";
  const SIGNED_OUT = "You are signed out. Sign in again in another tab, then repeat what you did.";
  const list = () => document.querySelector("[data-reorder]");
  const rowOf = (node) => node.closest("[data-step-id]");
  const titleOf = (row) => row.querySelector("[data-row-open]");
  const drawn = (element) => element.dispatchEvent(new CustomEvent("consilium:drawn", { bubbles: true }));

  // null where it did not work, and the page has said why.
  async function ask(url, body, headers = {}) {
    consilium.problem("");
    let response;
    try {
      const known = { Accept: "application/json", ...consilium.act(), ...headers };
      response = await fetch(url, { method: body ? "POST" : "GET", body, headers: known, credentials: "same-origin" });
    } catch {
      consilium.problem("No connection. Nothing was changed. Try again when you are back online.");
      return null;
    }
    const answer = await response.json().catch(() => null);
    if (answer && (response.ok || answer.errors)) return answer;
    consilium.problem(answer?.message || (consilium.signedOut(response) ? SIGNED_OUT : FAULT));
    return null;
  }

  function make(html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    return template.content.firstElementChild;
  }

  // What follows from a change; a part in which somebody works stays as it is.
  function apply(answer) {
    for (const [id, html] of Object.entries(answer.html || {})) {
      const target = document.getElementById(id);
      if (target) consilium.draw(target, html);
    }
    if (answer.rows) place(answer.rows);
    if (answer.plan_version !== undefined && list()) consilium.setVersion(list(), answer.plan_version);
    if (answer.message) consilium.problem(answer.message);
    document.dispatchEvent(new CustomEvent("consilium:plan-changed"));
  }

  function place(rows) {
    const steps = list();
    tellOpen();
    for (const one of rows) {
      const row = steps.querySelector(`:scope > [data-step-id="${one.id}"]`);
      if (!row) continue;
      row.dataset.position = one.position;
      row.dataset.number = one.number;
      row.className = `c-step c-step--row c-step--${one.phase}${one.parallel ? " c-step--parallel" : ""}`;
    }
    const wanted = rows.map((one) => String(one.id));
    const now = [...steps.children].map((row) => row.dataset.stepId);
    if (wanted.every((id) => now.includes(id)) && wanted.join() !== now.join()) {
      for (const id of wanted) steps.append(steps.querySelector(`:scope > [data-step-id="${id}"]`));
    }
  }

  function shown(row, isOpen) {
    row.querySelector("[data-row-form]").hidden = !isOpen;
    tellOpen();
  }

  // Titles are drawn anew with their rows.
  function tellOpen() {
    for (const title of document.querySelectorAll("[data-row-open]")) {
      title.setAttribute("aria-expanded", String(!rowOf(title).querySelector("[data-row-form]").hidden));
    }
  }

  async function open(row, name) {
    const box = row.querySelector("[data-row-form]");
    const form = box.querySelector("form");
    if (!form || !consilium.isUnsaved(form)) {
      const answer = await ask(`${titleOf(row).pathname}row/`);
      if (!answer?.form) return;
      fill(box, answer);
    }
    shown(row, true);
    focusOn(row, name);
  }

  function fill(box, answer) {
    box.innerHTML = answer.form;
    drawn(box);
    const form = box.querySelector("form");
    for (const [name, why] of Object.entries(answer.notes || {})) note(form, name, why);
    propose(form, answer.proposed || {});
  }

  function focusOn(row, name) {
    const form = row.querySelector("[data-row-form] form");
    const control = (name && fields.named(form, name)[0]) || fields.named(form)[0];
    for (let at = control.closest("details"); at; at = at.parentElement.closest("details")) at.open = true;
    control.focus();
  }

  // What is typed is saved all the same while it is hidden.
  function close(row) {
    shown(row, false);
    titleOf(row).focus();
  }

  const toggle = (row, name) => (row.querySelector("[data-row-form]").hidden ? open(row, name) : close(row));

  // Says beside a field that its value was proposed, until somebody changes it.
  function note(form, name, why) {
    const control = fields.named(form, name)[0];
    const group = control && fields.group(form, name);
    if (!group) return;
    group.querySelector("[data-proposed]")?.remove();
    const words = document.createElement("p");
    Object.assign(words, { className: "c-proposed", id: `${control.id}_proposed`, textContent: why });
    words.dataset.proposed = "";
    group.append(words);
    control.setAttribute("aria-describedby", `${control.getAttribute("aria-describedby") || ""} ${words.id}`.trim());
  }

  // A plan, not a fact: what is empty, or still as it was proposed before, takes the proposal, which is saved with the rest. What
  // somebody typed or emptied stays so.
  function propose(form, proposals) {
    for (const [name, { value, why }] of Object.entries(proposals)) {
      const control = fields.named(form, name)[0];
      if (!control || control.validity.badInput || control.dataset.own || control.value === value) continue;
      if (control.value && control.value !== control.dataset.offered) continue;
      control.value = control.dataset.offered = value;
      note(form, name, why);
      control.dispatchEvent(new Event("change", { bubbles: true }));
    }
  }

  async function add(form) {
    if (form.dataset.sending) return;
    form.dataset.sending = "1";
    const body = new URLSearchParams(new FormData(form));
    body.set("in_row", "1");
    const answer = await ask(form.action, body);
    delete form.dataset.sending;
    if (!answer) return;
    if (answer.errors) return refuse(form, answer);
    const known = list().querySelector(`[data-step-id="${answer.id}"]`);
    const row = known || make(answer.row);
    if (!known) list().append(row);
    for (const empty of document.querySelectorAll("[data-empty-draft], [data-reorder-container] .c-empty")) empty.remove();
    for (const [id, html] of Object.entries(answer.fresh || {})) document.getElementById(id).innerHTML = html;
    apply(answer);
    fill(row.querySelector("[data-row-form]"), answer);
    shown(row, true);
    landBefore(row, firstEmpty(row));
  }

  // Before the field and not in it: a letter that is a key of this page would choose something in a list, and be saved.
  function landBefore(row, name) {
    const group = fields.group(row.querySelector("[data-row-form] form"), name);
    group.tabIndex = -1;
    group.dataset.landed = "";
    group.focus();
  }

  // Where somebody goes on who has just added a step.
  function firstEmpty(row) {
    const form = row.querySelector("[data-row-form] form");
    const goals = fields.named(form, "goals");
    if (goals.length && !goals.some((box) => box.checked)) return "goals";
    return goals.length ? "target" : "owner";
  }

  function refuse(form, answer) {
    const names = Object.keys(answer.errors);
    for (const control of fields.named(form)) fields.clearError(form, control.name);
    for (const name of names) fields.showError(form, name, answer.errors[name]);
    if (answer.message) consilium.problem(answer.message);
    if (names.length) fields.named(form, names[0])[0]?.focus();
  }

  // Take out, put back.
  async function send(form) {
    const answer = await ask(form.action, new URLSearchParams(new FormData(form)), { "X-Requested-With": "fetch" });
    if (!answer) return;
    if (answer.errors) return refuse(form, answer);
    if (answer.removed) document.getElementById(`step-${answer.removed}`)?.remove();
    if (answer.row && !document.getElementById(`step-${answer.id}`)) list().append(make(answer.row));
    // The button that was pressed is among what is drawn anew.
    document.activeElement?.blur();
    apply(answer);
    if (answer.removed) document.querySelector("#plan-removed button")?.focus();
    else titleOf(document.getElementById(`step-${answer.id}`))?.focus();
  }

  document.addEventListener("submit", (event) => {
    const does = event.target.matches("[data-row-add]") ? add : event.target.matches("[data-row-send]") ? send : null;
    if (!does) return;
    event.preventDefault();
    does(event.target);
  }, true);

  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const at = event.target;
    const row = plain && at.closest(".c-step--row");
    if (!row) return;
    if (at.closest("[data-row-open]")) {
      event.preventDefault();
      event.stopPropagation();
      toggle(row);
    } else if (at.closest("[data-row-close]")) close(row);
    else if (at.closest("[data-row-next]")) {
      shown(row, false);
      document.querySelector("#new-step [name=phase]")?.focus();
    } else if (at.closest("[data-cell]")) open(row, at.closest("[data-cell]").dataset.cell);
  }, true);

  document.addEventListener("keydown", (event) => {
    const box = event.key === "Escape" && event.target.closest("[data-row-form]");
    if (box) close(rowOf(box));
  });

  // What a person typed is theirs, whatever was proposed.
  document.addEventListener("input", (event) => {
    if (!event.isTrusted || !event.target.closest("[data-row-form]")) return;
    event.target.dataset.own = "1";
    event.target.closest("[data-field]")?.querySelector("[data-proposed]")?.remove();
  });

  document.addEventListener("autosave:saved", (event) => {
    const { rows, proposed, plan_version: version } = event.detail;
    if (proposed) propose(event.target, proposed);
    if (rows) place(rows);
    if (version !== undefined && list()) consilium.setVersion(list(), version);
    document.dispatchEvent(new CustomEvent("consilium:plan-changed"));
  });

  // The picture follows, a little later than each change, and never while another one is on its way.
  const picture = document.getElementById("plan-picture");
  let drawing = 0;
  let again = false;

  function redrawLater() {
    clearTimeout(drawing);
    drawing = setTimeout(redraw, 300);
  }

  async function redraw() {
    if (again) return redrawLater();
    again = true;
    try {
      const response = await fetch(picture.dataset.picture, { headers: { "X-Requested-With": "fetch", ...consilium.act() }, credentials: "same-origin" });
      if (response.ok && !response.redirected) picture.innerHTML = await response.text();
    } catch {
      // Without a connection the last picture stays; what is typed says by itself that it is not saved.
    } finally {
      again = false;
    }
  }

  if (picture) document.addEventListener("consilium:plan-changed", redrawLater);

  // What answers an advisory is fetched when somebody first answers one.
  const answers = document.querySelector("template[data-answer-form]");
  document.addEventListener("click", function fetchFirst(event) {
    const at = answers && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.target.closest("[data-answer], [data-answer-as]");
    if (!at) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.removeEventListener("click", fetchFirst, true);
    const script = document.createElement("script");
    script.addEventListener("load", () => at.click());
    script.src = answers.dataset.script;
    document.head.append(script);
  }, true);

  tellOpen();
  consilium.draft = { apply, open, place };
})();

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
    const landed = event.target.matches?.("[data-landed]") && event.target.closest("[data-step-id]");
    const title = landed ? landed.querySelector("[data-row-open]") : event.target.closest?.("[data-row-open]");
    if (event.defaultPrevented || !(title || event.target === document.body)) return;
    const isArrow = title && (event.key === "ArrowUp" || event.key === "ArrowDown");
    const letter = !event.ctrlKey && !event.metaKey && !event.altKey && !isOff && LETTERS[event.key];
    if (isArrow ? !arrow(title, event) : !letter) return;
    if (letter) letter(title);
    event.preventDefault();
  });

  document.querySelector("[data-keys]")?.addEventListener("click", () => dialog.showModal());
})();
