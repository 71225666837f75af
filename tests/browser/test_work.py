"""My work, a board's page, notices and the header of a case with something on each: axe, widths, and marking all as seen."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import User
from accounts.services.notices import add_notice
from careplans.models import FollowUp
from careplans.services.proforma import save_proforma
from tests.browser.test_pages import faults
from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def busy(board, ana, chloe, omar):
    case = makers.make_case(board, by=ana)
    facts = {"functional_status": "functional", "syndrome": "carcinoid_syndrome", "hormone_symptoms_controlled": "no"}
    save_proforma(case, facts | {"grade": "NEC", "heart_disease": "mild", "egfr_ml_min": "58"}, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, steps=2, owner=omar)
    save_proforma(case, {"grade": "G2"}, by=ana)
    late = makers.make_follow_up(case, by=omar, assignee=ana)
    FollowUp.objects.filter(pk=late.pk).update(
        due_on=board.today - timedelta(days=30), due_until=board.today - timedelta(days=20)
    )
    makers.make_follow_up(case, by=omar, assignee=ana, due_on=board.today + timedelta(days=4), kind="rediscussion")
    makers.require_disciplines(board, "radiology")
    other = makers.make_case(board, by=ana, record_number="SYN-2", title="Rectal NET")
    makers.submit(makers.make_plan(other, by=ana), by=ana)
    for number, one in enumerate((case, other)):
        add_notice(ana, "due", "Ashdown, Synthetic. Due: a visit.", f"/cases/{one.pk}/", f"k{number}", board=board)
    User.objects.update(work_seen_at=timezone.now() - timedelta(hours=1))
    return plan


def test_the_pages_that_one_sees_first_can_be_used_by_everybody(desk, busy, board, ana, nina, anselm, admin, edda):
    found = []
    for user in (ana, nina, anselm, admin, edda):
        page = desk(user)
        paths = {"work": "/", "notices": "/notices/", "unread": "/notices/?show=unread"}
        if user in (ana, nina, anselm):
            paths["board"] = f"/boards/{board.pk}/"
        if user == ana:
            paths["plan"] = f"/plans/{busy.pk}/"
        found += [f"{user.name}: {fault}" for name, path in paths.items() for fault in faults(page, name, path)]
        found += page.problems
    assert found == []


def test_one_click_marks_all_as_seen(desk, busy, ana):
    page = desk(ana)
    expect(page.get_by_text("New", exact=True).first).to_be_visible()
    page.get_by_role("button", name="Mark all as seen").click()
    expect(page.get_by_text("Marked as seen", exact=False)).to_be_visible()
    expect(page.get_by_text("Nothing new since", exact=False)).to_be_visible()
    expect(page.get_by_text("New", exact=True)).to_have_count(0)


def test_a_number_above_leads_to_its_part_by_keyboard(desk, busy, ana):
    page = desk(ana)
    page.get_by_label("What waits").get_by_role("link", name="Overdue 1").press("Enter")
    page.wait_for_url("/#overdue")
    expect(page.get_by_role("heading", name="Overdue 1")).to_be_in_viewport()
