"""The form above a report: the period, the day as of which it is asked, and by what its rows are told apart."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Board
from common.forms import DateInput, Day

THEN, SINCE = "", "now"


class ReportForm(forms.Form):
    """Left empty: the period that the report usually reaches over, every board, as the report is usually told."""

    since = Day(label="From", required=False, widget=DateInput())
    until = Day(label="Until", required=False, widget=DateInput())
    as_of = Day(
        label="As of", required=False, widget=DateInput(), help_text="A past day shows what stood then. Empty: now."
    )
    known_by = forms.ChoiceField(
        label="Counting", required=False,
        choices=[(THEN, "What was known then"), (SINCE, "And what is known now")],
    )  # fmt: skip
    board = forms.ModelChoiceField(Board.objects.none(), required=False, empty_label="Every board of yours")
    by = forms.MultipleChoiceField(label="By", required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(
        self,
        *args: Any,
        by: Sequence[tuple[str, str]],
        boards: list[int],
        has_period: bool,
        reach: str = "",
        **kwargs: Any,
    ) -> None:
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
            self.fields["by"] = forms.MultipleChoiceField(
                label="By", required=False, widget=forms.CheckboxSelectMultiple, choices=by
            )

    @property
    def params(self) -> dict[str, str]:
        """As a program would ask."""
        given = self.cleaned_data
        params = {name: given[name].isoformat() for name in ("since", "until", "as_of") if given.get(name)}
        if given.get("known_by"):
            params["known_by"] = given["known_by"]
        if given.get("board"):
            params["board"] = str(given["board"].pk)
        return params | ({"by": ",".join(given["by"])} if "by" in given else {})

    def refuse(self, error: ValidationError) -> None:
        """What only the report can tell of its question, at the field that it is about."""
        told: Mapping[str, list[str]] = error.message_dict
        for name, words in told.items():
            self.add_error(name if name in self.fields else None, words)
