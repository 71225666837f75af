"""Every way from one plan to the next, or out of it, for a step in every state: what it becomes, who is told, what lies ahead.

One row for each way and one column for each state. What is refused says what to do; whatever goes through leaves the case with a
date or a reason.
"""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Notice
from careplans.models import Case, Occurrence, Patient, Plan, Reminder, Step
from careplans.readers.nothing_ahead import ahead_of, nothing_ahead
from careplans.services.arm_choice import choose_arm
from careplans.services.care_ends import record_death, record_transfer
from careplans.services.cases import close_case
from careplans.services.decisions import add_decision, edit_arm
from careplans.services.occurrence_progress import give_occurrence
from careplans.services.plan_ending import complete_plan, mark_in_error, revoke_plan
from careplans.services.plans import amend_plan, discard_draft
from careplans.services.step_progress import complete_step, hold_step, skip_step, start_step, stop_step
from careplans.services.steps import add_step, edit_step, remove_step
from tests.careplans import makers
from tests.careplans.makers import NOTHING_AHEAD, OUTCOME

pytestmark = pytest.mark.django_db

STATES = [
    "planned", "in progress", "on hold", "held", "completed", "stopped", "not done", "gate failed", "cycles running",
    "set aside", "arm not chosen", "decision",
]  # fmt: skip
BEGUN, OPEN, ERROR = "has begun", "Record first what became of step", "Revoke it"
CASE_OPEN, AMENDED = "A plan of this case is still open", "which amends this plan"
ENDED = ["completed", "stopped", "not_done"]
CARRIED = [
    "planned",
    "in_progress",
    "on_hold",
    "on_hold",
    *ENDED,
    "planned",
    "in_progress",
    "set_aside",
    "planned",
    "planned",
]
TAKEN_OUT = ["not_done", BEGUN, "not_done", BEGUN, *ENDED, "not_done", BEGUN, "set_aside", "not_done", "not_done"]
# A step that had begun is stopped by it, and one that had not is not done.
BY_IT = [
    "not_done",
    "stopped",
    "not_done",
    "stopped",
    *ENDED,
    "not_done",
    "stopped",
    "set_aside",
    "not_done",
    "not_done",
]
ROWS = {
    # way                          what becomes of a step, state by state; in words where it is refused
    "amended, carried over":      CARRIED,
    "amended, left out":          TAKEN_OUT,
    "revoked":                    TAKEN_OUT,
    "completed":                  [OPEN, OPEN, OPEN, OPEN, *ENDED, OPEN, OPEN, "set_aside", OPEN, OPEN],
    "entered in error":           [*[ERROR] * 4, *ENDED, ERROR, ERROR, "set_aside", ERROR, ERROR],
    "case closed":                [CASE_OPEN] * len(STATES),
    "revoked under an amendment": [AMENDED] * len(STATES),
    "its draft is discarded":     CARRIED,
    "died":                       BY_IT,
    "transferred":                BY_IT,
}  # fmt: skip
TABLE = [(way, state, becomes) for way, row in ROWS.items() for state, becomes in zip(STATES, row, strict=True)]
REFUSALS = {BEGUN, OPEN, ERROR, CASE_OPEN, AMENDED}
IN_ARMS = ("set aside", "arm not chosen", "decision")
ENDS = ("died", "transferred")


@pytest.fixture
def plan(board, ana, chloe, omar, state):
    """Two steps, the second waits for the first; the second, Omar's, is the one that the table is about. It may stand in an arm,
    or be the decision itself."""
    case = makers.make_case(board, by=ana)
    draft = makers.make_plan(case, by=ana, steps=1 if state in IN_ARMS else 2, owner=omar)
    first, step = draft.steps.order_by("position").first(), draft.steps.order_by("position").last()
    if state in IN_ARMS:
        no_step = "observed" if state == "decision" else ""
        arms = [{"name": "responds", "no_step": no_step}, {"name": "does not", "no_step": "best supportive care"}]
        decision = add_decision(draft, by=ana, description="re-staging", arms=arms)
        edit_step(decision, {"owner": omar, "planned_start": board.today}, by=ana)
        if state != "decision":
            values = {name: getattr(first, name) for name in ("phase", "modality_code", "goals", "planned_start")}
            add_step(draft, by=ana, owner=omar, arm=decision.arms.first(), **values)
    elif state == "cycles running":
        edit_step(
            step, {"after_step": first, "planned_start": board.today, "planned_end": None, **makers.CYCLES}, by=ana
        )
    else:
        edit_step(step, {"after_step": first}, by=ana)
    makers.submit(draft, by=ana)
    makers.release(draft, by=chloe)
    return Plan.objects.get(pk=draft.pk)


def now(row):
    return type(row).objects.get(pk=row.pk)


def the_step(plan, state):
    """The one that the table is about, in any plan of the chain."""
    steps = plan.steps.filter(removed_at=None).order_by("position")
    if state == "decision":
        return steps.get(is_decision=True)
    return steps.filter(is_decision=False).last()


def bring(plan, state, ana):
    """Everything else has ended, so that only the step of the table decides."""
    first, step, today = plan.steps.order_by("position").first(), the_step(plan, state), plan.board.today
    seen = {"by": ana, "expected_version": first.version}
    if state == "gate failed":
        skip_step(first, **seen, reason="progression")
        return now(step)
    first = start_step(first, **seen, on=today)
    complete_step(first, by=ana, expected_version=first.version, on=today, fulfilment="full", **OUTCOME)
    step = now(step)
    if state == "set aside":
        decision = plan.steps.get(is_decision=True)
        seen = {"by": ana, "expected_version": decision.version, "on": today, "reason": "progression"}
        choose_arm(decision, **seen, chosen_arm=decision.arms.last(), **OUTCOME)
    elif state == "cycles running":
        cycle = Occurrence.objects.get(step=step, number=1)
        give_occurrence(cycle, by=ana, expected_version=cycle.version, on=today)
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


def go(way, plan, state, ana, chloe):
    """Carry the way out; returns the plan that is in force, or was last."""
    plan = now(plan)
    seen = {"by": chloe, "expected_version": plan.version}
    if way in ENDS:
        end_of_care(way, Patient.objects.get(pk=plan.case.patient_id), chloe)
        return now(plan)
    if way == "completed":
        return complete_plan(plan, **seen, ahead=NOTHING_AHEAD, **OUTCOME)
    if way == "entered in error":
        return mark_in_error(plan, **seen, reason="another patient's", ahead=NOTHING_AHEAD)
    if way == "case closed":
        return close_case(Case.objects.get(pk=plan.case_id), by=chloe, reason="transferred")
    if way == "revoked":
        return revoke_plan(plan, **seen, reason_code="patient_choice", reason="another patient's", ahead=NOTHING_AHEAD)
    new = amend_plan(plan, by=ana, reason="Progression")
    if way == "revoked under an amendment":
        return revoke_plan(
            now(plan),
            by=chloe,
            expected_version=plan.version,
            reason_code="patient_choice",
            reason="-",
            ahead=NOTHING_AHEAD,
        )
    if way == "its draft is discarded":
        discard_draft(now(new), by=ana, expected_version=now(new).version, reason="not needed")
        return plan
    if way == "amended, left out":
        step = the_step(new, state)
        if step.arm:
            edit_arm(step.arm, {"no_step": "observed"}, by=ana)
        remove_step(step, by=ana, reason_code="patient_choice", reason="other treatment")
    makers.submit(new, by=ana)
    return makers.release(new, by=chloe, ahead=NOTHING_AHEAD)


def end_of_care(way, patient, by):
    seen = {"by": by, "expected_version": patient.version}
    if way == "died":
        record_death(patient, **seen, source="the ward", year=None, month=None, day=None)
    else:
        today = makers.TODAY()
        record_transfer(patient, **seen, to_centre="Uppsala", on=today, taken_over_by="Dr Falk", confirmed="yes")


def told(kind):
    return {row.recipient.name.split()[0] for row in Reminder.objects.filter(kind=kind).select_related("recipient")}


@pytest.mark.parametrize(("way", "state", "becomes"), TABLE)
def test_each_way_for_each_state(board, plan, ana, chloe, way, state, becomes):
    step = bring(plan, state, ana)
    before = Reminder.objects.filter(kind="step_ended").count()
    if becomes in REFUSALS:
        with pytest.raises(ValidationError, match=becomes):
            go(way, plan, state, ana, chloe)
        assert now(step).status == step.status and now(plan).is_in_force
        return
    last = go(way, plan, state, ana, chloe)
    carried = Step.objects.filter(carried_from=step, removed_at=None, plan=last).first()
    assert (carried or now(step)).status == becomes
    ended_now = becomes in ("not_done", "stopped") and step.is_open
    # Who is told: by a revoked plan or the end of care once, by a step that an amendment leaves out for itself; whoever acts
    # knows.
    also = {"Omar"} if ended_now else set()
    open_too = {"Omar"} if state == "arm not chosen" else set()
    assert told("ended") == ({"Ana", *also} if way in ("revoked", "entered in error") else set())
    assert told_of_the_end() == ({"Ana", *also, *open_too} if way in ENDS else set())
    left_out = way == "amended, left out" and ended_now
    assert (Reminder.objects.filter(kind="step_ended").count() > before) == left_out
    _check_ahead(board, plan, carried or step, becomes, way, last)
    # Nobody is reminded any more of what has ended, or has been carried over.
    gone = Step.objects.filter(pk=step.pk)
    if becomes in Step.OPEN:
        gone = gone.exclude(pk=(carried or step).pk)
    assert not Reminder.objects.scheduled().filter(step__in=gone, kind__in=("lead", "due", "overdue")).exists()


def told_of_the_end():
    return {row.user.name.split()[0] for row in Notice.objects.filter(kind="care_end").select_related("user")}


def _check_ahead(board, plan, step, becomes, way, last):
    """An open step goes on with its person and its date, one whose arm nobody has chosen with its decision's; else there is the
    reason. Nobody who is in care is on the list of those without either."""
    case = Case.objects.get(pk=plan.case_id)
    ahead = ahead_of(case, board.today)
    assert not nothing_ahead([board]).exists() or last.status == "active" and not way.startswith("amended")
    if way in ENDS:
        assert case.status == "closed" and ahead.next is None
    elif becomes in Step.OPEN:
        expected = step.arm.decision if step.arm else step
        assert ahead.next == expected and expected.assignee is not None and expected.due_on is not None
    elif way == "amended, left out" and ahead.next is not None:
        assert ahead.next.is_decision
    elif last.status != "active" or way.startswith("amended"):
        assert ahead.reason is not None


def test_a_proposed_step_ends_with_its_draft(board, ana):
    draft = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    discard_draft(draft, by=ana, expected_version=draft.version, reason="another patient's")
    assert draft.steps.get().status == "proposed" and not Reminder.objects.filter(step__plan=draft).exists()
