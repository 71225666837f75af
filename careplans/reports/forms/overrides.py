from collections.abc import Collection
from datetime import date, timedelta
from typing import Any

from django import forms

from accounts.models import Board
from common.centre_day import centre_today
from common.forms import DateInput, Day
from common.local_time import not_meant
from modalities.models import Modality


class OverridesForm(forms.Form):
    """The filter of the override report. Left empty: the last twelve months, every board, rule and page."""

    since = Day(label="Fired from", required=False, widget=DateInput())
    until = Day(label="Fired until", required=False, widget=DateInput())
    board = forms.ModelChoiceField(Board.objects.order_by("name"), required=False, empty_label="Every board")
    rule = forms.ChoiceField(required=False)
    page = forms.ModelChoiceField(
        Modality.objects.filter(current_revision__isnull=False), required=False, empty_label="Every page",
        to_field_name="slug", label="Reference page",
    )  # fmt: skip

    def __init__(self, *args: Any, rules: list[str], boards: Collection[int] | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if boards is not None:
            mine = forms.ModelChoiceField(
                Board.objects.filter(pk__in=boards).order_by("name"), required=False, empty_label="Every board of yours"
            )
            self.fields["board"] = mine
        self.fields["rule"] = forms.ChoiceField(
            required=False, choices=[("", "Every rule"), *((rule, rule) for rule in rules)]
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in ("since", "until"):
            if (day := cleaned.get(name)) and (words := not_meant(day)):
                self.add_error(name, words)
        until: date = cleaned.get("until") or centre_today()
        since: date = cleaned.get("since") or until - timedelta(days=365)
        if since > until:
            self.add_error("since", "The period ends before it begins. Choose an earlier day.")
        return cleaned | {"since": since, "until": until}
