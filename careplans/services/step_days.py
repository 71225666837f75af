"""The days of what became of a step, before they are taken: none in the future, and each after what came before it."""

from datetime import date

from django.core.exceptions import ValidationError

from careplans.guards import check_days
from careplans.models import Step
from careplans.services.breaks import open_break
from careplans.services.occurrences import last_given_on


def check_start(step: Step, on: date, due_on: date | None) -> None:
    if on > step.board.today:
        raise ValidationError({"on": "The start lies in the future. Record it on the day it happens."})
    if due_on is None:
        raise ValidationError(
            {"due_on": "Say by when it should have ended, or is looked at again: somebody is reminded."}
        )
    if due_on < on:
        raise ValidationError({"due_on": "The expected end is before the start. Check both dates."})


def check_end(step: Step, on: date) -> None:
    check_days(on=on)
    if on > step.board.today:
        raise ValidationError({"on": "The end lies in the future. Record it on the day it happens."})
    if step.started_on and on < step.started_on:
        raise ValidationError({"on": f"It started on {step.started_on:%-d %B %Y}; the end cannot be before that."})
    _check_after_given(step, on, "the end cannot be")


def check_break(step: Step, on: date, until: date | None, due_on: date | None) -> date:
    """The day on which somebody looks at it again."""
    today = step.board.today
    if on > today:
        raise ValidationError({"on": "The break lies in the future. Record it when it begins."})
    if step.started_on and on < step.started_on:
        raise ValidationError({"on": f"It started on {step.started_on:%-d %B %Y}; the break cannot begin before that."})
    _check_after_given(step, on, "the break cannot begin")
    if until is not None and until < max(on, today):
        raise ValidationError({"until": "The end of the break lies in the past. Leave it empty if it is not known."})
    if until is None and due_on is None:
        raise ValidationError({"due_on": "Say until when it is held, or when to look at it again."})
    if due_on is not None and due_on < today:
        raise ValidationError({"due_on": "The day to look at it again lies in the past."})
    days = [day for day in (until, due_on) if day is not None]
    return min(days)


def check_resumed(step: Step, on: date, due_on: date) -> None:
    held = open_break(step)
    if on > step.board.today:
        raise ValidationError({"on": "That day lies in the future. Record it when it has gone on."})
    if held is not None and on < held.held_from:
        raise ValidationError(
            {"on": f"It is held from {held.held_from:%-d %B %Y}; it cannot have gone on before that."}
        )
    if due_on < on:
        raise ValidationError({"due_on": "The next date is before the day on which it went on. Check both dates."})


def _check_after_given(step: Step, on: date, words: str) -> None:
    given = last_given_on(step)
    if given is not None and on < given:
        one = step.occurrence_word or "occurrence"
        raise ValidationError({"on": f"The last {one} was given on {given:%-d %B %Y}; {words} before that."})
