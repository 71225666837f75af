"""What became of one cycle, session or administration. One small form for each verb."""

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from careplans.forms.outcomes import past_day
from careplans.forms.step_progress import CodedReasonForm, VersionedForm, whether_later_move
from careplans.models import Occurrence, PlanSchedule
from careplans.readers.steps.hanging import Hung, late_if
from common.forms import DateInput, Day
from common.local_time import not_meant

Fate = PlanSchedule.Fate


def said_why() -> forms.CharField:
    return forms.CharField(
        label="Why it is corrected", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example: entered for another patient. It stays in the timeline with what was recorded before.",
    )  # fmt: skip


class GiveForm(VersionedForm):
    on = past_day("Given on", "Say on which day it was given.")
    move_later = whether_later_move()
    why = forms.CharField(
        label="Why now", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed soon after the one before, far from its planned day, out of order, or before its condition holds.",
    )  # fmt: skip
    late: tuple[Hung, ...] = ()

    def ask_of(self, late: Iterable[Hung]) -> None:
        """What becomes of each follow-up that hangs on it and whose day has passed."""
        self.late = tuple(late)
        for one in self.late:
            self.fields[f"passed_{one.line.pk}"] = forms.ChoiceField(
                label=f"{one.words}, a day that has passed", choices=[("", "Choose"), *Fate.choices],
                error_messages={"required": "Say what becomes of it."},
            )  # fmt: skip
            self.fields[f"passed_on_{one.line.pk}"] = Day(
                label=f"{one.line.heading}: planned for", required=False, widget=DateInput()
            )
        if "why" in self.fields:
            self.fields["why"] = self.fields.pop("why")

    def clean(self) -> dict[str, Any]:
        """With what becomes of each, as the services take it."""
        found = super().clean() or {}
        passed = []
        for pk in (one.line.pk for one in self.late):
            fate, on = found.pop(f"passed_{pk}", ""), found.pop(f"passed_on_{pk}", None)
            if fate == Fate.PLANNED and on is None and f"passed_on_{pk}" not in self.errors:
                self.add_error(f"passed_on_{pk}", "Say for which day, from today on, it is planned.")
            passed.append({"monitoring": pk, "fate": fate, "on": on})
        return found | {"passed": passed}


class GiveOtherwiseForm(CodedReasonForm, GiveForm):
    field_order = ["on", "reason", "reason_note", "move_later", "why"]


class PostponeForm(CodedReasonForm):
    to = Day(label="Its new day", widget=DateInput())
    move_later = whether_later_move()
    field_order = ["to", "reason", "reason_note", "move_later"]


class OmitForm(CodedReasonForm):
    pass


class CorrectGivenForm(GiveForm):
    why = said_why()


class CorrectOtherwiseForm(GiveOtherwiseForm):
    why = said_why()


class CorrectOmittedForm(CodedReasonForm):
    move_later = whether_later_move()
    why = said_why()


class TakeBackForm(VersionedForm):
    move_later = whether_later_move()
    why = said_why()


VERBS: dict[str, tuple[type[VersionedForm], str, str]] = {
    # verb       form               words on the tab          words on the button
    "give":      (GiveForm,          "It was given as planned", "Record as given"),
    "otherwise": (GiveOtherwiseForm, "It was given otherwise",  "Record how it was given"),
    "postpone":  (PostponeForm,      "Another day",             "Give it that day"),
    "omit":      (OmitForm,          "It is left out",          "Leave it out"),
    "correct_given":     (CorrectGivenForm,     "Correct: it was given as planned", "Correct the record"),
    "correct_otherwise": (CorrectOtherwiseForm, "Correct: it was given otherwise",  "Correct the record"),
    "correct_omitted":   (CorrectOmittedForm,   "Correct: it was left out",         "Correct the record"),
    "take_back":         (TakeBackForm,         "It was entered in error",          "Take it back"),
}  # fmt: skip


TO_RECORD = ("give", "otherwise", "postpone", "omit")
TO_CORRECT = ("correct_given", "correct_otherwise", "correct_omitted", "take_back")


def possible(occurrence: Occurrence, stays: str) -> tuple[str, ...]:
    """What may be recorded or corrected now; where it `stays`, only its day and its reason are corrected."""
    step = occurrence.step
    if occurrence.is_open:
        return TO_RECORD if step.is_open and step.status != step.Status.ON_HOLD else ()
    if not stays:
        return TO_CORRECT
    return TO_CORRECT[:2] if occurrence.is_given else TO_CORRECT[2:3]


def verb_form(verb: str, occurrence: Occurrence, data: Any = None) -> VersionedForm:
    """The form of one verb, with ids of its own. Nothing is asked that cannot matter: why now, of what was given otherwise only
    before the step begins."""
    form = VERBS[verb][0](data, initial={"version": occurrence.version}, auto_id=f"id_{verb}_%s")
    if occurrence.step.started_on is not None and verb == "otherwise":
        del form.fields["why"]
    if not _others_follow(verb, occurrence):
        form.fields.pop("move_later", None)
    if isinstance(form, GiveForm) and (day := _day_given(form, occurrence, asked=verb in TO_RECORD)):
        form.ask_of(late_if(occurrence, day))
    return form


def _day_given(form: forms.Form, occurrence: Occurrence, *, asked: bool) -> date | None:
    """The day that was typed, as far as it can be read; before that, where late follow-ups are `asked` about at once, the day for
    which it was planned."""
    if form.is_bound:
        with suppress(ValidationError):
            day: date = form.fields["on"].clean(form["on"].data)
            return None if not_meant(day) else day
    return occurrence.day if asked else None


def _others_follow(verb: str, occurrence: Occurrence) -> bool:
    """Whether others are still to be given after it. Where the number is open, whatever is given brings the next one; one query
    for the other verbs: it was written before, if this one was taken back."""
    step = occurrence.step
    if verb in ("take_back", "correct_omitted") and occurrence.day == occurrence.planned_on:
        return False
    if step.is_counted:
        return occurrence.number < (step.occurrences_planned or 0)
    if step.is_repeated and verb not in ("postpone", "take_back", "correct_omitted"):
        return True
    return Occurrence.objects.filter(step=step, number__gt=occurrence.number).open().exists()
