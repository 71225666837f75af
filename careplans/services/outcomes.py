"""The outcome of a step or a plan as somebody records it: every part of it is answered, and the answers fit each other."""

from collections.abc import Mapping
from datetime import date
from typing import Any, NotRequired, TypedDict

from django.core.exceptions import ValidationError

from careplans.guards import check_days
from careplans.models.outcomes import (
    ASKED,
    ASSESSED,
    GRADED,
    PROGRESSIONS,
    RESPONDED,
    RESPONSES,
    SYMPTOM_CONTROLS,
    TOXICITIES,
    Toxicity,
)


class Recorded(TypedDict):
    """What a person answers. The other three are asked for where the answer calls for them."""

    response: str
    response_on: NotRequired[date | None]
    progression: str
    progressed_on: NotRequired[date | None]
    toxicity: str
    toxicity_term: NotRequired[str]
    symptom_control: str


# A death belongs to the patient, as the reason “died” does: recorded there, it ends this and all other care.
FATAL = (
    "Grade 5 is a death. Record it on the page of the patient first: it ends this and all other care at once. Then add grade 5 "
    "to the outcome of the step that led to it. Otherwise choose the worst grade that the patient lived through."
)

ANSWERS: dict[str, list[tuple[str, str]]] = {
    "response": RESPONSES, "progression": PROGRESSIONS, "toxicity": TOXICITIES, "symptom_control": SYMPTOM_CONTROLS,
}  # fmt: skip


def check_outcome(values: Mapping[str, Any], *, today: date, since: date | None = None) -> dict[str, Any]:
    """The columns to set. `since`: the day before which nothing of this can have come."""
    found = {
        **{name: values.get(name, "") for name in ANSWERS},
        "response_on": values.get("response_on"),
        "progressed_on": values.get("progressed_on"),
        "toxicity_term": (values.get("toxicity_term") or "").strip(),
    }
    problems = {name: ASKED[name] for name, choices in ANSWERS.items() if found[name] not in dict(choices)}
    problems |= {name: words for name, words in details_of(found).items() if words}
    if found["toxicity"] == Toxicity.GRADE_5:
        problems["toxicity"] = FATAL
    check_outcome_days({name: found[name] for name in ("response_on", "progressed_on")}, today, since, problems)
    return found


def check_outcome_days(
    days: Mapping[str, date | None], today: date, since: date | None, problems: Mapping[str, str]
) -> None:
    """Raises these problems, too."""
    problems = {name: words for name, day in days.items() if (words := _day(day, today, since))} | dict(problems)
    if problems:
        raise ValidationError(problems)
    check_days(**days)


def recorded_days(on: date, found: Mapping[str, Any]) -> dict[str, date | None]:
    """The days of one form that are asked about together: when it ended, and those of its outcome."""
    return {"on": on, "response_on": found["response_on"], "progressed_on": found["progressed_on"]}


def details_of(found: Mapping[str, Any]) -> dict[str, str]:
    """The days and the term: there where the answer calls for them, and only there."""
    response, progression, grade = found["response"], found["progression"], found["toxicity"]
    problems = {}
    if response in ASSESSED and found["response_on"] is None:
        problems["response_on"] = "Say on which day the response was assessed."
    elif found["response_on"] and response == "not_assessed":
        problems["response_on"] = "A response that was not assessed has no day. Choose the response, or empty the day."
    if response == "progression" and progression in ("no", "not_assessed"):
        problems["progression"] = "The response is progressive disease. Say that it progressed, and when."
    elif progression == "yes" and found["progressed_on"] is None:
        problems["progressed_on"] = "Say on which day it progressed."
    elif (
        progression == "yes" and response in RESPONDED and _is_not_before(found["response_on"], found["progressed_on"])
    ):
        problems["progressed_on"] = (
            "The response is of that day or later, and the best response counts until it progressed. Check both days."
        )
    elif found["progressed_on"] and progression in ("no", "not_assessed"):
        problems["progressed_on"] = "There is a day of progression. Say that it progressed, or empty the day."
    if grade in GRADED and not found["toxicity_term"]:
        problems["toxicity_term"] = "Say in words what the adverse event was, for example: platelet count decreased."
    elif found["toxicity_term"] and grade in ("none", "not_assessed"):
        problems["toxicity_term"] = "An adverse event has a grade. Choose its grade, or empty the term."
    return problems


def _is_not_before(one: date | None, other: date | None) -> bool:
    return one is not None and other is not None and one >= other


def _day(day: date | None, today: date, since: date | None) -> str:
    if day is not None and day > today:
        return "That day lies in the future. Record it when it has come."
    if day is not None and since is not None and day < since:
        return f"That is before the treatment began on {since:%-d %B %Y}. Check both days."
    return ""
