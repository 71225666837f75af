"""What became of one cycle, session or administration. One small form for each verb."""

from typing import Any

from django import forms

from careplans.forms.outcomes import past_day
from careplans.forms.step_progress import CodedReasonForm, VersionedForm, whether_later_move
from careplans.models import Occurrence
from common.forms import DateInput


class GiveForm(VersionedForm):
    on = past_day("Given on", "Say on which day it was given.")
    move_later = whether_later_move()
    why = forms.CharField(
        label="Why now", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed when the step starts out of order or before its condition holds.",
    )  # fmt: skip


class GiveOtherwiseForm(CodedReasonForm, GiveForm):
    field_order = ["on", "reason", "reason_note", "move_later", "why"]


class PostponeForm(CodedReasonForm):
    to = forms.DateField(label="Its new day", widget=DateInput())
    move_later = whether_later_move()
    field_order = ["to", "reason", "reason_note", "move_later"]


class OmitForm(CodedReasonForm):
    pass


VERBS: dict[str, tuple[type[VersionedForm], str, str]] = {
    # verb       form               words on the tab          words on the button
    "give":      (GiveForm,          "It was given as planned", "Record as given"),
    "otherwise": (GiveOtherwiseForm, "It was given otherwise",  "Record how it was given"),
    "postpone":  (PostponeForm,      "Another day",             "Give it that day"),
    "omit":      (OmitForm,          "It is left out",          "Leave it out"),
}  # fmt: skip


def verb_form(verb: str, occurrence: Occurrence, data: Any = None) -> VersionedForm:
    """The form of one verb, with ids of its own. Nothing is asked that cannot matter: why now, only before the step begins."""
    form = VERBS[verb][0](data, initial={"version": occurrence.version}, auto_id=f"id_{verb}_%s")
    if occurrence.step.started_on is not None:
        form.fields.pop("why", None)
    return form
