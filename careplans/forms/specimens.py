"""A specimen as a form, built from the columns of the model as the proforma is."""

from typing import Any

from django import forms
from django.forms.models import fields_for_model

from careplans.forms.proforma import control
from careplans.models import Specimen
from careplans.models.specimens import SPECIMEN_FIELDS
from common.forms import WholeNumber

_Fields: type[forms.Form] = type(
    "SpecimenFields",
    (forms.Form,),
    dict(fields_for_model(Specimen, fields=SPECIMEN_FIELDS, formfield_callback=control)),
)
DECIDES = [
    ("", "Choose"),
    ("yes", "Yes: grade and Ki-67 of the case are this specimen's"),
    ("no", "No, it is kept beside"),
]


def described(form: forms.Form) -> dict[str, Any]:
    """What was typed; a choice that did not arrive is not recorded."""
    typed = {name: form.cleaned_data[name] for name in SPECIMEN_FIELDS}
    return {
        name: value or "not_recorded" if isinstance(form.fields[name], forms.ChoiceField) else value
        for name, value in typed.items()
    }


class NewSpecimenForm(_Fields):  # type: ignore[misc, valid-type]  # made above
    decides = forms.ChoiceField(
        label="Does this specimen decide?", choices=DECIDES,
        error_messages={"required": "Say whether grade and Ki-67 of the case are this specimen's."},
    )  # fmt: skip

    def values(self) -> dict[str, Any]:
        return described(self) | {"decides": self.cleaned_data["decides"] == "yes"}


class SpecimenForm(_Fields):  # type: ignore[misc, valid-type]  # made above
    version = WholeNumber(widget=forms.HiddenInput)

    @classmethod
    def of(cls, specimen: Specimen) -> "SpecimenForm":
        return cls(initial={name: getattr(specimen, name) for name in (*SPECIMEN_FIELDS, "version")})

    def values(self) -> dict[str, Any]:
        return described(self)


class DecideForm(forms.Form):
    version = WholeNumber(widget=forms.HiddenInput)


class WithdrawForm(DecideForm):
    reason = forms.CharField(label="Why it does not belong here", max_length=160)
