"""What can be taken out: each list of the API, with its filters, its rights and its rows as they are served there."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.http import HttpRequest, QueryDict
from rest_framework.request import Request

from accounts.access import count_visible, stretch_keys, stretch_visible, visible_of_keys
from accounts.models import User
from accounts.permissions import boards_where, can, require
from careplans.api.access import VisibleRows
from careplans.api.advisories import AdvisoryViewSet
from careplans.api.arms import ArmViewSet
from careplans.api.cases import CaseViewSet
from careplans.api.events import EventViewSet
from careplans.api.fact_changes import FactChangeViewSet
from careplans.api.followups import FollowUpViewSet
from careplans.api.nothing_ahead import NothingAheadViewSet
from careplans.api.occurrences import OccurrenceViewSet
from careplans.api.patients import PatientViewSet
from careplans.api.plans import PlanViewSet
from careplans.api.prior_treatments import PriorTreatmentViewSet
from careplans.api.record_moves import RecordMoveViewSet
from careplans.api.signatures import SignatureViewSet
from careplans.api.specimens import SpecimenViewSet
from careplans.api.step_breaks import StepBreakViewSet
from careplans.api.steps import StepViewSet
from careplans.deidentified.reader import Reader
from careplans.exports.fhir.lists import FHIR, LABEL
from careplans.reports.tables import contents as reported

EVERYTHING = "everything"
Filters = Mapping[str, Sequence[str]]
NOT_THEN = (
    "A list tells each row as it stands when it is written, and of no day before. Ask a report, which counts as of a day, or the"
    " course of one patient as it was known."
)


@dataclass(frozen=True)
class Source:
    """One list of the API."""

    view: type[VisibleRows]
    label: str
    row: str
    """What one row is."""

    @property
    def name(self) -> str:
        return self.view.noun

    @property
    def serializer_class(self) -> Any:
        return self.view.serializer_class

    @property
    def reads(self) -> str:
        return self.view.reads

    @property
    def filters(self) -> dict[str, Any]:
        view: Any = self.view
        found: dict[str, Any] = view.filterset_class.base_filters
        return found


SOURCES: dict[str, Source] = {
    one.name: one
    for one in (
        Source(CaseViewSet, "Cases", "A case with its proforma."),
        Source(PlanViewSet, "Plans", "A version of a plan."),
        Source(StepViewSet, "Steps", "A step of a plan, and what became of it."),
        Source(OccurrenceViewSet, "Cycles, sessions and administrations", "One that was or is to be given, of a step."),
        Source(StepBreakViewSet, "Breaks of steps", "A time for which a step was held, and why."),
        Source(ArmViewSet, "Arms of decisions", "A way on from a decision."),
        Source(FollowUpViewSet, "Follow-ups", "A dated thing to be done for a case."),
        Source(
            NothingAheadViewSet,
            "Reasons why nothing is ahead",
            "Why a case in care has no dated next thing, as it was said.",
        ),
        Source(AdvisoryViewSet, "Advisories and their answers", "A rule that fired on a plan."),
        Source(SignatureViewSet, "Signatures", "What a discipline was asked about a plan, and answered."),
        Source(EventViewSet, "Events", "Something that happened to a case."),
        Source(FactChangeViewSet, "Changes of facts", "A fact of a case, from one value to another."),
        Source(SpecimenViewSet, "Specimens", "A specimen of a case."),
        Source(PriorTreatmentViewSet, "Prior treatments", "A treatment from before the plans."),
        Source(PatientViewSet, "Patients", "A patient. Never given to analysts."),
        Source(
            RecordMoveViewSet,
            "Merges and moves",
            "A merge of two records, or a case moved to another patient. Never given to analysts.",
        ),
    )
}

# The order in which a dataset reads them: what points at rows of another list is read before that list, so that nothing points at
# a row which was not there yet. A step may be of an arm, and an arm is of a step: of these two either may come first.
READING = (
    "events", "advisories", "signatures", "fact-changes", "follow-ups", "nothing-ahead", "occurrences", "step-breaks",
    "steps", "arms", "plans", "specimens", "prior-treatments", "record-moves", "cases", "patients",
)  # fmt: skip
NOUNS = [(one.name, one.label) for one in SOURCES.values()]
CHOICES = [*NOUNS, *reported.CHOICES, (EVERYTHING, "Everything, as a dataset"), (FHIR, LABEL)]
# What the data dictionary tells.
TOLD = [*NOUNS, *reported.CHOICES]


def readable(person: User) -> list[Source]:
    """What this person may take out, on any of their boards."""
    return [one for one in SOURCES.values() if can(person, one.reads)]


def asked_for(what: str, person: User) -> list[Source]:
    """The lists behind a request. Raises ValidationError for what there is not, PermissionDenied for what is not theirs."""
    if what == EVERYTHING:
        found = readable(person)
        if not found:
            require(person, "cases.view")
        return found
    if what not in SOURCES:
        names = ", ".join([*SOURCES, EVERYTHING, *reported.REPORTED])
        raise ValidationError({"what": f"There is no such list and no such report. There are: {names}."})
    require(person, SOURCES[what].reads)
    return [SOURCES[what]]


class Listing:
    """One list as this person reads it, filtered: through the filters, the door and the serializer of the API's list."""

    def __init__(self, source: Source, person: User, filters: Filters) -> None:
        self.source, self.person = source, person
        self.view = _view(source, person, filters)
        unknown = sorted(set(filters) - set(source.filters))
        if unknown:
            none = f"There is no filter of this name. There are: {', '.join(sorted(source.filters)) or 'none'}."
            raise ValidationError({name: NOT_THEN if name in ("as_of", "known_by") else none for name in unknown})
        require(person, source.reads)
        # The filters first: they say which of them cannot be read.
        self.rows: Any = self.view.filter_queryset(self.view.recipe())
        self.board = self.view.filter_board()

    @property
    def name(self) -> str:
        return self.source.name

    @property
    def is_masked(self) -> bool:
        """Whether each row goes through the masking of a reporting project, and so through Python."""
        return bool(self.view.reader.is_masked)

    @property
    def boards(self) -> list[int]:
        """From which rows may come."""
        every = boards_where(self.person, self.source.reads)
        return [pk for pk in every if self.board is None or pk == self.board.pk]

    @property
    def text_boards(self) -> list[int]:
        """Those of which free text and names are told, too."""
        if not self.view.leaves_out_text:
            return self.boards
        return [pk for pk in self.boards if can(self.person, "text.view", pk)]

    def count(self) -> int:
        return count_visible(self.rows, self.person, self.source.reads, board=self.board)

    def stretch(self, below: int | None, size: int) -> list[Any]:
        """Rows behind this key, the newest first."""
        return stretch_visible(
            self.rows, self.person, self.source.reads, below=below, size=size, board=self.board
        )  # fmt: skip

    def keys(self, below: int | None, size: int) -> list[int]:
        """Of the same rows."""
        return stretch_keys(self.rows, self.person, self.source.reads, below=below, size=size, board=self.board)

    def of_keys(self, keys: Collection[int]) -> list[Any]:
        """Rows of `keys`, whatever has become of them meanwhile."""
        return visible_of_keys(self.view.recipe(), self.person, self.source.reads, keys)

    def told(self, rows: Sequence[Any]) -> Sequence[dict[str, Any]]:
        """What this person is told of them. Nothing else is ever written to a file."""
        return self.view.rows_told(rows)

    def boards_of(self, rows: Sequence[Any]) -> set[int]:
        """Of which boards rows are. A patient may be of several, and is counted to all from which they could be read; so is what
        is seen by its patients, and was asked on another board."""
        every = set(self.boards) if rows else set()
        if not any(column.attname == "board_id" for column in self.rows.model._meta.concrete_fields):
            return every
        own = {row.board_id for row in rows}
        return own if own <= every else every


def next_keys(names: Sequence[str]) -> dict[str, int]:
    """Of each list, a key that no row has which is there now, and that every row will have or exceed which is added from now on.
    In the order of `names`: as they are to be read."""
    views: dict[str, Any] = {name: SOURCES[name].view for name in names}
    return {name: _next_key(view.queryset.model) for name, view in views.items()}


def _next_key(model: Any) -> int:
    table, key = connection.ops.quote_name(model._meta.db_table), connection.ops.quote_name(model._meta.pk.column)
    given = "0"
    if connection.vendor == "postgresql":
        # A row that another transaction is about to commit has its key already, and so has whatever it points at.
        given = f"pg_sequence_last_value(pg_get_serial_sequence('{table}', '{model._meta.pk.column}'))"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT COALESCE((SELECT MAX({key}) FROM {table}), 0), COALESCE({given}, 0)")  # noqa: S608  # names of ours
        return 1 + int(max(cursor.fetchone()))


def _view(source: Source, person: User, filters: Filters) -> VisibleRows:
    """The endpoint as its list is asked, without a request from outside."""
    asked = HttpRequest()
    asked.method = "GET"
    asked.GET = QueryDict(mutable=True)  # type: ignore[assignment]  # frozen only when it came from outside
    for name, values in filters.items():
        asked.GET.setlist(name, list(values))  # type: ignore[misc]  # mutable, as made above
    request = Request(asked)
    request.user = person
    view = source.view(request=request, action="list", format_kwarg=None, args=(), kwargs={})
    # Within a project its filters take pseudonyms, and its rows are masked as the list's are.
    view.reader = Reader.of(person)
    request.reader = view.reader  # type: ignore[attr-defined]  # as careplans.api.within does
    return view
