"""That a board took a patient on by mistake."""

from django import forms

from careplans.models import PatientBoard
from common.forms import WholeNumber


class LetGoForm(forms.Form):
    """`version` is that of the patient on the screen."""

    version = WholeNumber(widget=forms.HiddenInput)
    reason = forms.ChoiceField(
        label="Why does this board let go of the patient?", choices=PatientBoard.LetGo.choices, widget=forms.RadioSelect,
        error_messages={"required": "Say why this board lets go of the patient."},
    )  # fmt: skip
