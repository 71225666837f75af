from django import forms

from common.forms import DateInput, Day, WholeNumber


class TrialForm(forms.Form):
    name = forms.CharField(max_length=200)
    register_id = forms.CharField(max_length=40, label="Number in the register")
    link = forms.URLField(max_length=500, required=False, label="Link (optional)", assume_scheme="https")
    opened_on = Day(label="Opened on", widget=DateInput())
    closed_on = Day(required=False, label="Closed on (optional)", widget=DateInput())
    criteria = forms.CharField(max_length=500, label="Who may enter", help_text="In a few words.")
    contact = forms.CharField(max_length=200, help_text="Whom to ask at your centre. No patient data.")
    version = WholeNumber(required=False, widget=forms.HiddenInput)


class RegisterForm(forms.Form):
    register_url = forms.URLField(
        max_length=500, required=False, label="Address of the trial register (optional)", assume_scheme="https"
    )
