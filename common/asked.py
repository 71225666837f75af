"""A day that can be, and is unlikely, is asked about: neither refused, nor taken in silence.

Who writes a row asks (`ask`), and is answered by what came with the request: `confirmed_dates`, a tick beside the control of a
page (`common.forms.DateInput`) or a list in a body. A name in it says which field, what is odd, and which day, so that another
day is asked about anew. A task, or whatever else writes without a request, has nobody to ask.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date

from django.core.exceptions import ValidationError
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse

NAME = "confirmed_dates"
CODE = "unlikely_date"
# What can be odd about a day, in the words that say it after the day.
ODD = {
    "before_birth": "is before the patient was born",
    "after_death": "is after the patient died",
    "future": "lies in the future",
    "past": "lies in the past",
    "after_entries": "is after what is recorded of this patient",
    "before_plan": "is before the plan came into force",
    "far_from_plan": "is more than 90 days from the day for which it was planned",
    "before_added": "is before the follow-up was added",
    "long_before_due": "is more than 90 days before the day on which it was due",
}


@dataclass(frozen=True)
class Question:
    field: str
    odd: str
    """A key of `ODD`."""
    day: str
    """As it is sent: 2031-03-03."""
    said: str
    """As it is read: 3 March 2031."""
    but: str = ""
    """What it is held against: born on 4 June 1961."""

    @property
    def key(self) -> str:
        return f"{self.field}:{self.odd}:{self.day}"

    @property
    def words(self) -> str:
        held = f" ({self.but})" if self.but else ""
        return f"{self.said} {ODD[self.odd]}{held}. Check the date, or confirm that it is right."

    @property
    def yes(self) -> str:
        return f"Yes, {self.said} is right"


class Asked(ValidationError):
    """Nothing was saved: these days are confirmed, or set right. Several of one form are asked about at once."""

    def __init__(self, questions: Sequence[Question]) -> None:
        super().__init__({one.field: ValidationError(one.words, code=CODE) for one in questions})
        self.questions = list(questions)


@dataclass
class Answers:
    """What came with a request, and what is still asked."""

    given: frozenset[str] = frozenset()
    asked: list[Question] = field(default_factory=list)
    settled: dict[str, Question] = field(default_factory=dict)
    """Confirmed, and not yet told by the history."""


current: ContextVar[Answers | None] = ContextVar("asked", default=None)


@contextmanager
def asking(*given: str) -> Iterator[Answers]:
    """For as long as there is somebody to ask."""
    answers = Answers(frozenset(given))
    before = current.set(answers)
    try:
        yield answers
    finally:
        current.reset(before)


def confirm(keys: Sequence[str]) -> None:
    """These came with the request that is bound."""
    answers = current.get()
    if answers is not None:
        answers.given = frozenset(keys)


def ask(questions: Sequence[Question]) -> None:
    """Raise Asked for those that nobody has confirmed."""
    answers = current.get()
    if answers is None:
        return
    answers.asked = [one for one in questions if one.key not in answers.given]
    if answers.asked:
        raise Asked(answers.asked)
    answers.settled |= {one.key: one for one in questions}


def take_settled() -> list[str]:
    """What was confirmed since this was asked last: kept with the change that it let through."""
    answers = current.get()
    if answers is None or not answers.settled:
        return []
    keys, answers.settled = list(answers.settled), {}
    return keys


def open_questions() -> list[Question]:
    answers = current.get()
    return answers.asked if answers else []


def ticks(name: str, day: str, said: str) -> list[dict[str, object]]:
    """The ticks at a control of a page: what is asked about its day, and what was confirmed of it before the form was refused for
    something else."""
    answers = current.get()
    if answers is None:
        return []
    asked = {one.key: False for one in answers.asked if (one.field, one.day) == (name, day)}
    given = {f"{name}:{odd}:{day}": True for odd in ODD if f"{name}:{odd}:{day}" in answers.given}
    return [
        {"key": key, "checked": is_given, "yes": f"Yes, {said} is right"} for key, is_given in (asked | given).items()
    ]


def as_json() -> list[dict[str, str]]:
    """For a script that draws the ticks itself (static/README.md)."""
    return [{"name": one.field, "key": one.key, "yes": one.yes} for one in open_questions()]


def tell(form: BaseForm) -> None:
    """At the fields of a form that is drawn anew."""
    form.full_clean()
    for one in open_questions():
        if one.field in form.fields:
            form.add_error(one.field, one.words)


def told(keys: Sequence[str], label_of: Callable[[str], str]) -> str:
    """Of what the history kept, for its readers: “Planned start: confirmed that 3 Mar 2031 lies in the past”."""
    return "; ".join(dict.fromkeys(f"{label_of(name)}: {words}" for name, _, words in confirmations(keys)))


def confirmations(keys: Sequence[str]) -> list[tuple[str, str, str]]:
    """Of each its field, its day as it was sent, and what was confirmed, for beside the value."""
    parts = [key.split(":") for key in keys]
    return [(name, day, f"confirmed that {_read(day)} {ODD[odd]}") for name, odd, day in parts if odd in ODD]


def _read(day: str) -> str:
    """As it was sent, in words; a part of a day as far as it is known."""
    forms = {10: "%-d %b %Y", 7: "%b %Y", 4: "%Y"}
    whole = f"{day}-01-01"[:10]
    return f"{date.fromisoformat(whole):{forms[len(day)]}}" if len(day) in forms else day


class AskedMiddleware:
    """There is somebody to ask: whoever sends a request. The API reads what is confirmed from the body."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with asking():
            return self.get_response(request)

    def process_view(self, request: HttpRequest, *_: object) -> None:
        if request.method == "POST" and request.user.is_authenticated:
            confirm(request.POST.getlist(NAME))
