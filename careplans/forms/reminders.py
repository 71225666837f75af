from django import forms

from common.forms import DateInput, Day


class SnoozeForm(forms.Form):
    until = Day(label="Remind me again on", widget=DateInput())
    reason = forms.CharField(
        label="Because", max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example: the scan is booked for that week. It is kept in the timeline of the case.",
    )  # fmt: skip
