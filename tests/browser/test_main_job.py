"""The main job, played in a real browser by four people: Ana coordinates, Omar and Ravi sign, Chloe chairs."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from accounts.models import Mail, Notice
from careplans.models import Case, FollowUp, Plan, Reminder, Step
from careplans.outbox.sending import send_due
from tests.browser.acts import button, choose, saved

pytestmark = [pytest.mark.browser, pytest.mark.long, pytest.mark.django_db(transaction=True)]


def test_from_proforma_to_delivered_step(cast, desk, shoot):
    ana = desk(cast["ana"])
    case = open_a_case(ana, cast, shoot)
    plan = draft_the_plan(ana, case, shoot)
    two_drafters_keep_their_words(ana, desk(cast["omar"]), plan, shoot)
    omar, ravi, chloe = desk(cast["omar"]), desk(cast["ravi"], width=390), desk(cast["chloe"])
    sign(omar, plan, shoot, "omar-signs")
    an_edit_voids(ana, plan, shoot)
    sign(omar, plan, shoot, "omar-signs-again")
    dissent(ravi, plan, shoot)
    release(chloe, plan, shoot)
    a_reminder_arrives(omar, plan, shoot)
    deliver(omar, plan, shoot)
    a_follow_up_is_done(ana, case, shoot)
    amend(ana, omar, ravi, chloe, case, plan, shoot)
    for page in (ana, omar, ravi, chloe):
        assert page.problems == []


def open_a_case(ana, cast, shoot):
    ana.get_by_role("link", name="Patients").click()
    ana.get_by_role("link", name="Add patient").first.click()
    ana.get_by_label("Record number").fill("SYN-77")
    ana.get_by_label("Family name", exact=True).fill("Ashdown-Synthetic")
    ana.get_by_label("Given name").fill("Beatrix")
    ana.get_by_label("Date of birth").fill("1961-04-12")
    ana.get_by_label("Female").check()
    button(ana, "Add patient").click()
    ana.get_by_role("link", name=re.compile("Open (a|the first) case")).first.click()
    ana.get_by_label("Tumour in a few words").fill("Ileal NET with carcinoid syndrome")
    ana.get_by_label("Question to the board").fill("Which order of treatments?")
    ana.get_by_label("Accepted: the board takes it on").check()
    button(ana, "Open the case").click()
    expect(ana.get_by_role("heading", level=1)).to_contain_text("Proforma")
    fill_the_proforma(ana, shoot)
    return Case.objects.get()


def fill_the_proforma(ana, shoot):
    choose(ana, "primary_site", "jejunum_ileum")
    choose(ana, "extent", "metastatic")
    choose(ana, "functional_status", "functional")
    ana.locator("[name=largest_primary_mm]").fill("1.9")
    ana.locator("[name=largest_primary_mm]").blur()
    expect(ana.get_by_text("Use whole millimetres: 25, not 2.5 cm.").last).to_be_visible()
    ana.locator("[name=largest_primary_mm]").fill("19")
    ana.locator("[name=largest_primary_mm]").blur()
    saved(ana)
    shoot(ana, "proforma")
    facts = Case.objects.get().proforma
    assert (facts.primary_site, facts.extent, facts.largest_primary_mm) == ("jejunum_ileum", "metastatic", 19)


def draft_the_plan(ana, case, shoot):
    ana.goto(f"/cases/{case.pk}/")
    button(ana, "Draft a plan").first.click()
    ana.get_by_label("What the board wants to achieve").fill("Control the flushing first, then the liver.")
    saved(ana)
    add_step(
        ana,
        "Tumour control",
        "Arterial embolization (TAE)",
        "right lobe",
        "Omar Oncologist",
        ["Size reduction"],
        days=40,
    )
    add_step(
        ana,
        "Symptom control",
        "Other systemic agent",
        "long-acting analogue",
        "Omar Oncologist",
        ["Symptom control"],
        days=0,
    )
    put_symptom_control_first(ana, shoot)
    choose_schedule(ana, shoot)
    expect(ana.locator("#plan-missing")).to_contain_text("Nothing is missing for sign-off")
    shoot(ana, "plan-drafted")
    button(ana, "Send to sign-off").click()
    expect(ana.get_by_role("heading", level=1)).to_contain_text("Sign-off of plan 1")
    return Plan.objects.get()


def choose_schedule(ana, shoot):
    """On a page of its own, with the dates before anything is kept."""
    ana.get_by_role("link", name="Add a schedule").click()
    ana.get_by_label("Schedule", exact=True).select_option(label="Every six months")
    ana.get_by_label("Counts from").fill(date.today().isoformat())
    ana.get_by_label("Follow-up is done by").select_option(label="Ana Coordinator")
    button(ana, "Show the dates").click()
    expect(ana.get_by_role("heading", name="What it would write")).to_be_visible()
    shoot(ana, "schedule-chosen")
    button(ana, "Add to the plan").click()
    expect(ana.get_by_role("heading", level=1)).to_contain_text("Edit plan 1")


def add_step(ana, phase, modality, what, owner, goals, *, days):
    new = ana.locator("#new-step")
    new.get_by_label("Phase").select_option(label=phase)
    new.get_by_label("Modality").select_option(label=modality)
    new.get_by_label("What exactly").fill(what)
    button(ana, "Add the step").click()
    ana.get_by_role("link", name="What hangs on it").click()
    for goal in goals:
        ana.get_by_label(goal, exact=True).check()
    ana.get_by_label("Owner").select_option(label=owner)
    ana.get_by_label("Planned start").fill((date.today() + timedelta(days=days)).isoformat())
    ana.get_by_label("Planned end").fill((date.today() + timedelta(days=days + 60)).isoformat())
    ana.get_by_label("Why this step, and why here").fill(f"Because of {what}.")
    saved(ana)
    expect(ana.locator("#step-missing")).to_contain_text("Nothing is missing for sign-off")
    ana.get_by_role("link", name="Back to the plan").click()


def put_symptom_control_first(ana, shoot):
    """By keyboard alone: lift the second step, move it up, drop it."""
    handle = ana.locator("[data-step-id]").nth(1).locator("[data-reorder-handle]")
    handle.focus()
    handle.press("ArrowUp")
    handle.press("Enter")
    expect(ana.locator("[data-reorder-status]")).to_contain_text("Order saved")
    shoot(ana, "steps-in-order")
    assert [step.phase for step in Step.objects.order_by("position")] == ["symptom_control", "tumour_control"]


def two_drafters_keep_their_words(ana, omar, plan, shoot):
    """Both have the same step open; the second writer sees both texts and loses none."""
    step = plan.steps.order_by("position").last()
    ana.goto(f"/steps/{step.pk}/")
    omar.goto(f"/steps/{step.pk}/")
    ana.get_by_label("Alternatives considered").fill("SIRT, kept for later.")
    saved(ana)
    omar.get_by_label("Alternatives considered").fill("Surgery, not possible.")
    expect(omar.locator("[data-conflict-theirs]").first).to_have_text("SIRT, kept for later.")
    shoot(omar, "two-drafters")
    omar.get_by_role("button", name="Keep mine").click()
    saved(omar)
    step.refresh_from_db()
    assert step.alternatives == "Surgery, not possible."
    ana.goto(f"/plans/{plan.pk}/edit/")
    button(ana, "Send to sign-off").click()


def sign(page, plan, shoot, name):
    page.goto("/")
    page.get_by_role("main").get_by_role("link", name=re.compile("Ileal NET|Plan")).first.click()
    page.goto(f"/plans/{plan.pk}/sign-off/")
    button(page, "Sign this plan").click()
    expect(page.get_by_text("You signed the plan.")).to_be_visible()
    shoot(page, name)


def an_edit_voids(ana, plan, shoot):
    step = plan.steps.order_by("position").first()
    ana.goto(f"/steps/{step.pk}/")
    ana.get_by_label("Stop when").fill("not tolerated")
    expect(ana.locator("[data-autosave-text]").first).to_contain_text("1 signature was voided")
    shoot(ana, "signatures-voided")
    ana.goto(f"/plans/{plan.pk}/edit/")
    button(ana, "Send to sign-off").click()
    expect(ana.get_by_role("heading", level=1)).to_contain_text("Sign-off of plan 1")


def dissent(ravi, plan, shoot):
    ravi.goto(f"/plans/{plan.pk}/sign-off/")
    ravi.get_by_label("Comment or reason").fill("The lesion lies close to the bile duct.")
    button(ravi, "Record a dissent").click()
    expect(ravi.get_by_text("Your dissent is on record.")).to_be_visible()
    shoot(ravi, "ravi-dissents-on-a-phone")


def release(chloe, plan, shoot):
    chloe.goto(f"/plans/{plan.pk}/sign-off/")
    button(chloe, "Release the plan").click()
    expect(chloe.get_by_text("A dissent is on record. Say why").last).to_be_visible()
    chloe.get_by_label("Note of the chair").fill("Discussed again: the interventional route avoids the duct.")
    button(chloe, "Release the plan").click()
    expect(chloe.get_by_text("Plan 1 is in force")).to_be_visible()
    shoot(chloe, "released")
    assert FollowUp.objects.count() == 8


def a_reminder_arrives(omar, plan, shoot):
    """The first step is due today: one notice in the app, one e-mail without patient data."""
    while send_due().sent:
        pass
    step = plan.steps.order_by("position").first()
    assert Reminder.objects.get(step=step, kind="due").status == "delivered"
    assert Notice.objects.filter(user=step.assignee, kind="due").count() == 1
    mail = Mail.objects.get(subject__contains="Due today")
    assert mail.recipient == step.assignee.email
    assert not re.search("Ashdown|Beatrix|SYN-77|Ileal|1961", mail.subject + mail.body)
    omar.goto("/")
    omar.get_by_role("link", name=re.compile("Notices")).click()
    shoot(omar, "notices")
    omar.get_by_role("main").get_by_role("link", name=re.compile("step 1")).or_(
        omar.get_by_role("main").get_by_role("button", name=re.compile("step 1"))
    ).first.click()
    expect(omar).to_have_url(re.compile(rf"/plans/{plan.pk}/"))


def today(step):
    return step.board.today.isoformat()


def complete(omar, step, shoot):
    """Nothing is chosen beforehand: the form says so for each choice, and keeps what was typed."""
    form = omar.locator("form", has=omar.locator("#id_complete_on"))
    form.get_by_label("Outcome in words").fill("Flushing gone")
    form.evaluate("form => form.noValidate = true")
    form.get_by_role("button", name="Record the completion").click()
    for asked in ("on which day", "in full or in part", "what the response was", "has progressed", "worst grade"):
        expect(omar.locator("[data-error-summary]")).to_contain_text(asked)
    shoot(omar, "outcome-asked")
    expect(form.get_by_label("Outcome in words")).to_have_value("Flushing gone")
    form.get_by_label("Completed on").fill(today(step))
    form.get_by_label("Full", exact=True).check()
    form.get_by_label("Response (RECIST)").select_option(label="Partial response (PR)")
    form.get_by_label("Assessed on").fill(today(step))
    form.get_by_label("Progression", exact=True).select_option(label="Has not progressed")
    form.get_by_label("Worst toxicity").select_option(label="Grade 1 (mild)")
    form.get_by_label("CTCAE term").fill("Diarrhoea")
    form.get_by_label("Symptom control").select_option(label="Controlled")
    shoot(omar, "outcome-typed")


def deliver(omar, plan, shoot):
    first, second = plan.steps.order_by("position")
    omar.goto(f"/steps/{second.pk}/deliver/")
    expect(omar.locator("#concerns")).to_contain_text("Out of order")
    shoot(omar, "out-of-order")
    record(
        omar, first, "It has started", "Record the start", lambda: omar.get_by_label("Started on").fill(today(first))
    )
    record(omar, first, "It is completed", "Record the completion", lambda: complete(omar, first, shoot))
    record(
        omar, second, "It will not be done", "Record why not",
        lambda: omar.locator("#id_skip_reason").select_option(label="Patient's choice"),
    )  # fmt: skip
    shoot(omar, "delivered")
    statuses = Step.objects.filter(plan=plan).order_by("position").values_list("status", "reason")
    assert list(statuses) == [("completed", ""), ("not_done", "patient_choice")]


def record(page, step, what, action, fill=None):
    page.goto(f"/steps/{step.pk}/deliver/")
    page.get_by_text(what, exact=True).click()
    if fill:
        fill()
    button(page, action).click()
    expect(page).to_have_url(re.compile(r"/plans/"))


def a_follow_up_is_done(ana, case, shoot):
    follow_up = FollowUp.objects.filter(case=case).order_by("due_on").first()
    ana.goto(f"/follow-ups/{follow_up.pk}/")
    shoot(ana, "follow-up")
    ana.get_by_label("Done on").fill(follow_up.board.today.isoformat())
    ana.get_by_label("Result").fill("CgA unchanged")
    button(ana, "Record as done").click()
    expect(ana.get_by_text("CgA unchanged").first).to_be_visible()
    follow_up.refresh_from_db()
    assert (follow_up.status, follow_up.result) == ("done", "CgA unchanged")


def amend(ana, omar, ravi, chloe, case, plan, shoot):
    ana.goto(f"/plans/{plan.pk}/")
    ana.get_by_role("link", name="Amend").click()
    ana.get_by_label("Reason").fill("The patient asks for PRRT instead.")
    button(ana, "Draft the amendment").click()
    new = Plan.objects.get(number=2)
    add_step(ana, "Tumour control", "PRRT", "four cycles", "Omar Oncologist", ["Tumour control"], days=20)
    button(ana, "Send to sign-off").click()
    for page in (omar, ravi):
        page.goto(f"/plans/{new.pk}/sign-off/")
        button(page, "Sign this plan").click()
        expect(page.get_by_text("You signed the plan.")).to_be_visible()
    chloe.goto(f"/plans/{new.pk}/sign-off/")
    button(chloe, "Release the plan").click()
    expect(chloe.get_by_text("Plan 2 is in force")).to_be_visible()
    chloe.goto(f"/plans/{new.pk}/compare/")
    shoot(chloe, "what-changed")
    chloe.goto(f"/cases/{case.pk}/timeline/")
    shoot(chloe, "timeline")
    plan.refresh_from_db()
    assert plan.status == "superseded"
    chloe.goto(f"/plans/{plan.pk}/")
    chloe.get_by_text(re.compile("^All of step")).first.click()
    expect(chloe.get_by_text("Because of long-acting analogue.")).to_be_visible()
