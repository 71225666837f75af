"""What the database holds a step to, and by which indexes it finds the steps that wait."""

from django.db import models
from django.db.models import Q

from careplans.models.arms import arm_constraints
from careplans.models.courses import course_constraints
from careplans.models.outcomes import outcome_constraints

# Planned with something to wait for; whether it still waits, its gate says (careplans/readers/steps/gates.py).
HAS_GATE = Q(after_step__isnull=False) | Q(arm__isnull=False) | Q(not_before__isnull=False)


def step_constraints() -> list[models.BaseConstraint]:
    return [
        models.CheckConstraint(condition=Q(position__gte=1), name="step_position_from_one"),
        models.CheckConstraint(
            condition=Q(target_mm=None) | Q(target_mm_unknown=False), name="step_size_given_or_not_recorded"
        ),
        models.CheckConstraint(
            condition=Q(modality_code="OTHER") | Q(modality_revision__isnull=False),
            name="step_modality_has_revision",
        ),
        models.CheckConstraint(
            condition=Q(reference_page_title="") | Q(modality_revision__isnull=False),
            name="step_reference_page_title_has_revision",
        ),
        models.CheckConstraint(
            condition=~Q(status__in=["stopped", "not_done"]) | ~Q(reason=""), name="step_end_has_reason"
        ),
        models.CheckConstraint(
            condition=~Q(reason="other") | ~Q(reason_note=""), name="step_other_reason_in_words"
        ),
        models.CheckConstraint(
            condition=~Q(status="completed") | (Q(ended_on__isnull=False) & ~Q(fulfilment="")),
            name="step_completed_has_date_and_fulfilment",
        ),
        models.CheckConstraint(
            condition=Q(planned_end=None) | Q(planned_start=None) | Q(planned_end__gte=models.F("planned_start")),
            name="step_planned_end_after_start",
        ),
        models.CheckConstraint(
            condition=Q(ended_on=None) | Q(started_on=None) | Q(ended_on__gte=models.F("started_on")),
            name="step_ends_after_it_starts",
        ),
        models.CheckConstraint(condition=~Q(after_step=models.F("id")), name="step_not_after_itself"),
        models.CheckConstraint(
            condition=~Q(status__in=["planned", "in_progress", "on_hold"])
            | (Q(assignee__isnull=False) & (Q(due_on__isnull=False) | Q(arm__isnull=False, status="planned"))),
            name="step_open_has_assignee_and_date",
        ),
        *outcome_constraints("step", ("completed", "stopped")),
        *arm_constraints(),
        *course_constraints(),
    ]  # fmt: skip


def step_indexes() -> list[models.Index]:
    """The steps that wait. SQLite uses a partial index only where a query repeats its condition, and it does not
    recognise one that lists states, because Django passes those as parameters.
    """
    return [
        models.Index(
            fields=["assignee", "board", "due_on", "id"],
            condition=Q(due_on__isnull=False, carried_over_at=None),
            name="step_open_by_person",
        ),
        models.Index(
            fields=["board", "due_on", "id"],
            condition=Q(due_on__isnull=False, carried_over_at=None),
            name="step_open_by_board",
        ),
        models.Index(
            fields=["board", "timing_version"],
            condition=Q(due_on__isnull=False, carried_over_at=None),
            name="step_open_by_timing",
        ),
        models.Index(
            fields=["board", "due_on", "id"],
            condition=Q(HAS_GATE, due_on__isnull=False, carried_over_at=None, started_on=None),
            name="step_gated",
        ),
        models.Index(
            fields=["case"], condition=Q(due_on__isnull=False, carried_over_at=None), name="step_open_by_case"
        ),
        models.Index(fields=["plan", "position"], name="step_by_plan"),
        models.Index(fields=["board", "-id"], name="step_newest"),
    ]
