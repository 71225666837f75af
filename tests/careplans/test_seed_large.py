"""A large board obeys the rules that the services keep; 200 plans show it as well as 100,000."""

from datetime import UTC, datetime, time, timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.db.models import Count, F
from django.utils import timezone

from accounts.models import AuditEvent, Board, Membership
from careplans.demo.large.board import Size, make_large
from careplans.demo.large.inserting import made
from careplans.models import (
    Case,
    Event,
    FollowUp,
    OutboxMessage,
    Patient,
    Plan,
    PlanSchedule,
    Reminder,
    Signature,
    Step,
)
from careplans.models.plan_content import content_hash
from careplans.readers.known import Known, ask, rows_known, settled_now
from careplans.readers.timeline import entries

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def large(module_db):
    with module_db():
        make_large(Size(200, 1, "Many"), say=lambda line: None)
        return Board.objects.get(name="Many")


def test_it_has_exactly_so_many_plans_in_many_states(large):
    plans = Plan.objects.filter(board=large)
    assert plans.count() == 200
    assert set(plans.values_list("status", flat=True)) >= {"draft", "in_signoff", "active", "completed", "superseded"}


def test_every_hash_is_that_of_the_rows():
    for plan in Plan.objects.exclude(content_hash=""):
        assert plan.content_hash == content_hash(
            plan, list(Step.objects.filter(plan=plan).for_plan()), list(PlanSchedule.objects.filter(plan=plan).live())
        )
        assert set(plan.signatures.values_list("content_hash", "content_version")) == {
            (plan.content_hash, plan.content_version)
        }


def test_what_is_in_force_was_signed_by_every_required_discipline():
    for plan in Plan.objects.in_force():
        assert plan.signatures.filter(status="approved").count() == 3
        assert plan.released_at > plan.submitted_at


def test_a_superseded_plan_has_a_successor_that_carries_its_steps():
    superseded = Plan.objects.filter(status="superseded")
    assert superseded.exists()
    for plan in superseded:
        successor = plan.amendments.get()
        carried = Step.objects.filter(plan=successor).values_list("carried_from", flat=True)
        assert set(carried) == set(plan.steps.values_list("pk", flat=True))


def test_steps_are_numbered_without_gaps():
    for plan in Plan.objects.prefetch_related("steps"):
        assert [step.position for step in plan.steps.all()] == list(range(1, plan.steps.count() + 1))


def test_a_completed_plan_has_no_open_step_and_a_closed_case_no_open_follow_up():
    assert not Step.objects.open().filter(plan__status="completed").exists()
    assert Case.objects.filter(status="closed").exists()
    assert not FollowUp.objects.open().filter(case__status="closed").exists()


def test_whatever_is_open_has_a_reminder_ahead():
    ahead = Reminder.objects.filter(status="scheduled", due_at__gt=timezone.now())
    late = timezone.now().date() - timedelta(days=12)
    steps = Step.objects.waiting().filter(due_on__gt=late).values_list("pk", flat=True)
    assert set(steps) <= set(ahead.values_list("step", flat=True))
    assert Step.objects.waiting().count() > 20


def test_nothing_waits_to_be_delivered_at_once():
    due = OutboxMessage.objects.filter(status="pending", due_at__lte=timezone.now())
    assert not due.exists()
    assert Signature.objects.awaited().exists()


def test_the_people_of_the_demo_sit_on_it(large):
    assert Membership.objects.filter(board=large, user__email="coordinator@consilium.example").exists()


def test_the_same_seed_makes_the_same_board(large):
    make_large(Size(200, 1, "Many more"), say=lambda line: None)
    twin = Board.objects.get(name="Many more")

    def told(board):
        steps = Step.objects.filter(board=board).order_by("id")
        states = Plan.objects.filter(board=board).values("status").annotate(n=Count("pk")).order_by("status")
        return list(states), list(steps.values_list("status", "modality_code", "due_on"))

    assert told(twin) == told(large)


def test_a_name_that_is_taken_is_refused():
    with pytest.raises(ValidationError, match="--board"):
        make_large(Size(10, 1, "Many"), say=lambda line: None)


def test_what_stands_on_the_timeline_of_the_last_year_is_in_the_audit_trail(large):
    told = Event.objects.filter(board=large).values_list("kind", "at", "by")
    kept = AuditEvent.objects.filter(board_id=large.pk, subject_type__in=["case", "plan", "step"]).exclude(
        action__in=["read", "list"]
    )
    assert sorted(told) == sorted(kept.values_list("action", "at", "actor"))
    assert {"step_added", "plan_answered", "step_moved", "plan_moved"} <= {kind for kind, _, _ in told}


def test_members_of_the_board_have_read_its_plans_and_lists_in_time(large):
    rows = AuditEvent.objects.filter(board_id=large.pk, action__in=["read", "list"])
    assert rows.count() > 200 * 20
    assert not rows.filter(at__gt=timezone.now()).exists()
    assert set(rows.values_list("actor", flat=True)) <= set(large.memberships.values_list("user", flat=True))
    shown = {pk for data in rows.filter(action="list").values_list("data", flat=True) for pk in data["ids"]}
    assert shown == set(Case.objects.filter(board=large).values_list("pk", flat=True))


def test_the_trail_is_in_the_order_of_its_moments(large):
    moments = list(
        AuditEvent.objects.filter(board_id=large.pk, action="read").order_by("id").values_list("at", flat=True)
    )
    assert moments == sorted(moments)


@pytest.mark.parametrize("change", [lambda rows: rows.update(label="other"), lambda rows: rows.delete()])
def test_the_trail_refuses_to_be_changed_as_ever(large, change):
    with pytest.raises(DatabaseError), transaction.atomic():
        change(AuditEvent.objects.filter(board_id=large.pk))


def test_every_sentence_of_its_timelines_can_be_told(large):
    for case in Case.objects.filter(board=large)[:20]:
        assert all(str(entry) for entry in entries(Event.objects.filter(case=case).for_timeline()))


@pytest.mark.parametrize("model", [Patient, Plan, Step])
def test_a_row_made_quickly_is_the_row_that_its_model_makes(model):
    told = {"board_id": 7, "version": 3} if model is not Patient else {"family_name": "Bell"}
    quick, plain = made(model, **told), model(**told)
    assert {name: value for name, value in vars(quick).items() if name != "_state"} == {
        name: value for name, value in vars(plain).items() if name != "_state"
    }
    assert quick._state.adding


def test_it_is_made_by_a_command(large):
    out = StringIO()
    call_command("seed_demo", yes=True, plans=3, board="By command", stdout=out)
    assert "By command: 3 plans." in out.getvalue()
    assert Plan.objects.filter(board__name="By command").count() == 3


@pytest.mark.parametrize(("plans", "words"), [(0, "1 or more"), (3, "--board")])
def test_the_command_says_what_is_wrong(large, plans, words):
    with pytest.raises(CommandError, match=words):
        call_command("seed_demo", yes=True, plans=plans, board="Many")


def test_rows_were_something_else_before_they_became_what_they_are(large):
    """As of the day before each change, by the record as it was known."""
    step = Step.objects.filter(status="completed").order_by("pk").last()
    started, ended = (datetime.combine(day, time(9), UTC) for day in (step.started_on, step.ended_on))
    held = [rows_known(Step, Known(moment), pk=step.pk)[0] for moment in (started, ended)]
    assert [(row.status, row.started_on, row.ended_on, row.response) for row in held] == [
        ("planned", None, None, "not_recorded"), ("in_progress", step.started_on, None, "not_recorded"),
    ]  # fmt: skip
    plan = Plan.objects.filter(status="completed", ended_at__gt=F("released_at")).order_by("pk").last()
    moments = (plan.created_at, plan.submitted_at, plan.released_at, plan.ended_at)
    known = [rows_known(Plan, Known(moment + timedelta(hours=1)), pk=plan.pk)[0] for moment in moments]
    assert [row.status for row in known] == ["draft", "in_signoff", "active", "completed"]
    assert rows_known(Plan, Known(plan.created_at - timedelta(hours=1)), pk=plan.pk) == []


def test_of_today_the_past_says_what_stands(large):
    now = settled_now()
    for model in (Plan, Step, Signature, FollowUp):
        asked = f"SELECT status, count(*) AS rows FROM {{{model._meta.model_name}}} GROUP BY status"
        told = [{row["status"]: row["rows"] for row in ask(asked, known, {})} for known in (Known(), Known(now))]
        assert told[0] == told[1] != {}
