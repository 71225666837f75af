"""Two people put schedules on one plan, or send it to sign-off meanwhile: nothing doubles, and nothing is signed unseen."""

import pytest

from careplans.models import Plan, PlanSchedule
from careplans.models.plan_content import content_hash
from careplans.services.plan_schedules import add_schedule, change_schedule, remove_schedule
from careplans.services.plans import submit_plan
from tests.careplans import makers

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def draft(board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana)


@pytest.fixture
def schedule(board):
    return makers.make_template(board)


def now(row):
    return type(row).objects.get(pk=row.pk)


def adding(draft, schedule, by):
    return lambda: add_schedule(now(draft), by=by, schedule=schedule, counts_from=makers.TODAY(), assignee=by)


def test_two_people_put_the_same_schedule_on_a_plan_once(track, draft, schedule, ana, omar):
    for met in track.rounds(adding(draft, schedule, ana), adding(draft, schedule, omar)):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert PlanSchedule.objects.live().filter(plan=draft).count() == 1, str(met)


def test_what_is_sent_to_sign_off_is_what_stands(track, draft, schedule, ana, omar):
    seen = draft.version

    def submit():
        return submit_plan(Plan.objects.for_editing().get(pk=draft.pk), by=ana, expected_version=seen)

    for met in track.rounds(adding(draft, schedule, omar), submit):
        assert met.is_clean, str(met)
        plan = now(draft)
        if plan.status == "in_signoff":
            rows = list(PlanSchedule.objects.filter(plan=plan).live())
            assert plan.content_hash == content_hash(plan, list(plan.steps.for_plan()), rows), str(met)


def test_a_schedule_is_changed_or_taken_out(track, draft, schedule, ana, omar):
    row = adding(draft, schedule, ana)()

    def change():
        return change_schedule(now(row), by=omar, expected_version=1, assignee=omar)

    def remove():
        return remove_schedule(now(row), by=ana, expected_version=1)

    for met in track.rounds(change, remove):
        assert met.is_clean and sum(met.won) == 1, str(met)
