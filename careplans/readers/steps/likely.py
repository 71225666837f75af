"""What is likely to be recorded next of a step. It stands first, as one button that says exactly what it records; nothing is
chosen beforehand. Pure.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from careplans.models import Occurrence, Step
from careplans.readers.steps.gates import gate_of
from careplans.readers.steps.pace import far_off, too_near

Status, Course = Step.Status, Step.Course


@dataclass(frozen=True)
class Standing:
    """All that decides it."""

    status: str
    course: str = Course.ONCE
    is_begun: bool = False
    is_decision: bool = False
    waits_for_arm: bool = False
    has_failed: bool = False
    """Its condition can be met no more, or no arm of it was followed."""
    asks: bool = False
    """Something is asked before it may be recorded of today: the order of the plan, the gate, the days between two cycles."""
    next_one: str = ""
    """“cycle 3 of 4”; empty where nothing is still to be given."""

    @property
    def is_repeated(self) -> bool:
        return self.course not in (Course.ONCE, Course.CONTINUOUS)


class Likely(NamedTuple):
    verb: str
    words: str
    """On the button."""
    names_today: bool = True
    """Whether it records the day of today, which the button then says."""


def _waits(one: Standing) -> bool:
    return one.status in (Status.PLANNED, Status.ON_HOLD) and not one.is_begun


# The first that fits. What is asked about is never first: it is looked at, and answered, in its own form.
TABLE: tuple[tuple[Callable[[Standing], bool], Likely | None], ...] = (
    (lambda one: one.waits_for_arm or one.status in Step.ENDED, None),
    (lambda one: one.has_failed, Likely("rediscuss", "Plan the re-discussion", names_today=False)),
    (lambda one: one.status == Status.ON_HOLD and one.is_begun, Likely("resume", "Record that it goes on today, {today}")),
    (lambda one: one.asks, None),
    (lambda one: one.is_decision and _waits(one), Likely("choose", "Record the decision of today, {today}")),
    (lambda one: one.status == Status.ON_HOLD, Likely("replan", "Plan it again", names_today=False)),
    (lambda one: one.is_repeated and bool(one.next_one), Likely("give", "Record {next} as given today, {today}")),
    (lambda one: one.status == Status.PLANNED and not one.is_repeated, Likely("start", "Record that it begins today, {today}")),
    (
        lambda one: one.status == Status.IN_PROGRESS and one.course != Course.CONTINUOUS,
        Likely("complete", "Record that it was completed today, {today}"),
    ),
)  # fmt: skip


def likely_next(one: Standing, today: date) -> Likely | None:
    """None where nothing is likelier than anything else: then all stand side by side."""
    found = next((likely for fits, likely in TABLE if fits(one)), None)
    if found is None:
        return None
    return found._replace(words=found.words.format(next=one.next_one, today=f"{today:%-d %b %Y}"))


def standing_of(step: Step, today: date, concerns: Sequence[str]) -> Standing:
    """Of a step that comes with what it waits for and its cycles. `concerns`: what speaks against beginning it today."""
    coming = next_to_give(step)
    return Standing(
        status=step.status, course=step.course, is_begun=step.started_on is not None, is_decision=step.is_decision,
        waits_for_arm=step.awaits_decision, has_failed=gate_of(step, today).has_failed or step.asks_for_rediscussion,
        asks=bool(concerns) or bool(pace_of_next(step, today)),
        next_one=_small(coming.heading) if coming else "",
    )  # fmt: skip


def next_to_give(step: Step) -> Occurrence | None:
    """None while it is on hold, too."""
    if not step.is_open or step.status == Status.ON_HOLD or not step.is_repeated:
        return None
    return next((one for one in step.occurrences.all() if one.is_open), None)


def pace_of_next(step: Step, today: date) -> str:
    """What speaks against its having been given as planned today; empty where nothing does."""
    coming = next_to_give(step)
    if coming is None:
        return ""
    given = [one for one in step.occurrences.all() if one.is_given and one.number < coming.number]
    return too_near(step, today, given[-1] if given else None) or far_off(step, today, coming.planned_on)


def _small(heading: str) -> str:
    return heading[:1].lower() + heading[1:]
