from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import django_filters
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from careplans.api.access import VisibleRows
from careplans.api.advisories import shown_of
from careplans.api.cases import CaseViewSet
from careplans.api.filters import ChangedSince, IdFilter, LineageFilter, MomentFilter
from careplans.api.plainly import plain_rows
from careplans.api.serializers.advisories import ShownAdvisory
from careplans.api.serializers.bodies import Reason
from careplans.api.serializers.nothing_ahead import ReasonAndNext, asking
from careplans.api.serializers.plan_schedules import PlanSchedulesBody
from careplans.api.serializers.plans import (
    Agreement,
    NewPlan,
    Objection,
    Outcome,
    PlanBody,
    PlanChanged,
    PlanOutcome,
    PlanOutcomeCorrection,
    PlanSerializer,
    Release,
    Revocation,
    StepOrder,
)
from careplans.api.verbs import adds, verb
from careplans.models import Plan
from careplans.readers.served.plans import load_plans
from careplans.services import later_outcomes, plan_ending, plan_schedules, plans, signatures, steps
from careplans.services.nothing_ahead import ComesNext


class PlanFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    status = django_filters.MultipleChoiceFilter(choices=Plan.Status.choices, distinct=False)
    template_version = IdFilter()
    lineage = LineageFilter(field_name="pk")
    created_after = MomentFilter(field_name="created_at", side="after")
    created_before = MomentFilter(field_name="created_at", side="before")
    submitted_after = MomentFilter(field_name="submitted_at", side="after")
    submitted_before = MomentFilter(field_name="submitted_at", side="before")
    released_after = MomentFilter(field_name="released_at", side="after")
    released_before = MomentFilter(field_name="released_at", side="before")
    ended_after = MomentFilter(field_name="ended_at", side="after")
    ended_before = MomentFilter(field_name="ended_at", side="before")
    updated_since = ChangedSince()


def _change(plan: Plan, *, by: User, expected_version: int, **values: Any) -> str:
    edited, _ = plans.edit_plan(plan, values, by=by, expected_version=expected_version)
    return edited.message


def _reorder(plan: Plan, *, by: User, expected_version: int, order: list[list[int]]) -> str:
    return steps.reorder_steps(plan, order, by=by, expected_version=expected_version).message


def _schedules(plan: Plan, *, by: User, expected_version: int, schedules: list[dict[str, Any]]) -> str:
    return plan_schedules.set_schedules(plan, by=by, expected_version=expected_version, schedules=schedules).message


def _amend(plan: Plan, *, by: User, expected_version: int, reason: str) -> Plan:
    return plans.amend_plan(plan, by=by, reason=reason, expected_version=expected_version)


def _release(
    plan: Plan, *, by: User, expected_version: int, content_hash: str, note: str = "", acknowledged: Sequence[str] = (),
    instead: Sequence[Mapping[str, Any]] = (), passed: str = "", passed_on: date | None = None, ahead: ComesNext | None = None,
) -> None:  # fmt: skip
    plans.release_plan(
        plan, by=by, expected_version=expected_version, expected_hash=content_hash, note=note, acknowledged=acknowledged,
        instead={one["of"]: one["to"] for one in instead}, passed=passed, passed_on=passed_on, ahead=ahead,
    )  # fmt: skip


def _with_goes_on(service: Callable[..., object]) -> Callable[..., None]:
    """An end of a plan, which says under whose care each ongoing step goes on."""

    def end(plan: Plan, *, goes_on: Sequence[dict[str, Any]] = (), **values: Any) -> None:
        service(plan, goes_on={one["step"]: one["under_the_care_of"] for one in goes_on}, **values)

    return end


def _answer(service: Callable[..., object]) -> Callable[..., None]:
    """An answer binds the content that was read. The plan's version is not counted, so two may sign at once."""

    def answer(
        plan: Plan, *, by: User, expected_version: int, content_version: int, content_hash: str, **words: Any
    ) -> None:
        service(plan, by=by, expected_version=content_version, expected_hash=content_hash, **words)

    return answer


class PlanViewSet(VisibleRows):
    """Plans, each with its steps in their order and its signatures."""

    noun = "plans"
    reads = "plans.view"
    queryset = Plan.objects.all().for_api()
    written = Plan.objects.all()
    serializer_class = PlanSerializer
    changed_class = PlanChanged
    filterset_class = PlanFilter
    orders = ("updated_at",)

    def load(self, rows: Sequence[Plan]) -> None:
        load_plans(rows)

    @extend_schema(responses=ShownAdvisory(many=True))
    def advisories(self, request: Request, pk: int) -> Response:
        """What the sequencing rules say of the plan now, with the board's answers; of a plan that has ended, what was kept."""
        plan = self.visible(pk)
        return Response(self.told(ShownAdvisory, plain_rows(ShownAdvisory, shown_of(plan)), plan.board_id, plan))

    # The draft
    draft = adds(plans.draft_plan, "plans.draft", NewPlan, to=CaseViewSet, says="Begin the first plan of a case.")
    change = verb(_change, "plans.draft", PlanBody, says="Change the plan itself. Voids signatures and says so.")
    reorder = verb(_reorder, "plans.draft", StepOrder, says="Set the order of the steps. Voids signatures and says so.")
    schedules = verb(
        _schedules, "plans.draft", PlanSchedulesBody, says="Set the follow-up schedules. Voids signatures and says so."
    )
    submit = verb(plans.submit_plan, "plans.draft", says="Put the plan to sign-off.")
    recall = verb(plans.recall_plan, "plans.draft", Reason, says="Take a plan in sign-off back to draft.")
    discard = verb(plans.discard_draft, "plans.draft", Reason, says="Keep a draft as entered in error.")
    # Sign-off
    sign = verb(_answer(signatures.sign_plan), "plans.sign", Agreement, says="Sign for your discipline.")
    dissent = verb(_answer(signatures.dissent_from_plan), "plans.sign", Objection, says="Put a dissent on record.")
    send_back = verb(_answer(signatures.send_back_plan), "plans.sign", Objection, says="Send the plan back to draft.")
    release = verb(asking(_release), "plans.release", Release, says="Make a signed plan the plan in force.")
    # In force
    amend = adds(_amend, "plans.draft", Reason, guarded=True, says="Draft a new version of a plan in force.")
    hold = verb(plan_ending.hold_plan, "plans.manage", Reason, says="Pause a plan. Its reminders go on.")
    resume = verb(plan_ending.resume_plan, "plans.manage", Reason, says="Resume a plan on hold.")
    complete = verb(
        asking(_with_goes_on(plan_ending.complete_plan)),
        "plans.manage",
        Outcome,
        says="Complete a plan, with its outcome.",
    )
    add_outcome = verb(
        later_outcomes.add_plan_outcome, "plans.manage", PlanOutcome,
        says="Something more is known of what came of a plan that has ended.",
    )  # fmt: skip
    correct_outcome = verb(
        later_outcomes.correct_plan_outcome, "plans.manage", PlanOutcomeCorrection,
        says="What was recorded of the outcome of a plan that has ended is wrong.",
    )  # fmt: skip
    revoke = verb(
        asking(_with_goes_on(plan_ending.revoke_plan)),
        "plans.manage",
        Revocation,
        says="Withdraw a plan in force; settles what is open.",
    )
    mark_in_error = verb(
        asking(plan_ending.mark_in_error),
        "plans.manage",
        ReasonAndNext,
        says="Mark a plan that should never have been released.",
    )
