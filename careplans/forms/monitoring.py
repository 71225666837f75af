from django import forms

from careplans.models import Kind, Monitoring, Step
from careplans.models.courses import LONGEST_INTERVAL
from careplans.models.monitoring import LATEST_DAY
from common.forms import WholeNumber


class MonitoringForm(forms.Form):
    """A follow-up that hangs on a step. What is asked beside `when` depends on it; the service says what is missing."""

    kind = forms.ChoiceField(label="What", choices=[("", "Choose"), *Kind.choices])
    title = forms.CharField(
        label="In words", required=False, max_length=160, help_text="For example: blood count. Needed for “other”."
    )
    when = forms.ChoiceField(label="When", choices=[("", "Choose"), *Monitoring.When.choices])
    days_after = WholeNumber(
        label="Days after each", required=False, min_value=0, max_value=LATEST_DAY,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3"}),
        help_text="Of a cycle, session or administration.",
    )  # fmt: skip
    interval = WholeNumber(
        label="Every", required=False, min_value=1, max_value=LONGEST_INTERVAL,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3"}),
        help_text="While the step runs.",
    )  # fmt: skip
    interval_unit = forms.ChoiceField(
        label="Days, weeks or months", choices=[("", "Choose"), *Step.IntervalUnit.choices], required=False
    )
