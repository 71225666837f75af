"""A case in care has a dated next thing, or a reason for none; a list holds whoever has neither."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from careplans.models import Case, Event, FollowUp, NothingAhead, Plan, PlanSchedule, Step
from careplans.readers.nothing_ahead import ahead_of, nothing_ahead
from careplans.readers.schedules.plan_schedules import horizon
from careplans.readers.schedules.schedule_dates import plan_dates
from careplans.services.cases import close_case, reopen_case
from careplans.services.followups import add_follow_up, cancel_follow_up, change_follow_up, complete_follow_up
from careplans.services.nothing_ahead import ASKED, record_nothing_ahead
from careplans.services.plan_ending import complete_plan, mark_in_error, revoke_plan
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import draft_plan, edit_plan
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.careplans.makers import OUTCOME, TODAY

pytestmark = pytest.mark.django_db
REASON = {"nothing_ahead_reason": "Followed by the referring clinic."}


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def empty_plan(case, ana, **values):
    """“No treatment now” in sign-off, without a schedule."""
    plan = draft_plan(case, by=ana)
    edit_plan(plan, {"no_treatment": True, "no_treatment_reason": "Small and slow", **values}, by=ana)
    return makers.submit(plan, by=ana)


def ended_steps(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    for step in plan.steps.all():
        skip_step(step, by=ana, expected_version=step.version, reason="progression")
    return Plan.objects.get(pk=plan.pk)


def refused(problem):
    return problem.value.message_dict.get("nothing_ahead_reason") == [ASKED]


def test_no_treatment_without_a_next_date_is_not_released(case, ana, chloe):
    plan = empty_plan(case, ana)
    with pytest.raises(ValidationError) as problem:
        makers.release(plan, by=chloe)
    assert refused(problem) and Plan.objects.get(pk=plan.pk).status == "in_signoff"


def test_a_reason_releases_it_and_stands_for_a_year(board, case, ana, chloe):
    makers.release(empty_plan(case, ana), by=chloe, ahead=REASON)
    reason = NothingAhead.objects.get()
    assert (reason.case, reason.recorded_by, reason.reason) == (case, chloe, REASON["nothing_ahead_reason"])
    assert 364 <= (reason.look_again_on - board.today).days <= 366
    assert Event.objects.filter(case=case, kind="nothing_ahead_recorded", by=chloe).count() == 1
    assert not nothing_ahead([board]).exists()


def test_a_next_date_releases_it_and_has_a_person(case, ana, omar, chloe):
    day = TODAY() + timedelta(days=90)
    ahead = {"next_kind": "rediscussion", "next_on": day, "next_assignee": omar}
    makers.release(empty_plan(case, ana), by=chloe, ahead=ahead)
    follow_up = FollowUp.objects.get(case=case)
    assert (follow_up.kind, follow_up.due_on, follow_up.assignee) == ("rediscussion", day, omar)
    assert ahead_of(case, TODAY()).next == follow_up


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"next_on": TODAY() - timedelta(days=1)}, "next_on"),
        ({"next_kind": ""}, "next_kind"),
        ({"next_assignee": None}, "next_assignee"),
        ({"nothing_ahead_reason": "and a reason"}, "nothing_ahead_reason"),
    ],
)
def test_a_next_date_that_is_incomplete_is_asked_for(case, ana, omar, chloe, change, field):
    ahead = {"next_kind": "visit", "next_on": TODAY() + timedelta(days=9), "next_assignee": omar} | change
    with pytest.raises(ValidationError) as problem:
        makers.release(empty_plan(case, ana), by=chloe, ahead=ahead)
    assert list(problem.value.message_dict) == [field]


def test_the_next_date_is_not_with_somebody_who_only_reads(case, ana, nina, chloe):
    ahead = {"next_kind": "visit", "next_on": TODAY(), "next_assignee": nina}
    with pytest.raises(ValidationError) as problem:
        makers.release(empty_plan(case, ana), by=chloe, ahead=ahead)
    assert list(problem.value.message_dict) == ["next_assignee"]


def test_no_treatment_with_a_schedule_is_released(board, case, ana, chloe):
    plan = draft_plan(case, by=ana)
    edit_plan(plan, {"no_treatment": True, "no_treatment_reason": "Small and slow"}, by=ana)
    makers.add_schedule(plan, by=ana, schedule=makers.make_template(board), counts_from=TODAY(), assignee=ana)
    makers.release(makers.submit(plan, by=ana), by=chloe)
    assert ahead_of(case, board.today).next.case == case


def test_a_plan_is_not_completed_into_nothing(case, ana, chloe):
    plan = ended_steps(case, ana, chloe)
    with pytest.raises(ValidationError) as problem:
        complete_plan(plan, by=chloe, expected_version=plan.version, **OUTCOME)
    assert refused(problem)
    plan = Plan.objects.get(pk=plan.pk)
    complete_plan(plan, by=chloe, expected_version=plan.version, ahead=REASON, **OUTCOME)
    assert Plan.objects.get(pk=plan.pk).status == "completed"


@pytest.mark.parametrize("end", [partial(revoke_plan, reason_code="other"), mark_in_error])
def test_a_plan_is_not_taken_away_without_what_comes_then(case, ana, chloe, end):
    plan = ended_steps(case, ana, chloe)
    with pytest.raises(ValidationError) as problem:
        end(plan, by=chloe, expected_version=plan.version, reason="wrong patient")
    assert refused(problem)
    plan = Plan.objects.get(pk=plan.pk)
    end(plan, by=chloe, expected_version=plan.version, reason="wrong patient", ahead=REASON)
    assert NothingAhead.objects.standing().filter(case=case).exists()


def test_ending_a_plan_asks_again_although_its_release_gave_a_reason(case, ana, chloe):
    plan = makers.release(empty_plan(case, ana), by=chloe, ahead=REASON)
    with pytest.raises(ValidationError) as problem:
        revoke_plan(plan, by=chloe, expected_version=plan.version, reason_code="patient_choice", reason="superseded")
    assert refused(problem)


@pytest.mark.parametrize("verb", ["done", "cancelled"])
def test_the_last_follow_up_asks_what_comes_next(board, case, ana, chloe, verb):
    follow_up = makers.make_follow_up(case, by=ana)
    ended = ended_steps(case, ana, chloe)
    assert ended.status == "active"

    def settle(**ahead):
        row = FollowUp.objects.get(pk=follow_up.pk)
        if verb == "done":
            return complete_follow_up(row, by=ana, expected_version=row.version, done_on=board.today, **ahead)
        return cancel_follow_up(row, by=ana, expected_version=row.version, reason="not needed", **ahead)

    with pytest.raises(ValidationError) as problem:
        settle()
    assert refused(problem) and FollowUp.objects.get(pk=follow_up.pk).is_open
    settle(ahead=REASON)
    assert FollowUp.objects.get(pk=follow_up.pk).status == verb


def test_a_follow_up_that_is_not_the_last_asks_nothing(board, case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    follow_up = makers.make_follow_up(case, by=ana)
    complete_follow_up(follow_up, by=ana, expected_version=follow_up.version, done_on=board.today)


def test_a_follow_up_of_a_case_that_is_not_in_care_asks_nothing(board, case, ana):
    follow_up = makers.make_follow_up(case, by=ana)
    complete_follow_up(follow_up, by=ana, expected_version=follow_up.version, done_on=board.today)


def test_the_list_holds_who_has_neither_and_nobody_else(board, other_board, ana, chloe):
    cases = {
        word: makers.make_case(board, by=ana, record_number=f"SYN-{number}", title=word)
        for number, word in enumerate(("steps", "follow-up", "reason", "nothing", "no plan", "looked at"))
    }
    for word, case in cases.items():
        if word != "no plan":
            ended_steps(case, ana, chloe) if word != "steps" else makers.make_active_plan(case, by=ana, chair=chloe)
    makers.make_follow_up(cases["follow-up"], by=ana)
    record_nothing_ahead(cases["reason"], by=ana, **REASON)
    record_nothing_ahead(cases["looked at"], by=ana, look_again_on=board.today + timedelta(days=1), **REASON)
    assert [case.title for case in nothing_ahead([board])] == ["nothing"]
    NothingAhead.objects.filter(case=cases["looked at"]).update(look_again_on=board.today)
    assert [case.title for case in nothing_ahead([board, other_board])] == ["nothing", "looked at"]
    assert not nothing_ahead([other_board]).exists()


def test_a_reopened_case_that_had_a_plan_is_on_the_list(board, case, ana, chloe):
    plan = ended_steps(case, ana, chloe)
    complete_plan(plan, by=chloe, expected_version=plan.version, ahead=REASON, **OUTCOME)
    case = Case.objects.get(pk=case.pk)
    close_case(case, by=chloe, reason="discharged")
    assert not nothing_ahead([board]).exists() and not NothingAhead.objects.standing().exists()
    reopen_case(case, by=chloe, reason="came back")
    assert list(nothing_ahead([board])) == [case]


def test_a_date_takes_the_place_of_a_reason(board, case, ana, chloe):
    ended_steps(case, ana, chloe)
    case = Case.objects.get(pk=case.pk)
    record_nothing_ahead(case, by=ana, **REASON)
    add_follow_up(case, by=ana, kind="visit", due_on=board.today, assignee=ana)
    assert not NothingAhead.objects.standing().exists()
    with pytest.raises(ValidationError, match="Something dated lies ahead"):
        record_nothing_ahead(case, by=ana, **REASON)


def test_a_reason_given_twice_is_one(case, ana, chloe):
    ended_steps(case, ana, chloe)
    case = Case.objects.get(pk=case.pk)
    assert record_nothing_ahead(case, by=ana, **REASON) == record_nothing_ahead(case, by=ana, **REASON)
    record_nothing_ahead(case, by=chloe, nothing_ahead_reason="Moved to the coast.")
    assert NothingAhead.objects.standing().get().recorded_by == chloe


@pytest.mark.parametrize("days", [0, 400])
def test_a_reason_is_looked_at_again_within_the_boards_time(board, case, ana, chloe, days):
    ended_steps(case, ana, chloe)
    with pytest.raises(ValidationError) as problem:
        record_nothing_ahead(
            Case.objects.get(pk=case.pk), by=ana, look_again_on=board.today + timedelta(days=days), **REASON
        )
    assert list(problem.value.message_dict) == ["look_again_on"]


def test_a_board_may_look_again_sooner(board, case, ana, chloe):
    type(board).objects.update(nothing_ahead_months=3)
    ended_steps(case, ana, chloe)
    reason = record_nothing_ahead(Case.objects.select_related("board").get(pk=case.pk), by=ana, **REASON)
    assert 88 <= (reason.look_again_on - board.today).days <= 93


def test_an_observer_records_no_reason(case, ana, nina, chloe):
    ended_steps(case, ana, chloe)
    with pytest.raises(PermissionDenied):
        record_nothing_ahead(Case.objects.get(pk=case.pk), by=nina, **REASON)


def test_a_case_before_its_first_plan_needs_no_reason(case, ana):
    with pytest.raises(ValidationError, match="not in care yet"):
        record_nothing_ahead(case, by=ana, **REASON)


def _quiet(case, *, by, schedule, **said):
    """A plan without a step, whose follow-ups are all that comes."""
    plan = draft_plan(case, by=by, aim="Watch it")
    edit_plan(plan, {"no_treatment": True, "no_treatment_reason": "Indolent"}, by=by)
    add_schedule(plan, by=by, schedule=schedule, assignee=by, **({"counts_from": case.board.today} | said))
    makers.submit(plan, by=by)
    return Plan.objects.get(pk=plan.pk)


def _lies_behind(board):
    """A schedule of one year that began before the last two, each date of it answered."""
    schedule = makers.make_template(board, kinds=("markers",), every=6, months=12, then="discharge")
    start = board.today - timedelta(days=800)
    [asked] = plan_dates([PlanSchedule(schedule=schedule, counts_from=start)], horizon(board.today))
    past = [{"kind": one.kind, "title": one.title, "day": one.day, "on": None, "fate": "elsewhere"} for one in asked]
    return {"schedule": schedule, "counts_from": start, "past": past}


def test_a_release_that_turns_out_to_leave_nothing_shows_where_to_say_so(board, ana, chloe):
    plan = _quiet(makers.make_case(board, by=ana), by=ana, **_lies_behind(board))
    body = {"version": plan.version, "content_hash": plan.content_hash, "note": ""}
    page = browser(chloe)
    refused = page.post(url("plan_release", plan.pk), body)
    assert refused.status_code == 400
    assert 'name="nothing_ahead_reason"' in refused.content.decode()
    page.post(url("plan_release", plan.pk), body | {"nothing_ahead_reason": "Seen by the GP"})
    assert Plan.objects.get(pk=plan.pk).status == Plan.Status.ACTIVE
    assert NothingAhead.objects.standing().get().reason == "Seen by the GP"


def test_a_release_refused_for_something_else_does_not_ask_what_comes_next(board, ana, chloe):
    plan = _quiet(makers.make_case(board, by=ana), by=ana, schedule=makers.make_template(board, then="discharge"))
    body = {"version": plan.version - 1, "content_hash": plan.content_hash, "note": ""}
    refused = browser(chloe).post(url("plan_release", plan.pk), body)
    assert refused.status_code == 400
    assert 'name="nothing_ahead_reason"' not in refused.content.decode()


def test_what_comes_next_sent_twice_is_one_follow_up(board, case, ana, chloe):
    _without_steps(case, ana, chloe)
    body = {"next_kind": "markers", "next_on": TODAY() + timedelta(days=30), "next_assignee": ana.pk}
    for _ in range(2):
        assert browser(ana).post(url("say_what_comes_next", case.pk), body).status_code == 302
    assert FollowUp.objects.count() == 1


def test_a_mistyped_year_does_not_hide_a_case_for_ever(board, case, ana, chloe):
    _without_steps(case, ana, chloe)
    body = {"next_kind": "markers", "next_on": "2199-12-01", "next_assignee": ana.pk}
    answer = browser(ana).post(url("say_what_comes_next", case.pk), body)
    assert answer.status_code == 400 and "more than 5 years ahead" in answer.content.decode()
    soon = makers.make_follow_up(case, by=ana)
    with pytest.raises(ValidationError, match="more than 5 years ahead"):
        change_follow_up(soon, by=ana, expected_version=soon.version, reason="Later", due_on=date(2199, 12, 1))


def _without_steps(case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    Step.objects.update(status="not_done", due_on=None, reason="progression")
