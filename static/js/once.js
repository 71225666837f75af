// Each form carries a token for one time. Coming back to a page by Back, the browser may fetch it anew, with new tokens, around what
// was typed before: the page's own tokens are put back, so that what was sent already is known when it is sent again.
(function () {
  "use strict";

  const tokens = () => [...document.querySelectorAll('input[name="once"]')];
  const addressOf = (field) => field.form?.getAttribute("action") || "";
  const came = performance.getEntriesByType("navigation")[0]?.type;
  const before = history.state?.once;

  if (came === "back_forward" && before) {
    const left = [...before];
    for (const field of tokens()) {
      const at = left.findIndex(([address]) => address === addressOf(field));
      if (at >= 0) field.value = left.splice(at, 1)[0][1];
    }
  }
  history.replaceState({ ...history.state, once: tokens().map((field) => [addressOf(field), field.value]) }, "");
})();
