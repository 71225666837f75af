"""What an editor says of a template as a whole, and what an approver answers."""

from typing import Any

from django import forms

from accounts.models import Discipline, User
from careplans.forms.partial import Text
from careplans.models.plan_schedules import PlanSchedule
from careplans.plan_templates.content import FITTING_FACTS, TemplateContent
from careplans.readers.facts.proforma import label_of, value_in_words
from careplans.rules.engine.proforma import CODED
from common.forms import DateInput, Day, WholeNumber
from modalities.forms.workflow import VersionForm

MOST_SCHEDULES = 4


def title_field() -> forms.CharField:
    words = "For which tumour and situation, for example: resectable pancreatic NET."
    return forms.CharField(label="Title", max_length=120, help_text=words)


class NewTemplateForm(forms.Form):
    title = title_field()
    summary = Text(
        label="For whom", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="In one or two sentences; boards read it when they choose.",
    )  # fmt: skip


class AboutForm(VersionForm):
    """What stands above the steps, and which facts of a case it fits."""

    title = title_field()
    summary = Text(label="For whom", widget=forms.Textarea(attrs={"rows": 2}))
    aim = Text(
        label="What the board wants to achieve", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="It heads the plan, and is changed there.",
    )  # fmt: skip
    least_primary_mm = WholeNumber(
        label="Largest primary of at least", required=False, min_value=1, max_value=500,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3", "data-unit": "mm"}),
        help_text="Whole millimetres. Empty: no tumour is too small.",
    )  # fmt: skip
    most_primary_mm = WholeNumber(
        label="Largest primary of at most", required=False, min_value=1, max_value=500,
        widget=forms.TextInput(attrs={"inputmode": "numeric", "class": "nhsuk-input--width-3", "data-unit": "mm"}),
        help_text="Whole millimetres. Empty: none is too large.",
    )  # fmt: skip

    SAME = ("title", "summary", "aim", "least_primary_mm", "most_primary_mm")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FITTING_FACTS:
            self.fields[f"fits_{name}"] = forms.MultipleChoiceField(
                label=label_of(name), required=False, choices=[(value, value_in_words(name, value)) for value in CODED[name]],
                widget=forms.CheckboxSelectMultiple(attrs={"class": "c-checks"}),
            )  # fmt: skip

    @property
    def facts(self) -> list[Any]:
        return [self[f"fits_{name}"] for name in FITTING_FACTS]

    @classmethod
    def start(cls, content: TemplateContent, version: int) -> dict[str, Any]:
        fits = {f"fits_{name}": list(content.fits.get(name, ())) for name in FITTING_FACTS}
        same = {name: getattr(content, name) for name in cls.SAME}
        return {"version": version, **same, **fits}

    def values(self) -> dict[str, Any]:
        typed = self.cleaned_data
        fits = {name: tuple(typed[f"fits_{name}"]) for name in FITTING_FACTS if typed[f"fits_{name}"]}
        return {"fits": fits, **{name: typed[name] for name in self.SAME}}


class ScheduleRow(forms.Form):
    name = forms.ChoiceField(label="Schedule", required=False)
    from_step = forms.ChoiceField(label="Counts from", required=False)
    from_event = forms.ChoiceField(label="When that step", choices=PlanSchedule.FromEvent.choices, required=False)
    owner = forms.ChoiceField(label="Done by", choices=[("", "Left to be chosen"), *Discipline.choices], required=False)
    overlap = forms.ChoiceField(
        label="Where schedules ask for the same", required=False,
        choices=[("", "The board is asked"), *PlanSchedule.Overlap.choices],
    )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        return cleaned | {"from_event": cleaned.get("from_event") or PlanSchedule.FromEvent.ENDED.value}


class BaseSchedules(forms.BaseFormSet):
    """Of a library and the steps of the template, which the view gives."""

    def __init__(self, *args: Any, names: list[str], steps: list[tuple[str, str]], **kwargs: Any) -> None:
        self.names, self.steps = names, steps
        super().__init__(*args, **kwargs)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["name"].choices = [("", "None"), *((name, name) for name in self.names)]
        form.fields["from_step"].choices = [("", "The release"), *self.steps]


SchedulesForm: Any = forms.formset_factory(
    ScheduleRow,
    formset=BaseSchedules,
    extra=0,
    min_num=MOST_SCHEDULES,
    max_num=MOST_SCHEDULES,
    absolute_max=MOST_SCHEDULES,
)


class WithdrawForm(VersionForm):
    reason = forms.CharField(
        label="Why is it withdrawn?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Boards read it where the template stood. Plans that started from it stay as they are.",
    )  # fmt: skip


class ReviewForm(VersionForm):
    review_due_on = Day(label="Read it again by", required=False, widget=DateInput())
    responsible = forms.ModelChoiceField(
        User.objects.filter(is_active=True, is_content_editor=True).order_by("name"), required=False,
        label="Who reads it", empty_label="Nobody in particular",
    )  # fmt: skip
