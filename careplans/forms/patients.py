from collections.abc import Collection, Mapping, Sequence
from typing import Any, ClassVar

from django import forms

from accounts.models import IdentifierSystem
from careplans.forms.stale import Standing
from careplans.models import Case, Patient
from common.folding import fold
from common.forms import PartialDay, WholeNumber
from common.searches import PeopleSearch

NUMBER = "number_"
# What a form asks and no patient holds.
NO_FIELDS = ("version", "one_name", "old_name", "other_system", "other_number")


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
        label="Given name", max_length=80, required=False, widget=forms.TextInput(attrs={"autocomplete": "off"})
    )
    one_name = forms.BooleanField(label="This person has one name only: it stands under family name", required=False)
    birth_date = PartialDay(label="Date of birth", help_text="17/5/1960, 5/1960 or 1960")
    sex = forms.ChoiceField(
        label="Sex", choices=Patient.Sex.choices, widget=forms.RadioSelect(attrs={"class": "nhsuk-radios--inline"})
    )

    # A number in a system that nobody set up.
    other_system = forms.CharField(
        label="Whose number it is", required=False, max_length=80,
        help_text="For example another hospital. If it is on the list, choose it there.",
        widget=forms.TextInput(attrs={"autocomplete": "off", "list": "known-systems"}),
    )  # fmt: skip
    other_number = forms.CharField(
        label="The number", required=False, max_length=64,
        widget=forms.TextInput(attrs={"autocomplete": "off", "class": "nhsuk-input--width-10"}),
    )  # fmt: skip
    refused_at: ClassVar = {"identifiers": "other_system"}

    def __init__(
        self, data: Any = None, *, systems: Sequence[IdentifierSystem], held: Collection[int] = (), **kwargs: Any
    ) -> None:
        """A field for each system that is asked for, and for each in which the patient has a number (`held`)."""
        super().__init__(data, **kwargs)
        self.shown = shown = [system for system in systems if system.is_asked or system.pk in held]
        self.other_systems = [system.name for system in systems if system not in shown]
        for system in shown:
            self.fields[f"{NUMBER}{system.pk}"] = forms.CharField(
                label=system.name, required=False, max_length=64, help_text=system.format_hint,
                widget=forms.TextInput(attrs={"autocomplete": "off", "class": "nhsuk-input--width-10"}),
            )  # fmt: skip

    @property
    def numbers(self) -> list[forms.BoundField]:
        """What the institution asks for besides the record number."""
        return [self[name] for name in self.fields if name.startswith(NUMBER)]

    def clean(self) -> dict[str, Any]:
        typed: dict[str, Any] = super().clean() or self.cleaned_data
        if "given_name" in typed and not typed["given_name"] and not typed.get("one_name"):
            self.add_error("given_name", "Give the given name, or tick that this person has one name only.")
        if typed.get("given_name") and typed.get("one_name"):
            self.add_error("one_name", "A given name is typed, too: leave it empty, or untick this.")
        if any(system.is_named(typed.get("other_system", "")) for system in self.shown):
            self.add_error("other_system", "There is a field for this number above.")
        if typed.get("other_number") and not typed.get("other_system"):
            self.add_error("other_system", "Say whose number it is.")
        if typed.get("other_system") and not typed.get("other_number"):
            self.add_error("other_number", "Give the number, or leave both fields empty.")
        return typed

    def values(self) -> dict[str, Any]:
        """As the services take them: the further numbers by the id of their system."""
        given = self.cleaned_data
        numbers = {int(name.removeprefix(NUMBER)): value for name, value in given.items() if name.startswith(NUMBER)}
        own = {name: value for name, value in given.items() if not name.startswith(NUMBER) and name not in NO_FIELDS}
        named = {given["other_system"]: given["other_number"]} if given["other_system"] else {}
        return own | {"numbers": numbers, "named": named}


def typed_otherwise(typed: Mapping[str, Any], known: Patient) -> list[str]:
    """What somebody typed of another person than they would take on: the number may be mistyped."""
    words = {"family_name": "family name", "given_name": "given name"}
    found = [
        f"{label} {typed[name].strip()}"
        for name, label in words.items()
        if fold(typed[name]) != fold(getattr(known, name))
    ]
    if typed["birth_date"] != known.birth_date:
        found.append(f"date of birth {typed['birth_date'].told}")
    unknown = Patient.Sex.UNKNOWN
    if typed["sex"] != known.sex and unknown not in (typed["sex"], known.sex):
        found.append(f"sex {Patient.Sex(typed['sex']).label.lower()}")
    return found


class PatientEditForm(PatientForm):
    OLD_NAMES = (
        ("former", "The name has changed: the old one is kept as a former name"),
        ("mistyped", "The old one was mistyped: it is not kept"),
    )

    version = WholeNumber(widget=forms.HiddenInput)
    old_name = forms.ChoiceField(
        label="If you change the name, what becomes of the old one?", choices=OLD_NAMES, required=False,
        widget=forms.RadioSelect,
    )  # fmt: skip

    def __init__(self, data: Any = None, *, patient: Patient, **kwargs: Any) -> None:
        self.patient = patient
        held = patient.identifiers.filter(removed_at=None).values_list("system", flat=True)
        super().__init__(data, held=list(held), **kwargs)

    @classmethod
    def of(cls, patient: Patient, systems: Sequence[IdentifierSystem]) -> "PatientEditForm":
        asked = {"one_name": not patient.given_name, "old_name": "", "other_system": "", "other_number": ""}
        stands = {name: getattr(patient, name) for name in cls.base_fields if name not in asked}
        return cls(patient=patient, systems=systems, initial=stands | asked | _numbers_of(patient))

    def clean(self) -> dict[str, Any]:
        typed = super().clean()
        names = ("family_name", "given_name")
        if not typed.get("old_name") and any(typed.get(name, now) != now for name, now in self._names_now(names)):
            self.add_error("old_name", "Say whether the old name is kept as a former name, or was mistyped.")
        return typed

    def _names_now(self, names: Sequence[str]) -> list[tuple[str, str]]:
        return [(name, getattr(self.patient, name)) for name in names]

    def values(self) -> dict[str, Any]:
        return super().values() | {"keep_old_name": self.cleaned_data["old_name"] == "former"}

    def numbers_otherwise(self) -> list[Standing]:
        """Further numbers that stand otherwise by now than they were typed."""
        stand = _numbers_of(self.patient)
        return [
            Standing(str(field.label), stand.get(field.name, "") or "None")
            for field in self.numbers
            if self.cleaned_data.get(field.name, "") != stand.get(field.name, "")
        ]


def _numbers_of(patient: Patient) -> dict[str, str]:
    return {f"{NUMBER}{row.system_id}": row.value for row in patient.identifiers.filter(removed_at=None)}
