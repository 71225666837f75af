"""Every page in a real browser, at a desk and on a phone: no axe violation (WCAG 2.2 AA), no overflow, no script error."""

from types import SimpleNamespace

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import reverse

from careplans.models import OutboxMessage, Signature
from careplans.services.care_ends import record_death
from careplans.services.cases import add_prior_treatment
from careplans.services.plan_schedules import add_schedule
from careplans.services.specimens import add_specimen
from modalities.services.loading import load_pages
from tests.browser.conftest import new_page
from tests.careplans import makers
from tests.careplans.importing.sent import adt, bring, pid
from tests.factories import join, make_board, make_project, make_user
from tests.test_url_access import (
    ON_BOARD,
    SIGNED_IN,
    SITE,
    address,
    make_api_system,
    make_attachment,
    make_record_move,
    make_source,
    make_trial,
    make_webhook,
    rule_draft,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# Told of violations alone, axe finds the same ones in two thirds of the time: it describes nothing of what it passed.
OPTIONS = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
# So many that two workers end together.
PARTS = 8
PUBLIC = ["accounts:login", "accounts:password_reset", "accounts:password_reset_done"]
# Not pages: redirects, files, and what other pages take in.
LEAVES = {
    "accounts:password_change_done", "careplans:overrides_csv", "careplans:plan_pdf", "careplans:plan_picture",
    "careplans:report_csv",
    "careplans:report_pack_pdf", "careplans:step_row", "careplans:step_record", "careplans:followup_record",
    "careplans:data_dictionary_csv", "modalities:attachment",
}  # fmt: skip
# A desk, the same at 200 % zoom, and a phone.
WIDTHS = (1440, 720, 390)
# Between a desk and a phone nothing is shown that neither of them shows: there only the width is looked at.
LOOKED_AT = (1440, 390)


@pytest.fixture
def world(transactional_db):
    """One person who may see everything, and one row of each kind; another drafted the plan in force."""
    board = make_board("Northgate")
    chloe = make_user(
        "chloe@northgate.example",
        "Chloe Chair",
        is_administrator=True,
        is_content_editor=True,
        is_content_approver=True,
    )
    join(chloe, board, "chair", "surgery")
    ana = make_user("ana@northgate.example", "Ana Coordinator")
    join(ana, board, "coordinator", "coordination")
    load_pages()
    case = makers.make_case(board, by=chloe)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, steps=2, schedule=makers.make_template(board))
    course = makers.make_course(board, by=ana, chair=chloe, record_number="SYN-13")
    makers.require_disciplines(board, "surgery")
    asked = makers.submit(
        makers.make_plan(makers.make_case(board, by=chloe, record_number="SYN-11"), by=chloe), by=chloe
    )
    draft = makers.make_plan(makers.make_case(board, by=chloe, record_number="SYN-12"), by=chloe, steps=2)
    add_schedule(
        draft, by=chloe, schedule=makers.schedule_of(plan).schedule, counts_from=makers.TODAY(), assignee=chloe
    )
    dead = makers.make_case(board, by=ana, record_number="SYN-14").patient
    end = record_death(dead, by=ana, expected_version=1, source="Ward", year=2026, month=None, day=None)
    things = {
        "institution": board.institution_id, "system": board.institution.systems.get().pk,
        "dead": dead.pk, "end": end.pk, "occurrence": course.occurrences.first().pk,
        "specimen": add_specimen(case, by=ana, decides=False, taken_from="liver").pk,
        "board": board.pk, "patient": case.patient_id, "case": case.pk, "plan": plan.pk, "step": plan.steps.first().pk,
        "draft": draft.pk, "draft_step": draft.steps.first().pk, "draft_schedule": makers.schedule_of(draft).pk,
        "asked": asked.pk, "followup": plan.follow_ups.first().pk,
        "signature": Signature.objects.get(plan=asked).pk, "schedule": makers.schedule_of(plan).schedule_id,
        "slug": "prrt", "one": 1, "report": "concordance", "indicator": "treated-before",
        "message": OutboxMessage.objects.first().pk, "person": chloe.pk, "membership": chloe.memberships.first().pk,
        "statement": "S24", "source": make_source(chloe).number, "trial": make_trial(chloe).pk,
        "zero": 0, "role": "member", "attachment": make_attachment(chloe, "prrt").pk,
        "record_move": make_record_move(board, by=ana).pk, **rule_draft(), "webhook": make_webhook(board, by=chloe).pk,
        **make_api_system(SimpleNamespace(admin=chloe, board=board)),
        "upload": bring(board, ana, adt(pid(record="SYN-15"))).done.pk,
        "project": make_project(board, by=chloe).pk,
        "wide_project": make_project(board.institution, by=chloe).pk,
        "therapy": add_prior_treatment(case, by=ana, modality_code="OSA", response="stable").pk,
    }  # fmt: skip
    return chloe, things


def pages(things):
    yield "api:docs", reverse("api:docs")
    for name, (method, about, *_) in sorted({**ON_BOARD, **SITE, **SIGNED_IN}.items()):
        if method == "get" and name not in LEAVES:
            yield name, address(name, about, things)


def faults(page, name, url):
    """Loaded once: most of the time goes into loading, and nothing but the width of the window differs."""
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    response = page.goto(url)
    found = [] if response.status == 200 else [f"{name}: {response.status}"]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        violations = Axe().run(page, options=OPTIONS).response["violations"] if width in LOOKED_AT else []
        found += [f"{name} at {width}: {v['id']} {[node['target'] for node in v['nodes']][:3]}" for v in violations]
        wide = page.evaluate("document.documentElement.scrollWidth")
        if wide > width:
            found.append(f"{name} at {width}: {wide} px wide")
    return found


@pytest.mark.long
@pytest.mark.parametrize("part", range(PARTS))
def test_every_page_can_be_used_by_everybody(world, desk, part):
    """In parts, which run side by side."""
    chloe, things = world
    page = desk(chloe)
    found = [fault for name, url in list(pages(things))[part::PARTS] for fault in faults(page, name, url)]
    assert found == []
    assert page.problems == []


def test_the_pages_before_signing_in(chromium, live_server, transactional_db):
    page = new_page(chromium, base_url=live_server.url)
    found = [fault for name in PUBLIC for fault in faults(page, name, reverse(name))]
    page.close()
    assert found == []


def test_axe_would_notice(chromium):
    page = new_page(chromium)
    page.set_content("<html><body><main><img src='x.png'><input></main></body></html>")
    names = {violation["id"] for violation in Axe().run(page, options=OPTIONS).response["violations"]}
    page.close()
    assert {"image-alt", "label"} <= names


def test_signing_in_and_reaching_my_work_by_keyboard_alone(world, chromium, live_server):
    """Tab, type, Enter; then the skip link and the first link of the page."""
    page = new_page(chromium, base_url=live_server.url)
    page.goto("/")
    page.locator("body").press("Tab")
    assert page.evaluate("document.activeElement.textContent").strip() == "Skip to main content"
    page.keyboard.press("Enter")
    for text in ("chloe@northgate.example", "a-long-test-password"):
        tab_to(page, "INPUT")
        page.keyboard.type(text)
    page.keyboard.press("Enter")
    page.wait_for_selector("h1:has-text('My work')")
    tab_to(page, "A", within="main")
    assert page.evaluate(
        "getComputedStyle(document.activeElement).outlineStyle + getComputedStyle(document.activeElement).boxShadow"
    )
    page.close()


def tab_to(page, tag, within="body"):
    for _ in range(40):
        page.keyboard.press("Tab")
        here = "(e, w) => e.tagName + (document.querySelector(w).contains(e) ? '+' : '-')"
        if page.evaluate(f"(w) => ({here})(document.activeElement, w)", within) == f"{tag}+":
            return
    raise AssertionError(f"no {tag} was reached by Tab")
