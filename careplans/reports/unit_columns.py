"""What is told of a row behind a figure beside its dimensions: each column of the units once, with what it is."""

from dataclasses import dataclass
from enum import Enum, auto

from careplans.reports.scorecard.snapshot import LACKING, Lacking


class Holds(Enum):
    ID = auto()
    DAY = auto()
    WORD = auto()
    """A code."""
    NUMBER = auto()
    YES_NO = auto()
    """1 or 0."""
    TODAY = auto()
    """A number of days up to the day of the question, which beside it tells a day."""
    EVENT = auto()
    """An id of what leads to words that somebody wrote."""


@dataclass(frozen=True)
class UnitColumn:
    holds: Holds
    noun: str = ""
    """Of an id: of what."""
    unit: str = ""
    """Of a number."""
    says: str = ""
    """What it is, where its name does not say it."""


_WORDS = (
    "status", "state", "ended", "rule", "diagnosis", "response", "progression", "toxicity", "symptom_control",
)  # fmt: skip
_DAYS = (
    "day", "planned_start", "started_on", "ended_on", "later_started_on", "planned_on", "given_on", "done_on", "due_until",
    "closed_on", "agreed_on", "held_against", "changed_on", "due_on", "fired_on", "treated_on",
)  # fmt: skip
_IDS = {
    "board_id": "board", "case_id": "case", "plan_id": "plan", "step_id": "step", "next_step_id": "step",
    "later_step_id": "step", "follow_up_id": "followup",
}  # fmt: skip
_NUMBERS = {
    "position": "number in its order", "number": "number in its order", "missing": "count", "hours": "hours",
    "minutes_late": "minutes", "days_off": "days", "days_apart": "days", "days_late": "days", "days_until": "days",
    "days_put_off": "days", "times_moved": "count",
    "from_referral": "days", "from_decision": "days", "from_signoff": "days", "from_diagnosis": "days",
    "treatment_from_referral": "days", "treatment_from_decision": "days", "treatment_from_signoff": "days",
}  # fmt: skip
_TODAY = ("late", "days_standing", "days_since", "days_waiting", "since_signoff")
_YES_NO = ("treated", "decided", "dissented", "in_numerator")


def _lacking(one: Lacking) -> str:
    parts = "; ".join(f"{item.name}, {item.label}" for item in one.items)
    return f"What was asked for and not recorded, a space between: {parts}."


COLUMNS: dict[str, UnitColumn] = {
    **{name: UnitColumn(Holds.ID, noun=noun) for name, noun in _IDS.items()},
    **{name: UnitColumn(Holds.DAY) for name in _DAYS},
    **{name: UnitColumn(Holds.WORD) for name in _WORDS},
    **{name: UnitColumn(Holds.NUMBER, unit=unit) for name, unit in _NUMBERS.items()},
    **{name: UnitColumn(Holds.TODAY, unit="days") for name in _TODAY},
    **{name: UnitColumn(Holds.YES_NO, unit="1 for yes, 0 for no") for name in _YES_NO},
    "said_id": UnitColumn(Holds.EVENT),
    **{one.column: UnitColumn(Holds.WORD, says=_lacking(one)) for one in LACKING},
}
