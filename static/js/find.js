// The search of the header as a dialog, opened by `/` too. Without this script its link leads to a page that does the same.
(function () {
  "use strict";

  const opener = document.querySelector("[data-find]");
  if (!opener || !window.HTMLDialogElement) return;
  let box, timer, sending;

  async function ask(body) {
    sending?.abort();
    sending = new AbortController();
    const headers = { "X-Requested-With": "fetch", ...window.consilium.act() };
    if (body) headers["X-CSRFToken"] = window.consilium.csrfToken();
    try {
      const answer = await fetch(opener.href, { method: body ? "POST" : "GET", body, headers, signal: sending.signal });
      if (/json/.test(answer.headers.get("Content-Type"))) return say((await answer.json()).message);
      if (answer.status < 500) return await answer.text();
    } catch (error) {
      if (error.name === "AbortError") return null;
    }
    return say("The search did not answer. Try again.");
  }

  function say(words) {
    const said = document.createElement("p");
    said.dataset.said = said.textContent = words;
    return said.outerHTML;
  }

  async function open() {
    if (box?.open) return;
    if (!box) build();
    box.showModal();
    const html = await ask();
    if (!html || !box.open) return;
    box.innerHTML = html;
    box.querySelector("input[data-search]")?.focus();
  }

  function build() {
    box = document.createElement("dialog");
    box.className = "c-find";
    box.setAttribute("aria-label", "Search");
    // Inside the header, which is hidden when the session ends.
    opener.closest("header").append(box);
    box.addEventListener("click", (event) => (event.target === box || event.target.closest("[data-close]")) && box.close());
    box.addEventListener("close", () => {
      sending?.abort();
      clearTimeout(timer);
      box.replaceChildren();
    });
    box.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(find, 200);
    });
    box.addEventListener("keydown", go);
  }

  async function find() {
    const html = await ask(new FormData(box.querySelector("form")));
    const found = html && box.querySelector("[data-found]");
    if (!found) return;
    found.innerHTML = html;
    box.querySelector("[role=status]").textContent = found.querySelector("[data-said]")?.dataset.said || "";
  }

  function go(event) {
    if (event.key === "Escape") {
      // A search field would only be emptied.
      event.preventDefault();
      return box.close();
    }
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const field = box.querySelector("input[data-search]");
    const hits = [...box.querySelectorAll("[data-hit]")];
    const at = hits.indexOf(document.activeElement);
    if (step && (at >= 0 || document.activeElement === field)) {
      event.preventDefault();
      // What stands there stays, as long as somebody chooses in it.
      sending?.abort();
      clearTimeout(timer);
      (hits[Math.min(at + step, hits.length - 1)] || field).focus();
    } else if (at >= 0 && event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) field.focus();
  }

  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });

  // On the window: a page with keys of its own comes first. Never while somebody types.
  window.addEventListener("keydown", (event) => {
    if (event.key !== "/" || opener.dataset.find !== "/" || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    if (event.target.closest?.("input, select, textarea, [contenteditable]")) return;
    event.preventDefault();
    open();
  });
})();
