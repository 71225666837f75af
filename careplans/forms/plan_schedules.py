"""A follow-up schedule of a plan: from when it counts, by whom, and what it asks before it is kept."""

import zlib
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Board
from careplans.forms.people import PersonField
from careplans.models import FollowUpSchedule, PlanSchedule
from careplans.readers.plan_schedules import Shown
from careplans.readers.schedule_dates import Due, past_answers
from common.forms import DateInput, WholeNumber


class PlanScheduleForm(forms.Form):
    """`schedule` is chosen once; another one is another row of the plan. Questions are added when there are some."""

    schedule = forms.ModelChoiceField(FollowUpSchedule.objects.none(), label="Schedule", empty_label="Choose")
    counts_from = forms.DateField(
        label="Counts from", required=False, widget=DateInput(), help_text="For example the day of the operation."
    )
    assignee = PersonField(label="Follow-up is done by", required=False, help_text="They are reminded.")
    version = WholeNumber(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, board: Board, row: PlanSchedule | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schedules: Any = self.fields["schedule"]
        schedules.queryset = FollowUpSchedule.objects.filter(board=board, is_active=True).with_lines()
        person: Any = self.fields["assignee"]
        person.offer(board)
        if row is not None:
            del self.fields["schedule"]
        self.asked: list[Due] = []

    @classmethod
    def of(cls, row: PlanSchedule, board: Board) -> "PlanScheduleForm":
        initial = {"counts_from": row.counts_from, "assignee": row.assignee_id, "version": row.version}
        return cls(board=board, row=row, initial=initial)

    def ask(self, shown: Shown, today: date) -> None:
        """A question for each date in the past, and one where another schedule asks for the same. What was said stays said."""
        self.asked = shown.past + [due for due, _ in shown.answered]
        self.asked.sort(key=lambda due: due.day)
        answers = past_answers(shown.row, today)
        for due in self.asked:
            said = answers.get(due.key)
            self.fields[_name("fate", due)] = forms.ChoiceField(
                label=f"{due.heading}, {due.day:%-d %b %Y}", required=False, initial=said.fate if said else "",
                choices=[("", "Choose"), *PlanSchedule.Fate.choices],
            )  # fmt: skip
            self.fields[_name("on", due)] = forms.DateField(
                label="Planned for", required=False, widget=DateInput(), initial=said.on if said else None
            )
        if shown.near or shown.row.overlap:
            self.fields["overlap"] = forms.ChoiceField(
                label="Where another schedule of the plan asks for the same", required=False, initial=shown.row.overlap,
                choices=[("", "Choose"), *PlanSchedule.Overlap.choices],
            )  # fmt: skip

    @property
    def questions(self) -> list[tuple[Due, Any, Any]]:
        return [(due, self[_name("fate", due)], self[_name("on", due)]) for due in self.asked]

    @property
    def past(self) -> list[dict[str, Any]]:
        """What was answered; what is still open is refused by the service with a sentence."""
        told = []
        for due in self.asked:
            fate, on = self.cleaned_data.get(_name("fate", due)), self.cleaned_data.get(_name("on", due))
            if fate:
                day = on if fate == PlanSchedule.Fate.PLANNED else None
                told.append({"kind": due.kind, "title": due.title, "day": due.day, "fate": fate, "on": day})
        return told

    def clean(self) -> None:
        schedule: FollowUpSchedule | None = self.cleaned_data.get("schedule")
        if schedule is not None and schedule.is_none:
            return
        for name, words in (("counts_from", "Say from which day it counts."), ("assignee", "Choose who sees to it.")):
            if name not in self.errors and not self.cleaned_data.get(name):
                self.add_error(name, ValidationError(words))


def _name(what: str, due: Due) -> str:
    """Of the date itself, so that an answer never lands at another date when the start is changed."""
    return f"{what}_{due.kind}_{zlib.crc32(due.title.encode()):x}_{due.day:%Y%m%d}"


class RemoveScheduleForm(forms.Form):
    version = WholeNumber(widget=forms.HiddenInput, min_value=1)
