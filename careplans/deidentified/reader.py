"""How rows are told to somebody: as they are, or within a reporting project without saying who is meant.

Whoever answers a question asks `Reader.of(person, request)` first: it enters the project, so that the door to rows opens that
project's boards alone, and then tells every id, day and number through the reader. Outside of a project it changes nothing, so
nobody has to ask which of both it is. docs/deidentification.md has the method, and what it does not hide.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any, Self

from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest

from accounts.http import SignedInRequest
from accounts.models import ReportingProject, User
from accounts.pseudonyms import key_of
from accounts.reading import HEADER, NAME, enter, project_of, wanted_project
from careplans.deidentified import cells, days
from careplans.deidentified.nouns import NOUNS
from careplans.deidentified.pseudonyms import LARGEST, masked, unmasked
from careplans.models import Case
from common.partial_dates import PartialDate
from common.sealed import seal, unseal

MILLIMETRES = 10
LEAST = timedelta(microseconds=1)
LONGEST_PLACE = 6000
SHIFTED = "In this reporting project days are shifted, each patient's by another number. Leave this filter out."
ON_PAGES = "You read this within a reporting project. Choose one of yours on “My work”."
ASKED_TWICE = "Give one project: this one is given more than once."


@dataclass
class Reader:
    """`project` None: everything is told as it is."""

    project: ReportingProject | None = None
    key: bytes = b""
    patients: dict[int, int] = field(default_factory=dict)
    """By case, whose it is: read for many at once by `know`."""

    @classmethod
    def of(cls, person: User, request: HttpRequest | None = None) -> Self:
        """The reader for this person, within the project that the request names (`project=…`, or the header Consilium-Project),
        or the only one that they have. Without a request: the one that was entered before. At most three queries.

        Raises ValidationError where it has to be said which project, and Conflict where its key is lost.
        """
        if request is not None:
            enter(person, None)
            enter(person, _chosen(person, request))
        project = project_of(person)
        return cls(project, key_of(project)) if project is not None else cls()

    @classmethod
    def of_page(cls, request: SignedInRequest) -> Self:
        """The same for a page, which has no answer in which a parameter is named. Raises PermissionDenied instead."""
        try:
            return cls.of(request.user, request)
        except ValidationError as error:
            raise PermissionDenied(ON_PAGES) from error

    @property
    def is_masked(self) -> bool:
        return self.project is not None

    @property
    def label(self) -> str:
        """For the name of a file: of which project it is."""
        return "" if self.project is None else f"project-{self.project.pk}"

    @property
    def is_shifted(self) -> bool:
        return self.project is not None and self.project.dates == ReportingProject.Dates.OFFSETS

    # Who

    def pseudonym(self, noun: str, pk: int | None) -> int | None:
        """The number by which a row is named. `noun` is one of careplans/deidentified/nouns.py; of what is none, KeyError."""
        if pk is None or self.project is None or not NOUNS[noun]:
            return pk
        return masked(self.key, noun, pk)

    def unmask(self, noun: str, token: int) -> int:
        """The row of a pseudonym: 404 for what is none. Whether the row is one of the project is for the door to say."""
        if self.project is None or not NOUNS[noun]:
            return token
        if not 0 <= token <= LARGEST:
            raise Http404
        return unmasked(self.key, noun, token)

    def sealed(self, place: str) -> str:
        """A place in a list, as no other project has it: where two lists are at, would say which of their rows are the same."""
        return place if self.project is None else seal([place], purpose=self._purpose())

    def opened(self, place: str) -> str:
        """A place that was sealed. Empty for what is none, or another project's."""
        if self.project is None:
            return place
        found = unseal(place, purpose=self._purpose(), longest=LONGEST_PLACE)
        return str(found[0]) if found else ""

    def _purpose(self) -> str:
        return f"place in project {self.project.pk} {self.project.nonce}" if self.project is not None else ""

    # When

    def know(self, cases: Iterable[int | None]) -> None:
        """Whose cases these are, where that is needed: one query, and none where days are months."""
        if self.is_shifted and (new := {pk for pk in cases if pk is not None} - set(self.patients)):
            self.patients |= dict(Case.objects.filter(pk__in=new).order_by().values_list("pk", "patient"))

    def patient_of(self, case: int | None) -> int | None:
        """Whose case it is, where `know` was told of it."""
        return self.patients.get(case) if case is not None else None

    def day(self, value: date | None, patient: int | None) -> date | None:
        """The first of its month, or shifted with its patient. None where days are shifted, and nobody knows whose it is."""
        if value is None or self.project is None:
            return value
        if not self.is_shifted:
            return days.month_of(value)
        return None if patient is None else days.moved(value, self._shift(patient))

    def moment(self, value: datetime | None, patient: int | None) -> datetime | None:
        """The beginning of its day, which is told as `day` tells it; by the clock of UTC."""
        if value is None or self.project is None:
            return value
        day = self.day(value.astimezone(UTC).date(), patient)
        return None if day is None else days.start_of(day)

    def partial(self, value: PartialDate | None, patient: int | None) -> PartialDate | None:
        """A day as far as it is known: to the month at most; shifted, the middle of what it can be."""
        if value is None or self.project is None:
            return value
        if not self.is_shifted:
            return PartialDate.read(value.isoformat()[:7])
        if patient is None:
            return None
        middle = value.earliest + (value.latest - value.earliest) / 2
        moved = days.moved(middle, self._shift(patient))
        return PartialDate.read(moved.isoformat()[: len(value.isoformat())])

    def written(self, value: date | None, patient: int | None) -> str:
        """A day as FHIR writes one: `2026-03` where it is a month. Empty where it is not told."""
        told = self.day(value, patient)
        if told is None:
            return ""
        return told.isoformat() if self.project is None or self.is_shifted else f"{told:%Y-%m}"

    def age(self, born: date, on: date) -> str:
        """Whole years outside of a project; within one, of five years, and 90 or more."""
        if self.project is not None:
            return days.age_band(born, on)
        return str(on.year - born.year - ((on.month, on.day) < (born.month, born.day)))

    def _shift(self, patient: int) -> timedelta:
        return days.shift_of(self.key, patient)

    # How much

    def millimetres(self, value: int | None) -> int | None:
        """A size, to the next centimetre: an exact one beside a site is nearly a name."""
        if value is None or self.project is None:
            return value
        return max(MILLIMETRES, (value + MILLIMETRES // 2) // MILLIMETRES * MILLIMETRES)

    def suppress(
        self, table: Mapping[Any, int], totals: Iterable[tuple[Any, Collection[Any]]] = ()
    ) -> dict[Any, int | None]:
        """The numbers of a table, None for those that are too small and for as many others as it takes. `totals`: which number
        is the sum of which; every sum that can be seen, or worked out, has to be named."""
        return cells.suppressed(table, totals, smallest=self.project.smallest_cell if self.project else 1)

    # What is asked for

    def before(self, day: date) -> date:
        """For “earlier than this day”, as days are told: so that a true day cannot be found by asking again and again."""
        self._refuse_shifted()
        return self.since(day)

    def after(self, day: date) -> date:
        """For “later than this day”: the last day of its month."""
        self._refuse_shifted()
        return days.last_of_month(day) if self.project is not None else day

    def since(self, day: date) -> date:
        """For “on this day or later”: the first of the month, or of the next one where the day is a later one."""
        self._refuse_shifted()
        if self.project is None or day.day == 1:
            return day
        return days.moved(days.last_of_month(day), timedelta(days=1))

    def since_moment(self, moment: datetime) -> datetime:
        """For “at this moment or later”: the beginning of its month, or of the next one."""
        if self.project is None:
            return moment
        day = moment.astimezone(UTC).date()
        is_start = day.day == 1 and moment == days.start_of(day)
        return days.start_of(self.since(day if is_start else max(day, day.replace(day=2))))

    def until(self, day: date) -> date:
        """For “on this day or earlier”: the last day of its month, which its first stands for."""
        return self.after(day)

    def period(self, since: date, until: date) -> tuple[date, date]:
        """Of a report within a project whole months alone: else one that ends a day later would tell what that day was."""
        return (since, until) if self.project is None else (days.month_of(since), days.last_of_month(until))

    def as_of(self, moment: datetime, zone: tzinfo) -> datetime:
        """Within a project the end of the last month that was over at this moment: asked day by day, a report would tell on which
        day something happened."""
        if self.project is None:
            return moment
        first = days.month_of((moment + LEAST).astimezone(zone).date())
        return datetime.combine(first, time.min, zone) - LEAST

    def _refuse_shifted(self) -> None:
        if self.is_shifted:
            raise ValidationError(SHIFTED)


AS_IT_IS = Reader()


def _chosen(person: User, request: HttpRequest) -> ReportingProject | None:
    """What the address or the header asks for; on pages, what was asked for last."""
    given = request.GET.getlist(NAME)
    if len(given) > 1:
        raise ValidationError({NAME: ASKED_TWICE})
    if given or HEADER in request.headers:
        asked = (given[0] if given else request.headers[HEADER]).strip() or "?"
        project = wanted_project(person, asked)
        if given and request.session.session_key:
            request.session[NAME] = asked
        return project
    if NAME in request.session:
        try:
            return wanted_project(person, str(request.session[NAME]))
        except ValidationError:
            del request.session[NAME]
    return wanted_project(person, "")
