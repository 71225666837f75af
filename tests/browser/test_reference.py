"""The editorial workflow as its people see it: two editors type at once, somebody else approves."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from modalities.models import Draft, Modality
from modalities.services.drafts import begin_draft
from modalities.services.loading import load_pages
from modalities.services.sourcing import add_source
from tests.browser.conftest import ARTEFACTS
from tests.browser.test_pages import OPTIONS
from tests.factories import make_user
from tests.modalities.makers import NEW, approver, review

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def prrt(edda):
    load_pages()
    add_source(by=edda, title="A trial", publisher="A journal", published_on="2024", accessed_on=edda.joined_at.date())
    return Modality.objects.select_related("current_revision").get(slug="prrt")


def typed(page, label, text):
    page.get_by_label(label, exact=True).fill(text)
    page.get_by_role("button", name="Save", exact=True).click()


def test_two_editors_at_once_lose_no_word(desk, prrt, edda):
    begin_draft(prrt, by=edda)
    one, two = desk(edda), desk(make_user("eli@consilium.example", "Eli Editor", is_content_editor=True))
    for page in (one, two):
        page.goto("/reference/prrt/edit/")
    typed(one, "Goal", "Hers. [—]")
    one.get_by_text("Saved").first.wait_for()
    typed(two, "Goal", "His. [—]")
    two.get_by_text("Edda Editor changed Goal").wait_for()
    assert two.get_by_label("Goal", exact=True).input_value() == "His. [—]"
    assert Draft.objects.get().goal == "Hers. [—]"
    two.screenshot(path=ARTEFACTS / "reference-conflict.png", full_page=True)
    two.get_by_role("button", name="Keep mine").click()
    two.get_by_text("changed Goal").wait_for(state="hidden")
    two.get_by_text("Saved").first.wait_for()
    assert Draft.objects.get().goal == "His. [—]"
    assert one.problems == two.problems == []


@pytest.mark.parametrize("width", [1440, 390])
def test_an_approver_reads_and_decides(desk, prrt, edda, width):
    review(prrt, edda, indication=NEW, goal="It may help. [S24, E1]")
    page = desk(approver(), width=width)
    for name in ("draft/", "revisions/1/withdraw/", "history/", ""):
        page.goto(f"/reference/prrt/{name}")
        check(page, f"reference-{name.strip('/').replace('/', '-') or 'page'}-{width}")
    page.goto("/reference/reviews/")
    check(page, f"reference-reviews-{width}")
    page.goto("/reference/prrt/draft/")
    page.get_by_label("No", exact=True).check()
    page.get_by_label("Why?").fill("Wording only.")
    page.get_by_role("button", name="Approve").click()
    page.get_by_text("is in force").first.wait_for()
    assert Modality.objects.get(pk=prrt.pk).current_revision.number == 2
    assert page.problems == []


@pytest.mark.parametrize("width", [1440, 390])
def test_an_editors_pages(desk, prrt, edda, width):
    begin_draft(prrt, by=edda)
    page = desk(edda, width=width)
    for name in (
        "prrt/edit/",
        "prrt/draft/",
        "prrt/review/",
        "sources/",
        "sources/new/",
        "statements/S24/note/",
        "trials/new/",
        "clinical-trials/",
    ):
        page.goto(f"/reference/{name}")
        check(page, f"reference-editor-{name.strip('/').replace('/', '-')}-{width}")
    assert page.problems == []


def check(page, name):
    ARTEFACTS.mkdir(exist_ok=True)
    page.screenshot(path=ARTEFACTS / f"{name}.png", full_page=True)
    assert Axe().run(page, options=OPTIONS).response["violations"] == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
