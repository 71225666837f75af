"""What differs between two versions of a plan, as a reader wants it: added, removed, moved, changed word by word. Pure."""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from careplans.models import Plan, PlanSchedule, Step
from careplans.models.monitoring import monitoring_of
from careplans.models.step_fields import Use, fields_that_are

PLAN_FIELDS = ("aim", "no_treatment", "no_treatment_reason")
# What points at a step of its own plan is compared by what that step was carried from; an interval is told with its unit.
APART = ("after_step", "arm", "interval_unit")
COMPARED_FIELDS = tuple(name for name in fields_that_are(Use.COMPARED) if name not in APART)


@dataclass(frozen=True)
class Change:
    """One field: pieces of (kind, text), where kind is `same`, `added` or `removed`."""

    label: str
    pieces: list[tuple[str, str]]


@dataclass(frozen=True)
class Fate:
    """Of one step that stands in the plan before."""

    now: str
    """What has become of it so far."""
    then: str = ""
    """What the release makes of it; empty where that is over, or not to come."""
    stands_in_the_way: bool = False
    """The release is refused until somebody records what became of it."""


@dataclass
class StepChange:
    kind: str
    """`added`, `removed`, `changed` or `same`."""
    step: Step
    old_position: int | None = None
    changes: list[Change] = field(default_factory=list)
    before: Step | None = None
    """The step of the older plan; of one that was left out, itself."""
    fate: Fate | None = None
    why_left_out: str = ""

    @property
    def moved(self) -> bool:
        return self.old_position is not None and self.old_position != self.step.position


@dataclass(frozen=True)
class PlanChanges:
    fields: list[Change]
    steps: list[StepChange]

    @property
    def none(self) -> bool:
        return not self.fields and all(change.kind == "same" and not change.moved for change in self.steps)


def compare_plans(old: Plan, new: Plan) -> PlanChanges:
    """Both plans come with their steps and schedules. Steps are matched by what they were carried from."""
    fields = [c for name in PLAN_FIELDS if (c := _change(old, new, name))] + _schedules(old, new)
    return PlanChanges(fields=fields, steps=_steps(list(old.steps.all()), list(new.steps.all())))


def _schedules(old: Plan, new: Plan) -> list[Change]:
    """A line for each follow-up schedule that came, went, or counts otherwise."""
    rows = {row.schedule_id: row for row in old.standing_schedules}
    before = {pk: row.in_words for pk, row in rows.items()}
    after = {row.schedule_id: _as_before(rows.get(row.schedule_id), row) for row in new.standing_schedules}
    return [
        Change("Follow-up schedule", words(before.get(pk, ""), after.get(pk, "")))
        for pk in {**before, **after}
        if before.get(pk) != after.get(pk)
    ]


def _as_before(old: PlanSchedule | None, new: PlanSchedule) -> str:
    """That its step stands at another place, or reads otherwise, is told of the step."""
    if (
        old is None
        or old.from_step is None
        or new.from_step is None
        or new.from_step.carried_from_id != old.from_step_id
    ):
        return new.in_words
    # As read in the plan before: an event that differs stays.
    event = new.get_from_event_display()
    said = old.start_words.removesuffix(old.get_from_event_display()) + event
    return new.in_words.replace(new.start_words, said, 1)


def _steps(old: Sequence[Step], new: Sequence[Step]) -> list[StepChange]:
    before = {step.pk: step for step in old}
    result = []
    for step in new:
        origin = before.pop(step.carried_from_id, None) if step.carried_from_id else None
        if origin is None:
            result.append(StepChange("added", step))
            continue
        changes = [c for name in COMPARED_FIELDS if (c := _change(origin, step, name))]
        if not _waits_for_the_same(origin, step):
            changes.append(Change("Only after step", words(_gate(origin), _gate(step))))
        if _hangs(origin) != _hangs(step):
            changes.append(Change("Hangs on this step", words(_hangs(origin), _hangs(step))))
        if not _in_the_same_arm(origin, step):
            changes.append(Change("In the arm", words(_arm(origin), _arm(step))))
        if step.is_decision and _arms(origin) != _arms(step):
            changes.append(Change("Arms", words(_arms(origin), _arms(step))))
        if origin.modality_revision_id != step.modality_revision_id and step.modality_code == origin.modality_code:
            changes.append(Change("Reference page", words(_revision(origin), _revision(step))))
        result.append(StepChange("changed" if changes else "same", step, origin.position, changes, origin))
    result += [StepChange("removed", step, before=step) for step in before.values()]
    return sorted(result, key=lambda change: (change.step.position, change.kind == "removed"))


def _waits_for_the_same(old: Step, new: Step) -> bool:
    if old.after_step is None or new.after_step is None:
        return old.after_step is new.after_step
    return old.after_step_id == new.after_step.carried_from_id


def _hangs(step: Step) -> str:
    return "; ".join(line.words for line in monitoring_of(step))


def _in_the_same_arm(old: Step, new: Step) -> bool:
    if old.arm is None or new.arm is None:
        return old.arm is new.arm
    return old.arm_id == new.arm.carried_from_id


def _arm(step: Step) -> str:
    return f"“{step.arm.name}” of step {step.arm.decision.number}" if step.arm else ""


def _arms(step: Step) -> str:
    """The arms of a decision as one text, in their order."""
    texts = [f"{arm.words}: {arm.no_step}" if arm.no_step else arm.words for arm in step.arms.all()]
    return "; ".join(texts)


def _gate(step: Step) -> str:
    return step.after_step.heading if step.after_step else ""


def _revision(step: Step) -> str:
    if step.modality_revision is None:
        return "none"
    return f"{step.reference_page_title} revision {step.modality_revision.number}".strip()


def _change(old: Plan | Step, new: Plan | Step, name: str) -> Change | None:
    before, after = display(old, name), display(new, name)
    if before == after:
        return None
    label = "interval" if name == "interval" else str(new._meta.get_field(name).verbose_name)  # type: ignore[union-attr]
    return Change(label[:1].upper() + label[1:], words(before, after))


def display(row: Plan | Step, name: str) -> str:
    """A field as a reader sees it."""
    value: Any = getattr(row, name)
    if name == "goals":
        return ", ".join(row.goal_labels) if isinstance(row, Step) else ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    in_words = getattr(row, f"get_{name}_display", None)
    if in_words:
        return str(in_words())
    if hasattr(value, "strftime"):
        return f"{value:%-d %b %Y}"
    if name == "interval" and isinstance(row, Step):
        return row.interval_words or str(value or "")
    if name == "target_mm" and value is not None:
        return f"{value} mm"
    return "" if value is None else str(value)


def words(before: str, after: str) -> list[tuple[str, str]]:
    """Word by word, so that one changed word does not repaint a paragraph."""
    a, b = before.split(), after.split()
    pieces: list[tuple[str, str]] = []
    for tag, a1, a2, b1, b2 in difflib.SequenceMatcher(a=a, b=b, autojunk=False).get_opcodes():
        if tag == "equal":
            pieces.append(("same", " ".join(a[a1:a2])))
            continue
        if a2 > a1:
            pieces.append(("removed", " ".join(a[a1:a2])))
        if b2 > b1:
            pieces.append(("added", " ".join(b[b1:b2])))
    return pieces
