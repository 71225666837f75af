"""What had been given of the steps that the end of a patient's care stopped, so that what comes back is the rest of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from careplans.models import Occurrence, Step

LONGEST = 200


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
            word = f"{step.occurrence_word}{'' if self.given == 1 and not of else 's'}"
            last = f", the last on {self.last:%-d %b %Y}" if self.last else ""
            return f"Under plan {self.plan}, {self.given}{of} {word} given{last}"
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
