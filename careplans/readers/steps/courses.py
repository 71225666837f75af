"""What the course of a step, and what hangs on it, still lacks or says twice. Pure, but for what was had of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careplans.models import Monitoring, Occurrence, Step

Course, AfterEvent = Step.Course, Step.AfterEvent
# Of the description of a step.
LONGEST = 200


def missing_in_course(step: Step) -> list[str]:
    """What a course needs before sign-off, to follow “needs”: an ongoing step an interval and a reason to stop, for example."""
    if step.course == Course.CONTINUOUS and not step.stop_when:
        return ["a reason at which it stops"]
    if not step.is_repeated:
        return []
    missing = []
    if not (step.interval and step.interval_unit):
        missing.append("an interval with its unit")
    if not step.stop_when and not step.is_counted:
        what = "a reason at which it stops" if step.course == Course.ONGOING else f"a number of {step.occurrence_word}s"
        missing.append(what if step.course == Course.ONGOING else f"{what}, or until when in “stop when”")
    return missing


def fewer_than_given(step: Step) -> str:
    """What to say, after the name of the step, where an amendment asks for fewer than were given. What was given stays true."""
    before = step.carried_from
    given = before.occurrences_given if before is not None else 0
    if not step.is_counted or (step.occurrences_planned or 0) >= given:
        return ""
    return (
        f"asks for {step.occurrences_planned} {step.occurrence_word}s, and {given} have been given already. Ask for {given} or "
        "more; or record in the plan in force that the step was stopped."
    )


def what_is_due(step: Step, *, named: bool = True) -> str:
    """What the next date of an open step is about, where that is not the step as a whole; its names are free text."""
    if step.status == Step.Status.ON_HOLD:
        return "its break: does it go on?"
    if step.course == Course.CONTINUOUS and step.status == Step.Status.IN_PROGRESS:
        return "its review: does it go on?"
    if not step.is_repeated or not step.is_open:
        return ""
    number = step.next_number
    if number is None:
        return f"{step.delivered_words}: what came of it?"
    heading = step.occurrence_heading(number, named=named)
    return heading[:1].lower() + heading[1:]


def runs_on(step: Step) -> bool:
    """An ongoing step that runs does not keep its plan from being completed: somebody says what becomes of it."""
    return step.is_ongoing and step.is_running


def words_for_running(step: Step) -> str:
    return (
        f"Step {step.number} ({step.title}) is ongoing. Say under whose care it goes on; or record first that it was stopped; "
        "or amend the plan, which carries it into the next."
    )


def course_faults(step: Step) -> list[str]:
    """What of a course does not fit the rest of the step, as sentences. The step comes with the one that it waits for."""
    return [words for words in (_number(step), _names(step), _gate(step)) if words]


def _number(step: Step) -> str:
    if step.course == Course.ONCE and (step.occurrences_planned or step.interval or step.session_list):
        return "is done once, but gives a number, an interval or names of sessions. Empty those, or choose its course."
    if step.course == Course.CONTINUOUS and (step.occurrences_planned or step.interval or step.session_list):
        return "is continuous, but gives a number, an interval or names of sessions. Empty those, or choose another course."
    if step.course == Course.ONGOING and step.occurrences_planned:
        return "is ongoing, but gives a number. Empty the number, or choose cycles."
    return ""


def _names(step: Step) -> str:
    many = len(step.session_list)
    if many and step.course == Course.CYCLES:
        return "is given in cycles, but names sessions. Choose sessions, or empty the names."
    if step.occurrences_planned and many > step.occurrences_planned:
        return f"names {many} sessions, but has {step.occurrences_planned}. Check the number and the names."
    return ""


def _gate(step: Step) -> str:
    after, number = step.after_step, step.after_occurrence
    if after is None:
        if step.after_event != AfterEvent.ENDED or number:
            return "says what of another step it waits for, but not which step. Choose the step, or “it has ended”."
        return ""
    if step.after_event != AfterEvent.OCCURRENCE:
        return "gives after how many cycles it may begin, but waits for something else." if number else ""
    if not after.is_repeated:
        how = "is continuous" if after.course == Course.CONTINUOUS else "is done once"
        return f"waits for a cycle or session of step {after.number}, which {how}. Choose what it waits for."
    if not number:
        return f"waits for step {after.number}, but not after how many {after.occurrence_word}s. Give the number."
    return too_many(after, number)


def too_many(after: Step, number: int) -> str:
    """Cycle 5 of 4 never comes."""
    if after.is_counted and number > (after.occurrences_planned or 0):
        return (
            f"waits for {after.occurrence_word} {number} of step {after.number}, which has "
            f"{after.occurrences_planned}. Give a smaller number."
        )
    return ""


def loose_monitoring(step: Step, lines: list[Monitoring]) -> str:
    """Lines that hang on cycles which the step does not have."""
    if step.is_repeated or not any(one.when == Monitoring.When.OCCURRENCE for one in lines):
        return ""
    how = "is continuous" if step.course == Course.CONTINUOUS else "is done once"
    return f"has a follow-up after each cycle or session, but {how}. Choose its course, or take the follow-up out."


# What had been given of the steps that the end of a patient's care stopped, so that what comes back is the rest of them.


@dataclass(frozen=True)
class Had:
    """Of one step: how often it was given, how many of its course are settled, and since when it ran."""

    plan: int
    given: int = 0
    settled: int = 0
    last: date | None = None
    begun: date | None = None

    def is_all_of(self, step: Step) -> bool:
        return step.is_counted and self.settled >= (step.occurrences_planned or 0)

    def is_met_for(self, step: Step) -> bool:
        """Whether what another step waits for has happened: this one has begun, or was given so many times."""
        if step.after_event == Step.AfterEvent.BEGUN:
            return self.begun is not None
        return step.after_event == Step.AfterEvent.OCCURRENCE and self.given >= (step.after_occurrence or 0)

    def rest_of(self, step: Step) -> dict[str, Any]:
        """The content of a step that goes on from here, in words that who signs it reads."""
        values: dict[str, Any] = {}
        if words := self._words(step):
            told = f"{step.description} ({words})" if step.description else words
            # In its heading, where whoever gives it reads it, if there is room.
            room = len(told) <= LONGEST
            values |= {"description": told} if room else {"rationale": f"{words} {step.rationale}".strip()}
        if step.is_counted and self.settled:
            values["occurrences_planned"] = (step.occurrences_planned or 0) - self.settled
            values["session_names"] = "\n".join(step.session_list[self.settled :])
        return values

    def _words(self, step: Step) -> str:
        if self.given:
            of = f" of {step.occurrences_planned}" if step.is_counted else ""
            word = f" {step.occurrence_word}{'' if self.given == 1 and not of else 's'}" if step.is_repeated else ""
            last = f", the last on {self.last:%-d %b %Y}" if self.last else ""
            return f"Under plan {self.plan}, {self.given}{of}{word} given{last}"
        return f"Under plan {self.plan}, begun on {self.begun:%-d %b %Y}" if self.begun else ""


def with_had(steps: Sequence[Step]) -> list[tuple[Step, Had]]:
    """Each step of which something is left, with what was had of it. Two queries."""
    befores = Step.objects.select_related("plan").in_bulk([step.carried_from_id or step.pk for step in steps])
    rows: dict[int, list[Occurrence]] = {pk: [] for pk in befores}
    for row in Occurrence.objects.filter(step__in=befores).exclude(status__in=Occurrence.OPEN):
        rows[row.step_id].append(row)
    found = []
    for step in steps:
        before = befores[step.carried_from_id or step.pk]
        had = _had(before, rows[before.pk])
        if not had.is_all_of(step):
            found.append((step, had))
    return found


def _had(step: Step, rows: Sequence[Occurrence]) -> Had:
    given = [row for row in rows if row.is_given]
    # What the end of care itself left out is still to come.
    ended = (Step.Reason.DIED, Step.Reason.MOVED_AWAY)
    settled = [row for row in rows if row.is_given or row.reason not in ended]
    last = max((row.given_on for row in given if row.given_on), default=None)
    return Had(step.plan.number, len(given), len(settled), last, step.started_on)
