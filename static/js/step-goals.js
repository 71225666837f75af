// The goals of a step follow its phase while they are still what the phase before proposed.
//   <select name="phase" data-goals-of='{"surveillance": ["monitoring"]}'>; autosave sends what changes here.
(function () {
  "use strict";

  const phase = document.querySelector("select[name=phase][data-goals-of]");
  if (!phase) return;
  const proposed = JSON.parse(phase.dataset.goalsOf);
  const boxes = [...phase.form.elements].filter((control) => control.name === "goals");
  const ticked = () => boxes.filter((box) => box.checked).map((box) => box.value);
  const same = (one, other) => one.length === other.length && one.every((goal) => other.includes(goal));
  let before = phase.value;
  let touched = false;

  for (const box of boxes) box.addEventListener("change", () => (touched = true));

  // While this event is still on its way up, so that autosave finds both fields changed.
  phase.addEventListener("change", () => {
    const untouched = !touched && (!ticked().length || same(ticked(), proposed[before] || []));
    before = phase.value;
    if (!untouched) return;
    for (const box of boxes) box.checked = (proposed[phase.value] || []).includes(box.value);
  });
})();
