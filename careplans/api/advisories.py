from typing import Any

import django_filters
from django.db.models import QuerySet

from careplans.api.filters import ChangedSince, IdFilter, MomentFilter, YesOrNoFilter
from careplans.api.read_only import ReadOnlyRows
from careplans.api.serializers.advisories import AdvisorySerializer
from careplans.models import Advisory, Change, Plan
from careplans.models.changes import changed_at
from careplans.rules.plan_advice import Item, advice_for


class AdvisoryFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    plan = IdFilter()
    step = IdFilter()
    rule = django_filters.CharFilter(max_length=16)
    severity = django_filters.MultipleChoiceFilter(choices=Advisory.Severity.choices, distinct=False)
    state = django_filters.MultipleChoiceFilter(choices=Advisory.State.choices, distinct=False)
    fired_after = MomentFilter(field_name="fired_at", side="after")
    fired_before = MomentFilter(field_name="fired_at", side="before")
    answered_after = MomentFilter(field_name="answered_at", side="after")
    answered_before = MomentFilter(field_name="answered_at", side="before")
    ended_after = MomentFilter(field_name="ended_at", side="after")
    ended_before = MomentFilter(field_name="ended_at", side="before")
    updated_since = ChangedSince()
    standing = YesOrNoFilter(
        method="that_stand", help_text="True: those that still fire, or fired when their plan ended."
    )

    def that_stand(self, rows: QuerySet[Advisory], name: str, value: bool) -> QuerySet[Advisory]:
        return rows.filter(ended_at__isnull=value)


class AdvisoryViewSet(ReadOnlyRows):
    """What the sequencing rules said of plans, with the board's answers. Read here; answered on the pages."""

    noun = "advisories"
    reads = "plans.view"
    queryset = Advisory.objects.all().for_plan().annotate(changed_at=changed_at(Change.Noun.ADVISORIES))
    serializer_class = AdvisorySerializer
    filterset_class = AdvisoryFilter
    orders = ("updated_at", "fired_at")


def shown_of(plan: Plan) -> list[dict[str, Any]]:
    """What the pages of a plan show, and what fires only since its facts changed. At most three queries."""
    advice = advice_for(plan)
    return [_row(item) for item in advice.all] + [_row(item, since=True) for item in advice.since_facts_changed]


def _row(item: Item, *, since: bool = False) -> dict[str, Any]:
    notes = [note.as_dict() for note in item.notes]
    shown = {"firing": item.firing, "kept": item.kept, "notes": notes, "behind": item.behind, "judged": item.facts}
    return shown | {"since_facts_changed": since}
