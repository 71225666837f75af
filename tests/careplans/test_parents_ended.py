"""No verb acts on what belongs to a plan or a case that has ended.

Each verb is carried out first while its parent is open, so that what refuses it afterwards is the end and nothing else; then
twice, on the rows as they were read before the end, as they stand on somebody's screen, and as they are read after it.
"""

from copy import deepcopy
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import transaction

from careplans.models import Case, Plan, Reminder
from careplans.reminders.requests import send_again, snooze
from careplans.services.cases import move_case
from careplans.services.followups import complete_follow_up
from careplans.services.plan_ending import revoke_plan
from careplans.services.step_progress import skip_step
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.verbs import OF_CASE, OF_PLAN
from tests.careplans.worlds import make_world, read
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db

CASE_ENDS = ("closed", "declined", "withdrawn")
# What a plan has become meanwhile, from the stage at which the verb belongs to it.
PLAN_ENDS = {
    "in force": ("superseded", "completed", "revoked", "entered_in_error"),
    "in sign-off": ("draft", "active", "superseded", "revoked", "entered_in_error"),
    "draft": ("active", "superseded", "completed", "revoked", "entered_in_error"),
}


@pytest.fixture
def world(board, ana, omar, ravi, chloe):
    """Makes a case at a stage of its plan, and reads its rows as often as it is asked."""
    people = {"ana": ana, "omar": omar, "chloe": chloe}

    def make(stage):
        case = make_world(board, stage, **people)
        return lambda: read(case, ravi=ravi, **people)

    return make


def refused(verb, rows):
    """Whether the verb is refused. What it would have done is taken back, in the database and in the rows at hand."""
    try:
        with transaction.atomic():
            verb.act(deepcopy(rows))
            transaction.set_rollback(True)
    except (Conflict, ValidationError):
        return True
    return False


def at(stage, verbs):
    return {name: verb for name, verb in verbs.items() if verb.stage == stage}


@pytest.mark.parametrize("stage", PLAN_ENDS)
def test_nothing_acts_on_what_belongs_to_an_ended_plan(world, stage):
    verbs, read_rows, wrong = at(stage, OF_PLAN), world(stage), []
    before = read_rows()
    assert [name for name, verb in verbs.items() if refused(verb, before)] == []
    for end in PLAN_ENDS[stage]:
        # A step that waits in an amendment is open in a superseded plan; others are what only an error leaves behind.
        with rewriting():
            Plan.objects.update(status=end, content_hash="0" * 64, end_reason="-")
        for when, rows in (("read before", before), ("read after", read_rows())):
            wrong += [f"{name}: {end}, {when}" for name, verb in verbs.items() if not refused(verb, rows)]
    assert not wrong, "\n".join(["carried out all the same:", *wrong])


@pytest.mark.parametrize("stage", sorted({verb.stage for verb in OF_CASE.values()}))
def test_nothing_acts_on_what_belongs_to_an_ended_case_but_what_settles_it(world, stage):
    verbs, read_rows, wrong = at(stage, OF_CASE), world(stage), []
    before = read_rows()
    assert [name for name, verb in verbs.items() if refused(verb, before)] == []
    for end in CASE_ENDS:
        Case.objects.update(status=end, close_reason="died" if end == "closed" else "")
        for when, rows in (("read before", before), ("read after", read_rows())):
            wrong += [f"{name}: {end}, {when}" for name, verb in verbs.items() if refused(verb, rows) == verb.settles]
    assert not wrong, "\n".join(["the other way round than it should be:", *wrong])


@pytest.mark.parametrize(("begun", "end"), [("referred", "declined"), ("returned", "withdrawn")])
@pytest.mark.parametrize("what", ["plan", "follow-up"])
def test_a_case_does_not_end_while_something_of_it_is_open(board, ana, begun, end, what):
    case = makers.make_case(board, by=ana)
    if what == "plan":
        makers.make_plan(case, by=ana)
    else:
        makers.make_follow_up(case, by=ana)
    Case.objects.filter(pk=case.pk).update(status=begun)
    with pytest.raises(ValidationError, match="still open"):
        move_case(case, end, by=ana, reason="Sent elsewhere")
    assert Case.objects.get(pk=case.pk).status == begun


def test_no_reminder_of_a_step_that_was_revoked_with_its_plan_is_put_off(board, ana, chloe):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    revoke_plan(
        plan,
        by=chloe,
        expected_version=plan.version,
        reason_code="patient_choice",
        reason="another patient's",
        ahead=makers.NOTHING_AHEAD,
    )
    with pytest.raises((ValidationError, Conflict)):
        snooze(plan.steps.get(), by=ana, until=board.today + timedelta(days=3), reason="booked")
    assert not Reminder.objects.scheduled().filter(step__plan=plan).exists()


def test_no_reminder_of_a_step_that_is_not_done_is_put_off_or_sent_again(world, ana):
    rows = world("in force")()
    skip_step(rows.planned, by=ana, expected_version=rows.planned.version, reason="progression")
    with pytest.raises((ValidationError, Conflict)):
        snooze(rows.planned, by=ana, until=rows.day, reason="booked")
    with pytest.raises(ValidationError):
        send_again(rows.of_step, by=ana)


def test_no_reminder_of_a_follow_up_that_is_done_is_put_off_or_sent_again(world, ana):
    rows = world("without a plan")()
    complete_follow_up(rows.follow_up, by=ana, expected_version=rows.follow_up.version, done_on=rows.today)
    with pytest.raises((ValidationError, Conflict)):
        snooze(rows.follow_up, by=ana, until=rows.day, reason="booked")
    with pytest.raises(ValidationError):
        send_again(rows.of_follow_up, by=ana)
