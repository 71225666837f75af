// htmx: sends the token with every change, and says what went wrong where htmx itself stays silent.
(function () {
  "use strict";

  const SIGNED_OUT = "You are signed out. Sign in again in another tab, then repeat what you did.";

  function sentence(status) {
    if (status === 401) return SIGNED_OUT;
    if (status === 403) return "You may not do this on this board. Nothing was changed.";
    if (status === 404) return "This is no longer there, or not on your board. Reload the page.";
    if (status === 409) return "Someone else changed this first. Reload the page to see the newest version.";
    return "That did not work because of a fault in Consilium. Check whether your change is there before you repeat it.";
  }

  document.addEventListener("htmx:configRequest", (event) => {
    event.detail.headers["X-CSRFToken"] = window.consilium.csrfToken();
    // What a page fetches by itself is nobody's act, and keeps nobody signed in.
    if (event.detail.triggeringEvent?.isTrusted) event.detail.headers["X-Act"] = "person";
    window.consilium.problem("");
  });

  document.addEventListener("htmx:responseError", (event) => {
    window.consilium.problem(sentence(event.detail.xhr.status));
  });

  document.addEventListener("htmx:sendError", () => {
    window.consilium.problem("No connection. Nothing was changed. Try again when you are back online.");
  });

  // A redirect to the sign-in page must not be swapped into the middle of a page.
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (!/^\s*<!doctype/i.test(event.detail.xhr.responseText || "") || event.detail.boosted) return;
    event.detail.shouldSwap = false;
    window.consilium.problem(SIGNED_OUT);
  });
})();
