"""Follow-ups and the schedules they come from. One small form for each thing that can become of a follow-up."""

from typing import Any

from django import forms

from accounts.models import Board
from careplans.forms.outcomes import past_day
from careplans.forms.people import PersonField
from careplans.forms.step_progress import VersionedForm
from careplans.models import FollowUp, Kind
from common.forms import DateInput, Day, WholeNumber

LONGEST_WINDOW_DAYS = 180


def words(label: str, *, required: bool = True, help_text: str = "") -> forms.CharField:
    """A short text. Optional ones say so in their label."""
    field = forms.CharField(
        label=label, required=required, help_text=help_text, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )
    field.show_optional = True  # type: ignore[attr-defined]  # read by templates/forms/label_text.html
    return field


class DoneForm(VersionedForm):
    done_on = past_day("Done on", "Say on which day it was done.")
    result = words("Result", required=False, help_text="In a sentence; the report itself stays where it is.")


class MissedForm(VersionedForm):
    new_due_on = Day(label="New date", widget=DateInput(), help_text="A new follow-up is made for this day.")
    reason = words("Why", required=False, help_text="As far as it is known.")


class MoveFollowUpForm(VersionedForm):
    due_on = Day(label="New date", required=False, widget=DateInput())
    assignee = PersonField(label="Person responsible", required=False, empty_label="No change")
    reason = words("Reason")


class CorrectDoneForm(VersionedForm):
    done_on = past_day("Done on", "Say on which day it was done.")
    reason = words("Reason", help_text="The day that was recorded first stays in the history.")


class NotDoneForm(VersionedForm):
    reason = words("Reason", help_text="It is open again on its day, and its person is reminded.")


class CancelForm(VersionedForm):
    reason = words("Reason", help_text="It stays in the record as cancelled, with this reason.")


VERBS: dict[str, tuple[type[VersionedForm], str, str]] = {
    # verb     form         words on the tab              words on the button
    "done":   (DoneForm,   "It was done",                "Record as done"),
    "missed": (MissedForm, "The patient did not attend", "Record and make the new date"),
    "move":   (MoveFollowUpForm,   "Another date or person",     "Move"),
    "cancel": (CancelForm, "It is not needed any more",  "Cancel this follow-up"),
    "correct": (CorrectDoneForm, "Correct the day",      "Correct the day"),
    "not_done": (NotDoneForm, "It has not happened: take it back",  "Take it back"),
}  # fmt: skip


def possible(follow_up: FollowUp) -> tuple[str, ...]:
    """What may be recorded now."""
    if follow_up.status == FollowUp.Status.DONE:
        return ("correct", "not_done")
    return ("done", "missed", "move", "cancel") if follow_up.is_open else ()


def verb_form(verb: str, follow_up: FollowUp, data: Any = None) -> VersionedForm:
    """The form of one verb; each has ids of its own, because they stand on one page."""
    form = VERBS[verb][0](data, initial={"version": follow_up.version}, auto_id=f"id_{verb}_%s")
    if isinstance(form, MoveFollowUpForm):
        person: Any = form.fields["assignee"]
        person.offer(follow_up.board)
    return form


class FollowUpForm(forms.Form):
    kind = forms.ChoiceField(label="What", choices=[("", "Choose"), *Kind.choices])
    title = forms.CharField(
        label="In words", required=False, max_length=160,
        help_text="For example: MRI of the liver. Needed for “other”; without it the list shows what you chose above.",
    )  # fmt: skip
    due_on = Day(label="Due on", widget=DateInput())
    window_days = WholeNumber(
        label="May be late by", min_value=0, max_value=LONGEST_WINDOW_DAYS,
        widget=forms.TextInput(attrs={"data-unit": "days", "class": "nhsuk-input--width-3"}),
        help_text="After that it is overdue, and the coordinator is told.",
    )  # fmt: skip
    assignee = PersonField(label="Person responsible", help_text="They are reminded.")

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].show_optional = True  # type: ignore[attr-defined]
        person: Any = self.fields["assignee"]
        person.offer(board)


STATES = {
    "open": "Open", "overdue": "Overdue", "due": "Due", "coming": "Coming",
    "done": "Done", "did_not_attend": "Did not attend", "cancelled": "Cancelled",
}  # fmt: skip


class FollowUpFilter(forms.Form):
    """What the work list shows. Anything that cannot be read counts as not given."""

    who = forms.ChoiceField(label="Responsible", required=False)
    kind = forms.ChoiceField(label="What", required=False, choices=[("", "Everything"), *Kind.choices])
    state = forms.ChoiceField(required=False, choices=list(STATES.items()), widget=forms.HiddenInput)

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person = PersonField()
        person.offer(board)
        people = [(str(user.pk), user.name) for user in person.queryset or []]
        who: Any = self.fields["who"]
        who.choices = [("", "Everybody"), ("mine", "Me"), *people]

    @property
    def wanted(self) -> dict[str, str]:
        self.is_valid()
        return {name: self.cleaned_data.get(name, "") for name in self.fields}
