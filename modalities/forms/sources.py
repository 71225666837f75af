from django import forms

from common.forms import DateInput, Day


class SourceForm(forms.Form):
    title = forms.CharField(max_length=300)
    publisher = forms.CharField(max_length=200, label="Published by", help_text="Journal, society or authority.")
    published_on = forms.CharField(
        max_length=40, label="Date, as printed", help_text="For example 2024, or 12 March 2024."
    )
    link = forms.URLField(max_length=500, required=False, label="Link (optional)", assume_scheme="https")
    accessed_on = Day(label="Read on", widget=DateInput())
