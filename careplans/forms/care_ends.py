"""A death, a transfer, the word that takes one back, and what is then brought back."""

import calendar
from collections.abc import Mapping
from typing import Any

from django import forms

from accounts.models import Board
from careplans.forms.people import PersonField
from careplans.models import CareEnd, CareEnded, Patient
from common.forms import DateInput, Day, WholeNumber

MONTHS = calendar.month_name[1:]
WHY = "Why the date is right, although something is recorded as done after it"


def _number(label: str, width: int, low: int, high: int) -> WholeNumber:
    attrs = {"class": f"nhsuk-input--width-{width}", "inputmode": "numeric"}
    return WholeNumber(label=label, required=False, min_value=low, max_value=high, widget=forms.TextInput(attrs=attrs))


def _is_a_day(given: Mapping[str, Any]) -> bool:
    return bool(given["day"] <= calendar.monthrange(given["year"], given["month"])[1])


def _why() -> forms.CharField:
    return forms.CharField(label=WHY, required=False, widget=forms.Textarea(attrs={"rows": 2}))


class EndForm(forms.Form):
    """`version` is that of the patient on the screen."""

    version = WholeNumber(widget=forms.HiddenInput)

    def asks_why(self) -> bool:
        """Asked only once something is found that was done after the day."""
        return bool(self.errors.get("why")) or bool(self["why"].value())


class DeathForm(EndForm):
    day = _number("Day", 2, 1, 31)
    month = forms.TypedChoiceField(
        label="Month", required=False, coerce=int, empty_value=None,
        choices=[("", "Not known"), *((number, name) for number, name in enumerate(MONTHS, 1))],
    )  # fmt: skip
    year = _number("Year", 4, 1900, 2199)
    unknown = forms.BooleanField(label="Not even the year is known", required=False)
    source = forms.CharField(
        label="Known from", max_length=200, help_text="For example: letter of the GP of 4 March, the ward, the registry.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    why = _why()

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = super().clean() or {}
        if "year" not in self.errors and not given.get("year") and not given.get("unknown"):
            self.add_error("year", "Give the year, or tick that not even the year is known.")
        if given.get("year") and given.get("unknown"):
            self.add_error("unknown", "A year is given, and that it is not known. Which of the two?")
        if all(given.get(part) for part in ("year", "month", "day")) and not _is_a_day(given):
            self.add_error(
                "day", f"{MONTHS[given['month'] - 1]} {given['year']} has no day {given['day']}. Check the date."
            )
        given.pop("unknown", None)
        return given


class TransferForm(EndForm):
    to_centre = forms.CharField(
        label="To which centre", max_length=160, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    on = Day(label="In their care from", widget=DateInput())
    taken_over_by = forms.CharField(
        label="Who takes over there", max_length=160, help_text="A name and how to reach them, or their board.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    confirmed = forms.ChoiceField(
        label="Has the other centre confirmed it?", choices=CareEnd.Confirmed.choices, widget=forms.RadioSelect,
        error_messages={"required": "Say whether the other centre has confirmed it."},
    )  # fmt: skip
    why = _why()


class TakeBackForm(forms.Form):
    version = WholeNumber(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why it is taken back", widget=forms.Textarea(attrs={"rows": 2}))

    @classmethod
    def of(cls, patient: Patient) -> "TakeBackForm":
        return cls(initial={"version": patient.version})


class BackForm(forms.Form):
    """A follow-up comes back with a new day; with who had it, where they can still see to it. Whom the board offers is read once
    for a page (`people_of`)."""

    due_on = Day(label="New date", widget=DateInput())
    assignee = PersonField(label="Who sees to it")

    def __init__(self, data: Any, *, people: PersonField, item: CareEnded, may_still: bool) -> None:
        initial = {"assignee": item.assignee_id if may_still else None}
        super().__init__(data, initial=initial, auto_id=f"id_{item.pk}_%s")
        person: Any = self.fields["assignee"]
        person.offer_as(people)


def people_of(board: Board) -> PersonField:
    field = PersonField()
    field.offer(board)
    return field
