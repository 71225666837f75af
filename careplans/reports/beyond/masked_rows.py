"""A row behind a figure, as it is told within a reporting project. What is not declared (`unit_columns`) is left out."""

from datetime import date, datetime
from typing import Any

from careplans.deidentified.reader import Reader
from careplans.reports.declared import Report
from careplans.reports.unit_columns import COLUMNS, Holds

# Numbers and codes. How long something took tells no day; how late it is on the day of the question does, and an event leads to
# what somebody wrote.
GIVEN = (Holds.WORD, Holds.NUMBER, Holds.YES_NO)


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
    column = COLUMNS.get(name)
    if name in people:
        return reader.pseudonym("user", int(value))
    if name in coded or (column and column.holds in GIVEN):
        return value
    if column and column.holds is Holds.ID:
        return reader.pseudonym(column.noun, int(value))
    return reader.day(_day(value), patient) if column and column.holds is Holds.DAY else None


def _day(value: Any) -> date:
    """SQLite has days as texts."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(str(value)[:10])
