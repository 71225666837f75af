"""Rows without what came after a day. Where a row is read as it was known on that day, there is hardly anything: a date may be
recorded ahead. Known by now, it is what makes a course that of the day and not that of today.

What has a day of its own counts by that day, whenever it was recorded: begun, ended, given, done. What became of a row and has
none (not done, the next date, an arm that is not chosen) counts from when it was recorded, as in reports; so it is read from the
row as it was known then. What a row is (its modality, its title) stays as it is known. `FATES` says of each column which it is;
a column that stands nowhere fails tests/careplans/known/test_rewound.py.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from careplans.models import Advisory, Arm, FollowUp, Occurrence, Plan, Signature, Step
from careplans.models.outcomes import OUTCOME_FIELDS
from careplans.models.step_fields import STEP_FIELDS, Use, fields_that_are
from careplans.readers.known.asked import Asked

# When a row began, by the column that says so.
BEGAN = ("created_at", "fired_at", "requested_at", "at")


@dataclass(frozen=True)
class Before:
    """Before the day in the column `day`, `names` held nothing yet, and the status was this; empty: it tells nothing of it."""

    day: str
    names: tuple[str, ...] = ()
    status: str = ""
    had: bool = False
    """What they hold took the place of something: they were as they were known then."""


@dataclass(frozen=True)
class Fate:
    """Of a kind of row: `names`, the columns of what became of it, and `stays`, all the others. `day`: the column of the day from
    which all that became of it counts; empty where its moments are those of recording, so that what was known then is all.
    `days`: the columns with a day, the latest first, which hold even where the history begins later than the day asked about."""

    names: tuple[str, ...]
    stays: tuple[str, ...]
    day: str = ""
    days: tuple[Before, ...] = ()
    status: str = "status"
    moved: tuple[str, ...] = ()
    """What it belongs to, where an amendment takes it along: always as it was then."""
    words: str = ""
    """The column of words below which more is written later. What was put right of them holds as it is known."""


# The parts of an outcome: what was found later took the place of what stood then.
_PARTS = (
    Before("response_on", ("response",), had=True), Before("progressed_on", ("progression",), had=True),
    Before("toxicity_on", ("toxicity", "toxicity_term"), had=True), Before("symptom_control_on", ("symptom_control",), had=True),
)  # fmt: skip
_STEP = fields_that_are(Use.FATE)
_RELEASED = ("released_by", "release_note")
FATES: Mapping[type[Any], Fate] = {
    Plan: Fate(
        day="ended_at",
        words="outcome_note",
        names=(
            "status", "submitted_at", "submitted_by", "facts_snapshot", "released_at", *_RELEASED, "facts_changed_at",
            "content_differs_since", "ended_at", "end_reason", "end_reason_code", "outcome_note", *OUTCOME_FIELDS,
        ),
        stays=(
            "id", "board", "case", "number", "aim", "no_treatment", "no_treatment_reason", "version", "content_version",
            "content_hash", "content_checked_at", "amends", "amendment_reason", "template_version", "created_at", "created_by",
            "draft_with", "updated_at", "follow_up_from", "follow_up_assignee",
        ),
        days=(
            *_PARTS, Before("facts_changed_at"),
            Before("content_differs_since"),
            Before("ended_at", ("end_reason", "end_reason_code", "outcome_note", *OUTCOME_FIELDS), "active"),
            Before("released_at", _RELEASED, "in_signoff"), Before("submitted_at", ("submitted_by", "facts_snapshot"), "draft"),
        ),
    ),
    Step: Fate(
        day="ended_on",
        words="outcome",
        names=_STEP,
        stays=tuple(name for name in STEP_FIELDS if name not in _STEP),
        days=(
            *_PARTS, Before("carried_over_at"),
            Before(
                "ended_on",
                tuple(name for name in _STEP if name not in ("status", "assignee", "due_on", "started_on", "ended_on")),
                "in_progress",
            ),
            Before("started_on"),
        ),
    ),
    Occurrence: Fate(
        day="given_on",
        names=("status", "given_on", "reason", "reason_note", "planned_on", "agreed_on", "postponed_for"),
        stays=("id", "board", "case", "number", "version", "created_at"),
        moved=("step",),
        days=(Before("given_on", ("reason", "reason_note"), "planned"),),
    ),
    FollowUp: Fate(
        day="done_on",
        names=(
            "status", "done_on", "result", "reason", "due_on", "due_until", "agreed_on", "times_moved", "scheduled_for",
            "assignee",
        ),
        stays=(
            "id", "board", "case", "plan", "schedule", "monitoring", "monitoring_number", "kind", "title", "replaces", "version",
            "timing_version", "created_at", "created_by",
        ),
        days=(Before("done_on", ("result", "reason"), "planned"),),
    ),
    Signature: Fate(
        names=("status", "voided_status", "delegated_to", "signer", "signed_discipline", "comment", "signed_at"),
        stays=(
            "id", "board", "plan", "discipline", "alternative", "is_required", "content_version", "content_hash", "requested_at",
        ),
        days=(Before("signed_at", ("signer", "signed_discipline", "comment", "voided_status"), "pending"),),
    ),
    Advisory: Fate(
        names=(
            "state", "answer", "note", "citation", "answered_by", "answered_at", "answered_content_version", "answered_facts",
            "ended_at",
        ),
        stays=(
            "id", "board", "case", "plan", "step", "rule", "rule_set", "severity", "basis", "advice", "statements", "details",
            "in_arms", "content_version", "facts", "fired_at", "carried_from", "version",
        ),
        days=(
            Before("ended_at", (), "open"),
            Before(
                "answered_at", ("answer", "note", "citation", "answered_by", "answered_content_version", "answered_facts"), "open"
            ),
        ),
        status="state",
    ),
}  # fmt: skip


def rewind(rows: Iterable[Any], then: Iterable[Any], asked: Asked) -> list[Any]:
    """Those that had begun, each as it was before what came later. `then`: the same rows as they were known on the day."""
    found = [row for row in rows if not _begins_after(row, asked)]
    before = {row.pk: row for row in then}
    for row in found:
        if (fate := FATES.get(type(row))) is not None:
            _rewind(row, before.get(row.pk), fate, asked)
    return found


def rewind_steps(
    steps: Iterable[Step], then: Iterable[Step], arms: Iterable[Arm], occurrences: Sequence[Occurrence], asked: Asked
) -> list[Step]:  # fmt: skip
    """The same of steps: what became of one in an arm counts from the day of its decision; how often it was given, and whether it
    had begun, by the days of what was given."""
    known = {step.pk: step for step in steps}
    decided_on = {arm.pk: known[arm.decision_id].ended_on for arm in arms if arm.decision_id in known}
    before = {step.pk: step for step in then}
    for step in known.values():
        day = decided_on.get(step.arm_id) if step.arm_id else None
        by_decision = day is not None and not _is_after(day, asked) and step.status in ("planned", "set_aside")
        if by_decision and step.started_on is None and step.pk in before:
            before[step.pk] = step
    started = {step.pk: step.started_on for step in known.values()}
    found = rewind(known.values(), before.values(), asked)
    given = Counter(row.step_id for row in occurrences if row.is_given)
    omitted = Counter(row.step_id for row in occurrences if row.status == Occurrence.Status.OMITTED)
    for step in found:
        _begin(step, started[step.pk], asked)
        if step.occurrences_given or step.occurrences_omitted or given[step.pk]:
            step.occurrences_given, step.occurrences_omitted = given[step.pk], omitted[step.pk]
    return found


def _begin(step: Step, started_on: Any, asked: Asked) -> None:
    """Recorded late it had begun all the same, and recorded in error it had not."""
    if step.status in Step.ENDED:
        return
    begun = started_on is not None and not _is_after(started_on, asked)
    step.started_on = started_on if begun else None
    if begun and step.status == Step.Status.PLANNED:
        step.status = Step.Status.IN_PROGRESS
    elif not begun and step.status == Step.Status.IN_PROGRESS:
        step.status = Step.Status.PLANNED


def _rewind(row: Any, then: Any, fate: Fate, asked: Asked) -> None:
    if then is not None:
        _copy(row, then, fate.moved)
    if fate.words and then is not None and getattr(then, fate.day) is not None:
        _cut_words(row, then, fate.words)
    day = getattr(row, fate.day) if fate.day else None
    if day is None or _is_after(day, asked):
        # Where an end was recorded then, it is known now that there was none, or a later one: what is known now holds.
        had_ended = then is not None and fate.day and getattr(then, fate.day) is not None
        if then is not None and not had_ended:
            _copy(row, then, fate.names)
    for one in fate.days:
        if _is_after(getattr(row, one.day), asked):
            before = then if one.had and then is not None else type(row)()
            _copy(row, before, (one.day, *one.names))
            if one.status:
                setattr(row, fate.status, one.status)


def _cut_words(row: Any, then: Any, name: str) -> None:
    """Without what was written below them since. They have no day: so it counts from when it was recorded."""
    known, before = getattr(row, name), getattr(then, name)
    if known.startswith(f"{before}\n" if before else ""):
        setattr(row, name, before)


def _copy(row: Any, other: Any, names: Iterable[str]) -> None:
    for name in names:
        column = row._meta.get_field(name).attname
        setattr(row, column, getattr(other, column))


def _begins_after(row: Any, asked: Asked) -> bool:
    return any(_is_after(getattr(row, name, None), asked) for name in BEGAN)


def _is_after(value: Any, asked: Asked) -> bool:
    if value is None:
        return False
    is_moment = hasattr(value, "hour")
    return bool(value > (asked.as_of if is_moment else asked.day))
