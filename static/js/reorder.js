// Puts the steps of a plan in order by dragging, by the Up and Down buttons, or by arrow keys on the handle.
// The server decides: it gets the whole order and answers with the list as it now is. Protocol: static/README.md.
(function () {
  "use strict";

  const LOST = "The new order was not saved: no connection. The old order is shown again.";
  const items = (list) => [...list.querySelectorAll(":scope > [data-step-id]")];
  const title = (item) => item.querySelector("[data-step-title]")?.textContent.trim() || "Step";
  const lists = new WeakMap(); // list -> { before, lifted }

  function statusOf(list) {
    const box = list.closest("[data-reorder-container]") || list.parentElement;
    return box.querySelector("[data-reorder-status]");
  }

  function say(list, text, problem) {
    const place = statusOf(list);
    if (!place) return;
    place.classList.toggle("c-reorder-status--problem", Boolean(problem));
    place.textContent = text;
  }

  // Neighbours with the same position run at the same time.
  function groups(list) {
    const order = [];
    let last = null;
    for (const item of items(list)) {
      if (last !== null && item.dataset.position === last) order[order.length - 1].push(idOf(item));
      else order.push([idOf(item)]);
      last = item.dataset.position;
    }
    return order;
  }

  const idOf = (item) => (/^\d+$/.test(item.dataset.stepId) ? Number(item.dataset.stepId) : item.dataset.stepId);

  const snapshot = (list) => items(list).map((item) => [item, item.dataset.position]);

  function restore(list, before) {
    for (const [item, position] of before) {
      list.append(item);
      item.dataset.position = position;
    }
  }

  // A moved step stands alone until it is said to run beside another.
  function alone(item) {
    item.dataset.position = `new-${item.dataset.stepId}`;
  }

  async function send(list, before, item) {
    const order = JSON.stringify(groups(list));
    const body = new URLSearchParams({ order, version: list.dataset.version, csrfmiddlewaretoken: window.consilium.csrfToken() });
    const headers = { Accept: "application/json", "X-Requested-With": "fetch", ...window.consilium.act() };
    say(list, "Saving the order…");
    list.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(list.dataset.reorderUrl, { method: "POST", body, headers, credentials: "same-origin" });
      const answer = await response.json().catch(() => null);
      if (response.ok && answer && !window.consilium.signedOut(response)) return accept(list, answer, item);
      refuse(list, before, item, reason(response, answer));
    } catch {
      refuse(list, before, item, LOST);
    } finally {
      list.removeAttribute("aria-busy");
    }
  }

  function reason(response, answer) {
    if (answer && answer.message) return `${answer.message} The old order is shown again.`;
    if (response.status === 409) return "Someone else changed the plan first. Reload the page to see the newest version.";
    if (response.status < 500) return "You are signed out, or may not change this plan. The old order is shown again.";
    return "The new order was not saved because of a fault in Consilium. The old order is shown again.";
  }

  function refuse(list, before, item, text) {
    const focused = document.activeElement;
    restore(list, before);
    if (item.contains(focused)) focused.focus();
    say(list, text, true);
  }

  function accept(list, answer, item) {
    const focus = focusKey(item);
    const box = list.closest("[data-reorder-container]") || list.parentElement;
    const version = answer.version;
    const note = answer.message ? ` ${answer.message.replace(/\.?$/, ".")}` : "";
    if (version !== undefined) window.consilium.setVersion(list, version);
    const fresh = typeof answer.html === "string" ? replace(box, answer.html) : fill(answer.html || {}, list);
    if (answer.rows) window.consilium.draft?.place(answer.rows);
    document.dispatchEvent(new CustomEvent("consilium:plan-changed"));
    if (!fresh) return;
    start(document);
    const moved = fresh.querySelector(`[data-step-id="${CSS.escape(item.dataset.stepId)}"]`);
    if (moved && focus) refocus(moved, focus);
    say(fresh, `Order saved. ${title(moved || item)} is step ${moved ? moved.dataset.number : ""}.${note}`);
  }

  function replace(box, html) {
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.querySelector("[data-reorder]");
    const added = [...template.content.children];
    box.replaceWith(template.content);
    if (window.htmx) added.forEach((element) => window.htmx.process(element));
    return fresh;
  }

  function fill(parts, list) {
    for (const [id, html] of Object.entries(parts)) {
      const target = document.getElementById(id);
      if (!target) continue;
      target.innerHTML = html;
      if (window.htmx) window.htmx.process(target);
    }
    return list.isConnected ? list : document.querySelector("[data-reorder]");
  }

  // The same button on the redrawn card gets the focus back.
  function focusKey(item) {
    const focused = document.activeElement;
    if (!focused || !item.contains(focused)) return null;
    const keys = ["data-reorder-handle", "data-reorder-move", "data-reorder-parallel", "data-row-open"];
    const key = keys.find((one) => focused.hasAttribute(one));
    return key === "data-reorder-move" ? `[${key}="${focused.dataset.reorderMove}"]` : key && `[${key}]`;
  }

  function refocus(item, selector) {
    const same = item.querySelector(`${selector}:not([disabled])`);
    (same || item.querySelector("[data-reorder-handle], button:not([disabled])"))?.focus();
  }

  // Steps that run at the same time are passed as one: moving another step must not part them.
  function farEnd(item, direction) {
    const beside = (one) => (direction === "up" ? one.previousElementSibling : one.nextElementSibling);
    let neighbour = beside(item);
    while (neighbour && beside(neighbour) && beside(neighbour).dataset.position === neighbour.dataset.position) {
      neighbour = beside(neighbour);
    }
    return neighbour;
  }

  function leaveGroup(item) {
    const [above, below] = [item.previousElementSibling, item.nextElementSibling];
    if (above && below && above.dataset.position === below.dataset.position) farEnd(item, "down").after(item);
  }

  function shift(list, item, direction) {
    const neighbour = farEnd(item, direction);
    if (!neighbour) return false;
    const focused = document.activeElement;
    lists.get(list).moving = true;
    if (direction === "up") neighbour.before(item);
    else neighbour.after(item);
    if (item.contains(focused)) focused.focus();
    lists.get(list).moving = false;
    alone(item);
    return true;
  }

  function move(list, item, direction) {
    const before = snapshot(list);
    if (shift(list, item, direction)) send(list, before, item);
  }

  // Joins the step above, or parts from it together with those below that ran beside it.
  function toggleParallel(list, item) {
    const above = item.previousElementSibling;
    if (!above) return;
    const before = snapshot(list);
    const position = item.dataset.position;
    const all = items(list);
    const together = all.slice(all.indexOf(item)).filter((other) => other.dataset.position === position);
    const next = position === above.dataset.position ? `new-${item.dataset.stepId}` : above.dataset.position;
    for (const other of position === above.dataset.position ? together : [item]) other.dataset.position = next;
    send(list, before, item);
  }

  // Keyboard on the handle: the first arrow lifts the step, Enter drops it, Escape puts it back.
  function lift(list, item) {
    const state = lists.get(list);
    if (state.lifted === item) return;
    state.before = snapshot(list);
    state.lifted = item;
    item.classList.add("c-step--lifted");
  }

  function drop(list) {
    const state = lists.get(list);
    const item = state.lifted;
    if (!item) return;
    item.classList.remove("c-step--lifted");
    state.lifted = null;
    if (state.before.some(([one], index) => items(list)[index] !== one)) send(list, state.before, item);
    else restore(list, state.before);
  }

  function cancel(list) {
    const state = lists.get(list);
    const item = state.lifted;
    if (!item) return;
    state.moving = true;
    restore(list, state.before);
    item.classList.remove("c-step--lifted");
    item.querySelector("[data-reorder-handle]").focus();
    state.moving = false;
    state.lifted = null;
    say(list, "Not moved. The old order is shown again.");
  }

  function onKey(event) {
    const handle = event.target.closest("[data-reorder-handle]");
    if (!handle) return;
    const list = event.currentTarget;
    const item = handle.closest("[data-step-id]");
    if (event.key === "Escape") cancel(list);
    else if (event.key === "Enter" || event.key === " ") pickOrDrop(list, item);
    else if (event.key === "ArrowUp" || event.key === "ArrowDown") arrow(list, item, event.key === "ArrowUp" ? "up" : "down");
    else return;
    event.preventDefault();
  }

  function pickOrDrop(list, item) {
    if (lists.get(list).lifted) return drop(list);
    lift(list, item);
    say(list, `${title(item)} lifted. Arrow keys move it, Enter drops it, Escape puts it back.`);
  }

  function arrow(list, item, direction) {
    lift(list, item);
    const moved = shift(list, item, direction);
    const place = items(list).indexOf(item) + 1;
    const where = `place ${place} of ${items(list).length}`;
    say(list, moved ? `${title(item)}: ${where}. Enter drops it, Escape puts it back.` : `${title(item)} is already at ${where}.`);
  }

  function onClick(event) {
    const list = event.currentTarget;
    const item = event.target.closest("[data-step-id]");
    const button = event.target.closest("[data-reorder-move], [data-reorder-parallel]");
    if (!item || !button || button.disabled || list.hasAttribute("aria-busy")) return;
    event.preventDefault();
    if (button.hasAttribute("data-reorder-move")) move(list, item, button.dataset.reorderMove);
    else toggleParallel(list, item);
  }

  // A quarter of what the page would load, and nobody drags before they have moved or touched anything.
  const dragging = new Promise((ready) => {
    const source = document.currentScript.dataset.drag;
    const firsts = ["pointermove", "pointerdown", "touchstart", "wheel"];
    function fetchOnce() {
      for (const kind of firsts) document.removeEventListener(kind, fetchOnce, true);
      const script = document.createElement("script");
      script.addEventListener("load", ready);
      script.src = source;
      document.head.append(script);
    }
    for (const kind of firsts) document.addEventListener(kind, fetchOnce, { capture: true, passive: true });
  });

  async function drag(list) {
    await dragging;
    let before = [];
    window.Sortable.create(list, {
      handle: "[data-reorder-handle]",
      draggable: "[data-step-id]",
      ghostClass: "c-step--ghost",
      animation: window.matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
      onStart: () => { before = snapshot(list); },
      onEnd: ({ item, oldIndex, newIndex }) => {
        if (oldIndex === newIndex) return;
        alone(item);
        leaveGroup(item);
        send(list, before, item);
      },
    });
  }

  function start(root) {
    for (const list of root.querySelectorAll("[data-reorder]")) {
      if (lists.has(list)) continue;
      lists.set(list, { before: [], lifted: null, moving: false });
      list.addEventListener("keydown", onKey);
      list.addEventListener("click", onClick);
      list.addEventListener("focusout", () => lists.get(list).moving || drop(list));
      drag(list);
    }
  }

  document.addEventListener("htmx:load", (event) => start(event.target));
  start(document);
})();
