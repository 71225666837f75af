"""The form of what is likely next: the form of its verb without the day, which its button names. Whatever else the verb needs is
asked, empty as always; what turns out to be needed on the way is drawn beside what was typed.
"""

from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from careplans.forms.nothing_ahead import own_fields
from common.forms import DateInput

# The day that the button says, by verb. What records no day of today is a form like any other.
DAYS = {
    "start": "on", "complete": "on", "resume": "on", "choose": "on", "give": "on", "done": "done_on",
}  # fmt: skip
# Not drawn at first, since nothing asks for it as things stand.
UNASKED = {
    "start": {"why"}, "resume": {"why"}, "choose": {"why"}, "give": {"why", "move_later"}, "done": {"result"},
}  # fmt: skip
NAME = "quick"


def make_quick(form: forms.Form, verb: str, today: date, *, planned_end: date | None = None, late: bool = False) -> Any:
    """`form`: of the verb, with ids of its own. `planned_end`: by when what begins should have ended, where that lies ahead;
    `late`: what is given today was planned for another day."""
    day = DAYS.get(verb)
    hidden = set(UNASKED.get(verb, ()))
    if late:
        hidden -= {"move_later"}
    if verb == "start" and planned_end is not None and planned_end >= today:
        # The plan says it; the service takes it from there.
        form.fields["due_on"].required = False
        hidden.add("due_on")
    if day is not None:
        form.fields[day].initial = today
        wrong = form.is_bound and form.errors.get(day)
        form.fields[day].widget = DateInput() if wrong else forms.HiddenInput()
    for name in hidden & set(form.fields):
        form.fields[name].initial = None
    form.unasked = frozenset(hidden)  # type: ignore[attr-defined]
    return form


def asked_in(form: Any) -> list[BoundField]:
    """What of a quick form is drawn: what is asked from the start, and what was found wrong or missing."""
    unasked: frozenset[str] = getattr(form, "unasked", frozenset())
    return [one for one in own_fields(form) if one.name not in unasked or one.errors or one.data]
