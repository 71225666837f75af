from typing import Any

import django_filters
from django.http import QueryDict
from django.http.response import HttpResponseBase
from rest_framework.request import Request

from accounts.permissions import require
from careplans.api.access import Door
from careplans.api.filters import YesOrNoFilter
from careplans.api.lists.in_memory import BY_PLACE, page_of
from careplans.api.lists.whole import Listing
from careplans.api.serializers.rules import RuleSerializer
from careplans.models import Advisory, RuleSetVersion
from careplans.rules.history import DatedRule, dated_rules
from common.paging import Page


class RuleFilter(django_filters.FilterSet):
    """Rules stand in sets, and not in a table: `found` compares what was asked."""

    rule = django_filters.CharFilter(method="left", max_length=20, help_text="The rule of this id, in every set.")
    rule_set = django_filters.CharFilter(method="left", max_length=60, help_text="Of the set of this name.")
    severity = django_filters.MultipleChoiceFilter(
        choices=Advisory.Severity.choices, method="left", help_text="Rules that matter so much; may be repeated."
    )
    in_force = YesOrNoFilter(method="left", help_text="True: of the set in force. False: of those before it.")

    def left(self, rows: Any, name: str, value: Any) -> Any:
        return rows


class RuleViewSet(Door):
    """The sequencing rules: of the set in force, and of every set before it. Everybody who signs in may read them."""

    noun = "rules"
    leaves_out_text = False
    queryset = RuleSetVersion.objects.all()
    serializer_class = RuleSerializer
    filterset_class = RuleFilter
    is_ordered = False

    def list(self, request: Request) -> HttpResponseBase:
        """The set in force first, in the order in which its rules are asked. In no other order."""
        require(self.person, "reference.read")
        self.filter_queryset(self.get_queryset())
        form = RuleFilter(request.query_params, self.get_queryset(), request=request).form
        form.is_valid()
        rows = [row for row in dated_rules() if _fits(row, form.cleaned_data)]

        def page(params: QueryDict, size: int) -> Page:
            return page_of(rows, params=params, size=size)

        listing = Listing("rule", RuleSerializer, page, self.served, lambda: len(rows), self.leaves_out_text)
        return self.answer_list(request, listing, BY_PLACE)


def _fits(row: DatedRule, asked: dict[str, Any]) -> bool:
    return (
        asked["rule"] in ("", row.rule.id)
        and asked["rule_set"] in ("", row.rule_set)
        and (not asked["severity"] or row.rule.severity in asked["severity"])
        and asked["in_force"] in (None, row.is_in_force)
    )
