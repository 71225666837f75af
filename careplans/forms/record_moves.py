"""That two records are of one person, or that a case is another patient's: asked, decided, undone."""

from typing import Any

from django import forms

from careplans.models import Patient, RecordMove
from common.forms import WholeNumber

HOW = "How is it known?"


class FindForm(forms.Form):
    """By which words the other patient is looked for."""

    q = forms.CharField(
        label="Name or record number", max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )  # fmt: skip


class MergeForm(forms.Form):
    """Which of two records stays: nobody's default."""

    stays = forms.TypedChoiceField(
        label="Which record stays?", coerce=int, widget=forms.RadioSelect,
        help_text="Its number, name and date of birth are shown from then on. The other record leads to it and stays readable.",
        error_messages={"required": "Choose which of the two records stays."},
    )  # fmt: skip
    reason = forms.CharField(
        label=HOW, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example: same insurance number on both letters. It is kept with both records.",
    )  # fmt: skip

    def __init__(self, data: Any, *, one: Patient, other: Patient) -> None:
        super().__init__(data)
        field: Any = self.fields["stays"]
        field.choices = [
            (row.pk, f"{row.record_number}, {row.name}, born {row.birth_date:%-d %b %Y}") for row in (one, other)
        ]


class MoveCaseForm(forms.Form):
    reason = forms.CharField(
        label=HOW, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example: the pathology report names the other patient. It is kept with the case.",
    )  # fmt: skip


class ConfirmForm(forms.Form):
    """The versions are those of what was looked at."""

    version = WholeNumber(widget=forms.HiddenInput)
    from_version = WholeNumber(widget=forms.HiddenInput)
    to_version = WholeNumber(widget=forms.HiddenInput)
    note = forms.CharField(label="What you checked", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    looked = forms.BooleanField(
        label="I have looked at both records", error_messages={"required": "Look at both, then say so."}
    )
    ticked_as_seen = ("looked",)

    @classmethod
    def of(cls, move: RecordMove) -> "ConfirmForm":
        return cls(initial=versions(move))


class ReasonForm(forms.Form):
    """Declined or undone: why."""

    version = WholeNumber(widget=forms.HiddenInput)
    reason = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2}))


def versions(move: RecordMove) -> dict[str, int]:
    return {
        "version": move.version, "from_version": move.from_patient.version, "to_version": move.to_patient.version,
    }  # fmt: skip
