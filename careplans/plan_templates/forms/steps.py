"""One step of a template, or one decision with its arms, as an editor types it."""

import re
from dataclasses import asdict
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Discipline
from careplans.forms.monitoring import MonitoringForm
from careplans.forms.partial import Codes, Text
from careplans.forms.step_reference_pages import ModalityField
from careplans.models import Monitoring, Step
from careplans.models.course_ends import HELP
from careplans.plan_templates.content import LIMITS, MOST_ARMS, UNITS, TemplateContent, TemplateMonitoring, TemplateStep
from careplans.plan_templates.plain import plain_steps
from common.forms import WholeNumber
from modalities.forms.workflow import VersionForm

UNIT_CHOICES = [(unit, unit.capitalize()) for unit in UNITS]
MARKER = re.compile(r"S\d{2}|E[1-9]\d{0,4}")
ARM_FIELDS = ("name", "condition", "no_step")


def number(label: str, name: str, help_text: str = "") -> WholeNumber:
    return WholeNumber(
        label=label, required=False, min_value=0 if name in ("wait", "start") else 1, max_value=LIMITS[name], help_text=help_text,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3"}),
    )  # fmt: skip


def unit(label: str) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=UNIT_CHOICES, required=False)


class PlannedForm(VersionForm):
    """What a step and a decision have in common."""

    phase = forms.ChoiceField(label="Phase", choices=[("", "Choose"), *Step.Phase.choices])
    owner = forms.ChoiceField(
        label="Seen to by", required=False, choices=[("", "Choose"), *Discipline.choices],
        help_text="Where one member of a board signs for it, that person owns the step; else somebody is chosen.",
    )  # fmt: skip
    start = number("Planned", "start", "So long after what stands beside it.")
    start_unit = unit("Days, weeks or months")
    start_from = forms.ChoiceField(label="After", required=False)
    after = forms.ChoiceField(label="Only after step", required=False)
    after_event = forms.ChoiceField(label="Of that step", choices=Step.AfterEvent.choices, required=False)
    after_occurrence = number("After how many", "after_occurrence", "Cycles, sessions or administrations of that step.")
    wait = number("Not before", "wait", "So long after the release.")
    wait_unit = unit("Days, weeks or months")
    only_if = forms.CharField(
        label="Only if", max_length=200, required=False, help_text="For example: Ki-67 confirmed."
    )
    rationale = Text(label="Why this step, and why here", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    alternatives = Text(label="Alternatives", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    sources = forms.CharField(
        label="Sources", max_length=200, required=False,
        help_text="Statements such as S07, or sources that your centre added, such as E1. Empty: set by your centre.",
    )  # fmt: skip
    set_by_centre = forms.CharField(
        label="Set by your centre", max_length=300, required=False,
        help_text="Where there are sources: what of this step they do not say, such as how many cycles. It stands in the "
        "template, and in no plan.",
    )  # fmt: skip
    DEFAULTS = {"after_event": "ended", "course": "once", "start_unit": "weeks", "wait_unit": "weeks"}

    def __init__(self, *args: Any, content: TemplateContent, key: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plain = plain_steps(content)
        others = [(own.key, plain[own.key].heading) for own in content.ordered if own.key != key]
        fields: dict[str, Any] = self.fields
        fields["after"].choices = [("", "No such condition"), *others]
        fields["start_from"].choices = [
            ("", "The release"),
            *((k, f"The end of {w[:1].lower()}{w[1:]}") for k, w in others),
        ]
        if "arm" in fields:
            arms = [
                (arm.key, f"{arm.name} (step {plain[step.key].number})")
                for step in content.ordered
                for arm in step.arms
            ]
            fields["arm"].choices = [("", "No arm: done either way"), *arms]
            fields["modality"].offer(empty="Choose")

    def clean_sources(self) -> tuple[str, ...]:
        found = [one for one in re.split(r"[\s,;]+", self.cleaned_data["sources"].upper()) if one]
        if wrong := [one for one in found if not MARKER.fullmatch(one)]:
            raise ValidationError(f"Write statements such as S07 and sources such as E1, not {', '.join(wrong)}.")
        return tuple(dict.fromkeys(found))

    def values(self) -> dict[str, Any]:
        found = {name: value for name, value in self.cleaned_data.items() if name != "version"}
        return {name: value or self.DEFAULTS.get(name, value) for name, value in found.items()}

    @classmethod
    def initial_of(cls, step: TemplateStep, version: int) -> dict[str, Any]:
        names = [name for name in cls.base_fields if name not in ("version", "sources")]
        return {
            "version": version,
            "sources": ", ".join(step.sources),
            **{name: getattr(step, name, "") for name in names},
        }


class StepForm(PlannedForm):
    modality = ModalityField(label="Modality", choices=[])
    description = forms.CharField(
        label="What exactly", max_length=200, required=False, help_text="Needed for “other”. No dose."
    )
    goals = Codes(
        label="Goals", choices=Step.Goal.choices, required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "c-checks"}),
    )  # fmt: skip
    target = forms.ChoiceField(label="Target", choices=[("", "Not stated"), *Step.Target.choices], required=False)
    course = forms.ChoiceField(label="Course", choices=Step.Course.choices, required=False)
    occurrences_planned = number(
        "How many", "occurrences_planned", "Cycles or sessions. Empty: until what stands in “stop when”."
    )
    interval = number("Every", "interval")
    interval_unit = forms.ChoiceField(
        label="Days, weeks or months", choices=[("", "Choose"), *Step.IntervalUnit.choices], required=False
    )
    agent = forms.CharField(
        label="Agent", max_length=120, required=False, help_text="In words, for example: 177Lu-DOTATATE. No dose."
    )
    session_names = Text(
        label="What each session is", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line, for example: right lobe.",
    )  # fmt: skip
    stop_when = forms.CharField(label="Stop when", max_length=200, required=False, help_text=HELP)
    arm = forms.ChoiceField(label="In the arm", required=False)

    def values(self) -> dict[str, Any]:
        found = super().values()
        return {**found, "goals": tuple(found["goals"])}


class DecisionForm(PlannedForm):
    description = forms.CharField(
        label="The board decides at", max_length=200, help_text="For example: re-staging after three months."
    )

    def values(self) -> dict[str, Any]:
        return {**super().values(), "is_decision": True}


class ArmRow(forms.Form):
    key = forms.CharField(widget=forms.HiddenInput, required=False, max_length=12)
    name = forms.CharField(label="Name", max_length=80, required=False, help_text="For example: responds.")
    condition = forms.CharField(label="When", max_length=200, required=False)
    no_step = forms.CharField(
        label="No further step", max_length=200, required=False, help_text="What happens then, where no step follows."
    )


ArmsForm: Any = forms.formset_factory(ArmRow, extra=0, min_num=MOST_ARMS, max_num=MOST_ARMS, absolute_max=MOST_ARMS)


def arms_of(step: TemplateStep | None, data: Any = None) -> Any:
    there = step.arms if step is not None else ()
    initial = [{name: getattr(arm, name) for name in ("key", *ARM_FIELDS)} for arm in there]
    return ArmsForm(data, initial=initial + [{}] * (MOST_ARMS - len(initial)), prefix="arm")


class HangingRow(MonitoringForm):
    """An empty row is none; what a row lacks, the check of the step says."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["kind"].required = self.fields["when"].required = False


MOST_HANGING = 6
HangingForm: Any = forms.formset_factory(
    HangingRow, extra=0, min_num=MOST_HANGING, max_num=MOST_HANGING, absolute_max=MOST_HANGING
)


def hanging_of(step: TemplateStep | None, data: Any = None) -> Any:
    there = [asdict(one) for one in step.monitoring] if step is not None else []
    return HangingForm(data, initial=there + [{}] * (MOST_HANGING - len(there)), prefix="hangs")


def hanging_in(rows: Any) -> tuple[TemplateMonitoring, ...]:
    """Those that say something, each with the day or the interval that goes with it."""
    typed = [
        one.cleaned_data for one in rows.forms if any(value not in ("", None) for value in one.cleaned_data.values())
    ]
    other = {
        Monitoring.When.OCCURRENCE: {"interval": None, "interval_unit": ""},
        Monitoring.When.COURSE: {"days_after": None},
    }
    return tuple(TemplateMonitoring(**(one | other.get(one["when"], {}))) for one in typed)
