"""What stands of an outcome, whatever is found later: the best response, the first day of progression, the worst toxicity."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from careplans.models import Plan, Step
from careplans.models.outcomes import BEST_FIRST, GRADED, RESPONDED, TOXICITIES, Progression, Toxicity

# What says nothing, so that anything which is found later takes its place.
NOTHING = ("not_recorded", "not_assessed")
GRADES = [value for value, _ in TOXICITIES if value != Toxicity.NOT_ASSESSED]
AGAIN = "Correct the outcome if it is wrong."
# The longest that the terms can be together.
TERMS = 120


def why_it_stands(row: Step | Plan, said: Mapping[str, str], told: Mapping[str, Any], on: date) -> dict[str, str]:
    """By the part of what is said now, as found `on` that day: why what is recorded stays. `told`: with the details. Pure."""
    problems = {
        name: f"{getattr(row, f'get_{name}_display')()} is recorded. Leave it as it stands; or correct the outcome."
        for name, value in said.items()
        if value == "not_assessed" and getattr(row, name) not in NOTHING
    }
    found = {
        "toxicity": _worse_before(row, said.get("toxicity", "")),
        "progression": _progressed(row, said.get("progression", "")),
        "progressed_on": _first_day(row, told.get("progressed_on")),
        "symptom_control": problems.get("symptom_control") or _newer_control(row, said, on),
        "response": problems.get("response") or _best_before(row, said, told.get("progressed_on"), on),
    }
    return problems | {name: words for name, words in found.items() if words}


def terms_together(row: Step | Plan, grade: str, term: str) -> str:
    """The term of what is found now; where the grade is the recorded one, beside the terms that stand, each once."""
    term = term.strip()
    if not term or grade != row.toxicity or grade not in GRADED:
        return term
    stand = [one.strip() for one in row.toxicity_term.split(";") if one.strip()]
    known = {one.casefold() for one in stand}
    return "; ".join([*stand, *(one for one in map(str.strip, term.split(";")) if one and one.casefold() not in known)])


def too_long(terms: str) -> str:
    if len(terms) <= TERMS:
        return ""
    return f"With the term that is recorded that is more than {TERMS} characters. Say it shorter, or add it in words."


def toxicity_day(row: Step | Plan, grade: str, on: date) -> date | None:
    """The first day on which it was as bad as that. What was recorded with the end has none."""
    if grade not in GRADES:
        return None
    if grade != row.toxicity or grade not in GRADED:
        return on
    return row.toxicity_on and min(row.toxicity_on, on)


def _worse_before(row: Step | Plan, grade: str) -> str:
    if grade not in GRADES or row.toxicity not in GRADES or GRADES.index(grade) >= GRADES.index(row.toxicity):
        return ""
    return (
        f"It was worse before: {row.get_toxicity_display()}. The worst grade is what counts. Add this one in words; or correct "
        "the outcome if what is recorded is wrong."
    )


def _progressed(row: Step | Plan, said: str) -> str:
    if said == Progression.NO and row.progression == Progression.YES:
        return f"That it has progressed is recorded already. {AGAIN}"
    return ""


def _newer_control(row: Step | Plan, said: Mapping[str, str], on: date) -> str:
    """What was recorded with the end is of that day."""
    ended = row.ended_on if isinstance(row, Step) else None
    known = row.symptom_control_on or ended
    if "symptom_control" not in said or row.symptom_control in NOTHING or known is None or known <= on:
        return ""
    return (
        f"“{row.get_symptom_control_display()}” of {known:%-d %B %Y} is recorded, which is newer. Add in words what was so "
        "before; or correct the outcome if what is recorded is wrong."
    )


def _first_day(row: Step | Plan, day: date | None) -> str:
    if day is None or row.progressed_on is None or day == row.progressed_on:
        return ""
    return f"That it progressed on {row.progressed_on:%-d %B %Y} is recorded: the first day counts. {AGAIN}"


def _best_before(row: Step | Plan, said: Mapping[str, str], progressed_on: date | None, on: date) -> str:
    """RECIST: the best response from the beginning of the treatment until it progressed."""
    response = said.get("response", "")
    if response not in BEST_FIRST:
        return ""
    if row.response != "not_recorded" and BEST_FIRST.index(response) >= BEST_FIRST.index(row.response):
        then = "Leave the response as recorded."
        if response == "progression" and row.progression != Progression.YES:
            then = "Say under progression that it progressed, and when."
        return f"{_response(row)} is recorded, and stays as the best. {then}"
    if response not in RESPONDED:
        return ""
    has = Progression.YES in (row.progression, said.get("progression"))
    day = row.progressed_on or progressed_on
    if not has or (day is not None and on < day):
        return ""
    when = f" on {day:%-d %B %Y}" if day else ""
    return (
        f"It progressed{when}: a response after that is not of this treatment, and belongs to what came next. Leave the response "
        f"as recorded. {AGAIN}"
    )


def _response(row: Step | Plan) -> str:
    name = str(row.get_response_display()).split(" (")[0]
    return name + (f" of {row.response_on:%-d %B %Y}" if row.response_on else "")
