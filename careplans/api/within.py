"""The API within a reporting project: the door enters it, and takes pseudonyms where it takes ids."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any, ClassVar, Protocol

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.http import Http404
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import Board, User
from accounts.permissions import can
from careplans.api.http.once import REPLAYED
from careplans.api.masking import To
from careplans.deidentified.nouns import noun_of
from careplans.deidentified.reader import AS_IT_IS, Reader
from careplans.models import Arm, Case, Signature
from careplans.readers.changes import TOLD
from careplans.readers.known.asked import Asked, read_asked
from careplans.readers.known.moments import settled_now
from common.centre_day import centre_zone

NOT_TOLD = "This is not given within a reporting project."
NOT_YET = "Here a course is told as of the end of a month that is over, and by then there was no such case."
LATER = "Choose a later one, up to {:%Y-%m-%d}."
NOT_OVER = "Ask again from {:%Y-%m-%d} on, when the month is over; until then the lists tell of it."
NOT_ASKED = "Within a reporting project this cannot be asked for. Leave the filter out."


class Door(Protocol):
    """What is needed of an endpoint."""

    reader: Reader
    has_masked: bool
    of_no_patient: ClassVar[bool]
    names_own: ClassVar[bool]
    kwargs: dict[str, Any]

    @property
    def person(self) -> User: ...


def enter(door: Door, request: Request) -> None:
    """The reader of this call, with the row of the address as it really is. Nobody who is not signed in reads in a project,
    and what is of no patient is the same in each."""
    if not request.user.is_authenticated or door.of_no_patient:
        return
    door.reader = Reader.of(request.user, request._request)
    request.reader = door.reader  # type: ignore[attr-defined]  # for filters and paging, which know the request alone
    if door.reader.is_masked and "pk" in door.kwargs and not door.names_own:
        # What the handler is called with, in a moment.
        door.kwargs["pk"] = door.reader.unmask(_noun_in(request), door.kwargs["pk"])


def is_untold(door: Door, response: Response) -> bool:
    """Whether an answer was made past `told`, which masks it: it is refused within a project, whatever it says."""
    # As the same reader was answered the first time: a key is bound to the project, too.
    is_told_again = REPLAYED in response
    if (
        not door.reader.is_masked
        or door.of_no_patient
        or door.has_masked
        or is_told_again
        or response.status_code >= 300
    ):
        return False
    # A file has no data that could be looked at.
    data = getattr(response, "data", None)
    return not (isinstance(data, dict) and data.get("results") == [])


def asked_as_told(door: Door, given: Mapping[str, str]) -> Asked:
    """As of when, as far as that may be asked: by whole months, so that no day is found by asking again and again. Where days are
    shifted the present alone, which lists tell as well: a past day would say by how much. Raises ValidationError."""
    reader, zone = door.reader, centre_zone()
    if not reader.is_masked:
        return read_asked(given)
    if reader.is_shifted:
        if given:
            raise ValidationError(dict.fromkeys(given, NOT_ASKED))
        return read_asked(given)
    return replace(read_asked(given, moved=lambda moment: reader.as_of(moment, zone)), is_today=False)


def not_yet(door: Door, asked: Asked) -> ValidationError:
    """That there was no such case then, and what to do: a later month, as long as one is over. On which day it was opened is not
    said."""
    zone = centre_zone()
    last = door.reader.as_of(settled_now(), zone)
    day = last.astimezone(zone).date()
    next_one = (day.replace(day=1) + timedelta(days=63)).replace(day=1)
    then = LATER.format(day) if asked.as_of < last else NOT_OVER.format(next_one)
    return ValidationError({"as_of": f"{NOT_YET} {then}"})


def reader_in(request: Request) -> Reader:
    reader: Reader = getattr(request, "reader", AS_IT_IS)
    return reader


def know(door: Door, rows: Iterable[Any]) -> None:
    """Whose rows these are, for a whole page at once."""
    if door.reader.is_shifted:
        door.reader.know(case_of(row) for row in rows)


def to(door: Door, board: Board | int | None, of: Any) -> To:
    know(door, () if of is None else (of,))
    patient = door.reader.patient_of(None if of is None else case_of(of))
    return To(door.reader, patient, text=board is not None and can(door.person, "text.view", board))


def case_of(row: Any) -> int | None:
    if isinstance(row, Case):
        return row.pk
    if isinstance(row, Arm):
        return row.decision.case_id
    if isinstance(row, Signature):
        return row.plan.case_id
    case: int | None = getattr(row, "case_id", None)
    return case


def _noun_in(request: Request) -> str:
    """The noun of the row in the address: `/plans/{id}/advisories/` names a plan."""
    match = request.resolver_match
    before = (match.route if match else "").partition("<int:pk>")[0].rstrip("/").rpartition("/")[2]
    if before not in TOLD:
        raise Http404
    return noun_of(TOLD[before].model)


def unmasked(request: Request, rows: type[models.Model], path: str, value: int) -> int:
    """The row that a filter names, of the model at the end of this path. Raises ValidationError where nobody knows what it is."""
    return row_named(reader_in(request), rows, path, value)


def row_named(reader: Reader, rows: type[models.Model], path: str, value: int) -> int:
    """The same for a reader: 0, which no row has, for a pseudonym of none."""
    if not reader.is_masked:
        return value
    model: Any = rows
    try:
        for name in path.split("__"):
            model = model if name == "pk" else model._meta.get_field(name).related_model or model
        return reader.unmask(noun_of(model), value)
    except (FieldDoesNotExist, KeyError) as error:
        raise ValidationError(NOT_ASKED) from error
    except Http404:
        # No row has it: the list is empty, as for any other number that is none.
        return 0


def refuse(request: Request, name: str) -> None:
    """A filter that would tell what is hidden."""
    if reader_in(request).is_masked:
        raise ValidationError({name: NOT_ASKED})
