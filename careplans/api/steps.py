from collections.abc import Callable, Mapping, Sequence
from typing import Any

import django_filters
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.access import get_visible
from accounts.models import User
from careplans.api.access import VisibleRows
from careplans.api.filters import ChangedSince, DayFilter, IdFilter, LineageFilter, MomentFilter
from careplans.api.plainly import plain
from careplans.api.plans import PlanViewSet
from careplans.api.serializers.arms import ArmChoice, ArmCorrection, DecisionBody
from careplans.api.serializers.monitoring import MonitoringRemoval, NewMonitoring
from careplans.api.serializers.steps import (
    ConditionSerializer,
    StepBody,
    StepChanged,
    StepComplete,
    StepDate,
    StepHandOver,
    StepHold,
    StepOutcome,
    StepOutcomeCorrection,
    StepRemoval,
    StepResume,
    StepSerializer,
    StepSkip,
    StepStart,
    StepStop,
)
from careplans.api.verbs import adds, verb
from careplans.models import Case, Monitoring, Plan, Step
from careplans.readers.facts.conditions import recorded_for
from careplans.readers.served.steps import load_steps
from careplans.services import arm_choice, decisions, later_outcomes, monitoring, step_progress, steps


class StepFilter(django_filters.FilterSet):
    board = IdFilter()
    case = IdFilter()
    plan = IdFilter()
    status = django_filters.MultipleChoiceFilter(choices=Step.Status.choices, distinct=False)
    modality_code = django_filters.MultipleChoiceFilter(choices=Step.ModalityCode.choices, distinct=False)
    phase = django_filters.MultipleChoiceFilter(choices=Step.Phase.choices, distinct=False)
    assignee = IdFilter()
    due_before = DayFilter(field_name="due_on", lookup_expr="lt")
    due_after = DayFilter(field_name="due_on", lookup_expr="gt")
    plan_status = django_filters.MultipleChoiceFilter(
        field_name="plan__status",
        choices=Plan.Status.choices,
        distinct=False,
        help_text="Steps of plans in this state.",
    )
    lineage = LineageFilter(field_name="plan")
    started_before = DayFilter(field_name="started_on", lookup_expr="lt")
    started_after = DayFilter(field_name="started_on", lookup_expr="gt")
    ended_before = DayFilter(field_name="ended_on", lookup_expr="lt")
    ended_after = DayFilter(field_name="ended_on", lookup_expr="gt")
    created_after = MomentFilter(field_name="created_at", side="after")
    created_before = MomentFilter(field_name="created_at", side="before")
    updated_since = ChangedSince()

    @property
    def qs(self) -> QuerySet[Step]:
        """Steps that were taken out of a draft are kept, but listed no more."""
        rows: QuerySet[Step] = super().qs
        return rows.filter(removed_at=None)


def _change(step: Step, *, by: User, expected_version: int, **values: Any) -> str:
    edited, _ = steps.edit_step(step, values, by=by, expected_version=expected_version)
    return edited.message


def _remove(step: Step, *, by: User, expected_version: int, **why: Any) -> str:
    return steps.remove_step(step, by=by, expected_version=expected_version, **why).message


def _with_starts(service: Callable[..., Step]) -> Callable[..., None]:
    """A choice of an arm, whose new dates come as a list, and so do the fates of what runs."""

    def decide(
        step: Step, *, starts: Sequence[Mapping[str, Any]] = (), running: Sequence[Mapping[str, Any]] = (), **values: Any
    ) -> None:  # fmt: skip
        fates = {
            one["step"].pk: {
                "goes_on": one["goes_on"],
                "reason": one.get("reason", ""),
                "reason_note": one.get("reason_note", ""),
            }
            for one in running
        }
        service(step, starts={one["step"].pk: one["due_on"] for one in starts}, running=fates, **values)

    return decide


def _hang(step: Step, *, by: User, expected_version: int, **values: Any) -> str:
    return f"Added: {monitoring.add_monitoring(step, by=by, expected_version=expected_version, **values).words}."


def _unhang(step: Step, *, by: User, expected_version: int, line: int) -> str:
    found = Monitoring.objects.select_related("step__plan", "step__board").filter(step=step, pk=line, removed_at=None)
    row = found.first()
    if row is None:
        raise ValidationError({"line": "There is no such follow-up on this step."})
    return monitoring.remove_monitoring(row, by=by, expected_version=expected_version).message


class StepViewSet(VisibleRows):
    """Steps of every plan, and what became of them."""

    noun = "steps"
    reads = "plans.view"
    queryset = Step.objects.all().for_api()
    written = Step.objects.select_related("plan")
    serializer_class = StepSerializer
    changed_class = StepChanged
    filterset_class = StepFilter
    orders = ("updated_at",)

    def load(self, rows: Sequence[Step]) -> None:
        load_steps(rows)

    @extend_schema(responses=ConditionSerializer)
    def condition(self, request: Request, pk: int) -> Response:
        """What a step waits for in words (`only_if`), and what the proforma holds of what the words name."""
        step = self.visible(pk)
        case = get_visible(Case.objects.select_related("proforma"), self.person, "cases.view", pk=step.case_id)
        recorded = recorded_for([step], case.proforma).get(step.pk, [])
        told = plain(ConditionSerializer, {"only_if": step.only_if, "recorded": recorded})
        return Response(self.told(ConditionSerializer, told, step.board_id, step))

    # The draft
    add = adds(steps.add_step, "plans.draft", StepBody, to=PlanViewSet, guarded=True, says="Add a step at the end.")
    change = verb(_change, "plans.draft", StepBody, says="Change a step of a draft. Voids signatures and says so.")
    add_monitoring = verb(_hang, "plans.draft", NewMonitoring, says="Hang a follow-up on a step of a draft.")
    remove_monitoring = verb(_unhang, "plans.draft", MonitoringRemoval, says="Take it off the step. The row is kept.")
    remove = verb(_remove, "plans.draft", StepRemoval, says="Take a step out of a draft. The row is kept.")
    decide_at = adds(
        decisions.add_decision, "plans.draft", DecisionBody, to=PlanViewSet, guarded=True,
        says="Add a decision with its arms at the end.",
    )  # fmt: skip
    # Delivery
    start = verb(step_progress.start_step, "steps.deliver", StepStart, says="A step begins.")
    complete = verb(step_progress.complete_step, "steps.deliver", StepComplete, says="A step ended as intended.")
    stop = verb(step_progress.stop_step, "steps.deliver", StepStop, says="A step that had begun ended early.")
    skip = verb(step_progress.skip_step, "steps.deliver", StepSkip, says="A step is not done.")
    hold = verb(step_progress.hold_step, "steps.deliver", StepHold, says="Pause a step, with its days and the reason.")
    resume = verb(step_progress.resume_step, "steps.deliver", StepResume, says="A step that had begun goes on.")
    replan = verb(step_progress.replan_step, "steps.deliver", StepDate, says="Plan a step on hold again.")
    add_outcome = verb(
        later_outcomes.add_outcome, "steps.deliver", StepOutcome,
        says="Something more is known of what came of a step that has ended.",
    )  # fmt: skip
    correct_outcome = verb(
        later_outcomes.correct_outcome, "steps.deliver", StepOutcomeCorrection,
        says="What was recorded of the outcome of a step that has ended is wrong.",
    )  # fmt: skip
    choose = verb(
        _with_starts(arm_choice.choose_arm), "steps.deliver", ArmChoice, says="Choose an arm at a decision, or none."
    )
    correct = verb(
        _with_starts(arm_choice.correct_decision), "steps.deliver", ArmCorrection, says="Another arm than was chosen."
    )
    hand_over = verb(
        step_progress.hand_over_step,
        "steps.deliver",
        StepHandOver,
        says="Another person sees to it, or its date moves.",
    )
