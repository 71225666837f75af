from django import forms

from common.forms import DateInput, Day


class CourseForm(forms.Form):
    """Left empty: today."""

    as_of = Day(label="The course as of", required=False, widget=DateInput())
    known_by = forms.ChoiceField(
        label="Showing", required=False,
        choices=[("", "What was known then"), ("now", "And what is known now of that day")],
    )  # fmt: skip
