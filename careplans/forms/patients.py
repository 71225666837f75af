from typing import Any

from django import forms

from careplans.models import Case, Patient
from common.forms import DateInput, WholeNumber


class PatientFilterForm(forms.Form):
    """Search and filters of the list. Read with `cleaned()`: a wrong value in an old bookmark filters nothing."""

    q = forms.CharField(
        label="Name or record number", required=False, max_length=100,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )  # fmt: skip
    status = forms.ChoiceField(label="Case status", required=False, choices=[("", "Any"), *Case.Status.choices])
    plan = forms.ChoiceField(
        label="Plan in force", required=False, choices=[("", "With or without"), ("yes", "With"), ("none", "Without")]
    )
    kind = forms.ChoiceField(
        label="Synthetic patients",
        required=False,
        choices=[("", "Shown"), ("synthetic", "Only these"), ("real", "Not shown")],
    )

    def cleaned(self) -> dict[str, Any]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}


class PatientForm(forms.Form):
    record_number = forms.CharField(
        label="Record number", max_length=32, help_text="As your hospital writes it.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "nhsuk-input--width-10"}),
    )  # fmt: skip
    family_name = forms.CharField(
        label="Family name", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    given_name = forms.CharField(
        label="Given name", max_length=80, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    birth_date = forms.DateField(label="Date of birth", widget=DateInput())
    sex = forms.ChoiceField(
        label="Sex", choices=Patient.Sex.choices, widget=forms.RadioSelect(attrs={"class": "nhsuk-radios--inline"})
    )


class PatientEditForm(PatientForm):
    version = WholeNumber(widget=forms.HiddenInput)

    @classmethod
    def of(cls, patient: Patient) -> "PatientEditForm":
        return cls(initial={name: getattr(patient, name) for name in cls.base_fields})
