"""What comes out after a step or a plan has ended: a response months later, a late toxicity, a death from the treatment; and what
was recorded wrongly of an outcome. What stood there before stays in the history.

An answer that is left out stays as it stands. A case that is closed, as each is whose patient died, is no hindrance.
"""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, TypedDict, Unpack

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import as_it_stands, ask_about, check_days
from careplans.locks import take_plan, take_step
from careplans.models import Plan, Step
from careplans.models.outcomes import (
    ASSESSED,
    CONTROL_ASSESSED,
    GRADE_ASSESSED,
    GRADED,
    OUTCOME_FIELDS,
    Progression,
    Toxicity,
)
from careplans.readers.steps.later_outcomes import why_no_outcome, why_no_plan_outcome
from careplans.readers.steps.what_stands import terms_together, too_long, toxicity_day, why_it_stands
from careplans.reminders.news import tell_of_outcome
from careplans.services.outcomes import ANSWERS, FATAL, check_outcome_days, details_of
from careplans.services.step_moves import said_why
from common.unlikely_days import is_before
from common.writing import compare_and_set, transactional


class Found(TypedDict, total=False):
    """What was found later, on the day that is given with it."""

    response: str
    progression: str
    progressed_on: date | None
    toxicity: str
    toxicity_term: str
    symptom_control: str


class Right(Found, total=False):
    """What is right of an outcome that was recorded wrongly."""

    response_on: date | None
    toxicity_on: date | None
    symptom_control_on: date | None


# By the answer to which each detail belongs: whether an answer has one.
DETAILS: dict[str, tuple[str, Callable[[str], bool], Any]] = {
    "response_on": ("response", lambda said: said in ASSESSED, None),
    "progressed_on": ("progression", lambda said: said == Progression.YES, None),
    "toxicity_term": ("toxicity", lambda said: said in GRADED, ""),
    "toxicity_on": ("toxicity", lambda said: said in GRADE_ASSESSED, None),
    "symptom_control_on": ("symptom_control", lambda said: said in CONTROL_ASSESSED, None),
}
# Only what was added after the end has these.
LATE_DAYS = ("toxicity_on", "symptom_control_on")


NOTHING_YET = "Nothing is recorded of it, so there is nothing to correct. Add it instead, with its day."


@transactional
def add_outcome(
    step: Step, *, by: User, expected_version: int, on: date, outcome: str = "", **found: Unpack[Found]
) -> Step:
    """Something more is known of what came of a step that has ended, as it was assessed `on` that day."""
    _take_step(step, by=by, expected=expected_version)
    changes = _added(step, on, found, since=step.started_on, words=outcome)
    _check_fatal(step, found, on=on)
    _ask(step, {"on": on, "progressed_on": found.get("progressed_on")}, found)
    changes |= _in_words("outcome", step.outcome, outcome, on)
    _set(step, changes, by=by, expected=expected_version)
    history.record(step, "step_outcome_added", by=by, day=on.isoformat(), reason=outcome.strip())
    return step


@transactional
def correct_outcome(
    step: Step, *, by: User, expected_version: int, why: str, outcome: str | None = None, **right: Unpack[Right]
) -> Step:
    """What was recorded of the outcome of a step that has ended is wrong. `why` stays in the history with what stood there."""
    _take_step(step, by=by, expected=expected_version)
    why = said_why(why)
    changes = _corrected(step, right, {} if outcome is None else {"outcome": outcome.strip()}, since=step.started_on)
    _check_fatal(step, right, on=right.get("toxicity_on"), name="toxicity_on")
    _ask(step, _days_of(right), right)
    _set(step, changes, by=by, expected=expected_version)
    history.record(step, "step_outcome_corrected", by=by, reason=why)
    return step


@transactional
def add_plan_outcome(
    plan: Plan, *, by: User, expected_version: int, on: date, outcome_note: str = "", **found: Unpack[Found]
) -> Plan:
    """The same of a plan as a whole, which is judged by itself: nothing is taken over from its steps."""
    _take_plan(plan, by=by, expected=expected_version)
    changes = _added(plan, on, found, since=_begun(plan), words=outcome_note)
    _check_fatal(plan, found, on=on)
    _ask(plan, {"on": on, "progressed_on": found.get("progressed_on")}, found)
    changes |= _in_words("outcome_note", plan.outcome_note, outcome_note, on)
    _set(plan, changes, by=by, expected=expected_version)
    history.record(plan, "plan_outcome_added", by=by, day=on.isoformat(), reason=outcome_note.strip())
    return plan


@transactional
def correct_plan_outcome(
    plan: Plan, *, by: User, expected_version: int, why: str, outcome_note: str | None = None, **right: Unpack[Right]
) -> Plan:
    _take_plan(plan, by=by, expected=expected_version)
    why = said_why(why)
    words = {} if outcome_note is None else {"outcome_note": outcome_note.strip()}
    changes = _corrected(plan, right, words, since=_begun(plan))
    _check_fatal(plan, right, on=right.get("toxicity_on"), name="toxicity_on")
    _ask(plan, _days_of(right), right)
    _set(plan, changes, by=by, expected=expected_version)
    history.record(plan, "plan_outcome_corrected", by=by, reason=why)
    return plan


def _begun(plan: Plan) -> date | None:
    """The first day on which anything of it was carried out, or it was in force."""
    days = [step.started_on for step in plan.steps.all() if step.started_on is not None and step.removed_at is None]
    released = [plan.released_at.astimezone(plan.board.zone).date()] if plan.released_at else []
    return min([*days, *released], default=None)


def _days_of(right: Right) -> dict[str, date | None]:
    return {
        "response_on": right.get("response_on"), "progressed_on": right.get("progressed_on"),
        "toxicity_on": right.get("toxicity_on"), "symptom_control_on": right.get("symptom_control_on"),
    }  # fmt: skip


def _take_step(step: Step, *, by: User, expected: int) -> None:
    require(by, "steps.deliver", step.board_id)
    take_step(step, expected=expected)
    if words := why_no_outcome(step):
        raise ValidationError(words)


def _take_plan(plan: Plan, *, by: User, expected: int) -> None:
    require(by, "plans.manage", plan.board_id)
    take_plan(plan, expected=expected)
    if words := why_no_plan_outcome(plan):
        raise ValidationError(words)


def _set(row: Step | Plan, changes: Mapping[str, Any], *, by: User, expected: int) -> None:
    """Nobody looks at what has ended: bad news of it is told."""
    known = row.bad_news
    compare_and_set(row, expected=expected, **changes)
    if not set(row.bad_news) <= set(known):
        tell_of_outcome(row, by=by)


def _added(row: Step | Plan, on: date, found: Mapping[str, Any], *, since: date | None, words: str) -> dict[str, Any]:
    """The columns to set. What counts stays: the best response, the first progression, the worst grade. A part that is said now
    has its day from now on, and no other."""
    said = _said(found)
    if not said and not words.strip():
        raise ValidationError("Say what was found: at least one part of the outcome, or in words.")
    merged = _merged(row, {**found, **_found_on(row, found, on)}, said)
    if said.get("toxicity", row.toxicity) != row.toxicity:
        # The term that stands is of another event.
        merged["toxicity_term"] = (found.get("toxicity_term") or "").strip()
    problems = _unknown(said) | _details(merged, {*said, *_given_details(found)}) | why_it_stands(row, said, found, on)
    if words_too_long := too_long(merged["toxicity_term"]):
        problems["toxicity_term"] = words_too_long
    progressed = found.get("progressed_on")
    if progressed is not None and progressed > on:
        problems["progressed_on"] = "That is after the day on which it was assessed. Check both days."
    days = {"on": on, "progressed_on": found.get("progressed_on")}
    check_outcome_days(days, row.board.today, since, problems)
    _check_stopped_for(row, merged)
    return merged


def _found_on(row: Step | Plan, found: Mapping[str, Any], on: date) -> dict[str, Any]:
    """The details of what is found on that day."""
    grade = found.get("toxicity", "")
    return {
        "response_on": on if found.get("response") in ASSESSED else None,
        "toxicity_on": toxicity_day(row, grade, on),
        "toxicity_term": terms_together(row, grade or row.toxicity, found.get("toxicity_term") or ""),
        "symptom_control_on": on if found.get("symptom_control") in CONTROL_ASSESSED else None,
    }


def _corrected(row: Step | Plan, right: Right, words: Mapping[str, str], *, since: date | None) -> dict[str, Any]:
    said = _said(right)
    merged = _merged(row, right, said)
    dayless = [name for name in LATE_DAYS if _days_of(right)[name] is not None and getattr(row, name) is None]
    if said.get("toxicity") == Toxicity.GRADE_5:
        # A death that was judged after the end, whatever was recorded with it.
        dayless = [name for name in dayless if name != "toxicity_on"]
    if dayless:
        told = "Nothing of it was added after the end, so there is no such day. Leave it empty."
        raise ValidationError(dict.fromkeys(dayless, told))
    wanted = merged | dict(words)
    changes = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changes:
        raise ValidationError("That is what is recorded. Change what is wrong of it.")
    problems = _unknown(said) | _details(merged, {*said, *_given_details(right)})
    problems |= {name: NOTHING_YET for name in said if getattr(row, name) == "not_recorded"}
    days = _days_of(right)
    check_outcome_days(days, row.board.today, since, problems)
    _check_stopped_for(row, merged)
    return changes


def _merged(row: Step | Plan, told: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    """The outcome as it then is. A detail goes with the answer to which it belonged, where the new one has none."""
    merged = {name: getattr(row, name) for name in OUTCOME_FIELDS} | dict(said)
    for name, (answer, has_one, nothing) in DETAILS.items():
        given = (told.get(name) or "").strip() if name == "toxicity_term" else told.get(name)
        if given:
            merged[name] = given
        elif answer in said and not has_one(said[answer]):
            merged[name] = nothing
    return merged


def _said(told: Mapping[str, Any]) -> dict[str, str]:
    return {name: told[name] for name in ANSWERS if told.get(name)}


def _given_details(told: Mapping[str, Any]) -> set[str]:
    return {answer for name, (answer, _, _) in DETAILS.items() if told.get(name)}


def _unknown(said: Mapping[str, str]) -> dict[str, str]:
    return {name: "Choose it from the list." for name, value in said.items() if value not in dict(ANSWERS[name])}


def _details(merged: Mapping[str, Any], parts: set[str]) -> dict[str, str]:
    """Only of what is said now: what older rows lack is asked of nobody."""
    alone = {
        name: "There is no answer to which this belongs. Choose it, too; or leave this empty."
        for name, (answer, has_one, _) in DETAILS.items()
        if merged[name] and not has_one(merged[answer])
    }
    about = {
        "response_on": {"response"}, "progressed_on": {"progression"}, "toxicity_term": {"toxicity"},
        "progression": {"response", "progression"},
    }  # fmt: skip
    return alone | {name: words for name, words in details_of(merged).items() if about[name] & parts}


def _check_stopped_for(row: Step | Plan, merged: Mapping[str, Any]) -> None:
    if isinstance(row, Step) and row.reason == Step.Reason.PROGRESSION and merged["progression"] == Progression.NO:
        raise ValidationError({"progression": "It was stopped for progression. Say when it progressed."})


def _check_fatal(row: Step | Plan, told: Mapping[str, Any], *, on: date | None, name: str = "on") -> None:
    """Grade 5 says of what the patient died, so the death is on record, and what is said of it is no older. `name`: the day's."""
    is_about = told.get("toxicity") or (name == "toxicity_on" and on is not None and row.toxicity)
    if is_about != Toxicity.GRADE_5:
        return
    if isinstance(row, Step) and row.is_decision:
        raise ValidationError(
            {"toxicity": "A decision is no treatment, so nobody dies of it. Record it at the step that is one."}
        )
    patient = as_it_stands(row.case.patient)
    if not patient.is_dead:
        raise ValidationError({"toxicity": FATAL})
    if on is None and row.toxicity != Toxicity.GRADE_5:
        raise ValidationError({name: "Say on which day it was judged that the patient died of it."})
    if on is not None and patient.died_on is not None and is_before(on, patient.died_on):
        raise ValidationError(
            {name: f"The patient {patient.ended}: what led to it was said then or later. Check the day."}
        )


def _ask(row: Step | Plan, days: Mapping[str, date | None], told: Mapping[str, Any]) -> None:
    """A death from treatment is judged after the death, and nothing is odd about that."""
    check_days(**days)
    if told.get("toxicity") == Toxicity.GRADE_5:
        days = {name: day for name, day in days.items() if name not in ("on", "toxicity_on")}
    ask_about(row.case.patient, row.board.today, recorded=days)


def _in_words(name: str, before: str, words: str, on: date) -> dict[str, str]:
    """Below what stood there, with its day."""
    if not words.strip():
        return {}
    return {name: "\n".join(filter(None, [before, f"{on:%-d %b %Y}: {words.strip()}"]))}
