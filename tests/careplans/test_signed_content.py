"""A released plan whose rows are not what was signed says so wherever it stands, and somebody hears of it within a day."""

import hashlib
import json
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Notice
from careplans.models import Change, Event, Plan, Signature
from careplans.outbox import health, sending
from careplans.readers.served.plans import load_plans
from careplans.readers.signed_content import differs, differs_since
from careplans.services.plan_ending import hold_plan
from careplans.services.plans import amend_plan
from careplans.services.signed_content import AGAIN_AFTER, check_signed_content
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url
from tests.careplans.outbox.mail import Remembering
from tests.rewriting import rewriting, unchecked

pytestmark = pytest.mark.django_db

WORDS = "does not say what was signed"
TAG = "Not what was signed"


@pytest.fixture
def plan(board, ana, chloe, omar):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(makers.make_case(board, by=ana), by=ana), by=ana)
    makers.sign(plan, by=omar)
    return makers.release(plan, by=chloe)


def raw(statement, *values):
    """Past the app and past the database's own refusal."""
    with rewriting(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def change(plan):
    change_back(plan, "Something else")


def change_back(plan, words):
    raw("UPDATE careplans_step SET description = %s WHERE plan_id = %s AND position = 1", words, plan.pk)


def insert(plan):
    """The database lets rows come: a step more than was signed."""
    step = plan.steps.order_by("-position")[0]
    step.pk, step._state.adding, step.position, step.carried_from_id = None, True, step.position + 1, None
    with rewriting():
        step.save(force_insert=True)


def sign_over(plan):
    """Who knows how the fingerprint is made writes it anew; who signed, signed another."""
    plan = Plan.objects.for_content().get(pk=plan.pk)
    raw("UPDATE careplans_plan SET content_hash = %s WHERE id = %s", "0" * 64, plan.pk)


def detailed(plan):
    return Plan.objects.for_detail().get(pk=plan.pk)


def pages(plan, *names):
    return [url(f"{name}", plan.pk) for name in names]


@pytest.mark.parametrize("meddle", [change, insert, sign_over])
def test_every_page_of_the_plan_says_so_at_once(plan, ana, meddle):
    own = pages(plan, "plan", "plan_print", "signoff", "plan_compare")
    before = [WORDS in browser(ana).get(page).content.decode() for page in own]
    meddle(plan)
    after = [WORDS in browser(ana).get(page).content.decode() for page in own]
    assert (before, after) == ([False] * 4, [True] * 4)


def test_it_says_so_beside_the_amendment_it_is_compared_with(plan, ana):
    new = amend_plan(plan, by=ana, reason="new findings", expected_version=plan.version)
    change(plan)
    assert f"Plan {plan.number} {WORDS}" in browser(ana).get(url("plan_compare", new.pk)).content.decode()


def test_the_api_says_so_at_once(plan, ana):
    api = Api(ana)
    path = f"/plans/{plan.pk}/"
    assert api.get(path).data["content_differs_since"] is None
    change(plan)
    assert api.get(path).data["content_differs_since"]
    assert api.get("/plans/").data["results"][0]["content_differs_since"]


def test_lists_and_the_case_say_so_from_the_next_look_on(plan, ana):
    change(plan)
    check_signed_content()
    case, everything = url("case", plan.case_id), url("cases", plan.board_id)
    assert WORDS in browser(ana).get(case).content.decode()
    assert TAG in browser(ana).get(everything).content.decode()


def test_whoever_amends_it_is_told(plan, ana):
    change(plan)
    check_signed_content()
    assert WORDS in browser(ana).get(url("plan_amend", plan.pk)).content.decode()


def test_whoever_records_a_step_of_it_is_told(plan, ana):
    change(plan)
    check_signed_content()
    step = plan.steps.order_by("position")[0]
    assert WORDS in browser(ana).get(url("step_deliver", step.pk)).content.decode()


def test_a_plan_on_hold_and_one_that_ended_are_looked_at_too(plan, ana):
    hold_plan(plan, by=ana, expected_version=plan.version, reason="a trip")
    change(plan)
    check_signed_content()
    assert Plan.objects.get(pk=plan.pk).content_differs_since


def test_the_mark_moves_the_version_and_when_it_changed(plan):
    change(plan)
    before = Plan.objects.get(pk=plan.pk)
    check_signed_content()
    after = Plan.objects.get(pk=plan.pk)
    assert after.version == before.version + 1
    assert after.updated_at > before.updated_at


def test_it_is_in_the_timeline_and_the_audit_trail_once(plan):
    change(plan)
    check_signed_content()
    look_again()
    assert Event.objects.filter(plan=plan, kind="content_differs", by=None).count() == 1
    assert AuditEvent.objects.filter(action="content_differs", subject_id=str(plan.pk)).count() == 1


def look_again():
    Plan.objects.update(content_checked_at=timezone.now() - AGAIN_AFTER - timedelta(minutes=1))
    return check_signed_content()


def test_chairs_and_coordinators_are_told_once(plan, ana, chloe, nina, settings):
    change(plan)
    check_signed_content()
    look_again()
    sending.send_due(open_mail=Remembering())
    told = Notice.objects.filter(text__contains=WORDS).values_list("user", flat=True)
    assert sorted(told) == sorted([ana.pk, chloe.pk])


UNREADABLE = [
    ("a list that is none", "UPDATE careplans_step SET goals = 'null' WHERE plan_id = %s AND position = 1"),
    ("a figure for a list", "UPDATE careplans_step SET goals = '3' WHERE plan_id = %s AND position = 1"),
    ("mixed kinds", "UPDATE careplans_step SET goals = '[1, \"a\"]' WHERE plan_id = %s AND position = 1"),
]
if connection.vendor == "sqlite":
    UNREADABLE += [
        ("no JSON", "UPDATE careplans_step SET goals = '[' WHERE plan_id = %s AND position = 1"),
        ("no day", "UPDATE careplans_step SET planned_start = '2026-99-99' WHERE plan_id = %s AND position = 1"),
    ]


@pytest.mark.parametrize("statement", [pytest.param(sql, id=name) for name, sql in UNREADABLE])
def test_one_that_cannot_be_read_is_marked_and_the_others_are_looked_at(plan, board, ana, chloe, omar, statement):
    other = makers.submit(makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana), by=ana)
    makers.sign(other, by=omar)
    makers.release(other, by=chloe)
    change(other)
    with rewriting(), unchecked(), connection.cursor() as cursor:
        cursor.execute(statement, [plan.pk])
    assert check_signed_content() == 2
    assert set(Plan.objects.exclude(content_differs_since=None).values_list("pk", flat=True)) == {plan.pk, other.pk}
    assert Event.objects.filter(kind="content_differs").count() == 2
    assert (look_again(), Event.objects.filter(kind="content_differs").count()) == (2, 2)


def test_the_page_and_the_api_say_so_of_one_that_cannot_be_read(plan, ana):
    raw("UPDATE careplans_step SET goals = 'null' WHERE plan_id = %s AND position = 1", plan.pk)
    assert WORDS in browser(ana).get(url("plan", plan.pk)).content.decode()
    assert Api(ana).get("/plans/").data["results"][0]["content_differs_since"]


def test_health_says_it_without_a_name(plan, client):
    assert not [one for one in health.read().problems if "signed" in one]
    change(plan)
    check_signed_content()
    assert [one for one in health.read().problems if one.startswith("1 plan does not say what was signed")]


def test_it_is_cleared_with_history_when_it_matches_again(plan, ana):
    words = plan.steps.order_by("position")[0].description
    change(plan)
    check_signed_content()
    change_back(plan, words)
    look_again()
    assert Plan.objects.get(pk=plan.pk).content_differs_since is None
    assert Event.objects.filter(plan=plan, kind="content_matches", by=None).count() == 1
    assert not health.read().differing


def test_each_plan_has_its_turn_and_none_two_in_a_day(plan, board, ana, chloe):
    for number in "23":
        draft = makers.make_plan(makers.make_case(board, by=ana, record_number=f"SYN-{number}"), by=ana)
        Signature.objects.filter(plan=draft).delete()
        Plan.objects.filter(pk=draft.pk).update(released_at=timezone.now())
    assert [check_signed_content(2), check_signed_content(2), check_signed_content(2)] == [2, 1, 0]
    assert look_again() == 3


def test_what_was_never_in_force_may_change(board, ana):
    draft = makers.submit(makers.make_plan(makers.make_case(board, by=ana), by=ana), by=ana)
    change(draft)
    assert not differs(detailed(draft))
    assert check_signed_content() == 0


def test_looking_costs_no_query_where_the_plan_is_loaded(plan, django_assert_num_queries):
    for rows, load in (
        (Plan.objects.for_detail(), None), (Plan.objects.for_api(), load_plans), (Plan.objects.for_content(), None),
    ):  # fmt: skip
        loaded = rows.get(pk=plan.pk)
        if load:
            load([loaded])
        with django_assert_num_queries(0):
            assert differs_since(loaded) is None


def queries_of_a_tick():
    with CaptureQueriesContext(connection) as captured:
        check_signed_content()
    return len(captured)


def test_a_tick_costs_the_same_for_two_plans_and_for_six(plan, board, ana):
    def more(numbers):
        for number in numbers:
            draft = makers.make_plan(makers.make_case(board, by=ana, record_number=f"SYN-{number}"), by=ana)
            makers.submit(draft, by=ana)
            Plan.objects.filter(pk=draft.pk).update(released_at=timezone.now(), status="active")

    more("2")
    few = queries_of_a_tick()
    more("3456")
    Plan.objects.update(content_checked_at=None)
    assert queries_of_a_tick() == few


# What a signature covered before target size, courses, arms, monitoring and schedules of steps could be said.


def test_a_plan_that_was_signed_by_the_first_list_of_contents_stays_clean(plan):
    """Its fingerprint as the first release wrote it: what came to the list since is absent where nobody said it."""
    content = first_content(Plan.objects.for_content().get(pk=plan.pk))
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    old = hashlib.sha256(text.encode()).hexdigest()
    raw("UPDATE careplans_plan SET content_hash = %s WHERE id = %s", old, plan.pk)
    raw("UPDATE careplans_signature SET content_hash = %s WHERE plan_id = %s", old, plan.pk)
    assert not differs(detailed(plan))
    check_signed_content()
    assert Plan.objects.get(pk=plan.pk).content_differs_since is None


def first_content(plan):
    """As the first release listed it, written out: nothing here follows the list of today."""
    schedule = plan.standing_schedules[0] if plan.standing_schedules else None
    return {
        "case": plan.case_id, "number": plan.number, "content_version": plan.content_version, "aim": plan.aim,
        "no_treatment": plan.no_treatment, "no_treatment_reason": plan.no_treatment_reason,
        "amendment_reason": plan.amendment_reason,
        "follow_up_schedule_id": schedule and schedule.schedule_id,
        "follow_up_from": schedule and schedule.counts_from.isoformat(),
        "follow_up_assignee_id": schedule and schedule.assignee_id,
        "steps": [first_step(step) for step in plan.steps.all()],
    }  # fmt: skip


def first_step(step):
    names = (
        "position", "phase", "modality_code", "description", "target", "target_mm", "owner_id", "only_if", "stop_when",
        "rationale", "alternatives",
    )  # fmt: skip
    days = ("planned_start", "planned_end", "not_before")
    revision = step.modality_revision
    return {
        **{name: getattr(step, name) for name in names},
        **{name: day.isoformat() if (day := getattr(step, name)) else None for name in days},
        "goals": sorted(step.goals), "after_place": None,
        "revision": f"{revision.modality_id}/{revision.number}/{revision.sha256}" if revision else None,
    }  # fmt: skip


def test_a_look_that_finds_nothing_moves_nothing_for_those_who_follow_changes(plan):
    before = list(Change.objects.order_by("pk").values_list("pk", "at"))
    assert check_signed_content() == 1
    assert list(Change.objects.order_by("pk").values_list("pk", "at")) == before
