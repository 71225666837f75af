"""A follow-up schedule of a plan: from when it counts, by whom, and what it asks before it is kept."""

import zlib
from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from accounts.models import Board
from careplans.forms.people import PersonField
from careplans.models import FollowUpSchedule, PlanSchedule, Step
from careplans.readers.schedules.plan_schedules import Shown
from careplans.readers.schedules.schedule_dates import Due, past_answers
from common.forms import DateInput, Day, WholeNumber


class PlanScheduleForm(forms.Form):
    """`schedule` is chosen once; another one is another row of the plan. Questions are added when there are some."""

    schedule = forms.ModelChoiceField(FollowUpSchedule.objects.none(), label="Schedule", empty_label="Choose")
    counts_from = Day(
        label="Counts from", required=False, widget=DateInput(), help_text="For example the day of the operation."
    )
    # `<event>-<key of the step>`
    from_step = forms.ChoiceField(
        label="Or from a step of the plan", required=False,
        help_text="Its dates are set when that has been recorded; until then it waits.",
    )  # fmt: skip
    assignee = PersonField(label="Follow-up is done by", required=False, help_text="They are reminded.")
    version = WholeNumber(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, board: Board, steps: Iterable[Step], row: PlanSchedule | None = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.steps = {start_key(step, event): (step, event) for step in steps for event in _events(step)}
        start: Any = self.fields["from_step"]
        start.choices = [
            ("", "No step: the day given"),
            *((key, _start_label(*one)) for key, one in self.steps.items()),
        ]
        schedules: Any = self.fields["schedule"]
        schedules.queryset = FollowUpSchedule.objects.filter(board=board, is_active=True).with_lines()
        person: Any = self.fields["assignee"]
        person.offer(board)
        if row is not None:
            del self.fields["schedule"]
        self.asked: list[Due] = []

    @classmethod
    def of(cls, row: PlanSchedule, board: Board, steps: Iterable[Step]) -> "PlanScheduleForm":
        initial: dict[str, Any] = {"counts_from": row.counts_from, "assignee": row.assignee_id, "version": row.version}
        if row.from_step is not None:
            initial["from_step"] = start_key(row.from_step, row.from_event)
        return cls(board=board, steps=steps, row=row, initial=initial)

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
            self.fields[_name("on", due)] = Day(
                label="Planned for", required=False, widget=DateInput(), initial=said.on if said else None
            )
        if shown.near or shown.row.overlap:
            self.fields["overlap"] = forms.ChoiceField(
                label="Where another schedule of the plan asks for the same", required=False, initial=shown.row.overlap,
                choices=[("", "Choose"), *PlanSchedule.Overlap.choices],
            )  # fmt: skip

    @property
    def start(self) -> dict[str, Any]:
        """From when it counts, as far as that was said."""
        step, event = self.steps.get(self.cleaned_data.get("from_step") or "", (None, ""))
        return {"counts_from": self.cleaned_data.get("counts_from"), "from_step": step, "from_event": event}

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
        day, step = self.cleaned_data.get("counts_from"), self.cleaned_data.get("from_step")
        problems = {
            "counts_from": "" if day or step else "Say from which day it counts.",
            "from_step": "It counts from a day or from a step. Empty one of the two." if day and step else "",
            "assignee": "" if self.cleaned_data.get("assignee") else "Choose who sees to it.",
        }
        for name, words in problems.items():
            if words and name not in self.errors:
                self.add_error(name, ValidationError(words))


def start_key(step: Step, event: str) -> str:
    return f"{event}-{step.pk}"


def _events(step: Step) -> list[str]:
    """A decision is made on one day."""
    return [event for event in PlanSchedule.FromEvent.values if event == "ended" or not step.is_decision]


def _start_label(step: Step, event: str) -> str:
    return f"Step {step.number} ({step.title}) {PlanSchedule.FromEvent(event).label}"


def _name(what: str, due: Due) -> str:
    """Of the date itself, so that an answer never lands at another date when the start is changed."""
    return f"{what}_{due.kind}_{zlib.crc32(due.title.encode()):x}_{due.day:%Y%m%d}"


class RemoveScheduleForm(forms.Form):
    version = WholeNumber(widget=forms.HiddenInput, min_value=1)
