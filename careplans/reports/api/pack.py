"""All reports in one answer."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.permissions import require
from careplans.api.access import Door
from careplans.models import Plan
from careplans.reports.api.params import age_of, check_params
from careplans.reports.api.reports import ASKED, EXPORTS, KNOWN_FROM, ReportAnswerSerializer, RowNumber
from careplans.reports.api.scorecard import ScorecardSerializer
from careplans.reports.asked import ACTION
from careplans.reports.pack.making import PARAMETERS, make_pack, told_pack


class ReportPackSerializer(serializers.Serializer[Any]):
    """The scorecard and every report, each as it answers alone."""

    as_of = serializers.DateTimeField(help_text="Nothing counts that happened later.")
    known_by = serializers.DateTimeField(help_text="Nothing counts that was written later.")
    known_from = serializers.DateTimeField(allow_null=True, help_text=KNOWN_FROM)
    since = serializers.DateField(help_text="First day of the period.")
    until = serializers.DateField(help_text="Last day of the period, included.")
    board = RowNumber(allow_null=True, help_text="Id of the one board; null: of all on which you may see reports.")
    scorecard = ScorecardSerializer(help_text="The NET scorecard of the same period, told by nothing.")
    reports = ReportAnswerSerializer(
        many=True,
        help_text="In the order of the list of reports; `concordance` once more by reason: `by` tells the two apart.",
    )


class ReportPackViewSet(Door):
    noun = "report-pack"
    queryset = Plan.objects.none()
    serializer_class = ReportPackSerializer
    pagination_class = None  # type: ignore[assignment]  # one answer, not pages
    elsewhere = EXPORTS
    leaves_out_text = False

    @extend_schema(responses=ReportPackSerializer, parameters=ASKED)
    def read(self, request: Request) -> Response:
        """The scorecard and every report, of the same boards, for the same period, as of the same moment."""
        require(self.person, ACTION)
        check_params(request, PARAMETERS)
        pack = make_pack(self.person, request.query_params.dict())
        return self.figures(ReportPackSerializer(told_pack(pack)).data, headers=age_of(pack.summary))
