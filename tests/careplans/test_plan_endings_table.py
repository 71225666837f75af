"""Every way from one plan to the next, or out of it, for a step in every state: what it becomes, who is told, what lies ahead.

One row for each way and one column for each state. What is refused says what to do; whatever goes through leaves the case with a
date or a reason.
"""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Case, Plan, Reminder, Step
from careplans.readers.nothing_ahead import ahead_of, nothing_ahead
from careplans.services.cases import close_case
from careplans.services.plan_ending import complete_plan, mark_in_error, revoke_plan
from careplans.services.plans import amend_plan, discard_draft
from careplans.services.step_progress import complete_step, hold_step, skip_step, start_step, stop_step
from careplans.services.steps import edit_step, remove_step
from tests.careplans import makers
from tests.careplans.makers import NOTHING_AHEAD, OUTCOME

pytestmark = pytest.mark.django_db

STATES = ["planned", "in progress", "on hold", "held", "completed", "stopped", "not done", "gate failed"]
BEGUN, OPEN = "has begun", "Record first what became of step"
ROWS = {
    # way                          what becomes of a step, state by state; in words where it is refused
    "amended, carried over":      ["planned", "in_progress", "on_hold", "on_hold", "completed", "stopped", "not_done", "planned"],
    "amended, left out":          ["not_done", BEGUN, "not_done", BEGUN, "completed", "stopped", "not_done", "not_done"],
    "revoked":                    ["not_done", BEGUN, "not_done", BEGUN, "completed", "stopped", "not_done", "not_done"],
    "completed":                  [OPEN, OPEN, OPEN, OPEN, "completed", "stopped", "not_done", OPEN],
    "entered in error":           [*["Revoke it"] * 4, "completed", "stopped", "not_done", "Revoke it"],
    "case closed":                ["A plan of this case is still open"] * 8,
    "revoked under an amendment": ["which amends this plan"] * 8,
    "its draft is discarded":     ["planned", "in_progress", "on_hold", "on_hold", "completed", "stopped", "not_done", "planned"],
}  # fmt: skip
TABLE = [(way, state, becomes) for way, row in ROWS.items() for state, becomes in zip(STATES, row, strict=True)]
REFUSALS = {BEGUN, OPEN, "Revoke it", "A plan of this case is still open", "which amends this plan"}


@pytest.fixture
def plan(board, ana, chloe, omar):
    """Two steps side by side in their gates; the second, Omar's, is the one that the table is about."""
    case = makers.make_case(board, by=ana)
    draft = makers.make_plan(case, by=ana, steps=2, owner=omar)
    first, second = draft.steps.order_by("position")
    edit_step(second, {"after_step": first}, by=ana)
    makers.submit(draft, by=ana)
    makers.release(draft, by=chloe)
    return Plan.objects.get(pk=draft.pk)


def now(row):
    return type(row).objects.get(pk=row.pk)


def bring(plan, state, ana):
    """Everything else has ended, so that only the step of the table decides."""
    first, step = plan.steps.order_by("position")
    today = plan.board.today
    seen = {"by": ana, "expected_version": first.version}
    if state == "gate failed":
        skip_step(first, **seen, reason="progression")
        return now(step)
    first = start_step(first, **seen, on=today)
    complete_step(first, by=ana, expected_version=first.version, on=today, fulfilment="full", **OUTCOME)
    step = now(step)
    if state in ("in progress", "held", "completed", "stopped"):
        step = start_step(step, by=ana, expected_version=step.version, on=today)
    if state in ("on hold", "held"):
        hold(step, ana)
    elif state == "completed":
        complete_step(step, by=ana, expected_version=step.version, on=today, fulfilment="full", **OUTCOME)
    elif state == "stopped":
        stop_step(step, by=ana, expected_version=step.version, on=today, reason="patient_choice", **OUTCOME)
    elif state == "not done":
        skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    return now(step)


def hold(step, ana):
    later = step.board.today + timedelta(days=30)
    seen = {"by": ana, "expected_version": step.version}
    hold_step(step, **seen, on=step.board.today, until=later, reason="medical_reason")


def go(way, plan, ana, chloe):
    """Carry the way out; returns the plan that is in force, or was last."""
    plan = now(plan)
    seen = {"by": chloe, "expected_version": plan.version}
    if way == "completed":
        return complete_plan(plan, **seen, ahead=NOTHING_AHEAD, **OUTCOME)
    if way == "entered in error":
        return mark_in_error(plan, **seen, reason="another patient's", ahead=NOTHING_AHEAD)
    if way == "case closed":
        return close_case(Case.objects.get(pk=plan.case_id), by=chloe, reason="transferred")
    if way == "revoked":
        return revoke_plan(plan, **seen, reason="another patient's", ahead=NOTHING_AHEAD)
    new = amend_plan(plan, by=ana, reason="Progression")
    if way == "revoked under an amendment":
        return revoke_plan(now(plan), by=chloe, expected_version=plan.version, reason="-", ahead=NOTHING_AHEAD)
    if way == "its draft is discarded":
        discard_draft(now(new), by=ana, expected_version=now(new).version, reason="not needed")
        return plan
    if way == "amended, left out":
        remove_step(new.steps.order_by("position").last(), by=ana, reason="other treatment")
    makers.submit(new, by=ana)
    return makers.release(new, by=chloe, ahead=NOTHING_AHEAD)


def told(kind):
    return {row.recipient.name.split()[0] for row in Reminder.objects.filter(kind=kind).select_related("recipient")}


@pytest.mark.parametrize(("way", "state", "becomes"), TABLE)
def test_each_way_for_each_state(board, plan, ana, chloe, way, state, becomes):
    step = bring(plan, state, ana)
    before = Reminder.objects.filter(kind="step_ended").count()
    if becomes in REFUSALS:
        with pytest.raises(ValidationError, match=becomes):
            go(way, plan, ana, chloe)
        assert now(step).status == step.status and now(plan).is_in_force
        return
    last = go(way, plan, ana, chloe)
    carried = (
        Step.objects.filter(carried_from=step, removed_at=None, plan=last).first() if isinstance(last, Plan) else None
    )
    assert (carried or now(step)).status == becomes
    ended_now = becomes == "not_done" and state != "not done"
    # Who is told: by a revoked plan once, by a step that an amendment leaves out for itself; whoever acts knows.
    assert told("ended") == (
        {"Ana", *({"Omar"} if ended_now else ())} if way in ("revoked", "entered in error") else set()
    )
    left_out = way == "amended, left out" and ended_now
    assert (Reminder.objects.filter(kind="step_ended").count() > before) == left_out
    # What lies ahead: an open step goes on with its person and its date; else there is the reason. Nobody is on the list.
    ahead = ahead_of(Case.objects.get(pk=plan.case_id), board.today)
    if becomes in Step.OPEN:
        assert ahead.next == (carried or step) and ahead.next.assignee is not None and ahead.next.due_on is not None
    elif last.status != "active" or way.startswith("amended"):
        assert ahead.reason is not None and not nothing_ahead([board]).exists()
    # Nobody is reminded any more of what has ended, or has been carried over.
    gone = (
        Step.objects.filter(pk=step.pk).exclude(pk=(carried or step).pk)
        if becomes in Step.OPEN
        else Step.objects.filter(pk=step.pk)
    )
    assert not Reminder.objects.scheduled().filter(step__in=gone, kind__in=("lead", "due", "overdue")).exists()


def test_a_proposed_step_ends_with_its_draft(board, ana):
    draft = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    discard_draft(draft, by=ana, expected_version=draft.version, reason="another patient's")
    assert draft.steps.get().status == "proposed" and not Reminder.objects.filter(step__plan=draft).exists()
