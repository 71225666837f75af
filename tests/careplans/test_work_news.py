"""What is new on “My work” since its reader marked all as seen, in which order it stands, and what each role finds there."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Board, User
from accounts.services.work_seen import mark_work_seen
from careplans.models import FollowUp, Plan, Reminder
from careplans.readers.work.lists import my_lists, whole_lists
from careplans.readers.work.order import ORDER, TITLES
from careplans.services import signatures
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.doors import browser, queries_of, url
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"grade": "G2"}, by=ana)
    return case


def work(user):
    return browser(user).get(url("my_work"))


def new_in(user, section):
    rows = work(user).context["sections"].get(section, {"rows": []})["rows"]
    return [bool(row["is_new"] if isinstance(row, dict) else row.is_new) for row in rows]


def seen(user, **ago):
    User.objects.filter(pk=user.pk).update(work_seen_at=timezone.now() - timedelta(**(ago or {"minutes": 1})))
    user.refresh_from_db()


def make_late(row, days):
    day = makers.TODAY() - timedelta(days=days)
    values = {"due_on": day} | ({"due_until": day} if isinstance(row, FollowUp) else {})
    type(row).objects.filter(pk=row.pk).update(**values)


def in_signoff(board, case, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    return makers.submit(makers.make_plan(case, by=ana), by=ana)


def test_nothing_is_called_new_before_its_reader_has_said_once_that_they_have_seen_it(board, case, ana, omar):
    in_signoff(board, case, ana, omar)
    assert new_in(omar, "to_sign") == [False]
    assert "from then on whatever is new says so" in work(omar).content.decode()


def test_a_plan_that_asks_for_a_signature_since_then_is_new(board, case, ana, omar):
    seen(omar)
    in_signoff(board, case, ana, omar)
    assert new_in(omar, "to_sign") == [True]
    page = work(omar).content.decode()
    assert '<span class="c-new">New</span>' in page and "1 new" in page


def test_what_was_there_before_is_not(board, case, ana, omar):
    in_signoff(board, case, ana, omar)
    Plan.objects.update(submitted_at=timezone.now() - timedelta(hours=2))
    Reminder.objects.update(due_at=timezone.now() - timedelta(hours=2))
    seen(omar)
    assert new_in(omar, "to_sign") == [False]
    assert "Nothing new" in work(omar).content.decode()


def test_a_signature_that_was_delegated_since_is_new_to_whom_it_was(board, case, ana, omar, chloe):
    Board.objects.filter(pk=board.pk).update(delegates_may_lack_discipline=True)
    plan = in_signoff(board, case, ana, omar)
    Plan.objects.update(submitted_at=timezone.now() - timedelta(hours=2))
    seen(chloe)
    asked = plan.signatures.select_related("plan", "board").get()
    signatures.delegate_signature(asked, by=omar, to=chloe)
    assert new_in(chloe, "to_sign") == [True]


def test_changed_facts_are_new_by_when_they_changed(case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    seen(chloe)
    save_proforma(case, {"grade": "NEC"}, by=ana)
    assert new_in(chloe, "facts") == [True]


@pytest.mark.parametrize(("ago", "is_new"), [({"days": 1, "hours": 1}, True), ({"minutes": 0}, False)])
def test_what_became_overdue_since_is_new(board, case, ana, ago, is_new):
    """Late from midnight of the board on, whatever day it is looked at."""
    row = makers.make_follow_up(case, by=ana, due_on=makers.TODAY() + timedelta(days=5))
    FollowUp.objects.filter(pk=row.pk).update(created_at=timezone.now() - timedelta(days=30))
    FollowUp.objects.filter(pk=row.pk).update(
        due_on=board.today - timedelta(days=1), due_until=board.today - timedelta(days=1)
    )
    Reminder.objects.all().update(due_at=timezone.now() - timedelta(days=9))
    seen(ana, **ago)
    assert new_in(ana, "overdue") == [is_new]


def test_what_escalated_since_is_new_again(board, case, ana):
    row = makers.make_follow_up(case, by=ana, due_on=makers.TODAY() + timedelta(days=5))
    late = board.today - timedelta(days=board.escalate_days + 1)
    FollowUp.objects.filter(pk=row.pk).update(
        due_on=late, due_until=late, created_at=timezone.now() - timedelta(days=60)
    )
    Reminder.objects.all().update(due_at=timezone.now() - timedelta(days=9))
    seen(ana, days=1, hours=1)
    assert new_in(ana, "overdue") == [True]


def test_marking_says_up_to_when_the_page_was_drawn(board, case, ana, omar):
    seen(omar, hours=1)
    until = work(omar).context["shown_at"]
    in_signoff(board, case, ana, omar)
    browser(omar).post(url("work_seen"), {"until": until})
    assert new_in(omar, "to_sign") == [True]


def test_what_the_page_showed_is_seen(board, case, ana, omar):
    seen(omar, hours=1)
    in_signoff(board, case, ana, omar)
    browser(omar).post(url("work_seen"), {"until": work(omar).context["shown_at"]})
    assert new_in(omar, "to_sign") == [False]
    assert AuditEvent.objects.filter(action="work_seen").count() == 1


def test_an_older_tab_takes_nothing_back(omar):
    older, newer = timezone.now() - timedelta(minutes=9), timezone.now()
    assert mark_work_seen(by=omar, until=newer) is True
    assert mark_work_seen(by=omar, until=older) is False
    omar.refresh_from_db()
    assert omar.work_seen_at == newer


def test_nobody_sees_ahead_of_time(omar):
    mark_work_seen(by=omar, until=timezone.now() + timedelta(days=400))
    omar.refresh_from_db()
    assert omar.work_seen_at <= timezone.now()


NO_MOMENTS = [
    "", "yesterday", "2026-02-31T00:00:00+00:00", "2026-02-03T00:00:00", "9" * 500, "0001-01-01T00:00:00+14:00",
    "0001-01-01T00:00:00+00:00", "1999-12-31T23:59:59Z",
]  # fmt: skip


@pytest.mark.parametrize("sent", ["9999-12-31T23:59:59-14:00", "9999-12-31T23:59:59Z"])
def test_the_last_moment_of_the_calendar_is_now(omar, sent):
    assert "Marked as seen" in browser(omar).post(url("work_seen"), {"until": sent}, follow=True).content.decode()
    omar.refresh_from_db()
    assert omar.work_seen_at <= timezone.now()


@pytest.mark.parametrize("sent", NO_MOMENTS)
def test_what_is_no_moment_marks_nothing_and_says_so(omar, sent):
    answer = browser(omar).post(url("work_seen"), {"until": sent}, follow=True)
    assert "Nothing was marked" in answer.content.decode()
    omar.refresh_from_db()
    assert omar.work_seen_at is None


def test_one_marks_for_oneself_only(omar, ana):
    browser(omar).post(url("work_seen"), {"until": timezone.now().isoformat()})
    ana.refresh_from_db()
    assert ana.work_seen_at is None


def test_the_order_is_that_of_harm():
    names = [section.name for section in ORDER]
    named = ["overdue", "late", "failed_gates", "facts", "to_sign", "to_release", "coming"]
    assert [name for name in names if name in named] == named
    harm = [section.is_harm for section in ORDER]
    assert harm == sorted(harm, reverse=True)


def test_every_list_has_its_place_and_its_name(ana, chloe, nina):
    for user in (ana, chloe, nina):
        placed = {name for section in ORDER for name in section.lists}
        assert set(my_lists(user)) <= placed
        assert set(whole_lists(user)) <= set(TITLES)


def test_a_row_stands_once_where_it_does_most_harm(board, case, ana, chloe, omar):
    step = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar).steps.get()
    make_late(step, 40)
    sections = work(omar).context["sections"]
    shown = [item.row.pk for name in ("overdue", "coming") for item in sections[name]["rows"]]
    assert shown == [step.pk] and sections["overdue"]["rows"]


def test_a_step_that_waits_though_its_day_has_passed_is_still_there(case, ana, chloe, omar):
    _, second, _ = makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)
    make_late(second, 90)
    sections = work(omar).context["sections"]
    assert second.pk not in [item.row.pk for item in sections["overdue"]["rows"]]
    assert second.pk in [item.row.pk for item in sections["coming"]["rows"]]


def test_escalated_stands_before_longer_overdue(board, case, ana):
    first = makers.make_follow_up(case, by=ana, due_on=makers.TODAY() + timedelta(days=1))
    second = makers.make_follow_up(case, by=ana, due_on=makers.TODAY() + timedelta(days=1))
    FollowUp.objects.filter(pk=first.pk).update(
        due_on=board.today - timedelta(days=30), due_until=board.today - timedelta(days=1)
    )
    escalated = board.today - timedelta(days=board.escalate_days + 2)
    FollowUp.objects.filter(pk=second.pk).update(due_on=escalated, due_until=escalated)
    assert [item.row for item in work(ana).context["sections"]["overdue"]["rows"]] == [second, first]


def test_the_summary_leads_to_each_part_with_its_count(board, case, ana, omar):
    in_signoff(board, case, ana, omar)
    page = work(omar).content.decode()
    assert 'href="#to_sign"' in page and 'id="to_sign"' in page


def test_where_nothing_waits_it_says_what_comes_next(case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=makers.TODAY() + timedelta(days=90))
    page = work(omar).content.decode()
    assert "Nothing waits for you" in page and "What comes next is" in page and "Ashdown" in page


def test_an_observer_finds_the_cases_of_their_boards(case, nina, omar):
    page = work(nina)
    assert [one["row"] for one in page.context["sections"]["watched"]["rows"]] == [case]
    assert "watched" not in work(omar).context["sections"]


def test_an_analyst_finds_the_reports_and_no_name(case, anselm):
    page = work(anselm).content.decode()
    assert url("overrides") in page and "Ashdown" not in page and case.title not in page


def test_an_administrator_finds_what_is_unwell_who_waits_and_boards_that_cannot_sign(board, case, admin):
    make_user("new@example.org", "Nadia New", password=None)
    User.objects.filter(email="new@example.org").update(joined_at=None)
    makers.require_disciplines(board, "pathology")
    page = work(admin).content.decode()
    assert "How the system runs" in page and url("operations") in page
    assert "Nadia New" in page and "Not invited yet" in page
    assert "Nobody on this board can sign for pathology" in page
    assert "Ashdown" not in page


def test_an_editor_finds_the_rules_most_kept_open_and_the_pages_most_used(board, case, ana, edda):
    page = work(edda).content.decode()
    assert "Rules most kept open" in page and "Pages most departed from" in page and "Ashdown" not in page
    assert "Rules most kept open" not in work(ana).content.decode()


def test_who_has_several_roles_has_all_of_it_the_most_harmful_first(board, case, ana):
    User.objects.filter(pk=ana.pk).update(is_administrator=True, is_content_editor=True)
    ana.refresh_from_db()
    page = work(ana).content.decode()
    assert page.index("How the system runs") < page.index("Rules most kept open")


def test_the_page_costs_the_same_however_much_is_new(board, case, ana):
    seen(ana, days=3)
    makers.make_follow_up(case, by=ana, due_on=makers.TODAY())
    few = queries_of(browser(ana), url("my_work"))
    for day in range(8):
        makers.make_follow_up(case, by=ana, due_on=makers.TODAY() + timedelta(days=day))
    assert queries_of(browser(ana), url("my_work")) == few
