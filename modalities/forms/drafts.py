from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import QueryDict

from common.centre_day import centre_today
from common.forms import DateInput, Day
from common.merging import AsShown
from modalities.forms.workflow import VersionForm
from modalities.models import Draft, Revision

SECTION_HELP = {
    "what_it_is": "",
    "indication": "For whom the source considers it.",
    "limits": "For whom it does not, or where its use ends.",
    "goal": "What it is meant to achieve.",
    "availability": "Say when it was written: availability ages fastest.",
    "references": "The numbers as the source prints them.",
}


class DraftForm(forms.Form):
    title = forms.CharField(max_length=160, required=False)
    change_note = forms.CharField(
        max_length=500, required=False, label="What you changed and why",
        help_text="The approver and later readers of the history see this.",
    )  # fmt: skip
    last_reviewed_on = Day(
        required=False, label="Last reviewed on (optional)", widget=DateInput(),
        help_text="The day on which a clinician of your centre last read the whole page against its sources.",
    )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in Revision.SECTIONS:
            self.fields[name] = forms.CharField(
                label=label, help_text=SECTION_HELP[name], max_length=20_000, required=False, strip=False,
                widget=forms.Textarea(attrs={"rows": 4 if name == "references" else 7}),
            )  # fmt: skip
        self.order_fields(["title", *SECTION_HELP])

    def clean_last_reviewed_on(self) -> date | None:
        day: date | None = self.cleaned_data["last_reviewed_on"]
        if day is not None and day > centre_today():
            raise ValidationError("A review cannot lie in the future. Enter today or an earlier day.")
        return day

    def clean(self) -> dict[str, Any]:
        """A browser posts line breaks as CR LF, a script as LF: kept as LF, or an untouched text would look changed."""
        data = super().clean() or self.cleaned_data
        return {name: value.replace("\r\n", "\n") if isinstance(value, str) else value for name, value in data.items()}


@dataclass(frozen=True)
class Typed:
    """What was posted: cleaned values, and what its writer saw before."""

    form: DraftForm
    values: dict[str, Any]
    base: dict[str, Any]
    errors: dict[str, list[str]]


def read_typed(data: QueryDict) -> Typed:
    """Only fields that arrived count, each with its `base-…` twin."""
    form, seen = DraftForm(data), DraftForm(data, prefix="base")
    form.is_valid()
    seen.is_valid()
    values = {name: form.cleaned_data[name] for name in Draft.EDITABLE if name in data and name in form.cleaned_data}
    base = {name: _seen(seen, name, data) for name in values}
    errors = {name: [str(error) for error in found] for name, found in form.errors.items() if name in data}
    return Typed(form, values, base, errors)


def _seen(seen: DraftForm, name: str, data: QueryDict) -> Any:
    """What cannot be read, or did not arrive, never counts as what stands there now."""
    if f"base-{name}" in data and name in seen.cleaned_data:
        return seen.cleaned_data[name]
    return AsShown.of(data.getlist(f"base-{name}"))


def control_value(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value or "")


class ApproveForm(VersionForm):
    in_force_on = Day(
        required=False, label="In force from (optional)", help_text="Leave empty for today.", widget=DateInput()
    )
    matters_to_plans = forms.TypedChoiceField(
        label="Does this matter to open plans?", choices=[("yes", "Yes"), ("no", "No")], widget=forms.RadioSelect,
        coerce=lambda answer: answer == "yes",
        help_text="Yes: boards are asked to look again at open plans that rest on the earlier revision.",
    )  # fmt: skip
    why = forms.CharField(label="Why?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    comment = forms.CharField(
        label="Comment for the editor (optional)", required=False, max_length=4000,
        widget=forms.Textarea(attrs={"rows": 2}),
    )  # fmt: skip
