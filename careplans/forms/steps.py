import json
from typing import Any

from django import forms

from accounts.models import Board
from careplans.forms.partial import Codes, Text, WholeMillimetres
from careplans.forms.people import PersonField
from careplans.forms.step_reference_pages import REFUSED_AT, ModalityField
from careplans.models import Arm, Plan, Step
from careplans.models.course_ends import HELP
from careplans.models.courses import LONGEST_INTERVAL, MOST_OCCURRENCES
from careplans.models.step_values import GOALS_OF_PHASE, NOT_PROPOSED
from common.forms import DateInput, Day, WholeNumber

PHASES = Step.Phase.choices
# For step-goals.js.
PROPOSED = {"data-goals-of": json.dumps(GOALS_OF_PHASE), "data-not-proposed": json.dumps(NOT_PROPOSED)}


class ArmField(forms.ModelChoiceField):
    """The arms of a plan, with the decision that each belongs to."""

    def __init__(self) -> None:
        super().__init__(
            Arm.objects.none(), label="In the arm", required=False, empty_label="No arm: done either way",
            help_text="It waits until this arm is chosen.",
        )  # fmt: skip

    def offer(self, plan: Plan) -> None:
        arms = Arm.objects.filter(decision__plan=plan, decision__removed_at=None, removed_at=None)
        self.queryset = arms.select_related("decision").order_by("decision__position", "position", "id")

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.name} (step {obj.decision.number}, {obj.decision.title})"


class OffersArms:
    """A form with the control `arm`, which stands on the page only where the plan has arms."""

    fields: dict[str, Any]

    @property
    def offers_arms(self) -> bool:
        """One query, and none for a decision, which belongs to no arm."""
        return "arm" in self.fields and self.fields["arm"].queryset.exists()


class NewStepForm(OffersArms, forms.Form):
    """The least that makes a step; the rest is filled in on its own page."""

    refused_at = REFUSED_AT

    phase = forms.ChoiceField(label="Phase", choices=[("", "Choose"), *PHASES])
    modality = ModalityField(label="Modality", choices=[])
    description = forms.CharField(
        label="What exactly", max_length=200, required=False, help_text="Needed for “other”, for example: surveillance."
    )

    arm = ArmField()

    def __init__(self, *args: Any, plan: Plan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        modality: Any = self.fields["modality"]
        modality.offer(empty="Choose")
        arm: Any = self.fields["arm"]
        arm.offer(plan)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("modality") == Step.ModalityCode.OTHER and not cleaned.get("description", "").strip():
            self.add_error("description", "Say what exactly, because the modality is “other”.")
        return cleaned


class StepForm(OffersArms, forms.Form):
    """One step. Saved while it is typed."""

    refused_at = REFUSED_AT

    phase = forms.ChoiceField(label="Phase", choices=PHASES, widget=forms.Select(attrs=PROPOSED))
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
        help_text="They begin with what the phase proposes and follow it while you leave them so. For some modalities "
        "nothing is proposed: say what the step is for.",
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
    planned_start = Day(label="Planned start", required=False, widget=DateInput())
    planned_end = Day(label="Planned end", required=False, widget=DateInput())
    after_step = forms.ModelChoiceField(
        Step.objects.none(), label="Only after step", required=False, empty_label="No such condition"
    )
    after_event = forms.ChoiceField(label="Of that step", choices=Step.AfterEvent.choices, required=False)
    after_occurrence = WholeNumber(
        label="After how many", min_value=1, max_value=MOST_OCCURRENCES, required=False,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3"}),
        help_text="Cycles, sessions or administrations of that step.",
    )  # fmt: skip
    arm = ArmField()
    not_before = Day(label="Not before", required=False, widget=DateInput())
    only_if = forms.CharField(
        label="Only if", max_length=200, required=False, help_text="For example: Ki-67 confirmed."
    )
    stop_when = forms.CharField(
        label="Stop when",
        max_length=200,
        required=False,
        help_text=HELP,
    )
    course = forms.ChoiceField(
        label="Course", choices=Step.Course.choices, required=False,
        help_text="Ongoing: at an interval; continuous: every day. Both until a reason to stop, which belongs in “stop when”.",
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
        if "modality" in self.fields:
            modality: Any = self.fields["modality"]
            modality.offer(step=exclude)
            arm: Any = self.fields["arm"]
            arm.offer(plan)
        person: Any = self.fields["owner"]
        person.offer(board)
        after: Any = self.fields["after_step"]
        after.queryset = Step.objects.filter(plan=plan, removed_at=None).exclude(pk=exclude).order_by("position", "id")

    @classmethod
    def of(cls, step: Step, plan: Plan, board: Board, **kwargs: Any) -> "StepForm":
        initial = {name: getattr(step, name) for name in cls.base_fields}
        return cls(plan=plan, board=board, exclude=step.pk, initial=initial, **kwargs)


class DecisionForm(StepForm):
    """A decision: when, by whom, and why; what is to be done stands in its arms."""

    description = forms.CharField(
        label="The board decides at", max_length=200, help_text="For example: re-staging after three months."
    )
    modality = goals = target = target_mm = target_mm_unknown = arm = stop_when = None  # type: ignore[assignment]  # taken out
    course = occurrences_planned = interval = interval_unit = agent = session_names = None  # type: ignore[assignment]


def form_of(step: Step) -> type[StepForm]:
    return DecisionForm if step.is_decision else StepForm
