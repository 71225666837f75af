"""What comes next: a date with a person, or a reason for none. Added to the forms that may take the last dated thing away."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from accounts.models import Board
from careplans.forms.people import PersonField
from careplans.models import Kind
from common.forms import DateInput, Day

DATE, REASON = ("next_kind", "next_on", "next_assignee"), ("nothing_ahead_reason", "look_again_on")


class AheadForm(forms.Form):
    """Either the first three or the last two are filled in; the service says what is missing."""

    next_kind = forms.ChoiceField(
        label="What", required=False, choices=[("", "Choose"), *(k for k in Kind.choices if k[0] != Kind.OTHER)]
    )
    next_on = Day(label="On", required=False, widget=DateInput())
    next_assignee = PersonField(label="Person responsible", required=False)
    nothing_ahead_reason = forms.CharField(
        label="Why nothing is planned", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example: followed by the referring clinic.",
    )  # fmt: skip
    look_again_on = Day(label="Look at it again on", required=False, widget=DateInput())

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, board)


def own_fields(form: forms.Form) -> list[BoundField]:
    """What a form asks itself; what comes next is asked below it all."""
    return [field for field in form.visible_fields() if field.name not in AheadForm.base_fields]


def ask_ahead(form: forms.Form, board: Board, *, asked: bool) -> None:
    """Let a form ask too what comes next, where it is `asked`. What is sent is taken in any case: whether something lies ahead is
    the service's to say, and where it refuses, the fields are there to answer in (`asks_ahead`)."""
    if not (asked or form.is_bound):
        return
    for name, field in AheadForm.base_fields.items():
        form.fields[name] = type(field).__deepcopy__(field, {})
    offer(form, board)
    reason: Any = form.fields["nothing_ahead_reason"]
    reason.is_asked = asked


def asks_ahead(form: forms.Form) -> bool:
    """Whether the question is drawn: asked from the start, answered, or found missing by the service."""
    if "nothing_ahead_reason" not in form.fields:
        return False
    said = any(form.errors.get(name) or form[name].data for name in AheadForm.base_fields)
    return said or getattr(form.fields["nothing_ahead_reason"], "is_asked", True)


def offer(form: forms.Form, board: Board) -> None:
    person: Any = form.fields["next_assignee"]
    person.offer(board)
    months = board.nothing_ahead_months
    time = "a year" if months == 12 else f"{months} month{'' if months == 1 else 's'}"
    form.fields["look_again_on"].help_text = f"Left empty, in {time}: then it is on the list again."
