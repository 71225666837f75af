"""What became of one cycle, session or administration. One small form for each verb."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from careplans.forms.outcomes import past_day
from careplans.forms.step_progress import CodedReasonForm, VersionedForm, whether_later_move
from careplans.models import Occurrence, PlanSchedule
from careplans.models.monitoring import monitoring_of
from common.forms import DateInput


def what_becomes_of_late() -> forms.ChoiceField:
    return forms.ChoiceField(
        label="Follow-ups whose day has passed", choices=[("", "Choose"), *PlanSchedule.Fate.choices], required=False,
        help_text="They hang on this, and it is recorded late.",
    )  # fmt: skip


def said_why() -> forms.CharField:
    return forms.CharField(
        label="Why it is corrected", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example: entered for another patient. It stays in the timeline with what was recorded before.",
    )  # fmt: skip


class GiveForm(VersionedForm):
    on = past_day("Given on", "Say on which day it was given.")
    move_later = whether_later_move()
    passed = what_becomes_of_late()
    passed_on = forms.DateField(label="Planned for", required=False, widget=DateInput())
    why = forms.CharField(
        label="Why now", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed soon after the one before, far from its planned day, out of order, or before its condition holds.",
    )  # fmt: skip


class GiveOtherwiseForm(CodedReasonForm, GiveForm):
    field_order = ["on", "reason", "reason_note", "move_later", "passed", "passed_on", "why"]


class PostponeForm(CodedReasonForm):
    to = forms.DateField(label="Its new day", widget=DateInput())
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
    if "passed" in form.fields and not _is_late(form, occurrence, asked=verb in TO_RECORD):
        del form.fields["passed"], form.fields["passed_on"]
    return form


def _is_late(form: forms.Form, occurrence: Occurrence, *, asked: bool) -> bool:
    """Whether the day of something that hangs on it has passed, by the day that was typed; before that, where it is `asked` at
    once, by the day for which it was planned."""
    lines = [one.days_after for one in monitoring_of(occurrence.step) if one.days_after is not None]
    day = occurrence.day
    if not form.is_bound and not asked:
        return False
    if form.is_bound:
        with suppress(ValidationError):
            day = form.fields["on"].clean(form["on"].data)
    return bool(lines) and day + timedelta(days=min(lines)) < occurrence.step.board.today


def _others_follow(verb: str, occurrence: Occurrence) -> bool:
    """Where the number is open, only what is given asks about the rhythm: nothing else is planned yet."""
    step = occurrence.step
    if verb in ("take_back", "correct_omitted") and occurrence.day == occurrence.planned_on:
        return False
    return (
        occurrence.number < (step.occurrences_planned or 0)
        if step.is_counted
        else verb not in ("postpone", "take_back")
    )
