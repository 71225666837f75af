"""Decisions and arms on the pages and over the API: drafted, shown side by side, chosen, corrected."""

from datetime import timedelta

import pytest

from careplans.models import Arm, Plan, Step
from careplans.services.arm_choice import choose_arm
from careplans.services.step_progress import skip_step
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.doors import FETCH, browser, queries_of, url
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
NEW = {"phase": "surveillance", "description": "re-staging", "first_name": "responds", "second_name": "else"}


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def draft(case, ana, omar):
    return makers.make_branched_draft(case, by=ana, owner=omar)


@pytest.fixture
def plan(case, ana, omar, chloe):
    return makers.make_branched_plan(case, by=ana, chair=chloe, owner=omar)


def read(person, name, *args, **params):
    return browser(person).get(url(name, *args), params).content.decode()


def decided(step, **values):
    today = step.board.today.isoformat()
    said = {"reason": "partial response", "why": "seen early"}
    return {"version": step.version, "on": today, **said, **makers.OUTCOME} | values


def choose(plan, by, arm):
    told = {
        "on": plan.decision.board.today,
        "reason": "CT",
        "why": "early",
        "expected_version": plan.decision.version,
    } | makers.OUTCOME
    choose_arm(plan.decision, by=by, chosen_arm=arm, **told)
    return makers.reread(plan)


# Drafting


def test_a_decision_is_added_in_the_editor(case, omar, ana):
    plan = makers.make_plan(case, by=ana)
    answer = browser(omar).post(url("decision_new", plan.pk), NEW | {"first_condition": "partial response"})
    step = Step.objects.get(is_decision=True)
    assert answer.url == url("step_edit", step.pk)
    assert [arm.words for arm in step.arms.all()] == ["responds (partial response)", "else"]
    page = read(omar, "step_edit", step.pk)
    assert "Add another arm" in page
    assert 'name="modality"' not in page


def test_a_refused_decision_keeps_what_was_typed(case, omar, ana):
    plan = makers.make_plan(case, by=ana)
    answer = browser(omar).post(url("decision_new", plan.pk), NEW | {"second_name": "responds"})
    assert answer.status_code == 400
    assert "has an arm of the name “responds” already" in answer.content.decode()
    assert 'value="re-staging"' in answer.content.decode()


def test_an_arm_is_saved_while_it_is_typed(draft, omar):
    body = {"condition": "complete response", "base-condition": "partial response or better"}
    answer = browser(omar).post(url("arm_save", draft.responds.pk), body, **FETCH)
    assert answer.json()["saved"] == {"condition": "complete response"}
    assert Arm.objects.get(pk=draft.responds.pk).condition == "complete response"


def test_who_types_into_an_arm_that_a_colleague_changed_sees_both(draft, omar):
    body = {"name": "answers", "base-name": "answered"}
    answer = browser(omar).post(url("arm_save", draft.responds.pk), body, **FETCH).json()
    assert answer["conflicts"]["name"]["theirs"] == "responds"
    assert answer["conflicts"]["name"]["mine"] == "answers"


def test_an_arm_is_saved_without_script(draft, omar):
    body = {"name": "answers", "base-name": "responds", "condition": "", "base-condition": "partial response or better"}
    answer = browser(omar).post(url("arm_save", draft.responds.pk), body)
    assert answer.url == f"{url('step_edit', draft.decision.pk)}#arms"
    assert Arm.objects.get(pk=draft.responds.pk).words == "answers"


def test_an_arm_without_a_name_is_shown_again_with_the_sentence(draft, omar):
    answer = browser(omar).post(url("arm_save", draft.responds.pk), {"name": "", "base-name": "responds"})
    assert answer.status_code == 400
    assert "Give the arm a name" in answer.content.decode()


def test_arms_are_added_moved_and_taken_out(draft, omar):
    web = browser(omar)
    web.post(url("arm_new", draft.decision.pk), {"name": "progresses", "no_step": "supportive care"})
    arm = Arm.objects.get(name="progresses")
    web.post(url("arm_move", arm.pk), {"direction": "up"})
    assert [one.name for one in draft.decision.arms.live()] == ["responds", "progresses", "else PRRT"]
    web.post(url("arm_remove", arm.pk))
    assert [one.name for one in draft.decision.arms.live()] == ["responds", "else PRRT"]


def test_an_arm_with_steps_says_what_to_do_first(draft, omar):
    answer = browser(omar).post(url("arm_remove", draft.responds.pk), follow=True)
    assert "The arm “responds” has step 3 (Surgery). Take it out of the arm first" in answer.content.decode()


def test_a_step_is_put_into_an_arm_and_out_of_it(draft, omar):
    web = browser(omar)
    body = {"arm": "", "base-arm": str(draft.surgery.arm_id)}
    assert web.post(url("step_save", draft.surgery.pk), body, **FETCH).json()["saved"] == {"arm": ""}
    body = {"arm": str(draft.other.pk), "base-arm": ""}
    web.post(url("step_save", draft.surgery.pk), body, **FETCH)
    assert Step.objects.get(pk=draft.surgery.pk).arm == draft.other


def test_a_step_is_added_to_an_arm_at_once(draft, omar):
    page = read(omar, "plan_edit", draft.plan.pk, arm=draft.other.pk)
    assert f'<option value="{draft.other.pk}" selected>else PRRT (step 2, re-staging)</option>' in page.replace(
        "\n>", ">"
    )
    body = {"phase": "adjuvant", "modality": "OTHER", "description": "blood count", "arm": draft.other.pk}
    browser(omar).post(url("step_new", draft.plan.pk), body)
    assert Step.objects.get(description="blood count").arm == draft.other


def test_a_plan_without_decisions_asks_for_no_arm(case, ana, omar):
    plan = makers.make_plan(case, by=ana)
    assert "In the arm" not in read(omar, "plan_edit", plan.pk)
    assert "In the arm" not in read(omar, "step_edit", plan.steps.get().pk)


def test_the_editor_says_what_the_arms_still_need(draft, omar):
    browser(omar).post(url("arm_new", draft.decision.pk), {"name": "progresses"})
    words = "The arm “progresses” of step 2 has no step."
    assert words in read(omar, "plan_edit", draft.plan.pk)
    assert words in read(omar, "step_edit", draft.decision.pk)


def test_a_decision_is_saved_without_script_and_stays_one(draft, omar):
    body = {"phase": "surveillance", "description": "re-staging at 3 months", "base-description": "re-staging"}
    browser(omar).post(url("step_save", draft.decision.pk), body)
    step = Step.objects.get(pk=draft.decision.pk)
    assert (step.description, step.goals, step.modality_code) == ("re-staging at 3 months", ["monitoring"], "OTHER")


# Reading


@pytest.mark.parametrize("name", ["plan", "plan_print", "signoff"])
def test_a_plan_shows_its_arms_with_their_steps(draft, omar, ana, name):
    makers.submit(draft.plan, by=ana)
    page = read(omar, name, draft.plan.pk)
    first, second = page.index(f'id="arm-{draft.responds.pk}"'), page.index(f'id="arm-{draft.other.pk}"')
    assert first < page.index(f'id="step-{draft.surgery.pk}"') < second < page.index(f'id="step-{draft.prrt.pk}"')
    assert "partial response or better" in page
    assert page.count("Not decided yet") == 2


def test_what_was_chosen_is_shown_with_day_reason_and_who(plan, omar):
    choose(plan, omar, plan.responds)
    page = read(omar, "plan", plan.plan.pk)
    assert "recorded by Omar Oncologist" in page
    assert "c-status--chosen" in page
    assert page.count("Set aside") >= 2


def test_the_case_says_what_a_step_of_an_arm_waits_for(plan, omar):
    assert "Waits for the decision of step 2 (re-staging)" in read(omar, "case", plan.decision.case_id)


def test_the_timeline_tells_the_decision(plan, omar):
    choose(plan, omar, plan.responds)
    page = read(omar, "timeline", plan.decision.case_id)
    assert "decided at step 2 (re-staging) of plan 1" in page
    assert "Arm “responds”: CT" in page


def test_pages_take_as_many_queries_however_many_steps_an_arm_has(draft, omar, ana):
    def pages():
        return [queries_of(browser(omar), url(name, draft.plan.pk)) for name in ("plan", "plan_print", "plan_edit")]

    few = pages()
    for arm in (draft.responds, draft.other) * 4:
        add_step(draft.plan, by=ana, phase="adjuvant", modality_code="OSA", goals=["palliation"], owner=omar, arm=arm)
    assert pages() == few


# Choosing


def test_an_arm_is_chosen_on_the_page_of_the_decision(plan, omar):
    page = read(omar, "step_deliver", plan.decision.pk)
    assert "Record the decision" in page
    assert "checked" not in page[page.index('id="choose"') : page.index('id="skip"')]
    body = decided(plan.decision, verb="choose", chosen_arm=plan.responds.pk)
    answer = browser(omar).post(url("step_deliver", plan.decision.pk), body)
    assert answer.status_code == 302
    assert makers.reread(plan).decision.chosen_arm == plan.responds


def test_a_choice_without_an_arm_is_asked_for_and_keeps_what_was_typed(plan, omar):
    answer = browser(omar).post(url("step_deliver", plan.decision.pk), decided(plan.decision, verb="choose"))
    assert answer.status_code == 400
    page = answer.content.decode()
    assert "Choose one of the arms, or none of them." in page
    assert "partial response</textarea>" in page


def test_a_day_that_is_past_is_asked_for_on_the_page(plan, omar):
    with rewriting():
        Step.objects.filter(pk=plan.surgery.pk).update(planned_start=makers.TODAY() - timedelta(days=3))
    web, body = browser(omar), decided(plan.decision, verb="choose", chosen_arm=plan.responds.pk)
    page = web.post(url("step_deliver", plan.decision.pk), body).content.decode()
    assert "which is past. Give the day on which it is to start" in page
    day = makers.TODAY() + timedelta(days=9)
    web.post(url("step_deliver", plan.decision.pk), body | {f"start_{plan.surgery.pk}": day.isoformat()})
    assert makers.reread(plan).surgery.due_on == day


def test_none_of_the_arms_leads_to_a_re_discussion(plan, omar):
    browser(omar).post(url("step_deliver", plan.decision.pk), decided(plan.decision, verb="choose", chosen_arm="none"))
    assert makers.reread(plan).decision.chosen_arm is None
    assert "Propose a re-discussion" in read(omar, "plan", plan.plan.pk)
    assert "Plan the re-discussion" in read(omar, "step_deliver", plan.decision.pk)


def test_a_decision_is_corrected_on_the_page(plan, omar):
    choose(plan, omar, plan.responds)
    body = {"verb": "correct", "version": plan.decision.version, "chosen_arm": plan.other.pk, "reason": "read again"}
    browser(omar).post(url("step_deliver", plan.decision.pk), body | {"on": makers.TODAY().isoformat()})
    assert makers.reread(plan).decision.chosen_arm == plan.other


def test_a_step_whose_arm_is_not_chosen_offers_nothing_to_record(plan, omar):
    page = read(omar, "step_deliver", plan.surgery.pk)
    assert "Hand over" in page
    assert "It has started" not in page
    assert "Waits for the decision of step 2 (re-staging)" in page


def test_the_steps_of_a_decision_that_is_not_made_propose_a_re_discussion(plan, omar):
    skip_step(plan.decision, by=omar, expected_version=plan.decision.version, reason="patient_choice")
    assert read(omar, "plan", plan.plan.pk).count("Propose a re-discussion") == 4


# Over the API


def test_a_program_drafts_a_decision_and_its_arms(case, ana):
    plan = makers.make_plan(case, by=ana)
    api = Api(ana)
    body = {"description": "re-staging", "phase": "surveillance", "arms": [{"name": "responds"}, {"name": "else"}]}
    answer = api.post(f"/plans/{plan.pk}/decisions/", body, version=plan.version)
    assert answer.status_code == 201
    step = answer.json()
    assert [arm["name"] for arm in step["arms"]] == ["responds", "else"]
    arm = step["arms"][0]
    answer = api.patch(f"/arms/{arm['id']}/", {"condition": "partial response"}, version=arm["version"])
    assert answer.json()["condition"] == "partial response"
    step = api.get(f"/steps/{step['id']}/").json()
    answer = api.post(f"/steps/{step['id']}/arms/", {"name": "progresses", "no_step": "care"}, version=step["version"])
    assert answer.status_code == 201
    third = answer.json()
    moved = api.post(f"/arms/{third['id']}/move/", {"direction": "up"}, version=third["version"])
    assert moved.json()["position"] == 2
    assert api.post(f"/arms/{third['id']}/remove/", version=moved.json()["version"]).status_code == 200
    assert [row["name"] for row in api.get("/arms/", decision=step["id"]).json()["results"]] == ["else", "responds"]


def test_a_program_puts_a_step_into_an_arm(draft, ana):
    answer = Api(ana).patch(f"/steps/{draft.first.pk}/", {"arm": draft.other.pk}, version=draft.first.version)
    assert answer.json()["arm"] == draft.other.pk


def test_a_program_chooses_an_arm(plan, ana):
    body = {
        "chosen_arm": plan.responds.pk,
        "on": makers.TODAY().isoformat(),
        "reason": "CT",
        "why": "early",
        **makers.OUTCOME,
    }
    answer = Api(ana).post(f"/steps/{plan.decision.pk}/choose/", body, version=plan.decision.version)
    assert answer.status_code == 200
    assert (answer.json()["chosen_arm"], answer.json()["decided_by"]["name"]) == (plan.responds.pk, "Ana Coordinator")


def test_a_program_gives_the_days_that_are_past(plan, ana):
    with rewriting():
        Step.objects.filter(pk=plan.surgery.pk).update(planned_start=makers.TODAY() - timedelta(days=3))
    body = {
        "chosen_arm": plan.responds.pk,
        "on": makers.TODAY().isoformat(),
        "reason": "CT",
        "why": "early",
        **makers.OUTCOME,
    }
    path, day = f"/steps/{plan.decision.pk}/choose/", makers.TODAY() + timedelta(days=9)
    refused = Api(ana).post(path, body, version=plan.decision.version)
    assert (refused.status_code, attrs(refused)) == (400, ["starts"])
    body["starts"] = [{"step": plan.surgery.pk, "due_on": day.isoformat()}]
    assert Api(ana).post(path, body, version=plan.decision.version).status_code == 200
    assert makers.reread(plan).surgery.due_on == day


def test_a_program_that_decides_early_says_when_the_steps_of_the_arm_start(plan, ana):
    with rewriting():
        Step.objects.filter(pk=plan.decision.pk).update(planned_start=makers.TODAY() + timedelta(days=60))
    body = {
        "chosen_arm": plan.responds.pk,
        "on": makers.TODAY().isoformat(),
        "reason": "CT",
        "why": "early",
        **makers.OUTCOME,
    }
    path, day = f"/steps/{plan.decision.pk}/choose/", makers.TODAY() + timedelta(days=30)
    refused = Api(ana).post(path, body, version=plan.decision.version)
    assert (refused.status_code, attrs(refused)) == (400, ["starts"])
    assert "Step 3 (Surgery) was planned to start on" in problem(refused)
    body["starts"] = [{"step": plan.surgery.pk, "due_on": day.isoformat()}]
    assert Api(ana).post(path, body, version=plan.decision.version).status_code == 200
    assert makers.reread(plan).surgery.due_on == day


def test_a_program_corrects_a_decision(plan, ana):
    choose(plan, ana, plan.responds)
    body = {"chosen_arm": None, "on": makers.TODAY().isoformat(), "reason": "read again"}
    answer = Api(ana).post(f"/steps/{plan.decision.pk}/correct/", body, version=plan.decision.version)
    assert answer.json()["chosen_arm"] is None


def test_a_choice_without_an_arm_is_refused_to_a_program(plan, ana):
    body = {"on": makers.TODAY().isoformat(), "reason": "CT", "why": "early", **makers.OUTCOME}
    answer = Api(ana).post(f"/steps/{plan.decision.pk}/choose/", body, version=plan.decision.version)
    assert attrs(answer) == ["chosen_arm"]


def test_somebody_of_another_board_meets_no_arm(plan, otto):
    assert Api(otto).get(f"/arms/{plan.responds.pk}/").status_code == 404
    assert browser(otto).post(url("arm_save", plan.responds.pk)).status_code == 404


def test_the_gate_of_a_step_of_an_arm_is_served(plan, ana):
    gate = Api(ana).get(f"/steps/{plan.surgery.pk}/").json()["gate"]
    assert gate == {"state": "waiting", "reason": "Waits for the decision of step 2 (re-staging)"}
    assert Plan.objects.get(pk=plan.plan.pk).is_in_force
