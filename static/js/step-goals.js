// The goals of a step follow its phase and modality while they are still what was proposed before.
//   <select name="phase" data-goals-of='{"surveillance": ["monitoring"]}' data-not-proposed='{"TACE": ["surveillance"]}'>;
//   autosave sends what changes here.
(function () {
  "use strict";

  function watch(phase) {
    const modality = phase.form.elements.modality;
    const goalsOf = JSON.parse(phase.dataset.goalsOf);
    const notProposed = JSON.parse(phase.dataset.notProposed || "{}");
    const boxes = [...phase.form.elements].filter((control) => control.name === "goals");
    const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
    const same = (one, other) => one.length === other.length && one.every((goal) => other.includes(goal));
    const proposal = () => {
      const without = (modality && notProposed[modality.value]) || [];
      return without.includes(phase.value) ? [] : goalsOf[phase.value] || [];
    };
    let before = proposal();
    let touched = false;

    for (const box of boxes) box.addEventListener("change", () => (touched = true));

    // While this event is still on its way up, so that autosave finds both fields changed.
    const follow = () => {
      const untouched = !touched && (!ticked().length || same(ticked(), before));
      before = proposal();
      if (!untouched) return;
      for (const box of boxes) box.checked = before.includes(box.value);
    };
    phase.addEventListener("change", follow);
    if (modality) modality.addEventListener("change", follow);
  }

  const start = (root) => root.querySelectorAll("select[name=phase][data-goals-of]").forEach(watch);
  document.addEventListener("consilium:drawn", (event) => start(event.target));
  start(document);
})();
