"""Schedules of follow-ups, as a board writes them."""

from typing import Any

from django import forms

from careplans.forms.partial import Codes
from careplans.models import FollowUpSchedule, Kind
from common.forms import DateInput, WholeNumber


class ScheduleForm(forms.ModelForm):
    """Reads and checks a schedule; saving is the service's."""

    kinds = Codes(label="What to do", choices=Kind.choices)
    version = WholeNumber(widget=forms.HiddenInput, required=False)

    class Meta:
        model = FollowUpSchedule
        fields = FollowUpSchedule.FIELDS
        widgets = {"reviewed_on": DateInput()}
        field_classes = dict.fromkeys(("interval_months", "duration_months", "window_days"), WholeNumber)
        labels = {"interval_months": "Every", "duration_months": "For", "window_days": "May be late by"}
        help_texts = {
            "name": "For example: small bowel, G1 or G2, resected.",
            "source": "Guideline with its year, or the local agreement that this rests on.",
            "is_active": "Only schedules in use are offered when a plan is written.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for name, field in fields.items():
            field.show_optional = True
            if name.endswith(("_months", "_days")):
                unit = name.rpartition("_")[2]
                field.widget.attrs |= {"data-unit": unit, "class": "nhsuk-input--width-3"}
        if self.instance.pk:
            self.initial["version"] = self.instance.version


class RegenerateForm(forms.Form):
    """`version` is that of the schedule whose effect was shown."""

    version = WholeNumber(widget=forms.HiddenInput, min_value=1)


def differences(form: ScheduleForm, row: FollowUpSchedule) -> list[tuple[str, Any]]:
    """Where somebody else saved something other than what is typed here, as it stands now. Empty without a conflict."""
    typed: dict[str, Any] = getattr(form, "cleaned_data", {})
    if typed.get("version") == row.version:
        return []
    shown = {"kinds": ", ".join(row.kind_labels)}
    return [
        (str(form.fields[name].label).capitalize(), shown.get(name, getattr(row, name)))
        for name in FollowUpSchedule.FIELDS
        if name in typed and typed[name] != getattr(row, name)
    ]
