"""Reports for programs: what there is, the figures as of a day, and the rows behind a figure."""

from typing import Any

from django.core.exceptions import ValidationError
from django.http import Http404
from django.http.response import HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request

from accounts.permissions import require
from careplans.api.access import Door
from careplans.api.fields import ROW_ID
from careplans.api.http.negotiation import CSV, JSON, NDJSON
from careplans.api.lists.columns import columns_of
from careplans.models import Plan
from careplans.reports.answering import PAGE
from careplans.reports.api.params import age_of, check_params
from careplans.reports.api.tables import figures_table, rows_table, small_table
from careplans.reports.asked import ACTION, Asked, parameters, read_asked
from careplans.reports.contents import ALL, BY_NAME
from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.shown import answer, rows_behind
from careplans.reports.tables.heads import ASKED as ASKED_HEADER
from careplans.reports.tables.heads import WITHHELD
from careplans.reports.told import described, told, told_unit

DAY_OR_MOMENT = (
    "A day (2026-03-01, which stands for its end where the centre is), a moment (2026-03-01T12:00:00Z), or `now`."
)
ASKED = [
    OpenApiParameter(
        "as_of", str,
        description=f"Nothing counts that happened later. {DAY_OR_MOMENT} Without it: now; where a large record is worked out "
        "beforehand, the moment of that, and the header `Age` says how many seconds ago it was.",
    ),
    OpenApiParameter(
        "known_by", str,
        description=f"Nothing counts that was written later. {DAY_OR_MOMENT} Without it: as `as_of`, so that the answer stays "
        "the same; `now` takes what was recorded late or corrected since.",
    ),
    OpenApiParameter(
        "since", OpenApiTypes.DATE,
        description="Of this day or later. Without it: as far as its `definition` says, or 365 days before `until`.",
    ),
    OpenApiParameter(
        "until", OpenApiTypes.DATE,
        description="Of this day or earlier. Without it: as far as the report says, or the day of `as_of`.",
    ),
    OpenApiParameter("board", ROW_ID, description="Id of one board. Without it: of all on which you may see reports."),
]  # fmt: skip
FORM = OpenApiParameter(
    "format", {"type": "string", "pattern": f"^({JSON}|{CSV}|{NDJSON})$", "default": JSON},
    description="What `Accept` says, where a header cannot be set.",
)  # fmt: skip
TABLE = [
    FORM,
    OpenApiParameter(
        WITHHELD, str, OpenApiParameter.HEADER, response=[200],
        description="Of CSV and NDJSON: `figures=3, rows=?1, smallest=5` says how many figures are not shown, whether rows are "
        "left out, and how many a figure must tell of to be shown.",
    ),
    OpenApiParameter(
        ASKED_HEADER, str, OpenApiParameter.HEADER, response=[200],
        description="Of CSV and NDJSON: the moments and days that were asked about (`as_of`, `known_by`, `known_from`, `since`, "
        "`until`), as the body of JSON has them. Asked again with these, the answer is the same.",
    ),
]  # fmt: skip
EXPORTS = (
    "A report answers as CSV and NDJSON at /reports/{name}/ and /reports/{name}/rows/, and the scorecard at /scorecard/; POST "
    "/exports/ makes a file of each, in Parquet too."
)
KINDS = [(one.value, one.name.capitalize()) for one in Kind]
VALUES = "Each dimension of the report is a filter of its name, too: `phase=tumour_control`; `none` is where it is not recorded."


@extend_schema_field(ROW_ID)
class RowNumber(serializers.IntegerField):
    """An id that is only read."""


class ReportDimensionSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="As in `by`, and as a filter.")
    words = serializers.CharField(help_text="As on pages.")
    definition = serializers.CharField(help_text="What it tells apart.")
    codes = serializers.DictField(child=serializers.CharField(), help_text="Each value with its label; empty for ids.")
    noun = serializers.CharField(help_text="Of ids: the endpoint that knows them.")


class ReportMeasureSerializer(serializers.Serializer[Any]):
    name = serializers.CharField(help_text="As in the rows of the answer.")
    words = serializers.CharField(help_text="As on pages.")
    definition = serializers.CharField(help_text="What is counted, and of what.")
    kind = serializers.ChoiceField(
        choices=KINDS,
        help_text="`count` is a number; `share` has count, among, share, low and high (95 %, Wilson); `span` has count, least, "
        "lower_quartile, median, upper_quartile and most.",
    )
    unit = serializers.CharField(help_text="Of a span: `days` or `hours`.")


class ReportSerializer(serializers.Serializer[Any]):
    """One report: what it counts, in words, and what it can be asked."""

    name = serializers.CharField(help_text="As in its address.")
    title = serializers.CharField(help_text="As on its page.")
    question = serializers.CharField(help_text="What it answers.")
    definition = serializers.ListField(
        child=serializers.CharField(), help_text="What counts, what is left out, and why."
    )
    period = serializers.CharField(help_text="Which day `since` and `until` are about; empty: it has no period.")
    sources = serializers.CharField(help_text="Where the definition comes from; empty: it is the house's own.")
    rows = serializers.CharField(help_text="What the rows behind its figures are.")
    by = serializers.ListField(child=serializers.CharField(), help_text="How it is told where `by` is not said.")
    dimensions = ReportDimensionSerializer(many=True, help_text="By what it can be told apart.")
    measures = ReportMeasureSerializer(many=True, help_text="Its figures.")


class ReportsSerializer(serializers.Serializer[Any]):
    results = ReportSerializer(many=True, help_text="Every report.")


class WithheldSerializer(serializers.Serializer[Any]):
    """What is not shown, since it would tell of few. Of the board everything is: `smallest` is 1 then."""

    smallest = serializers.IntegerField(help_text="How many patients or rows a figure must tell of to be shown.")
    figures = serializers.IntegerField(
        help_text="How many figures are null in the rows that are there, and in the total."
    )
    rows = serializers.BooleanField(
        help_text="Whether rows of which nothing may be shown are left out. How many would tell, beside the total, how small "
        "they are."
    )


KNOWN_FROM = (
    "From when on this centre has kept what the record held, where what is asked lies before it: what has no day of its own is "
    "told as it stood then. Else null."
)


class ReportAnswerSerializer(serializers.Serializer[Any]):
    """Figures. Asked again with what stands here (`as_of`, `known_by`, `since`, `until`, `board`, `by`, and each of `filters`
    by its name), the answer is the same."""

    report = serializers.CharField(help_text="Its name.")
    as_of = serializers.DateTimeField(help_text="Nothing counts that happened later.")
    known_by = serializers.DateTimeField(help_text="Nothing counts that was written later.")
    known_from = serializers.DateTimeField(allow_null=True, help_text=KNOWN_FROM)
    since = serializers.DateField(allow_null=True, help_text="First day of the period; null where the report has none.")
    until = serializers.DateField(allow_null=True, help_text="Last day of the period, included.")
    board = RowNumber(allow_null=True, help_text="Id of the one board; null: of all on which you may see reports.")
    by = serializers.ListField(child=serializers.CharField(), help_text="The dimensions that tell the rows apart.")
    filters = serializers.DictField(
        child=serializers.CharField(),
        help_text="By dimension the value that was asked for; `none` where it is not recorded.",
    )
    results = serializers.ListField(
        child=serializers.DictField(),
        help_text="One row for each combination that there is: its dimensions and its measures, by name; null for a measure that "
        "tells of too few to be shown to you.",
    )
    total = serializers.DictField(help_text="The measures of all rows together.")
    withheld = WithheldSerializer(help_text="What is not shown to you.")


class ReportRowSerializer(serializers.Serializer[Any]):
    case = RowNumber(help_text="Id of the case.")
    plan = RowNumber(allow_null=True, help_text="Id of the plan.")
    day = serializers.DateField(allow_null=True, help_text="The day by which the period is chosen.")
    cells = serializers.DictField(help_text="The dimensions of the report, and what else it shows of a row, by name.")


class ReportRowsSerializer(serializers.Serializer[Any]):
    results = ReportRowSerializer(many=True, help_text="The rows that the figure counts, 100 at most.")
    after = serializers.CharField(
        allow_null=True,
        help_text="The place of the last row: ask again with it for those that follow; null at the end.",
    )


class ReportViewSet(Door):
    noun = "reports"
    queryset = Plan.objects.none()
    serializer_class = ReportAnswerSerializer
    pagination_class = None  # type: ignore[assignment]  # one answer, not pages
    # Codes, ids, days and figures alone: a report holds no free text.
    leaves_out_text = False
    tables = ("contents", "read", "rows")
    elsewhere = EXPORTS

    @extend_schema(responses=ReportsSerializer, parameters=[FORM])
    def contents(self, request: Request) -> HttpResponseBase:
        """Every report, with its definition. As a table a row for each."""
        require(self.person, ACTION)
        check_params(request, ())
        found = [described(one) for one in ALL]
        if self.form != JSON:
            return small_table(self, self.noun, columns_of(ReportSerializer, with_text=True), found)
        return self.figures({"results": found})

    @extend_schema(
        responses=ReportAnswerSerializer,
        parameters=[
            *ASKED, *TABLE, OpenApiParameter("by", str, description=f"Dimensions, with commas between. {VALUES}"),
        ],
    )  # fmt: skip
    def read(self, request: Request, name: str) -> HttpResponseBase:
        """The figures of one report. As a table a row for each combination, and last that of all together (`total`)."""
        asked = self._asked(name)
        found, age = answer(asked, by=self.person), age_of(asked.summary)
        if self.form != JSON:
            return figures_table(self, found, age)
        return self.figures(ReportAnswerSerializer(told(found)).data, headers=age)

    @extend_schema(
        responses=ReportRowsSerializer,
        parameters=[
            *ASKED,
            FORM,
            OpenApiParameter(
                "measure", str, description=f"The rows that this measure counts. Without it: all. {VALUES}"
            ),
            OpenApiParameter("after", str, description="As the answer before gave it; of JSON alone."),
        ],
    )
    def rows(self, request: Request, name: str) -> HttpResponseBase:
        """The rows behind a figure: those of the combination that is asked for. As a table all of them, in one answer."""
        asked = self._asked(name, "measure", *(["after"] if self.form == JSON else []))
        measure = _measure(asked.report, request.query_params.get("measure", ""))
        if self.form != JSON:
            return rows_table(self, request, asked, measure)
        after = request.query_params.get("after", "")
        found = rows_behind(asked, measure, by=self.person, after=after, and_next=True)
        more, found = len(found) > PAGE, found[:PAGE]
        return self.figures({
            "results": ReportRowSerializer([told_unit(asked, row) for row in found], many=True).data,
            "after": str(found[-1]["id"]) if more else None,
        })  # fmt: skip

    def _asked(self, name: str, *more: str) -> Asked:
        report = BY_NAME.get(name)
        if report is None:
            raise Http404
        require(self.person, ACTION)
        check_params(self.request, (*parameters(report), *more))
        return read_asked(report, self.person, self.request.query_params.dict())


def _measure(report: Report, name: str) -> Measure | None:
    if not name:
        return None
    names = [one.name for one in report.measures]
    if name not in names:
        raise ValidationError({"measure": f"There are: {', '.join(names)}."})
    return report.measure(name)
