"""The form above a report: the period, the day as of which it is asked, and by what its rows are told apart."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.models import Board
from common.forms import DateInput, Day

THEN, SINCE = "", "now"
HOW_KNOWN = [(THEN, "What was known then"), (SINCE, "And what is known now")]
# To the minute.
LONGEST_MOMENT = 16


class DayOrMoment(Day):
    """A day as people choose it; an address may say a moment, too, or `now`, which the report reads by itself."""

    def to_python(self, value: Any) -> Any:
        text = str(value or "")
        return text if is_moment(text) else super().to_python(value)

    def run_validators(self, value: Any) -> None:
        if not isinstance(value, str):
            super().run_validators(value)


def is_moment(text: str) -> bool:
    try:
        return text == SINCE or (parse_date(text) is None and parse_datetime(text.replace(" ", "+")) is not None)
    except ValueError:
        return False


class ByBoxes(forms.CheckboxSelectMultiple):
    """Sends `by` also where no box is ticked, which is one figure for all; an address without it asks in the report's own way. It
    takes `by=phase,modality`, as programs say it, too."""

    def render(self, name: str, *args: Any, **kwargs: Any) -> SafeString:
        boxes: SafeString = super().render(name, *args, **kwargs)
        return format_html('<input type="hidden" name="{}" value="">', name) + boxes

    def value_from_datadict(self, data: Any, files: Any, name: str) -> Any:
        given = super().value_from_datadict(data, files, name) or []
        return [one for value in given for one in value.split(",") if one]


class ReportForm(forms.Form):
    """Left empty: the period that the report usually reaches over, every board, as the report is usually told."""

    since = Day(label="From", required=False, widget=DateInput())
    until = Day(label="Until", required=False, widget=DateInput())
    as_of = DayOrMoment(
        label="As of", required=False, widget=DateInput(), help_text="A past day shows what stood then. Empty: now."
    )
    known_by = forms.ChoiceField(label="Counting", required=False, choices=HOW_KNOWN)
    board = forms.ModelChoiceField(Board.objects.none(), required=False, empty_label="Every board of yours")
    by = forms.MultipleChoiceField(label="By", required=False, widget=ByBoxes)

    def __init__(
        self, *args: Any, by: Sequence[tuple[str, str]], boards: list[int], has_period: bool, reach: str = "",
        filters: Collection[str] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        """`filters`: what the report can be asked, so that a dimension of the address stays one when the form is sent."""
        super().__init__(*args, **kwargs)
        if not has_period:
            del self.fields["since"], self.fields["until"]
        elif reach:
            self.fields["since"].help_text = f"Of a period. Empty: {reach}."
        if len(boards) < 2:
            del self.fields["board"]
        else:
            mine = Board.objects.filter(pk__in=boards).order_by("name")
            self.fields["board"] = forms.ModelChoiceField(mine, required=False, empty_label="Every board of yours")
        if not by:
            del self.fields["by"]
        else:
            self.fields["by"] = forms.MultipleChoiceField(label="By", required=False, widget=ByBoxes, choices=by)
        known_by = str(self.data.get("known_by", ""))
        if known_by not in (THEN, SINCE) and known_by.isprintable():
            choices = [*HOW_KNOWN, (known_by, f"What was known by {known_by[:LONGEST_MOMENT]}")]
            self.fields["known_by"] = forms.ChoiceField(label="Counting", required=False, choices=choices)
        # Of the only board nobody has to choose, but an address may name one.
        self.filters = [name for name in filters if name not in self.fields and self.data.get(name)]
        for name in self.filters:
            self.fields[name] = forms.CharField(required=False, widget=forms.HiddenInput, strip=False)

    @property
    def params(self) -> dict[str, str]:
        """As a program would ask."""
        given = self.cleaned_data
        days = {name: given[name] for name in ("since", "until", "as_of") if given.get(name)}
        params = {name: day if isinstance(day, str) else day.isoformat() for name, day in days.items()}
        if given.get("known_by"):
            params["known_by"] = given["known_by"]
        if isinstance(given.get("board"), Board):
            params["board"] = str(given["board"].pk)
        params |= {name: given[name] for name in self.filters}
        return params | ({"by": ",".join(given["by"])} if "by" in given else {})

    def refuse(self, error: ValidationError) -> None:
        """What only the report can tell of its question, at the field that it is about."""
        told: Mapping[str, list[str]] = error.message_dict
        for name, words in told.items():
            if name in self.fields and not self.fields[name].widget.is_hidden:
                self.add_error(name, words)
            else:
                self.add_error(None, [f"{name}: {one}" for one in words])
