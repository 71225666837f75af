"""The timeline in chapters, and what is small folded."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from careplans.models import Event, Plan
from careplans.readers.timeline import VERBS, TimelineEntry
from careplans.readers.told.chapters import CHAPTERS, OPENERS, SMALL, fold_small, in_chapters, span
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of, url

ANA, OMAR = User(pk=1, name="Ana"), User(pk=2, name="Omar")
BEGAN = datetime(2026, 11, 3, 9, tzinfo=UTC)


def event(kind, *, new="", old="", by=ANA, day=0, plan=None):
    row = Event(kind=kind, new=new, old=old, by=by, plan=Plan(pk=plan, number=plan) if plan else None)
    row.at = BEGAN + timedelta(days=day)
    return row


def told(*events):
    """Written from the oldest on, as they happened."""
    return [TimelineEntry(one) for one in reversed(events)]


def titles(parts):
    return [part.title for part in parts]


def test_every_kind_of_event_is_of_a_chapter():
    assert set(CHAPTERS) == set(VERBS)


def test_what_opens_a_chapter_and_what_is_small_are_kinds_of_event():
    assert set(OPENERS) | set(SMALL) <= set(VERBS)
    assert not set(OPENERS) - {"case_moved", "plan_moved"} & set(SMALL)


def test_a_case_is_told_as_diagnosis_board_treatment_and_change():
    parts = in_chapters(
        told(
            event("case_opened", new="accepted"), event("facts_changed"), event("case_moved", old="accepted", new="listed"),
            event("plan_drafted", plan=1), event("step_added", plan=1), event("plan_moved", new="in_signoff", plan=1),
            event("plan_moved", old="in_signoff", new="active", plan=1), event("step_moved", new="in_progress", plan=1),
            event("facts_changed"), event("plan_amends", plan=2), event("plan_answered", plan=2),
            event("plan_moved", old="in_signoff", new="active", plan=2),
        )
    )  # fmt: skip
    assert titles(parts) == ["Treatment: plan 2", "Change: plan 2", "Treatment: plan 1", "Board: plan 1", "Diagnosis"]
    assert [part.count for part in parts] == [1, 2, 3, 4, 2]


def test_a_plan_that_goes_on_after_a_pause_begins_no_chapter():
    released = event("plan_moved", old="in_signoff", new="active", plan=1)
    paused, resumed = (
        event("plan_moved", new="on_hold", plan=1),
        event("plan_moved", old="on_hold", new="active", plan=1),
    )
    assert len(in_chapters(told(released, paused, resumed))) == 1


def test_a_page_that_begins_in_the_midst_of_a_chapter_says_so():
    before = event("plan_moved", old="in_signoff", new="active", plan=1)
    [part] = in_chapters(told(event("step_moved", new="completed", plan=1)), before, is_last=False)
    assert part.title == "Treatment: plan 1" and part.goes_on


def test_where_nothing_opened_the_first_event_says_which_chapter_it_is():
    assert titles(in_chapters(told(event("facts_changed")))) == ["Diagnosis"]
    assert in_chapters([]) == []


def test_small_steps_in_a_row_are_one_line_with_who_and_when():
    lines = fold_small(
        told(
            event("plan_drafted"),
            event("facts_changed"),
            event("step_edited", by=OMAR, day=4),
            event("plan_answered", day=4),
        )
    )
    assert [type(line).__name__ for line in lines] == ["TimelineEntry", "Small", "TimelineEntry"]
    assert lines[1].title == "2 small changes by Omar and Ana, 3 to 7 Nov 2026"


def test_one_small_step_alone_is_told_as_it_is():
    lines = fold_small(told(event("facts_changed")))
    assert [type(line).__name__ for line in lines] == ["TimelineEntry"]


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "3 Nov 2026"), (4, "3 to 7 Nov 2026"), (30, "3 Nov to 3 Dec 2026"), (90, "3 Nov 2026 to 1 Feb 2027")],
)
def test_a_span_says_no_more_than_it_must(days, words):
    assert span(BEGAN, BEGAN + timedelta(days=days)) == words


# The page


@pytest.fixture
def plan(board, ana, chloe):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)


def page(user, case, query=""):
    return browser(user).get(url("timeline", case.pk) + query)


@pytest.mark.django_db
def test_the_newest_chapter_stands_open_and_the_others_are_folded(plan, ana):
    shown = page(ana, plan.case).content.decode()
    assert shown.count('<details class="c-chapter"') >= 3 and shown.count('<details class="c-chapter" open>') == 1
    assert shown.index("Treatment: plan 1") < shown.index("Board: plan 1") < shown.index(">Diagnosis<")


@pytest.mark.django_db
def test_a_filtered_timeline_is_one_list(plan, ana):
    shown = page(ana, plan.case, "?show=decisions")
    assert shown.context["parts"] == [] and shown.context["lines"]
    assert "c-chapter" not in shown.content.decode()


@pytest.mark.django_db
def test_nothing_of_a_kind_says_so(plan, ana):
    case = makers.make_case(plan.board, by=ana, record_number="SYN-2")
    assert "Nothing of this kind happened yet" in page(ana, case, "?show=delivery").content.decode()


@pytest.mark.django_db
def test_the_page_of_older_events_knows_its_chapter_by_one_more_query(plan, ana, chloe):
    path = url("timeline", plan.case_id)
    few = queries_of(browser(ana), path)
    Event.objects.bulk_create(
        Event(board=plan.board, case=plan.case, plan=plan, kind="advisory_answered", by=ana) for _ in range(60)
    )
    assert queries_of(browser(ana), path) <= few + 1
    [part] = page(ana, plan.case).context["parts"]
    assert part.title == "Treatment: plan 1" and part.goes_on
    older = browser(ana).get(path + page(ana, plan.case).context["page"].next_url)
    assert [one.title for one in older.context["parts"]][:2] == ["Treatment: plan 1", "Board: plan 1"]


@pytest.mark.django_db
def test_an_amendment_is_a_change(plan, ana):
    amend_plan(plan, by=ana, reason="Progress", expected_version=Plan.objects.get(pk=plan.pk).version)
    assert [one.title for one in page(ana, plan.case).context["parts"]][:2] == ["Change: plan 2", "Treatment: plan 1"]


@pytest.mark.django_db
def test_facts_are_told_with_their_units(plan, ana):
    save_proforma(plan.case, {"ki67_percent": "12"}, by=ana)
    assert "Ki-67: not recorded → 12 %" in page(ana, plan.case).content.decode()
