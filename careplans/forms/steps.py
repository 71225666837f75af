import json
from typing import Any

from django import forms

from accounts.models import Board
from careplans.forms.partial import Codes, Text, WholeMillimetres
from careplans.forms.people import PersonField
from careplans.forms.step_reference_pages import REFUSED_AT, ModalityField
from careplans.models import Plan, Step
from careplans.models.courses import LONGEST_INTERVAL, MOST_OCCURRENCES
from careplans.models.step_values import GOALS_OF_PHASE
from common.forms import DateInput, WholeNumber

PHASES = Step.Phase.choices


class NewStepForm(forms.Form):
    """The least that makes a step; the rest is filled in on its own page."""

    refused_at = REFUSED_AT

    phase = forms.ChoiceField(label="Phase", choices=[("", "Choose"), *PHASES])
    modality = ModalityField(label="Modality", choices=[])
    description = forms.CharField(
        label="What exactly", max_length=200, required=False, help_text="Needed for “other”, for example: surveillance."
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modality: Any = self.fields["modality"]
        modality.offer(empty="Choose")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("modality") == Step.ModalityCode.OTHER and not cleaned.get("description", "").strip():
            self.add_error("description", "Say what exactly, because the modality is “other”.")
        return cleaned


class StepForm(forms.Form):
    """One step. Saved while it is typed."""

    refused_at = REFUSED_AT

    phase = forms.ChoiceField(
        label="Phase", choices=PHASES, widget=forms.Select(attrs={"data-goals-of": json.dumps(GOALS_OF_PHASE)})
    )
    modality = ModalityField(
        label="Modality", choices=[], help_text="Another choice points at that page's revision in force."
    )
    description = forms.CharField(
        label="What exactly",
        max_length=200,
        required=False,
        help_text="For example: octreotide LAR; needed for “other”.",
    )
    goals = Codes(
        label="Goals", choices=Step.Goal.choices, required=False,
        help_text="They begin with what the phase proposes and follow it while you leave them so.",
        widget=forms.CheckboxSelectMultiple(attrs={"class": "c-checks"}),
    )  # fmt: skip
    target = forms.ChoiceField(label="Target", choices=[("", "Not stated"), *Step.Target.choices], required=False)
    target_mm = WholeMillimetres(
        label="Size of the target", min_value=1, max_value=500, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "data-unit": "mm"}),
        help_text="Whole millimetres: 25, not 2.5 cm.",
    )  # fmt: skip
    target_mm_unknown = forms.BooleanField(
        label="Size not recorded", required=False, help_text="Else the case's figure for this target counts."
    )
    owner = PersonField(
        label="Owner", required=False, help_text="Sees to it that the step happens, and gets the reminders."
    )
    planned_start = forms.DateField(label="Planned start", required=False, widget=DateInput())
    planned_end = forms.DateField(label="Planned end", required=False, widget=DateInput())
    after_step = forms.ModelChoiceField(
        Step.objects.none(), label="Only after step", required=False, empty_label="No such condition"
    )
    after_event = forms.ChoiceField(label="Of that step", choices=Step.AfterEvent.choices, required=False)
    after_occurrence = WholeNumber(
        label="After how many", min_value=1, max_value=MOST_OCCURRENCES, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3"}),
        help_text="Cycles, sessions or administrations of that step.",
    )  # fmt: skip
    not_before = forms.DateField(label="Not before", required=False, widget=DateInput())
    only_if = forms.CharField(
        label="Only if", max_length=200, required=False, help_text="For example: Ki-67 confirmed."
    )
    stop_when = forms.CharField(
        label="Stop when", max_length=200, required=False, help_text="For example: progression."
    )
    course = forms.ChoiceField(
        label="Course", choices=Step.Course.choices, required=False,
        help_text="Ongoing: until a reason to stop, which belongs in “stop when”.",
    )  # fmt: skip
    occurrences_planned = WholeNumber(
        label="How many", min_value=1, max_value=MOST_OCCURRENCES, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3"}),
        help_text="Cycles or sessions. Empty: until what stands in “stop when”.",
    )  # fmt: skip
    interval = WholeNumber(
        label="Every", min_value=1, max_value=LONGEST_INTERVAL, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3"}),
    )  # fmt: skip
    interval_unit = forms.ChoiceField(
        label="Days, weeks or months", choices=[("", "Choose"), *Step.IntervalUnit.choices], required=False
    )
    agent = forms.CharField(
        label="Agent", max_length=120, required=False, help_text="For example: 177Lu-DOTATATE. No dose."
    )
    session_names = Text(
        label="What each session is", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, for example: right lobe.",
    )  # fmt: skip
    rationale = Text(label="Why this step, and why here", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    alternatives = Text(label="Alternatives considered", required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, plan: Plan, board: Board, exclude: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modality: Any = self.fields["modality"]
        modality.offer(step=exclude)
        person: Any = self.fields["owner"]
        person.offer(board)
        after: Any = self.fields["after_step"]
        after.queryset = Step.objects.filter(plan=plan, removed_at=None).exclude(pk=exclude).order_by("position", "id")

    @classmethod
    def of(cls, step: Step, plan: Plan, board: Board) -> "StepForm":
        initial = {name: getattr(step, name) for name in cls.base_fields}
        return cls(plan=plan, board=board, exclude=step.pk, initial=initial)
