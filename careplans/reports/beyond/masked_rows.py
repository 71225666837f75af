"""A row behind a figure, as it is told within a reporting project. What is not listed here is left out."""

from datetime import date, datetime
from typing import Any

from careplans.deidentified.reader import Reader
from careplans.reports.declared import Report

IDS = {
    "board_id": "board", "case_id": "case", "plan_id": "plan", "step_id": "step", "next_step_id": "step",
    "later_step_id": "step", "follow_up_id": "followup",
}  # fmt: skip
DAYS = frozenset({
    "day", "planned_start", "started_on", "ended_on", "later_started_on", "planned_on", "given_on", "done_on", "due_until",
    "closed_on", "agreed_on", "changed_on", "due_on", "fired_on",
})  # fmt: skip
# Numbers and codes. How long something took tells no day; how late it is on the day of the question does.
GIVEN = frozenset({
    "position", "number", "days_off", "days_apart", "days_late", "minutes_late",
    "days_until", "hours", "from_referral", "from_decision",
    "from_signoff", "from_diagnosis", "treated", "decided", "dissented", "ended", "status", "state", "missing", "response",
    "progression", "toxicity", "symptom_control", "in_numerator", "rule", "diagnosis",
})  # fmt: skip
# An event leads to what somebody wrote.
LEFT_OUT = frozenset({"late", "days_standing", "days_since", "days_waiting", "said_id"})


def masked_row(report: Report, row: dict[str, Any], reader: Reader) -> dict[str, Any]:
    """`id` becomes the place in the list, which no other project has."""
    if not reader.is_masked:
        return row
    patient = reader.patient_of(row["case_id"])
    people = {one.column for one in report.dimensions if one.noun == "people"}
    coded = {one.column for one in report.dimensions if one.noun != "people"}
    return {name: _told(name, value, reader, patient, people, coded) for name, value in row.items()} | {
        "id": reader.sealed(str(row["id"]))
    }


def _told(name: str, value: Any, reader: Reader, patient: int | None, people: set[str], coded: set[str]) -> Any:
    if value is None:
        return None
    if name in IDS or name in people:
        return reader.pseudonym(IDS.get(name, "user"), int(value))
    if name in DAYS:
        return reader.day(_day(value), patient)
    return value if name in GIVEN or name in coded else None


def _day(value: Any) -> date:
    """SQLite has days as texts."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
