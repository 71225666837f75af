"""One small form for each thing that is done with several steps and follow-ups at once."""

from collections.abc import Collection
from typing import Any

from django import forms

from accounts.models import Board
from careplans.forms.followups import words
from careplans.forms.outcomes import past_day
from careplans.forms.people import PersonField
from common.forms import DateInput, Day, WholeNumber

LONGEST_DAYS = 365


class BulkForm(forms.Form):
    def __init__(self, *args: Any, board: Board | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields.get("assignee")
        if person is not None and board is not None:
            person.offer(board)


class AllDoneForm(BulkForm):
    done_on = past_day("All done on", "Say on which day they were done.")


class MoveAllForm(BulkForm):
    due_on = Day(label="New date", widget=DateInput(), help_text="The same day for all of them.")
    reason = words("Reason")


class ShiftAllForm(BulkForm):
    days = WholeNumber(
        label="Move each by", min_value=-LONGEST_DAYS, max_value=LONGEST_DAYS,
        widget=forms.TextInput(attrs={"data-unit": "days", "class": "nhsuk-input--width-4"}),
        help_text="7: a week later. -7: a week earlier.",
    )  # fmt: skip
    reason = words("Reason")


class HandOverAllForm(BulkForm):
    assignee = PersonField(label="Person responsible", help_text="They are reminded of each from now on.")
    reason = words("Reason")


class CancelAllForm(BulkForm):
    reason = words("Reason", help_text="They stay in the record as cancelled, with this reason.")


VERBS: dict[str, tuple[type[BulkForm], str, str]] = {
    # verb        form             words on the tab                 words on the button
    "move":      (MoveAllForm,     "Move all to one day",           "Move them"),
    "shift":     (ShiftAllForm,    "Move each by some days",        "Move them"),
    "hand_over": (HandOverAllForm, "Hand all over to one person",   "Hand them over"),
    "done":      (AllDoneForm,     "All were done on one day",      "Record as done"),
    "cancel":    (CancelAllForm,   "None of them is needed any more", "Cancel them"),
}  # fmt: skip
# To follow a number: “9 moved”.
SAID = {
    "move": "moved",
    "shift": "moved",
    "hand_over": "handed over",
    "done": "recorded as done",
    "cancel": "cancelled",
}
OF_FOLLOW_UPS = {"done", "cancel"}


def possible(kinds: Collection[str], boards: int) -> tuple[str, ...]:
    """What may be done with these kinds of rows: a step is settled by itself, and people are those of one board."""
    names = [name for name in VERBS if name not in OF_FOLLOW_UPS or "followup" in kinds]
    return tuple(name for name in names if name != "hand_over" or boards == 1)
