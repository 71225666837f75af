// Small helps on every page. Each works without: menus open, errors link, pages load.
(function () {
  "use strict";

  document.documentElement.classList.add("c-js");

  // The one name that the scripts share.
  window.consilium = {
    csrfToken() {
      // The cookie first: after signing in again in another tab the page's own token is stale.
      const cookie = document.cookie.match(/(?:^|;\s*)(?:__Host-|__Secure-)?csrftoken=([^;]+)/);
      if (cookie) return decodeURIComponent(cookie[1]);
      const meta = document.querySelector('meta[name="csrf-token"]');
      return meta ? meta.content : "";
    },
    problem(text) {
      const place = document.getElementById("page-problem");
      if (!place) return;
      place.replaceChildren();
      if (!text) return;
      const banner = document.createElement("div");
      banner.className = "nhsuk-notification-banner nhsuk-notification-banner--error";
      const content = document.createElement("div");
      content.className = "nhsuk-notification-banner__content";
      const paragraph = document.createElement("p");
      paragraph.textContent = text;
      content.append(paragraph);
      banner.append(content);
      place.append(banner);
    },
    // A form and a list that change the same record carry the same data-versioned, and learn of each other's saves.
    setVersion(element, version) {
      const group = element.dataset.versioned;
      const all = group ? document.querySelectorAll(`[data-versioned="${CSS.escape(group)}"]`) : [element];
      for (const one of all) {
        one.dataset.version = version;
        const field = one.tagName === "FORM" && one.querySelector('input[name="version"]');
        if (field) field.value = version;
      }
    },
    signedOut(response) {
      const html = (response.headers.get("Content-Type") || "").startsWith("text/html");
      return response.status === 401 || (response.redirected && html);
    },
  };

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (menu !== except) menu.open = false;
    }
  }

  document.addEventListener("click", (event) => closeMenus(event.target.closest("details[data-menu]")));

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    const menu = event.target.closest("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  // Whoever sends a form with errors should land on what is wrong.
  const summary = document.querySelector("[data-error-summary]");
  if (summary) summary.focus();

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-error-summary] a[href^='#']");
    const control = link && document.getElementById(link.hash.slice(1));
    if (!control) return;
    event.preventDefault();
    const group = control.closest(".nhsuk-form-group") || control;
    group.scrollIntoView({ block: "center" });
    control.focus({ preventScroll: true });
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) window.print();
  });

  // A link to a step leads into what is folded there, and paper shows what is folded.
  const unfold = (place) => place && place.querySelectorAll("details.c-step__more, details.c-strip").forEach((more) => (more.open = true));
  const toTarget = () => unfold(document.getElementById(location.hash.slice(1)));
  toTarget();
  window.addEventListener("hashchange", toTarget);
  window.addEventListener("beforeprint", () => unfold(document));

  // A message that stays in view while one scrolls can be put away once it is read.
  const banners = location.hash ? document.querySelectorAll(".c-main > .c-messages > .nhsuk-notification-banner") : [];
  for (const banner of banners) {
    const hide = document.createElement("button");
    hide.type = "button";
    hide.className = "c-button-link c-messages__hide";
    hide.textContent = "Hide";
    hide.addEventListener("click", () => banner.remove());
    banner.append(hide);
  }
})();
