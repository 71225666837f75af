"""Schedules of follow-ups, as a board writes them."""

from collections.abc import Sequence
from typing import Any

from django import forms

from careplans.forms.partial import Codes
from careplans.models import FollowUpSchedule, Kind, ScheduleLine
from careplans.models.schedules import Unit, line_sentences
from common.forms import DateInput, Day, WholeNumber

EMPTY_LINES = 2
MOST_LINES = 30
DAYS_OF_GRACE = 14


class ScheduleForm(forms.ModelForm):
    """Reads and checks a schedule; saving is the service's."""

    version = WholeNumber(widget=forms.HiddenInput, required=False)

    class Meta:
        model = FollowUpSchedule
        fields = FollowUpSchedule.FIELDS
        widgets = {"reviewed_on": DateInput()}
        field_classes = {"reviewed_on": Day}
        help_texts = {
            "name": "For example: small bowel, G1 or G2, resected.",
            "is_none": "A choice with a source: it counts as the reason why nothing is planned. It has no lines.",
            "then": "The board is asked for this on the last day, by a follow-up of its own. For example: discharge to the GP; "
            "discuss lifelong follow-up.",
            "source": "Guideline with its year, or the local agreement. Without one the page says that your centre set it.",
            "is_active": "Only schedules in use are offered when a plan is written.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: dict[str, Any] = self.fields
        for field in fields.values():
            field.show_optional = True
        if self.instance.pk:
            self.initial["version"] = self.instance.version


def number_of(
    label: str, *, least: int, most: int = ScheduleLine.MOST, help_text: str = "", initial: int | None = None
) -> forms.IntegerField:  # fmt: skip
    return WholeNumber(
        label=label, required=False, min_value=least, max_value=most, help_text=help_text, initial=initial,
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-3"}),
    )  # fmt: skip


def unit_of(label: str, usual: Unit = Unit.MONTHS) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=Unit.choices, initial=usual)


class LineForm(forms.Form):
    """One line. An empty one at the end is no line."""

    kinds = Codes(
        label="What to do", choices=Kind.choices, required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "nhsuk-checkboxes--inline"}),
    )  # fmt: skip
    title = forms.CharField(
        label="In words", required=False, max_length=120, help_text="For one thing alone; needed for “other”."
    )
    interval = number_of("Every", least=1, help_text="Empty: once.")
    unit = unit_of("Counted in")
    starts_after = number_of("From", least=0, help_text="Empty: after one interval.")
    starts_unit = unit_of("Counted in")
    ends_after = number_of("Until", least=1, help_text="Empty: lifelong.")
    ends_unit = unit_of("Counted in", Unit.YEARS)
    window_days = number_of(
        "May be late by, in days", least=0, most=180, help_text="After that it is overdue.", initial=DAYS_OF_GRACE
    )
    source = forms.CharField(
        label="Source of this line", required=False, max_length=300, help_text="Empty: set by your centre."
    )

    def has_changed(self) -> bool:
        """Whoever turns only a unit has not begun a line."""
        return bool({"kinds", "title", "interval", "starts_after", "ends_after", "source"} & set(self.changed_data))

    def clean_window_days(self) -> int:
        days: int | None = self.cleaned_data.get("window_days")
        return DAYS_OF_GRACE if days is None else days


class BaseLines(forms.BaseFormSet):
    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["DELETE"].label = "Take this line out"

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What was typed, without the lines that stayed empty or were taken out."""
        kept = [form for form in self.forms if form.has_changed() or form.initial]
        return [
            {name: form.cleaned_data[name] for name in ScheduleLine.FIELDS}
            for form in kept
            if not form.cleaned_data.get("DELETE")
        ]


LinesFormSet: Any = forms.formset_factory(
    LineForm, formset=BaseLines, extra=EMPTY_LINES, max_num=MOST_LINES, absolute_max=MOST_LINES, can_delete=True
)


def lines_of(schedule: FollowUpSchedule | None, data: Any = None) -> Any:
    there = schedule.lines.all() if schedule is not None else []
    initial = [{name: getattr(line, name) for name in ScheduleLine.FIELDS} for line in there]
    return LinesFormSet(data, initial=initial, prefix="line")


class RegenerateForm(forms.Form):
    """`version` is that of the schedule whose effect was shown."""

    version = WholeNumber(widget=forms.HiddenInput, min_value=1)


def differences(
    form: ScheduleForm, row: FollowUpSchedule, lines: Sequence[dict[str, Any]]
) -> list[tuple[str, Any]]:  # fmt: skip
    """Where somebody else saved something other than what is typed here, as it stands now. Empty without a conflict."""
    typed: dict[str, Any] = getattr(form, "cleaned_data", {})
    if typed.get("version") == row.version:
        return []
    found = [
        (str(form.fields[name].label).capitalize(), getattr(row, name))
        for name in FollowUpSchedule.FIELDS
        if name in typed and typed[name] != getattr(row, name)
    ]
    if row.sentences != line_sentences([ScheduleLine(**line) for line in lines]):
        found.append(("Lines", " ".join(row.sentences)))
    return found
