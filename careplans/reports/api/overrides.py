"""The override report for programs: the rows of the page."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

import django_filters
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_board
from accounts.models import Board
from careplans.api.access import Door
from careplans.api.fields import ROW_ID
from careplans.api.filters import IdFilter
from careplans.api.http.negotiation import JSON
from careplans.api.lists.columns import Column, Row, columns_of
from careplans.api.lists.kinds import INTEGER
from careplans.models import Advisory
from careplans.reports.api.reports import DAY_OR_MOMENT, KNOWN_FROM, TABLE
from careplans.reports.api.tables import small_table
from careplans.reports.overrides import (
    COUNTS,
    OverrideRow,
    ReportFilter,
    Scope,
    read_override_moments,
    read_overrides,
    scope_of,
    smallest_of,
)
from careplans.reports.tables.heads import moments, withheld
from careplans.reports.told import NOT_SHOWN
from careplans.rules.kept_open import KEPT, all_rules, pages_of
from common.local_time import not_meant


class CitationSerializer(serializers.Serializer[Any]):
    citation = serializers.CharField(help_text="Newer guidance, as boards wrote it.")
    times = serializers.IntegerField(help_text="How often it was named.")


class OverrideSerializer(serializers.Serializer[Any]):
    """How one rule was answered. What an amendment carries over counts once. null: a number that tells of too few to be
    shown to you."""

    rule = serializers.CharField(help_text="Its id, as on the page of the rules.")
    fired = serializers.IntegerField(allow_null=True, help_text="How often it fired in the period.")
    unanswered = serializers.IntegerField(
        allow_null=True, help_text="How many of these still fire, and nobody has answered."
    )
    gone = serializers.IntegerField(
        allow_null=True, help_text="How many of these stopped firing before anybody answered."
    )
    followed = serializers.IntegerField(allow_null=True, help_text="How many of these the plan follows.")
    kept = serializers.IntegerField(allow_null=True, help_text="How many of these were kept open with a reason.")
    reasons = serializers.DictField(
        child=serializers.IntegerField(allow_null=True), help_text="How often with which reason, by its code."
    )
    citations = CitationSerializer(
        many=True, help_text="Of boards whose free text you may read; the most often named first, ten at most."
    )
    pages = serializers.ListField(
        child=serializers.CharField(), help_text="Slugs of the reference pages that it concerns."
    )


class OverridesSerializer(serializers.Serializer[Any]):
    since = serializers.DateField(help_text="The first day of the period.")
    until = serializers.DateField(help_text="The last day of the period, included.")
    as_of = serializers.DateTimeField(help_text="Nothing counts that happened later.")
    known_by = serializers.DateTimeField(help_text="Nothing counts that was written later.")
    known_from = serializers.DateTimeField(allow_null=True, help_text=KNOWN_FROM)
    smallest = serializers.IntegerField(
        help_text="How many advisories a number must tell of to be shown: one of fewer is null, and what would tell it."
    )
    rows_left_out = serializers.BooleanField(help_text="Whether rules of which nothing may be shown are missing.")
    results = OverrideSerializer(many=True, help_text="By rule, the one most often kept open first. Not paged.")


class PeriodFilter(django_filters.DateFilter):
    """A day that counts itself, as 2026-03-01 and in no other form."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(input_formats=["%Y-%m-%d"], **kwargs)


class OverrideFilter(django_filters.FilterSet):
    since = PeriodFilter(method="left", help_text="Fired on this day or later. Without it: a year before `until`.")
    until = PeriodFilter(method="left", help_text="Fired on this day or earlier. Without it: the day of `as_of`.")
    board = IdFilter(method="left", help_text="On this board alone.")
    as_of = django_filters.CharFilter(method="left", help_text=f"Nothing counts that happened later. {DAY_OR_MOMENT}")
    known_by = django_filters.CharFilter(
        method="left", help_text=f"Nothing counts that was written later. {DAY_OR_MOMENT} Without it: as `as_of`."
    )
    rule = django_filters.CharFilter(method="left", max_length=16, help_text="The id of one rule.")

    def left(self, rows: Any, name: str, value: Any) -> Any:
        """The report asks by itself."""
        return rows


def _parameters() -> list[OpenApiParameter]:
    """What it can be asked, as its filters say: the document knows filters of lists alone."""
    kinds: dict[str, Any] = {"since": OpenApiTypes.DATE, "until": OpenApiTypes.DATE, "board": ROW_ID}
    filters = OverrideFilter.base_filters.items()
    return [OpenApiParameter(name, kinds.get(name, str), description=one.extra["help_text"]) for name, one in filters]


class OverrideViewSet(Door):
    noun = "overrides"
    queryset = Advisory.objects.none()
    serializer_class = OverridesSerializer
    filterset_class = OverrideFilter
    pagination_class = None  # type: ignore[assignment]  # one answer, not pages
    tables = ("read",)

    @extend_schema(responses=OverridesSerializer, parameters=[*_parameters(), *TABLE])
    def read(self, request: Request) -> HttpResponseBase:
        """Which rules boards keep open, and why, in counts: for chairs and analysts of their boards, for editors of all. As a
        table a row for each rule."""
        scope, rules = scope_of(self.person), all_rules()
        asked = self._asked(request)
        moments = read_override_moments(
            {name: asked[name] for name in ("as_of", "known_by") if asked[name]}, self.person
        )
        since, until = _period(asked, moments.day)
        board = self._board(asked, scope)
        chosen = [asked["rule"]] if asked["rule"] else None
        wanted = ReportFilter(since, until, board, chosen, scope, moments.as_of, moments.known_by)
        found = read_overrides(
            wanted, rules, pages_of(rules.values()), by=self.person, asked=request.query_params.dict()
        )
        since, until = self.reader.period(since, until)
        told: dict[str, Any] = {"as_of": moments.as_of, "known_by": moments.known_by, "known_from": moments.known_from}
        told |= {"since": since, "until": until, "smallest": smallest_of(scope, self.person, board)}
        told["rows_left_out"] = found.has_left_out
        data = OverridesSerializer(told | {"results": [_plain(row) for row in found.rows]}).data
        reads_all = scope.cited is None or bool(scope.cited)
        shown = data if reads_all and not self.reader.is_masked else self.told(OverridesSerializer, data, None)
        return Response(shown) if self.form == JSON else self._table(shown["results"], told, found.has_left_out)

    def _table(self, rows: Sequence[Mapping[str, Any]], told: Mapping[str, Any], has_left_out: bool) -> HttpResponse:
        """What is not shown is said in its cell, as in the tables of the reports."""
        hidden = sum(value is None for row in rows for value in (*map(row.get, COUNTS), *row["reasons"].values()))
        heads = withheld(hidden, rows=has_left_out, smallest=told["smallest"]) | moments(told)
        name = "-".join(filter(None, (self.noun, self.reader.label)))
        return small_table(self, name, _columns(), rows, heads)

    def _board(self, asked: Mapping[str, Any], scope: Scope) -> int | None:
        """Raises Http404 for what is no board of theirs; of editors every board is."""
        board = int(asked["board"]) if asked["board"] is not None else None
        if board is not None and scope.boards is not None:
            get_board(self.person, board, "overrides.view")
        elif board is not None and not Board.objects.filter(pk=board).exists():
            raise Http404
        return board

    def _asked(self, request: Request) -> Mapping[str, Any]:
        self.filter_queryset(self.get_queryset())
        form = OverrideFilter(request.query_params, self.get_queryset(), request=request).form
        form.is_valid()
        asked: Mapping[str, Any] = form.cleaned_data
        return asked


def _columns() -> list[Column]:
    """As of a list, with one column for each reason and without the text of nobody: a cell of citations that are left out is
    empty."""
    found = [one for one in columns_of(OverrideSerializer, with_text=True) if one.name != "reasons"]
    found = [_figure(one.name, one.read) if one.name in COUNTS else one for one in found]
    reasons = [_figure(f"reasons.{code}", _reason(code)) for code in KEPT]
    place = [one.name for one in found].index("citations")
    return [*found[:place], *reasons, *found[place:]]


def _reason(code: str) -> Callable[[Row], Any]:
    return lambda row: row["reasons"][code]


def _figure(name: str, read: Callable[[Row], Any]) -> Column:
    return Column(name, INTEGER, lambda row: NOT_SHOWN if (value := read(row)) is None else value, name)


def _plain(row: OverrideRow) -> dict[str, Any]:
    cited = [{"citation": text, "times": times} for text, times in row.citations]
    return vars(row) | {"citations": cited, "pages": [page.slug for page in row.pages]}


def _period(asked: Mapping[str, Any], today: date) -> tuple[date, date]:
    for name in ("since", "until"):
        if asked[name] and (words := not_meant(asked[name])):
            raise ValidationError({name: words})
    until: date = asked["until"] or today
    since: date = asked["since"] or until - timedelta(days=365)
    if since > until:
        raise ValidationError({"since": "The period ends before it begins. Choose an earlier day."})
    return since, until
