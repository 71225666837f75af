"""Another name of a patient."""

from django import forms

from careplans.models import PatientName
from common.forms import WholeNumber


class PatientNameForm(forms.Form):
    """`version` is that of the patient on the screen."""

    version = WholeNumber(widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label="What is it?", choices=PatientName.Kind.choices, widget=forms.RadioSelect,
        error_messages={"required": "Say whether it is a former name or one by which the patient is known, too."},
    )  # fmt: skip
    family_name = forms.CharField(
        label="Family name", max_length=80, help_text="Or the only name.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip
    given_name = forms.CharField(
        label="Given name", max_length=80, required=False, help_text="Empty where it is the same as now.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )  # fmt: skip


class TakeOffForm(forms.Form):
    version = WholeNumber(widget=forms.HiddenInput)
    name = WholeNumber(widget=forms.HiddenInput)
