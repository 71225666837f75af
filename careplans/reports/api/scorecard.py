"""The NET scorecard for programs: every indicator with its definition and its figure, in one answer."""

from typing import Any

from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.permissions import require
from careplans.api.access import Door
from careplans.api.http.negotiation import JSON
from careplans.models import Plan
from careplans.reports.api.params import age_of, check_params
from careplans.reports.api.reports import ASKED, EXPORTS, KINDS, KNOWN_FROM, TABLE, RowNumber
from careplans.reports.api.tables import scorecard_table
from careplans.reports.asked import ACTION, FIXED
from careplans.reports.scorecard.declared import Better
from careplans.reports.scorecard.figures import read_scorecard
from careplans.reports.scorecard.told import told
from careplans.reports.shown import smallest_for

BETTER = [(one.value, one.name.capitalize()) for one in Better]


def _part(words: str, *, is_whole: bool = False) -> serializers.Field[Any, Any, Any, Any]:
    kind = serializers.IntegerField if is_whole else serializers.FloatField
    return kind(allow_null=True, help_text=words)


class ScorecardFigureSerializer(serializers.Serializer[Any]):
    """A count, a share or a span; each part is null where this kind of figure has none."""

    suppressed = serializers.BooleanField(help_text="Whether the figure tells of too few to be shown to you.")
    count = _part("How many; of a share its numerator, of a span how many were measured.", is_whole=True)
    among = _part("Of a share its denominator: how many there are to have a share of.", is_whole=True)
    share = _part("A number without a unit, from 0 to 1; null where there is nothing to have a share of.")
    low = _part("Of its 95 % interval (Wilson).")
    high = _part("Of its 95 % interval (Wilson).")
    least = _part("Of a span, in days or hours.", is_whole=True)
    lower_quartile = _part("Of a span, in days or hours.")
    median = _part("Of a span, in days or hours.")
    upper_quartile = _part("Of a span, in days or hours.")
    most = _part("Of a span, in days or hours.", is_whole=True)


class ScorecardApartSerializer(serializers.Serializer[Any]):
    at = serializers.ListField(child=serializers.CharField(), help_text="The values of `by`, in its order.")
    figure = ScorecardFigureSerializer(help_text="Of these values.")


class ScorecardPeriodSerializer(serializers.Serializer[Any]):
    since = serializers.DateField(help_text="First day.")
    until = serializers.DateField(help_text="Last day, included.")


class ScorecardLeftOutSerializer(serializers.Serializer[Any]):
    measure = serializers.CharField(help_text="The measure of the report that counts them.")
    words = serializers.CharField(help_text="Why they are left out.")
    figure = ScorecardFigureSerializer(help_text="How many.")


class ScorecardNotCountedSerializer(serializers.Serializer[Any]):
    words = serializers.CharField(help_text="What.")
    why = serializers.CharField(help_text="Why not.")


class ScorecardIndicatorSerializer(serializers.Serializer[Any]):
    """One indicator: what it says, in words, and its figure."""

    name = serializers.CharField(help_text="As in the address of its page.")
    group = serializers.CharField(help_text="Under which heading it stands.")
    title = serializers.CharField(help_text="As on its page.")
    definition = serializers.CharField(help_text="What it says.")
    numerator = serializers.CharField(help_text="What is counted; empty of a span.")
    denominator = serializers.CharField(help_text="Of what, or what was measured; empty of a count.")
    exclusions = serializers.CharField(help_text="What is left out.")
    sources = serializers.CharField(help_text="Where the definition comes from.")
    better = serializers.ChoiceField(choices=BETTER, help_text="Which way is better.")
    kind = serializers.ChoiceField(choices=KINDS, help_text="What kind of figure.")
    unit = serializers.CharField(help_text="Of a span: `days` or `hours`.")
    report = serializers.CharField(help_text="The report that counts it: `/reports/{report}/`, and its rows.")
    measure = serializers.CharField(help_text="Its measure in that report.")
    figure = ScorecardFigureSerializer(help_text="In the period.")
    before = ScorecardFigureSerializer(
        allow_null=True, help_text="In the period before; null where the figure is of a day."
    )
    change = serializers.CharField(
        help_text="Against the period before, in words; says so where too few are counted, empty where there is nothing."
    )
    left_out = ScorecardLeftOutSerializer(
        many=True, help_text="How many were left out, for each reason that is counted."
    )
    detail = serializers.DictField(
        child=ScorecardFigureSerializer(), help_text="Further measures of the report beside it."
    )
    apart = ScorecardApartSerializer(
        many=True, help_text="By what `by` says; empty without it, and where it cannot be told so."
    )


class ScorecardSerializer(serializers.Serializer[Any]):
    """Asked again with `as_of` and `known_by` as they stand here, the answer is the same."""

    as_of = serializers.DateTimeField(help_text="Nothing counts that happened later.")
    known_by = serializers.DateTimeField(help_text="Nothing counts that was written later.")
    known_from = serializers.DateTimeField(allow_null=True, help_text=KNOWN_FROM)
    since = serializers.DateField(help_text="First day of the period.")
    until = serializers.DateField(help_text="Last day of the period, included.")
    board = RowNumber(allow_null=True, help_text="Id of the one board; null: of all on which you may see reports.")
    by = serializers.ListField(child=serializers.CharField(), help_text="What tells the figures apart.")
    before = ScorecardPeriodSerializer(help_text="The period before, as long.")
    smallest = serializers.IntegerField(
        help_text="How many patients or rows a figure must tell of: one of fewer is `suppressed`, and what would tell it."
    )
    rows_left_out = serializers.BooleanField(
        help_text="Whether periods or boards of which nothing may be shown are missing under `apart`."
    )
    results = ScorecardIndicatorSerializer(many=True, help_text="Every indicator, in the order of the page.")
    not_counted = ScorecardNotCountedSerializer(many=True, help_text="What the record cannot count, and why.")


class ScorecardViewSet(Door):
    noun = "scorecard"
    queryset = Plan.objects.none()
    serializer_class = ScorecardSerializer
    pagination_class = None  # type: ignore[assignment]  # one answer, not pages
    # Figures and definitions alone.
    leaves_out_text = False
    tables = ("read",)
    elsewhere = EXPORTS

    @extend_schema(
        responses=ScorecardSerializer,
        parameters=[
            *ASKED,
            *TABLE,
            OpenApiParameter("by", str, description="`board`, `month` or `quarter`, with commas between."),
        ],
    )
    def read(self, request: Request) -> HttpResponseBase:
        """Every indicator of the NET scorecard, with its definition, beside the period before. As a table the figures alone."""
        require(self.person, ACTION)
        check_params(request, FIXED)
        found = read_scorecard(self.person, request.query_params.dict())
        smallest, age = smallest_for(self.person, found.asked.boards), age_of(found.asked.summary)
        if self.form != JSON:
            return scorecard_table(self, found, smallest, age)
        return self.figures(ScorecardSerializer(told(found) | {"smallest": smallest}).data, headers=age)
