"""Filters are declared lists: what is not declared is refused, so that a misspelt filter never returns everything."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from decimal import Decimal
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework.exceptions import ValidationError as InvalidFilter
from rest_framework.request import Request

from accounts.permissions import memberships_of
from accounts.reading import NAME as PROJECT
from careplans.api.choices import told
from careplans.api.fields import LARGEST_ID, ROW_ID
from careplans.api.http.negotiation import FORMAT
from careplans.api.masking import EXACT
from careplans.api.within import reader_in, refuse, unmasked
from careplans.models import (
    Advisory,
    Arm,
    Case,
    Change,
    FollowUp,
    NothingAhead,
    Occurrence,
    Plan,
    PriorTreatment,
    Proforma,
    Signature,
    Specimen,
    Step,
    StepBreak,
)
from careplans.models.proforma import FIGURES
from careplans.readers.served.lineage import plans_of
from common.centre_day import centre_zone
from common.distinct_texts import distinct_texts
from common.figures import Figure
from common.forms import DecimalNumber, WholeNumber
from common.moments import end_of, read_moment_or_day, start_of

SINCE = "Rows that changed, or in which anything that is served changed, at this moment or later."
YES_OR_NO = "Say true or false."
GIVE_ONE = "Give a value, or leave this filter out: an empty one would return everything."
NOUNS = {
    Case: Change.Noun.CASES, PriorTreatment: Change.Noun.PRIOR_TREATMENTS, Specimen: Change.Noun.SPECIMENS,
    Plan: Change.Noun.PLANS, Step: Change.Noun.STEPS, Arm: Change.Noun.ARMS, Occurrence: Change.Noun.OCCURRENCES,
    FollowUp: Change.Noun.FOLLOW_UPS, Advisory: Change.Noun.ADVISORIES, Signature: Change.Noun.SIGNATURES,
    StepBreak: Change.Noun.STEP_BREAKS, NothingAhead: Change.Noun.NOTHING_AHEAD,
}  # fmt: skip


class DeclaredFilters(DjangoFilterBackend):
    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: Any) -> QuerySet[Any]:
        filterset = self.get_filterset_class(view, queryset)
        known = {FORMAT, PROJECT, *view.list_takes, *(filterset.base_filters if filterset else ())}
        unknown = sorted(set(request.query_params) - known)
        if unknown:
            names = ", ".join(sorted(known - {FORMAT, PROJECT}))
            elsewhere: Mapping[str, str] = getattr(filterset, "elsewhere", {})
            none = f"There is no filter of this name. There are: {names}."
            raise ValidationError({name: elsewhere.get(name, none) for name in unknown})
        _check_given_once(request, filterset.base_filters if filterset else {})
        try:
            rows: QuerySet[Any] = super().filter_queryset(request, queryset, view)
        except InvalidFilter as error:
            raise InvalidFilter(_with_choices(filterset.base_filters if filterset else {}, error.detail)) from error
        return rows


def _check_given_once(request: Request, filters: Mapping[str, Any]) -> None:
    """An empty value would be no filter at all, and of two values the first would be dropped in silence."""
    for name, values in request.query_params.lists():
        if any(not value.strip() for value in values):
            raise ValidationError({name: YES_OR_NO if isinstance(filters.get(name), YesOrNoFilter) else GIVE_ONE})
        if len(values) > 1 and not isinstance(filters.get(name), django_filters.MultipleChoiceFilter):
            raise ValidationError({name: "Give one value: this one is given more than once."})


def _with_choices(filters: Mapping[str, Any], errors: Any) -> Any:
    choices = {name: [code for code, _ in one.extra.get("choices", ())] for name, one in filters.items()}
    return {name: [told(error, choices.get(name, ())) for error in found] for name, found in errors.items()}


class RowIdField(WholeNumber):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_value=1, max_value=LARGEST_ID, **kwargs)


@extend_schema_field(ROW_ID)
class IdFilter(django_filters.Filter):
    """By an id, or within a reporting project by a pseudonym."""

    field_class = RowIdField

    def filter(self, rows: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        if value is not None:
            value = unmasked(self.parent.request, rows.model, str(self.field_name), value)
        found: QuerySet[Any] = super().filter(rows, value)
        return found


class LineageFilter(IdFilter):
    """Rows of each plan in the chain of amendments that begins with this one."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            **{"help_text": "Of the plans of the chain of amendments that begins with the plan of this id."} | kwargs
        )

    def filter(self, rows: QuerySet[Any], value: int | None) -> QuerySet[Any]:
        if value is None:
            return rows
        first = unmasked(self.parent.request, Plan, "id", int(value))
        return rows.filter(**{f"{self.field_name}__in": plans_of(first)})


class Moment(django_filters.fields.IsoDateTimeField):
    """In UTC, as it will be compared: the first and the last hours of the calendar may lie outside of it there."""

    def to_python(self, value: Any) -> datetime | None:
        moment: datetime | None = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError:
            raise ValidationError("This moment lies outside the calendar.") from None


class ChangedSince(django_filters.IsoDateTimeFilter):
    """Rows that changed, or in which something changed, since a moment. They are looked up by the moment first: few have changed
    since yesterday, and walking all rows from the newest to find those few would take the longer the more there are."""

    field_class = Moment

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"help_text": SINCE} | kwargs)

    def filter(self, rows: QuerySet[Any], value: datetime | None) -> QuerySet[Any]:
        if value is None:
            return rows
        value = reader_in(self.parent.request).since_moment(value)
        boards = [membership.board_id for membership in memberships_of(self.parent.request.user)]
        changed = Change.objects.order_by().filter(noun=NOUNS[rows.model], board_id__in=boards, at__gte=value)
        return rows.filter(pk__in=changed.values("row_id"))


@extend_schema_field(OpenApiTypes.NUMBER)
class FigureFilter(django_filters.Filter):
    """Cases whose figure, as written, may be so much or more (`_min`), or so much or less (`_max`): `15-25` is found from 20
    on and up to 20, so that nobody is missed. The texts that are there are few, and are compared by their bounds; one query."""

    field_class = DecimalNumber

    def filter(self, rows: QuerySet[Any], value: Decimal | None) -> QuerySet[Any]:
        if value is None:
            return rows
        name, _, end = str(self.field_name).rpartition("_")
        if name in EXACT:
            refuse(self.parent.request, str(self.field_name))
        figures = {text: FIGURES[name].figure(text) for text in distinct_texts(Proforma, name)}
        found = [text for text, figure in figures.items() if figure and _may_be(figure, end, value)]
        return rows.filter(**{f"proforma__{name}__in": found})


def _may_be(figure: Figure, end: str, limit: Decimal) -> bool:
    return figure.may_be_from(limit) if end == "min" else figure.may_be_to(limit)


class YesOrNo(forms.NullBooleanField):
    """`true` or `false`. Django reads whatever else is sent as unknown, and an unknown filter would return everything."""

    widget = forms.TextInput

    def to_python(self, value: Any) -> bool | None:  # type: ignore[override]  # the stubs forget that there may be none
        if value is None:
            return None
        if (said := str(value).lower()) not in ("true", "false"):
            raise ValidationError(YES_OR_NO)
        return said == "true"

    def validate(self, value: Any) -> None:
        """Every answer that can be read will do."""


class YesOrNoFilter(django_filters.BooleanFilter):
    field_class = YesOrNo


class MomentOrDay(forms.Field):
    widget = forms.TextInput

    def to_python(self, value: Any) -> date | datetime | None:
        return read_moment_or_day(str(value).strip()) if value else None


@extend_schema_field({"anyOf": [{"type": "string", "format": "date-time"}, {"type": "string", "format": "date"}]})
class MomentFilter(django_filters.Filter):
    """Later or earlier than a moment, which itself does not count; or than a day of the board of each row, which does not
    either. `board` is the way from a row to its board; empty where it has none: then a day is the centre's."""

    field_class = MomentOrDay

    def __init__(self, *, side: str, board: str = "board", **kwargs: Any) -> None:
        self.side, self.board = side, board
        word = {"after": "Later", "before": "Earlier"}[side]
        told = {
            "help_text": f"{word} than this moment, or than this day of the board. It does not count itself: 2026-03-01."
        }
        super().__init__(**told | kwargs)

    def filter(self, rows: QuerySet[Any], value: date | datetime | None) -> QuerySet[Any]:
        if value is None:
            return rows
        # A true moment would tell the day that a reporting project hides.
        refuse(self.parent.request, str(self.field_name))
        if isinstance(value, datetime):
            return rows.filter(self._beyond(value, is_day=False))
        if not self.board:
            return rows.filter(self._beyond(self._edge(value, centre_zone()), is_day=True))
        found = Q(pk__in=[])
        for membership in memberships_of(self.parent.request.user):
            edge = self._edge(value, membership.board.zone)
            found |= Q(**{self.board: membership.board_id}) & self._beyond(edge, is_day=True)
        return rows.filter(found)

    def _edge(self, day: date, zone: tzinfo) -> datetime:
        return end_of(day, zone) if self.side == "after" else start_of(day, zone)

    def _beyond(self, edge: datetime, *, is_day: bool) -> Q:
        """From where the next day begins on, that very moment counts."""
        compare = "lt" if self.side == "before" else "gte" if is_day else "gt"
        return Q(**{f"{self.field_name}__{compare}": edge})


class DayFilter(django_filters.DateFilter):
    """A day as 2026-03-01 and in no other form: 01/03 is not the same day everywhere. It does not count itself."""

    def __init__(self, *, lookup_expr: str, **kwargs: Any) -> None:
        side = {"lt": "Before", "gt": "After"}[lookup_expr]
        told = {"help_text": f"{side} this day, which itself does not count: 2026-03-01."}
        super().__init__(lookup_expr=lookup_expr, input_formats=["%Y-%m-%d"], **told | kwargs)

    def filter(self, rows: QuerySet[Any], value: date | None) -> QuerySet[Any]:
        """Within a reporting project as its days are told: a month is before a day, or after it."""
        if value is not None:
            reader = reader_in(self.parent.request)
            value = reader.before(value) if self.lookup_expr == "lt" else reader.after(value)
        found: QuerySet[Any] = super().filter(rows, value)
        return found
