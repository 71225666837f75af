"""A plan that stays true, played in a real browser: an ongoing analogue, PRRT in four cycles with a blood count after each, a
branch at the re-staging, a fact that changes under the signed plan, and a death that ends it all.
"""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from careplans.models import Case, FollowUp, Occurrence, Plan, Reminder, Step
from careplans.services.proforma import save_proforma
from tests.browser.acts import button, saved
from tests.careplans import makers

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]

KNOWN = {
    "primary_site": "jejunum_ileum", "extent": "metastatic", "functional_status": "functional", "ki67_percent": "6",
    "sstr_expression": "high", "liver_metastases": "yes", "egfr_ml_min": "70",
}  # fmt: skip


@pytest.fixture
def case(cast):
    case = makers.make_case(cast["board"], by=cast["ana"])
    save_proforma(case, KNOWN, by=cast["ana"])
    return case


def day(offset=0):
    return (makers.TODAY() + timedelta(days=offset)).isoformat()


def test_from_a_branching_plan_to_a_death(cast, case, desk, shoot):
    ana, omar = desk(cast["ana"]), desk(cast["omar"])
    ravi, chloe = desk(cast["ravi"], width=390), desk(cast["chloe"])
    draft(ana, case, shoot)
    plan = Plan.objects.get()
    put_into_force(ana, (omar, ravi), chloe, plan, shoot)
    begin_the_analogue(omar, plan, shoot)
    give_the_cycles(omar, plan, shoot)
    a_fact_changes(cast, chloe, plan, shoot)
    choose_the_arm(omar, ravi, plan, shoot)
    the_patient_dies(ana, omar, case, shoot)
    for page in (ana, omar, ravi, chloe):
        assert page.problems == []


def draft(ana, case, shoot):
    ana.goto(f"/cases/{case.pk}/")
    button(ana, "Draft a plan").first.click()
    ana.get_by_label("What the board wants to achieve").fill("Control the flushing, then the tumour, then look again.")
    saved(ana)
    add_step(ana, "Symptom control", "Other systemic agent", "long-acting analogue", "Ana Coordinator")
    course(ana, "Ongoing", every="28", unit="Days", agent="octreotide LAR")
    back_to_the_plan(ana)
    add_step(ana, "Tumour control", "PRRT", "four cycles", "Omar Oncologist")
    course(ana, "In cycles", many="4", every="8", unit="Weeks", agent="177Lu-DOTATATE")
    ana.get_by_label("Only after step").select_option(index=1)
    ana.get_by_label("Of that step").select_option(label="It has begun")
    saved(ana)
    count_the_blood_after_each(ana, shoot)
    back_to_the_plan(ana)
    branch_at_the_restaging(ana, shoot)
    expect(ana.locator("#plan-missing")).to_contain_text("Nothing is missing for sign-off")
    shoot(ana, "branching-plan-drafted")


def add_step(ana, phase, modality, what, owner):
    new = ana.locator("#new-step")
    new.get_by_label("Phase").select_option(label=phase)
    new.get_by_label("Modality").select_option(label=modality)
    new.get_by_label("What exactly").fill(what)
    button(ana, "Add the step").click()
    ana.get_by_role("link", name="What hangs on it").click()
    expect(ana.get_by_role("heading", level=1)).to_contain_text(what)
    ana.get_by_label("Owner").select_option(label=owner)
    start_on(ana, day())


def start_on(ana, when):
    """A day is saved when its field is left."""
    ana.get_by_label("Planned start").fill(when)
    ana.get_by_label("Planned start").blur()
    saved(ana)


def course(ana, kind, *, every, unit, agent, many=""):
    ana.get_by_label("Course").select_option(label=kind)
    ana.get_by_label("How many", exact=True).fill(many)
    ana.get_by_label("Every", exact=True).first.fill(every)
    ana.get_by_label("Days, weeks or months").first.select_option(label=unit)
    ana.get_by_label("Agent").fill(agent)
    if kind == "Ongoing":
        ana.get_by_label("Stop when").fill("progression")
    ana.get_by_label("Why this step, and why here").click()
    saved(ana)
    expect(ana.locator("#step-missing")).to_contain_text("Nothing is missing for sign-off")


def back_to_the_plan(ana):
    ana.get_by_role("link", name="Back to the plan").click()


def count_the_blood_after_each(ana, shoot):
    hung = ana.get_by_role("region", name="Follow-ups that hang on this step")
    hung.get_by_text("Add one").click()
    hung.get_by_label("What", exact=True).select_option(label="Other")
    hung.get_by_label("In words").fill("Blood count")
    hung.get_by_label("When", exact=True).select_option(label="After each cycle, session or administration")
    hung.get_by_label("Days after").fill("14")
    hung.get_by_role("button", name="Add it").click()
    expect(hung).to_contain_text("Blood count 14 days after each cycle")
    shoot(ana, "prrt-in-cycles")


def branch_at_the_restaging(ana, shoot):
    ana.get_by_text("Add a decision with arms").click()
    new = ana.locator("#new-decision")
    new.get_by_label("The board decides at").fill("re-staging")
    new.get_by_label("Phase").select_option(label="Surveillance")
    new.get_by_label("First arm").fill("responds")
    new.get_by_label("Second arm").fill("else")
    new.get_by_role("button", name="Add the decision").click()
    ana.get_by_role("link", name="re-staging").first.wait_for()
    decision = Step.objects.get(is_decision=True, removed_at=None)
    ana.goto(f"/steps/{decision.pk}/")
    ana.get_by_label("Owner").select_option(label="Omar Oncologist")
    start_on(ana, day(240))
    other = ana.locator("form", has=ana.locator("input[name=name][value=else]"))
    other.get_by_label("If no step follows: what happens then").fill("Best supportive care")
    other.get_by_label("Name").click()
    expect(other.locator("[data-autosave-text]")).to_have_text(re.compile(r"^Saved \d\d:\d\d"))
    shoot(ana, "decision-with-arms")
    back_to_the_plan(ana)
    add_step(ana, "Debulking", "Surgery", "liver resection", "Omar Oncologist")
    ana.locator("input[name=goals][value=debulking]").check()
    ana.get_by_label("Arm").select_option(label=arm_called(ana, "responds"))
    start_on(ana, day(270))
    back_to_the_plan(ana)


def arm_called(page, name):
    return next(label for label in page.get_by_label("Arm").locator("option").all_inner_texts() if name in label)


def put_into_force(ana, signers, chloe, plan, shoot):
    button(ana, "Send to sign-off").click()
    expect(ana.get_by_role("heading", level=1)).to_contain_text("Sign-off of plan 1")
    for page in signers:
        page.goto(f"/plans/{plan.pk}/sign-off/")
        button(page, "Sign this plan").click()
        expect(page.get_by_text("You signed the plan.")).to_be_visible()
    shoot(signers[1], "branching-plan-on-a-phone")
    chloe.goto(f"/plans/{plan.pk}/sign-off/")
    button(chloe, "Release the plan").click()
    expect(chloe.get_by_text("Plan 1 is in force")).to_be_visible()
    shoot(chloe, "branching-plan-in-force")
    surgery = Step.objects.get(modality_code="SURG")
    assert (surgery.status, surgery.due_on) == ("planned", None)
    assert not Reminder.objects.scheduled().filter(step=surgery).exists()


def give(page, step, number, *, otherwise=""):
    row = Occurrence.objects.get(step=step, number=number)
    page.goto(f"/occurrences/{row.pk}/")
    page.get_by_text("It was given otherwise" if otherwise else "It was given as planned", exact=True).click()
    form = page.locator("#otherwise form" if otherwise else "#give form")
    form.get_by_label("Given on").fill(day())
    if otherwise:
        form.get_by_label("Reason", exact=True).select_option(label="Other (say which)")
        form.locator("[name=reason_note]").fill(otherwise)
    return form


def begin_the_analogue(omar, plan, shoot):
    analogue = plan.steps.get(modality_code="OSA")
    give(omar, analogue, 1).get_by_role("button").click()
    expect(omar).to_have_url(re.compile(rf"/plans/{plan.pk}/"))
    expect(omar.locator(f"#step-{analogue.pk}")).to_contain_text("1 administration given")
    analogue.refresh_from_db()
    assert (analogue.status, analogue.due_on) == ("in_progress", makers.TODAY() + timedelta(days=28))
    shoot(omar, "analogue-begun")


def give_the_cycles(omar, plan, shoot):
    prrt = plan.steps.get(modality_code="PRRT")
    for number in (1, 2, 3, 4):
        form = give(omar, prrt, number, otherwise="Given earlier, to tell the story in one day." if number > 1 else "")
        if 1 < number < 4:
            form.get_by_label("Those after it").select_option(label="They keep their days")
        if number == 2:
            shoot(omar, "second-cycle")
        form.get_by_role("button").click()
        expect(omar).to_have_url(re.compile(rf"/plans/{plan.pk}/"))
        expect(omar.locator(f"#step-{prrt.pk}")).to_contain_text(f"{number} of 4 cycles given")
    counts = FollowUp.objects.filter(title="Blood count")
    assert counts.count() == 4
    assert set(counts.values_list("due_on", flat=True)) == {makers.TODAY() + timedelta(days=14)}
    complete(omar, prrt)
    shoot(omar, "four-cycles-given")


def complete(omar, step):
    omar.goto(f"/steps/{step.pk}/deliver/")
    omar.get_by_text("It is completed", exact=True).click()
    form = omar.locator("form", has=omar.locator("#id_complete_on"))
    form.get_by_label("Completed on").fill(day())
    form.get_by_label("Full", exact=True).check()
    outcome(form)
    form.get_by_role("button", name="Record the completion").click()
    expect(omar).to_have_url(re.compile(r"/plans/"))
    step.refresh_from_db()
    assert step.status == "completed"


def outcome(form):
    form.get_by_label("Response (RECIST)").select_option(label="Partial response (PR)")
    form.get_by_label("Assessed on").fill(day())
    form.get_by_label("Progression", exact=True).select_option(label="Has not progressed")
    form.get_by_label("Worst toxicity").select_option(label="Grade 1 (mild)")
    form.get_by_label("CTCAE term").fill("Fatigue")
    form.get_by_label("Symptom control").select_option(label="Controlled")


def a_fact_changes(cast, chloe, plan, shoot):
    save_proforma(Case.objects.get(), {"ki67_percent": "40"}, by=cast["ana"])
    chloe.goto(f"/plans/{plan.pk}/")
    expect(chloe.get_by_role("main")).to_contain_text("signed on 6 % → now 40 %")
    shoot(chloe, "a-fact-has-changed")
    chloe.goto(f"/boards/{plan.board_id}/changed-facts/")
    chloe.locator("main textarea[name=reason]").fill("The new biopsy is of one lesion; the next staging decides.")
    button(chloe, "Keep it as it is").click()
    expect(chloe.get_by_role("main")).not_to_contain_text("now 40 %")
    plan.refresh_from_db()
    assert plan.facts_changed_at is None


def choose_the_arm(omar, ravi, plan, shoot):
    decision = plan.steps.get(is_decision=True)
    omar.goto(f"/steps/{decision.pk}/deliver/")
    omar.get_by_text("The decision is made", exact=True).click()
    form = omar.locator("#choose form")
    expect(form.locator("[name=chosen_arm]:checked")).to_have_count(0)
    form.get_by_label(re.compile("^responds")).check()
    form.get_by_label("Decided on").fill(day())
    # It is decided long before the day that was planned, so the start of what follows is said again.
    form.get_by_label("starts on").fill(day(270))
    form.get_by_label("Why", exact=True).fill("Partial response on the CT of today.")
    outcome(form)
    # The analogue still runs.
    form.get_by_label("It goes on", exact=True).check()
    shoot(omar, "arm-chosen")
    form.get_by_role("button", name="Record the decision").click()
    expect(omar).to_have_url(re.compile(rf"/plans/{plan.pk}/"))
    surgery = Step.objects.get(modality_code="SURG")
    assert (surgery.status, surgery.due_on) == ("planned", makers.TODAY() + timedelta(days=270))
    assert Reminder.objects.scheduled().filter(step=surgery).exists()
    ravi.goto(f"/plans/{plan.pk}/")
    shoot(ravi, "decided-on-a-phone")


def the_patient_dies(ana, omar, case, shoot):
    ana.goto(f"/patients/{case.patient_id}/")
    ana.get_by_role("link", name="Record a death").click()
    today = makers.TODAY()
    ana.get_by_label("Day", exact=True).fill(str(today.day))
    ana.get_by_label("Month", exact=True).select_option(index=today.month)
    ana.get_by_label("Year", exact=True).fill(str(today.year))
    ana.get_by_label("Known from").fill("Letter of the GP")
    button(ana, "Go on: see what it ends").click()
    expect(ana.get_by_role("main")).to_contain_text("This ends all care. Nothing is saved yet")
    shoot(ana, "what-a-death-ends")
    button(ana, "Record the death").click()
    expect(ana.get_by_role("main")).to_contain_text(f"died {today:%-d %b %Y}")
    shoot(ana, "after-a-death")
    assert not Step.objects.open().filter(case=case).exists()
    assert not FollowUp.objects.open().filter(case=case).exists()
    assert not Occurrence.objects.open().filter(case=case).exists()
    assert not Reminder.objects.scheduled().filter(case=case).exclude(kind__in=Reminder.NEWS).exists()
    case.refresh_from_db()
    assert (case.status, case.close_reason) == ("closed", "died")
    omar.goto(f"/cases/{case.pk}/")
    expect(omar.get_by_role("main")).to_contain_text(f"died {today:%-d %b %Y}")
