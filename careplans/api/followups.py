from collections.abc import Sequence
from typing import Any

import django_filters
from django.db.models import Q, QuerySet

from accounts.models import User
from accounts.permissions import memberships_of
from careplans.api.access import VisibleRows
from careplans.api.cases import CaseViewSet
from careplans.api.filters import ChangedSince, DayFilter, IdFilter, MomentFilter, YesOrNoFilter
from careplans.api.serializers.followups import (
    FollowUpChange,
    FollowUpDone,
    FollowUpDoneDay,
    FollowUpMissed,
    FollowUpNotDone,
    FollowUpSerializer,
    NewFollowUp,
)
from careplans.api.serializers.nothing_ahead import ReasonAndNext, asking
from careplans.api.verbs import adds, verb
from careplans.api.within import refuse
from careplans.models import Case, FollowUp
from careplans.readers.served.followups import load_follow_ups
from careplans.services import done_follow_ups, followups


class FollowUpFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    assignee = IdFilter()
    status = django_filters.MultipleChoiceFilter(choices=FollowUp.Status.choices, distinct=False)
    due_before = DayFilter(field_name="due_on", lookup_expr="lt")
    due_after = DayFilter(field_name="due_on", lookup_expr="gt")
    done_before = DayFilter(field_name="done_on", lookup_expr="lt")
    done_after = DayFilter(field_name="done_on", lookup_expr="gt")
    created_after = MomentFilter(field_name="created_at", side="after")
    created_before = MomentFilter(field_name="created_at", side="before")
    updated_since = ChangedSince()
    overdue = YesOrNoFilter(method="past_their_day", help_text="Open, past its day and its grace.")

    def past_their_day(self, rows: QuerySet[FollowUp], name: str, value: bool) -> QuerySet[FollowUp]:
        """Each board has a date of its own."""
        refuse(self.request, name)
        late = Q(pk__in=[])
        for membership in memberships_of(self.request.user):
            late |= Q(board=membership.board_id, due_until__lt=membership.board.today)
        late &= Q(status=FollowUp.Status.PLANNED)
        return rows.filter(late) if value else rows.exclude(late)


def _add(case: Case, *, by: User, **values: Any) -> FollowUp:
    return followups.add_follow_up(case, by=by, **values)


def _missed(follow_up: FollowUp, *, by: User, expected_version: int, **values: Any) -> None:
    followups.record_missed_follow_up(follow_up, by=by, expected_version=expected_version, **values)


class FollowUpViewSet(VisibleRows):
    """Follow-ups, open and settled."""

    noun = "follow-ups"
    reads = "followups.view"
    queryset = FollowUp.objects.all().for_api()
    written = FollowUp.objects.all()
    serializer_class = FollowUpSerializer
    filterset_class = FollowUpFilter
    orders = ("updated_at", "due_on")

    def load(self, rows: Sequence[FollowUp]) -> None:
        load_follow_ups(rows)

    add = adds(_add, "followups.edit", NewFollowUp, to=CaseViewSet, says="Add a dated thing to do for a case.")
    change = verb(
        followups.change_follow_up, "followups.edit", FollowUpChange, says="Move it to another day or another person."
    )
    complete = verb(asking(followups.complete_follow_up), "followups.edit", FollowUpDone, says="It was done.")
    missed = verb(_missed, "followups.edit", FollowUpMissed, says="The patient did not attend: makes the new one.")
    correct = verb(
        done_follow_ups.correct_done_day, "followups.edit", FollowUpDoneDay, says="It was done on another day."
    )
    not_done = verb(
        done_follow_ups.take_back_done, "followups.edit", FollowUpNotDone, says="It has not happened: it is open again."
    )
    cancel = verb(
        asking(followups.cancel_follow_up), "followups.edit", ReasonAndNext, says="Cancel it, with the reason."
    )
