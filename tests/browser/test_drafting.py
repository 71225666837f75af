"""How much work it is to draft a plan of five steps: every page that is opened, every click, every key that is pressed. The table
in docs/usability.md is what stands here."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from careplans.models import Advisory, Plan
from careplans.plan_templates.loading import load_templates
from careplans.services.proforma import save_proforma
from tests.browser.acts import button
from tests.careplans import makers
from tests.factories import join, make_user

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]


class Hands:
    """Somebody at a desk whose clicks and keys are counted, each one; and the pages that come."""

    def __init__(self, page):
        self.page, self.clicks, self.keys, self.pages = page, 0, 0, 0
        page.on("load", lambda _: self._came())

    def _came(self):
        self.pages += 1

    def click(self, what):
        what.click()
        self.clicks += 1

    def press(self, *keys):
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def type(self, words):
        self.page.keyboard.type(words)
        self.keys += len(words)

    def day(self, days):
        """As eight digits, in the order of the field of a browser that speaks American English, as this one does."""
        self.type(f"{date.today() + timedelta(days=days):%m%d%Y}")


@pytest.fixture
def board(cast):
    """With one person for each discipline of the plan."""
    for first, discipline in (("Ingrid", "interventional_radiology"), ("Noor", "nuclear_medicine")):
        join(make_user(f"{first.lower()}@northgate.example", f"{first} Northgate"), cast["board"], "member", discipline)
    return cast["board"]


def row(page, place):
    return page.locator("[data-step-id]").nth(place - 1)


def settled(page, place):
    """What is typed in the row of a step is saved."""
    expect(row(page, place).locator("[data-autosave-text]")).to_have_text(re.compile(r"^Saved \d\d:\d\d"))


def opened(page, place):
    expect(row(page, place).locator("form[data-autosave]")).to_be_visible()


def analogue(ana):
    """Ongoing, every 28 days, from today: its goal and its owner follow from phase and modality."""
    ana.press("n")
    ana.type("sy")
    ana.press("Tab")
    ana.type("o")
    ana.press("Tab")
    ana.type("lanreotide")
    ana.press("Enter")
    opened(ana.page, 1)
    ana.press("Tab")
    ana.type("w")
    ana.press("Tab", "Tab")
    ana.type("ong")
    ana.press("Tab", "Tab")
    ana.type("28")
    ana.press("Tab")
    ana.type("d")
    ana.press("Tab")
    ana.type("progression")
    ana.press("Tab", "Tab", "Tab", "Tab")
    ana.day(0)
    ana.press("Escape")


def embolization(ana):
    """Two sessions, four weeks apart: its end follows from them. For what it is meant nobody guesses."""
    ana.press("n")
    ana.type("tu")
    ana.press("Tab")
    ana.type("a")
    ana.press("Tab")
    ana.type("both lobes")
    ana.press("Enter")
    opened(ana.page, 2)
    ana.click(row(ana.page, 2).get_by_label("Size reduction", exact=True))
    ana.click(row(ana.page, 2).get_by_label("Target", exact=True))
    ana.press("l", "Enter")
    ana.press("Tab", "Tab")
    ana.type("in s")
    ana.press("Tab")
    ana.type("2")
    ana.press("Tab")
    ana.type("4")
    ana.press("Tab")
    ana.type("w")
    ana.press("Tab", "Tab", "Tab", "Tab", "Tab")
    ana.day(14)
    ana.press("Escape")


def decision(ana):
    """After the embolization, with two arms: its day follows from the last session."""
    ana.click(ana.page.get_by_text("Add a decision with arms"))
    ana.press("Tab")
    ana.type("re-staging")
    ana.press("Tab")
    ana.type("su")
    ana.press("Tab")
    ana.type("operable")
    ana.press("Tab", "Tab")
    ana.type("else PRRT")
    ana.press("Enter")
    opened(ana.page, 3)
    ana.press("Tab")
    ana.type("chl")
    ana.press("Tab", "ArrowDown", "ArrowDown")
    ana.press("Escape")


def surgery(ana):
    ana.press("n")
    ana.type("tu")
    ana.press("Tab")
    ana.type("s")
    ana.press("Tab")
    ana.type("right hemihepatectomy")
    ana.press("Tab", "ArrowDown", "Tab", "Enter")
    opened(ana.page, 4)
    ana.click(row(ana.page, 4).get_by_label("Debulking", exact=True))
    ana.press("Escape")


def prrt(ana):
    """Four cycles, eight weeks apart, in the other arm."""
    ana.press("n")
    ana.type("tu")
    ana.press("Tab")
    ana.type("pr")
    ana.press("Tab")
    ana.type("177Lu-DOTATATE")
    ana.press("Tab", "ArrowDown", "ArrowDown", "Tab", "Enter")
    opened(ana.page, 5)
    ana.press("Tab", "w", "Tab", "Tab")
    ana.type("in c")
    ana.press("Tab")
    ana.type("4")
    ana.press("Tab")
    ana.type("8")
    ana.press("Tab")
    ana.type("w")
    ana.press("Escape")


# Pages, clicks and keys. Before, the same five steps took 12, 71 and 824.
WITHOUT_TEMPLATE = (1, 5, 216)
WITH_TEMPLATE = (2, 6, 15)


def as_drafted(case):
    """Title, goals, owner, planned days counted from today, and course of each step."""
    return [
        (one.title, one.goals, one.owner.name, days_to(one.planned_start), days_to(one.planned_end), one.course_words)
        for one in Plan.objects.get(case=case).steps.select_related("owner")
    ]


def days_to(day):
    return day and (day - date.today()).days


STEPS = (analogue, embolization, decision, surgery, prrt)


def test_five_steps_take_one_page_and_a_third_of_what_they_took(desk, cast, board, shoot):
    case = makers.make_case(board, by=cast["ana"])
    page = desk(cast["ana"])
    page.goto(f"/cases/{case.pk}/")
    ana = Hands(page)
    ana.click(button(page, "Draft a plan").first)
    expect(page.get_by_role("heading", level=1)).to_contain_text("Edit plan 1")
    # The scripts run once the page is there; nobody's fingers are as quick as these.
    page.wait_for_load_state()
    for place, draft in enumerate(STEPS, start=1):
        draft(ana)
        settled(page, place)
        shoot(page, f"step-{place}")
    expect(page.locator("#plan-missing")).to_contain_text("Nothing is missing for sign-off")
    assert as_drafted(case) == [
        ("Other systemic agent: lanreotide", ["symptom_control"], "Omar Oncologist", 0, None, "ongoing, every 28 days"),
        ("Arterial embolization (TAE): both lobes", ["size_reduction"], "Ingrid Northgate", 14, 42, "2 sessions, every 4 weeks"),
        ("re-staging", ["monitoring"], "Chloe Chair", 42, None, ""),
        ("Surgery: right hemihepatectomy", ["debulking"], "Chloe Chair", 42, None, ""),
        ("PRRT: 177Lu-DOTATATE", ["tumour_control"], "Noor Northgate", 42, 42 + 3 * 56, "4 cycles, every 8 weeks"),
    ]  # fmt: skip
    assert (ana.pages, ana.clicks, ana.keys) == WITHOUT_TEMPLATE
    assert page.problems == []


def test_an_advisory_is_answered_where_it_stands(desk, cast, board, shoot):
    """One click, a reason, Enter: and one is where one was."""
    case = makers.make_case(board, by=cast["ana"])
    save_proforma(
        case, {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}, by=cast["ana"]
    )
    plan = makers.make_plan(case, by=cast["ana"], steps=2)
    page = desk(cast["ana"])
    for where in ("edit/", "", "sign-off/"):
        page.goto(f"/plans/{plan.pk}/{where}")
        before = page.url
        item = page.locator("#advice-SUR-01-plan")
        hands = Hands(page)
        if where == "edit/":
            hands.click(item.get_by_role("button", name="clinical judgement"))
        else:
            hands.click(item.get_by_role("link", name="Change the answer"))
            page.keyboard.press("Tab")
        expect(item.get_by_label("Why, in words")).to_be_focused()
        page.keyboard.press("Control+a")
        hands.type(f"too frail for {where or 'it'}")
        hands.press("Enter")
        expect(item.locator(".c-advice__answer")).to_contain_text(f"too frail for {where or 'it'}")
        expect(item.locator("[data-answer]")).to_be_focused()
        assert (page.url, hands.pages, hands.clicks) == (before, 0, 1)
    answer = Advisory.objects.get(plan=plan, rule="SUR-01")
    assert (answer.answer, answer.note, answer.answered_by) == (
        "clinical_judgement",
        "too frail for sign-off/",
        cast["ana"],
    )
    assert page.problems == []


def test_a_refused_answer_keeps_what_was_typed(desk, cast, board):
    case = makers.make_case(board, by=cast["ana"])
    save_proforma(
        case, {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}, by=cast["ana"]
    )
    plan = makers.make_plan(case, by=cast["ana"])
    page = desk(cast["ana"])
    page.goto(f"/plans/{plan.pk}/edit/")
    item = page.locator("#advice-SUR-01-plan")
    item.get_by_role("button", name="clinical judgement").click()
    expect(item.get_by_label("Why, in words")).to_be_focused()
    page.keyboard.press("Enter")
    expect(item.get_by_role("alert")).to_contain_text("Say in words what the board's judgement rests on.")
    page.keyboard.type("too frail")
    page.keyboard.press("Enter")
    expect(item.locator(".c-advice__answer")).to_contain_text("too frail")


def test_a_template_of_eight_steps_leaves_little_to_say(desk, cast, board, shoot):
    """Its steps come with goals, courses, arms and days; who sees to a step is asked where nobody alone holds its discipline."""
    load_templates()
    case = makers.make_case(board, by=cast["ana"])
    page = desk(cast["ana"])
    page.goto(f"/cases/{case.pk}/")
    ana = Hands(page)
    ana.click(page.get_by_role("link", name="Start from a template"))
    midgut = page.get_by_role("article", name="Functional midgut NET with liver metastases")
    ana.click(midgut.get_by_role("button", name="Start from this template"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("Edit plan 1")
    for place, owner in ((1, "om"), (2, "chl"), (3, "chl"), (4, "chl")):
        ana.click(row(page, place).locator("[data-cell=owner] dd"))
        opened(page, place)
        ana.type(owner)
        ana.press("Escape")
        settled(page, place)
    expect(page.locator("#plan-missing")).to_contain_text("Nothing is missing for sign-off")
    shoot(page, "from-a-template")
    assert Plan.objects.get(case=case).steps.count() == 8
    assert (ana.pages, ana.clicks, ana.keys) == WITH_TEMPLATE
    assert page.problems == []


def test_keys_move_between_the_steps_and_stay_out_of_the_fields(desk, cast, board):
    plan = makers.make_plan(makers.make_case(board, by=cast["ana"]), by=cast["ana"], steps=3)
    page = desk(cast["ana"])
    page.goto(f"/plans/{plan.pk}/edit/")
    titles = page.locator("[data-row-open]")
    titles.nth(0).focus()
    page.keyboard.press("ArrowDown")
    expect(titles.nth(1)).to_be_focused()
    page.keyboard.press("Alt+ArrowUp")
    expect(page.locator("[data-reorder-status]")).to_contain_text("Order saved")
    expect(titles.nth(0)).to_be_focused()
    page.keyboard.press("Alt+ArrowDown")
    expect(page.locator("[data-reorder-status]")).to_contain_text("is step 2")
    page.keyboard.press("p")
    expect(page.locator("[data-reorder-status]")).to_contain_text("is step 1b")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(titles.nth(1)).to_be_focused()
    page.keyboard.press("n")
    expect(page.locator("#new-step [name=phase]")).to_be_focused()
    what = page.locator("#new-step [name=description]")
    what.focus()
    page.keyboard.type("np?/")
    expect(what).to_have_value("np?/")
    assert page.problems == []


def test_whoever_wants_no_single_letters_has_none(desk, cast, board):
    plan = makers.make_plan(makers.make_case(board, by=cast["ana"]), by=cast["ana"], steps=2)
    type(cast["ana"]).objects.filter(pk=cast["ana"].pk).update(single_keys=False)
    page = desk(cast["ana"])
    page.goto(f"/plans/{plan.pk}/edit/")
    titles = page.locator("[data-row-open]")
    titles.nth(0).focus()
    page.keyboard.press("n")
    expect(titles.nth(0)).to_be_focused()
    page.keyboard.press("ArrowDown")
    expect(titles.nth(1)).to_be_focused()


@pytest.mark.parametrize("width", [1440, 390])
def test_two_draft_at_once_and_lose_no_word(desk, cast, board, width, shoot):
    """Both have the same row open; the second sees both texts. What the first added is there after the second's next save."""
    plan = makers.make_plan(makers.make_case(board, by=cast["ana"]), by=cast["ana"], steps=2)
    ana, omar = desk(cast["ana"], width=width), desk(cast["omar"], width=width)
    for page in (ana, omar):
        page.goto(f"/plans/{plan.pk}/edit/")
        page.locator("[data-row-open]").first.click()
        opened(page, 1)
    row(ana, 1).get_by_label("What exactly").fill("lanreotide")
    settled(ana, 1)
    expect(ana.locator("#plan-picture")).to_contain_text("lanreotide")
    row(omar, 1).get_by_label("What exactly").fill("octreotide")
    expect(row(omar, 1).locator("[data-conflict-theirs]")).to_have_text("lanreotide")
    shoot(omar, f"two-in-one-row-{width}")
    row(omar, 1).get_by_role("button", name="Keep mine").click()
    settled(omar, 1)
    assert plan.steps.order_by("pk").first().description == "octreotide"
    assert omar.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert ana.problems == omar.problems == []


def test_a_step_is_taken_out_and_put_back_without_leaving(desk, cast, board):
    plan = makers.make_plan(makers.make_case(board, by=cast["ana"]), by=cast["ana"], steps=2)
    page = desk(cast["ana"])
    page.goto(f"/plans/{plan.pk}/edit/")
    page.locator("[data-row-open]").first.click()
    row(page, 1).get_by_text("Take this step out").click()
    button(page, "Take it out").click()
    expect(page.locator("[data-step-id]")).to_have_count(1)
    back = page.locator("#plan-removed").get_by_role("button")
    expect(back).to_be_focused()
    back.click()
    expect(page.locator("[data-step-id]")).to_have_count(2)
    expect(page.locator("[data-row-open]").first).to_be_focused()
    assert page.problems == []


def test_after_a_new_step_a_key_of_the_page_changes_nothing_in_it(desk, cast, board):
    """The focus was in a list of targets, and “n” for the next step chose “Nodes”."""
    plan = makers.make_plan(makers.make_case(board, by=cast["ana"]), by=cast["ana"], steps=0)
    page = desk(cast["ana"])
    page.goto(f"/plans/{plan.pk}/edit/")
    ana = Hands(page)
    ana.press("n")
    ana.type("tu")
    ana.press("Tab")
    ana.type("pr")
    ana.press("Tab", "Enter")
    opened(page, 1)
    ana.press("ArrowDown")
    ana.press("n")
    expect(page.locator("#new-step [name=phase]")).to_be_focused()
    page.wait_for_load_state("networkidle")
    assert [step.target for step in Plan.objects.get(pk=plan.pk).steps.all()] == [""]
    assert page.problems == []
