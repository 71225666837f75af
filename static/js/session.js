// A session ends when nobody does anything, and after twelve hours. This tells the server that somebody types or clicks, asks a
// minute before the end, and hides the page after it. The server alone decides; without this script the next page asks to sign in.
(function () {
  "use strict";

  const box = document.getElementById("session");
  if (!box) return;
  const MINUTE = 60000;
  // The server writes an act down once in so many milliseconds; what it knows may be older than this page.
  const UNSURE = 30000;
  const KNOWN = "consilium-session";
  const idle = Number(box.dataset.idle) * 1000;
  let acted = 0;
  let told = Date.now();
  let idleEnds = Date.now() + idle - UNSURE;
  let ends = known(box.dataset.began);
  // What is done in one tab holds in all of them at once.
  const tabs = "BroadcastChannel" in window ? new BroadcastChannel(KNOWN) : null;
  let shown = "";
  let timer = 0;

  // The twelve hours of a session are asked for once in a tab, and then known.
  function known(began) {
    const [of, at] = (sessionStorage.getItem(KNOWN) || "").split(" ");
    return of === began ? Number(at) : 0;
  }

  async function ask(method) {
    const headers = { Accept: "application/json", "X-Requested-With": "fetch" };
    if (method === "POST") {
      headers["X-CSRFToken"] = window.consilium.csrfToken();
      told = Date.now();
    }
    let response;
    try {
      response = await fetch(box.dataset.url, { method, headers, credentials: "same-origin" });
    } catch {
      return null; // No connection: nothing is known, so nothing is said.
    }
    if (response.status === 401) return {};
    if (!response.ok) return null;
    const answer = await response.json();
    if (String(answer.person) !== box.dataset.person) return { other: true };
    idleEnds = Date.now() + answer.idle * 1000;
    ends = Date.now() + answer.left * 1000;
    // After signing in again in another tab the forms of this page hold a token that is no longer good.
    const token = window.consilium.csrfToken();
    for (const field of document.querySelectorAll('input[name="csrfmiddlewaretoken"]')) if (token) field.value = token;
    sessionStorage.setItem(KNOWN, `${answer.began} ${ends}`);
    return { stands: true };
  }

  const left = () => Math.min(idleEnds, ends || Infinity) - Date.now();

  function later() {
    clearTimeout(timer);
    const rest = left();
    // Before the last minute at its beginning; in it now and then, because another tab may have answered. Looked at every minute
    // at least: a computer that slept has not counted.
    const wait = rest > MINUTE ? Math.min(rest - MINUTE + 500, MINUTE) : Math.min(Math.max(rest + 500, 1000), 15000);
    timer = setTimeout(look, wait);
  }

  async function look(isAsked) {
    if (isOver()) return;
    if (isAsked === true || !ends || left() < MINUTE) settle(await ask("GET"));
    if (!isOver()) later();
  }

  const isOver = () => shown === "over" || shown === "other";

  function settle(answer) {
    if (!answer) return;
    if (!answer.stands) over(answer.other);
    else if (left() > MINUTE) show("");
    else show(idleEnds <= ends ? "idle" : "longest");
  }

  function show(what) {
    if (what === shown) return;
    shown = what;
    const template = what && document.getElementById(`session-${what}`);
    box.replaceChildren(...(template ? [template.content.cloneNode(true)] : []));
  }

  function hasTyped() {
    return [...document.querySelectorAll("main form:not([method='get']) :is(input, textarea, select)")].some((control) => {
      if (control.type === "hidden") return false;
      if (["checkbox", "radio"].includes(control.type)) return control.checked !== control.defaultChecked;
      if (control.tagName !== "SELECT") return control.value !== control.defaultValue;
      const options = [...control.options];
      return options.some((option) => option.defaultSelected) ? options.some((o) => o.selected !== o.defaultSelected) : control.selectedIndex > 0;
    });
  }

  // Nobody reads the patient off a screen that was left. What was typed stays in the page.
  function over(isOther) {
    if (!hasTyped()) {
      const here = encodeURIComponent(location.pathname + location.search);
      location.assign(`${box.dataset.signIn}?next=${here}&ended=1`);
      return;
    }
    for (const part of document.querySelectorAll("main, header, .c-breadcrumb-bar")) part.hidden = true;
    show(isOther ? "other" : "over");
  }

  async function again() {
    const answer = await ask("POST");
    if (!answer) return;
    if (!answer.stands) {
      show(answer.other ? "other" : "over");
      return;
    }
    tabs?.postMessage("acted");
    for (const part of document.querySelectorAll("main, header, .c-breadcrumb-bar")) part.hidden = false;
    show("");
    later();
  }

  async function stay() {
    const answer = await ask("POST");
    settle(answer);
    if (answer?.stands) tabs?.postMessage("acted");
    later();
  }

  function onAct(event) {
    if (!event.isTrusted || isOver()) return;
    acted = Date.now();
    if (acted - told > idle / 10 || (shown === "idle" && acted - told > 1000)) stay();
  }

  // Whether a request of a script follows from what somebody has just done: only then does it keep them signed in.
  window.consilium.act = () => (Date.now() - acted < MINUTE ? { "X-Act": "person" } : {});

  for (const kind of ["keydown", "pointerdown", "input"]) document.addEventListener(kind, onAct, { capture: true, passive: true });
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && look(true));
  // The answer in another tab is asked for here; where it is over here, it is shown only to whoever asks for it.
  tabs?.addEventListener("message", () => look(true));
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-session-again]")) again();
    else if (event.target.closest("[data-session-stay]")) stay();
  });
  look();
})();
