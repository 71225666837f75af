from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.models import IdentifierSystem
from careplans.models import Case, Patient
from common.folding import fold
from common.forms import DateInput, WholeNumber
from common.searches import PeopleSearch

NUMBER = "number_"


class PatientFilterForm(PeopleSearch):
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

    def __init__(self, data: Any = None, *, systems: Sequence[IdentifierSystem], **kwargs: Any) -> None:
        super().__init__(data, **kwargs)
        for system in systems:
            self.fields[f"{NUMBER}{system.pk}"] = forms.CharField(
                label=system.name, required=False, max_length=64, help_text=system.format_hint,
                widget=forms.TextInput(attrs={"autocomplete": "off", "class": "nhsuk-input--width-10"}),
            )  # fmt: skip

    @property
    def numbers(self) -> list[forms.BoundField]:
        """What the institution asks for besides the record number."""
        return [self[name] for name in self.fields if name.startswith(NUMBER)]

    def values(self) -> dict[str, Any]:
        """As the services take them: the further numbers by the id of their system."""
        given = self.cleaned_data
        numbers = {int(name.removeprefix(NUMBER)): value for name, value in given.items() if name.startswith(NUMBER)}
        own = {name: value for name, value in given.items() if not name.startswith(NUMBER) and name != "version"}
        return own | {"numbers": numbers}


def typed_otherwise(typed: Mapping[str, Any], known: Patient) -> list[str]:
    """What somebody typed of another person than they would take on: the number may be mistyped."""
    words = {"family_name": "family name", "given_name": "given name"}
    found = [
        f"{label} {typed[name].strip()}"
        for name, label in words.items()
        if fold(typed[name]) != fold(getattr(known, name))
    ]
    unknown = Patient.Sex.UNKNOWN
    if typed["sex"] != known.sex and unknown not in (typed["sex"], known.sex):
        found.append(f"sex {Patient.Sex(typed['sex']).label.lower()}")
    return found


class PatientEditForm(PatientForm):
    version = WholeNumber(widget=forms.HiddenInput)

    @classmethod
    def of(cls, patient: Patient, systems: Sequence[IdentifierSystem]) -> "PatientEditForm":
        given = {f"{NUMBER}{row.system_id}": row.value for row in patient.identifiers.filter(removed_at=None)}
        return cls(systems=systems, initial={name: getattr(patient, name) for name in cls.base_fields} | given)
