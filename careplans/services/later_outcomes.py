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
from careplans.models import Case, Patient, Plan, Step
from careplans.models.outcomes import ASSESSED, GRADED, OUTCOME_FIELDS, TOXICITIES, Progression, Toxicity
from careplans.readers.steps.later_outcomes import why_no_outcome, why_no_plan_outcome
from careplans.services.outcomes import ANSWERS, FATAL, check_outcome_days, details_of
from careplans.services.step_moves import said_why
from common.unlikely_days import is_before
from common.writing import compare_and_set, lock, transactional


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
    on: date | None


# What says nothing, so that anything which is found later takes its place.
NOTHING = ("not_recorded", "not_assessed")
GRADES = [value for value, _ in TOXICITIES if value != Toxicity.NOT_ASSESSED]
# By the answer to which each detail belongs: whether an answer has one.
DETAILS: dict[str, tuple[str, Callable[[str], bool], Any]] = {
    "response_on": ("response", lambda said: said in ASSESSED, None),
    "progressed_on": ("progression", lambda said: said == Progression.YES, None),
    "toxicity_term": ("toxicity", lambda said: said in GRADED, ""),
}
AGAIN = "Correct the outcome instead if what is recorded is wrong."


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
    compare_and_set(step, expected=expected_version, **changes)
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
    _check_fatal(step, right, on=right.get("on"))
    _ask(step, _days_of(right), right)
    compare_and_set(step, expected=expected_version, **changes)
    history.record(step, "step_outcome_corrected", by=by, reason=why)
    return step


@transactional
def add_plan_outcome(
    plan: Plan, *, by: User, expected_version: int, on: date, outcome_note: str = "", **found: Unpack[Found]
) -> Plan:
    """The same of a plan as a whole, which is judged by itself: nothing is taken over from its steps."""
    _take_plan(plan, by=by, expected=expected_version)
    changes = _added(plan, on, found, since=None, words=outcome_note)
    _check_fatal(plan, found, on=on)
    _ask(plan, {"on": on, "progressed_on": found.get("progressed_on")}, found)
    changes |= _in_words("outcome_note", plan.outcome_note, outcome_note, on)
    compare_and_set(plan, expected=expected_version, **changes)
    history.record(plan, "plan_outcome_added", by=by, day=on.isoformat(), reason=outcome_note.strip())
    return plan


@transactional
def correct_plan_outcome(
    plan: Plan, *, by: User, expected_version: int, why: str, outcome_note: str | None = None, **right: Unpack[Right]
) -> Plan:
    _take_plan(plan, by=by, expected=expected_version)
    why = said_why(why)
    words = {} if outcome_note is None else {"outcome_note": outcome_note.strip()}
    changes = _corrected(plan, right, words, since=None)
    _check_fatal(plan, right, on=right.get("on"))
    _ask(plan, _days_of(right), right)
    compare_and_set(plan, expected=expected_version, **changes)
    history.record(plan, "plan_outcome_corrected", by=by, reason=why)
    return plan


def take_back_fatal(patient: Patient, *, by: User, reason: str) -> None:
    """That the patient died was recorded in error, so nobody died of a treatment: the grade is not recorded any more. The caller
    has taken the cases of the patient."""
    cases = Case.objects.filter(patient=patient)
    plans = lock(Plan.objects.filter(case__in=cases, toxicity=Toxicity.GRADE_5))
    steps = lock(Step.objects.filter(case__in=cases, toxicity=Toxicity.GRADE_5))
    for kind, rows in (("plan_outcome_corrected", plans), ("step_outcome_corrected", steps)):
        for row in rows:
            compare_and_set(row, expected=row.version, toxicity=Toxicity.NOT_RECORDED, toxicity_term="")
            history.record(row, kind, by=by, reason=f"The death was taken back: {reason}")


def _days_of(right: Right) -> dict[str, date | None]:
    return {
        "on": right.get("on"),
        "response_on": right.get("response_on"),
        "progressed_on": right.get("progressed_on"),
    }


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


def _added(row: Step | Plan, on: date, found: Mapping[str, Any], *, since: date | None, words: str) -> dict[str, Any]:
    """The columns to set. What was worse before stays: the worst grade, and that it has progressed."""
    said = _said(found)
    if not said and not words.strip():
        raise ValidationError("Say what was found: at least one part of the outcome, or in words.")
    merged = _merged(row, {**found, "response_on": on if said.get("response") in ASSESSED else None}, said)
    problems = _unknown(said) | _details(merged, {*said, *_given_details(found)}) | _stands_above(row, said, on)
    days = {"on": on, "progressed_on": found.get("progressed_on")}
    check_outcome_days(days, row.board.today, since, problems)
    _check_stopped_for(row, merged)
    return merged | {"outcome_on": max(on, row.outcome_on or on)}


def _corrected(row: Step | Plan, right: Right, words: Mapping[str, str], *, since: date | None) -> dict[str, Any]:
    said = _said(right)
    merged = _merged(row, right, said)
    if right.get("on") is not None:
        if row.outcome_on is None:
            raise ValidationError({"on": "Nothing was added after the end, so there is no such day. Leave it empty."})
        merged["outcome_on"] = right["on"]
    wanted = merged | dict(words)
    changes = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    if not changes:
        raise ValidationError("That is what is recorded. Change what is wrong of it.")
    problems = _unknown(said) | _details(merged, {*said, *_given_details(right)})
    days = _days_of(right)
    check_outcome_days(days, row.board.today, since, problems)
    _check_stopped_for(row, merged)
    return changes


def _merged(row: Step | Plan, told: Mapping[str, Any], said: Mapping[str, str]) -> dict[str, Any]:
    """The outcome as it then is. A detail goes with the answer to which it belonged, where the new one has none."""
    merged = {name: getattr(row, name) for name in OUTCOME_FIELDS if name != "outcome_on"} | dict(said)
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
    about = {
        "response_on": {"response"}, "progressed_on": {"progression"}, "toxicity_term": {"toxicity"},
        "progression": {"response", "progression"},
    }  # fmt: skip
    return {name: words for name, words in details_of(merged).items() if about[name] & parts}


def _stands_above(row: Step | Plan, said: Mapping[str, str], on: date) -> dict[str, str]:
    """What was found before is not undone by what is found later."""
    problems = {
        name: f"{getattr(row, f'get_{name}_display')()} is recorded. Leave it as it stands; or correct the outcome."
        for name, value in said.items()
        if value == "not_assessed" and getattr(row, name) not in NOTHING
    }
    grade = said.get("toxicity", "")
    if grade in GRADES and row.toxicity in GRADES and GRADES.index(grade) < GRADES.index(row.toxicity):
        worst = row.get_toxicity_display()
        problems["toxicity"] = f"It was worse before: {worst}. The worst grade is what counts. {AGAIN}"
    if said.get("progression") == Progression.NO and row.progression == Progression.YES:
        problems["progression"] = f"That it has progressed is recorded already. {AGAIN}"
    if "response" in said and row.response_on is not None and on < row.response_on:
        problems["on"] = f"A response of {row.response_on:%-d %B %Y} is recorded, which is later. {AGAIN}"
    return problems


def _check_stopped_for(row: Step | Plan, merged: Mapping[str, Any]) -> None:
    if isinstance(row, Step) and row.reason == Step.Reason.PROGRESSION and merged["progression"] == Progression.NO:
        raise ValidationError({"progression": "It was stopped for progression. Say when it progressed."})


def _check_fatal(row: Step | Plan, told: Mapping[str, Any], *, on: date | None) -> None:
    """Grade 5 says of what the patient died, so the death is on record, and what is said of it is not older."""
    if told.get("toxicity") != Toxicity.GRADE_5:
        return
    if isinstance(row, Step) and row.is_decision:
        raise ValidationError(
            {"toxicity": "A decision is no treatment, so nobody dies of it. Record it at the step that is one."}
        )
    patient = as_it_stands(row.case.patient)
    if not patient.is_dead:
        raise ValidationError({"toxicity": FATAL})
    if on is not None and patient.died_on is not None and is_before(on, patient.died_on):
        raise ValidationError(
            {"on": f"The patient {patient.ended}: what led to it was said then or later. Check the day."}
        )


def _ask(row: Step | Plan, days: Mapping[str, date | None], told: Mapping[str, Any]) -> None:
    """A death from treatment is judged after the death, and nothing is odd about that."""
    check_days(**days)
    if told.get("toxicity") == Toxicity.GRADE_5:
        days = {name: day for name, day in days.items() if name != "on"}
    ask_about(row.case.patient, row.board.today, recorded=days)


def _in_words(name: str, before: str, words: str, on: date) -> dict[str, str]:
    """Below what stood there, with its day."""
    if not words.strip():
        return {}
    return {name: "\n".join(filter(None, [before, f"{on:%-d %b %Y}: {words.strip()}"]))}
