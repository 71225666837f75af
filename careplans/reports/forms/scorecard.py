from collections.abc import Collection

from django import forms
from django.http import QueryDict

from accounts.models import Board
from common.forms import DateInput, Day

WAYS = [("month", "By month"), ("quarter", "By quarter"), ("board", "By board")]


class ScorecardForm(forms.Form):
    """What the scorecard is asked. Left empty: each board, the last twelve months, as of now."""

    board = forms.ModelChoiceField(Board.objects.none(), required=False, empty_label="Every board of yours")
    since = Day(label="From", required=False, widget=DateInput())
    until = Day(label="Until", required=False, widget=DateInput())
    as_of = Day(
        label="As of", required=False, widget=DateInput(),
        help_text="Nothing counts that happened or was written after this day.",
    )  # fmt: skip

    def __init__(self, given: QueryDict, *, boards: Collection[int]) -> None:
        super().__init__(given)
        mine = Board.objects.filter(pk__in=boards).order_by("name")
        self.fields["board"] = forms.ModelChoiceField(mine, required=False, empty_label="Every board of yours")
        self.order_fields(["board", "since", "until", "as_of"])

    def asked(self) -> dict[str, str]:
        """As the reports read it."""
        cleaned = self.cleaned_data
        days = {name: cleaned[name].isoformat() for name in ("since", "until", "as_of") if cleaned.get(name)}
        return days | ({"board": str(cleaned["board"].pk)} if cleaned.get("board") else {})


class IndicatorForm(ScorecardForm):
    """The same of one indicator, which is told by something."""

    by = forms.ChoiceField(label="Told", choices=WAYS, required=False)

    def asked(self) -> dict[str, str]:
        return super().asked() | {"by": self.cleaned_data.get("by") or WAYS[0][0]}
