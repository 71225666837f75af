"""What a person chooses on the page: the filters of the list, as far as a person can fill them in, and the form of the file."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.utils.dateparse import parse_datetime

from accounts.models import Board, User
from accounts.permissions import boards_where
from accounts.reading import NAME as PROJECT
from careplans.api.filters import ChangedSince, YesOrNoFilter
from careplans.exports.parquet_file import is_possible
from careplans.exports.sources import EVERYTHING, SOURCES
from careplans.models import Export
from careplans.reports.asked import ACTION
from careplans.reports.tables.contents import REPORTED, Reported
from common.forms import DateInput, Day

Form = Export.Form
LABELS = {
    "status": "State", "modality_code": "Treatment", "phase": "Phase", "severity": "Weight", "state": "State",
    "due_before": "Due before", "due_after": "Due after", "planned_before": "Planned before", "planned_after": "Planned after",
    "updated_since": "Changed on or after", "overdue": "Overdue", "nothing_ahead": "Nothing ahead", "standing": "Still standing",
    "as_of": "As of", "known_by": "Known by", "since": "From", "until": "Until", "by": "Told by",
}  # fmt: skip
LONGEST_MOMENT = 40
YES_OR_NO = [("", "Either"), ("true", "Yes"), ("false", "No")]


class FilterForm(forms.Form):
    """GET: the filters of one list. What the address brought along and no field shows, such as one case, is carried."""

    def __init__(self, data: QueryDict, *, what: str, person: User) -> None:
        super().__init__(data)
        self.what, self.given = what, data
        reads = "board.view" if what == EVERYTHING else ACTION if what in REPORTED else SOURCES[what].reads
        mine = Board.objects.filter(pk__in=boards_where(person, reads)).order_by("name")
        self.fields["what"] = forms.CharField(widget=forms.HiddenInput)
        self.fields["board"] = forms.ModelChoiceField(mine, required=False, empty_label="All my boards")
        for name, one in SOURCES[what].filters.items() if what in SOURCES else ():
            if field := _field(name, one, given=len(data.getlist(name))):
                self.fields[name] = field
        if what in REPORTED:
            # Its page has fields for all that it is asked: who comes from there has chosen. A day is read as one there is.
            self.fields |= _of_report(REPORTED[what], data)
        for name in self._carried():
            self.fields[name] = forms.CharField(widget=forms.HiddenInput, required=False)

    def _carried(self) -> Iterator[str]:
        known = set(self.fields) | {"what"}
        yield from (name for name in self.data if name not in known and name not in ("page", "after", PROJECT))

    def asked(self) -> dict[str, list[str]]:
        """As the address of the list would hold them. Only of a form that is valid."""
        found: dict[str, list[str]] = {}
        for name, value in self.cleaned_data.items():
            if name == "what" or (value in (None, "", []) and not self._is_by_nothing(name)):
                continue
            values = value if isinstance(value, list) else [value]
            found[name] = [_text(name, one) for one in values]
        return found

    def _is_by_nothing(self, name: str) -> bool:
        """A report that is told by nothing: one figure for all."""
        return name == "by" and "by" in self.data

    def carried_words(self) -> list[str]:
        """What narrows the rows and has no field on the page."""
        return [
            f"{label_of(name)}: {word_of(name, self.given.getlist(name))}"
            for name in self.fields
            if name not in ("what", "board") and self._is_hidden(name)
        ]

    def _is_hidden(self, name: str) -> bool:
        return isinstance(self.fields[name].widget, forms.HiddenInput)


def label_of(name: str) -> str:
    return LABELS.get(name, name.replace("_", " ").capitalize())


def word_of(name: str, values: Sequence[str]) -> str:
    """What a filter was given, as a person reads it: a moment to the minute, though the file keeps to it exactly."""
    words = ", ".join(values)
    if name == "by":
        return words or "nothing"
    if name not in ("as_of", "known_by") or "T" not in words or len(words) > LONGEST_MOMENT:
        return words
    try:
        moment = parse_datetime(words)
        return words if moment is None else f"{moment.astimezone(UTC):%-d %b %Y, %H:%M} UTC"
    except (ValueError, OverflowError):
        return words


def _of_report(source: Reported, data: QueryDict) -> dict[str, forms.Field]:
    """The period, as days. A moment that the page of the report brought along is no day, and is carried as it is."""
    return {
        name: Day(required=False, label=label, widget=DateInput())
        for name, label in {"since": "From", "until": "Until", "as_of": "As of"}.items()
        if name in source.filters and "T" not in data.get(name, "")
    }


def _text(name: str, value: Any) -> str:
    if isinstance(value, Board):
        return str(value.pk)
    if isinstance(value, date):
        return f"{value.isoformat()}T00:00:00Z" if name == "updated_since" else value.isoformat()
    return str(value)


def _field(name: str, one: Any, *, given: int) -> forms.Field | None:
    """Nothing for what a person does not know by heart: ids and figures. Of codes one is chosen, unless a link gave several."""
    label = label_of(name)
    if isinstance(one, django_filters.MultipleChoiceFilter):
        choices = list(one.extra["choices"])
        if given > 1:
            several = forms.CheckboxSelectMultiple
            return forms.MultipleChoiceField(choices=choices, required=False, label=label, widget=several)
        return forms.ChoiceField(choices=[("", "Any"), *choices], required=False, label=label)
    if isinstance(one, YesOrNoFilter):
        return forms.ChoiceField(choices=YES_OR_NO, required=False, label=label)
    if isinstance(one, ChangedSince | django_filters.DateFilter):
        return Day(required=False, label=label, widget=DateInput())
    return None


class FileForm(forms.Form):
    """POST: the form of the file."""

    form = forms.ChoiceField(label="Form", widget=forms.RadioSelect)
    mail = forms.BooleanField(
        required=False, label="E-mail me when it is ready", help_text="The mail says nothing of what is in it."
    )

    def __init__(self, *args: Any, what: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [choice for choice in Form.choices if (choice[0] == Form.DATASET) == (what == EVERYTHING)]
        if not is_possible():
            choices = [choice for choice in choices if choice[0] != Form.PARQUET]
        self.fields["form"] = forms.ChoiceField(
            label="Form", widget=forms.RadioSelect, choices=choices, initial=choices[0][0],
            error_messages={"required": "Choose a form."},
        )  # fmt: skip


def add_refusals(form: forms.Form, error: ValidationError) -> None:
    """What the list says of its filters, at the field where there is one."""
    told = error.message_dict if hasattr(error, "error_dict") else {None: error.messages}
    for name, words in told.items():
        shown = name if name in form.fields and not isinstance(form.fields[name].widget, forms.HiddenInput) else None
        form.add_error(shown, words if shown or name is None else [f"{name}: {one}" for one in words])
