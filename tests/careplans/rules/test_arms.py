"""Rules judge each arm as a plan of its own: the plan fires what any arm's plan fires, and says in which arm."""

from datetime import timedelta

import pytest

from careplans.models import Plan
from careplans.readers.steps.arms import MOST_WAYS, ways_through
from careplans.rules.plan_advice import Rules, advice_for
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.decisions import add_decision, edit_arm
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.steps import add_step, edit_step
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
FACTS = {"extent": "localized", "surgery_option": "yes", "sstr_expression": "none"}


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, FACTS, by=ana)
    return case


@pytest.fixture
def draft(case, ana, omar):
    return makers.make_branched_draft(case, by=ana, owner=omar)


@pytest.fixture
def plan(case, ana, omar, chloe):
    return makers.make_branched_plan(case, by=ana, chair=chloe, owner=omar)


def fired(plan):
    """Where each rule fires: about which step, and in which arms alone."""
    loaded = Plan.objects.for_rules().get(pk=plan.pk)
    return {(f.rule, int(f.step) if f.step else None): f.in_arms for f in Rules.in_force().firings(loaded)}


def choose(plan, arm, by):
    step = plan.decision
    step.refresh_from_db()
    told = {"on": step.board.today, "reason": "CT", "why": "early", "expected_version": step.version} | makers.OUTCOME
    choose_arm(step, by=by, chosen_arm=arm, **told)


def test_what_one_arm_lacks_fires_and_says_in_which(draft):
    # The plan holds a curative resection, but whoever goes the other way has none.
    assert fired(draft.plan)["SUR-01", None] == "in arm “else PRRT”"


def test_a_rule_about_a_step_of_an_arm_says_in_which(draft):
    assert fired(draft.plan)["PRR-02", draft.prrt.pk] == "in arm “else PRRT”"


def test_what_fires_whichever_way_the_plan_goes_names_no_arm(draft):
    assert fired(draft.plan)["TRI-01", None] == ""


def test_an_arm_says_nothing_about_the_steps_of_another(draft, ana):
    """Two steps that would be one after the other never meet, because only one arm comes true."""
    steps = Plan.objects.for_rules().get(pk=draft.plan.pk).steps.all()
    held = [{step.pk for step in way.steps} for way in ways_through(list(steps))]
    common = {draft.first.pk, draft.decision.pk, draft.after.pk}
    assert held == [common | {draft.surgery.pk}, common | {draft.prrt.pk}]


def test_an_arm_without_steps_is_judged_too(draft, ana):
    edit_step(draft.prrt, {"arm": None}, by=ana)
    assert fired(draft.plan)["SUR-01", None] == "in arm “else PRRT”"


def test_a_decision_is_no_treatment(draft, ana, case):
    save_proforma(case, {"extent": "metastatic", "tumour_volume": "low", "visceral_crisis": "none"}, by=ana)
    for step in (draft.first, draft.surgery, draft.prrt, draft.after):
        edit_step(step, {"goals": ["monitoring"]}, by=ana)
    assert ("SEQ-03", None) in fired(draft.plan)


def test_after_the_decision_only_the_chosen_arm_counts(plan, ana):
    choose(plan, plan.responds, ana)
    found = fired(plan.plan)
    assert ("SUR-01", None) not in found
    assert ("PRR-02", plan.prrt.pk) not in found
    step = plan.decision
    told = {"on": step.board.today, "reason": "read again", "expected_version": step.version}
    correct_decision(step, by=ana, chosen_arm=plan.other, **told)
    assert fired(plan.plan)["SUR-01", None] == ""


def test_on_none_of_the_arms_what_is_left_is_judged(plan, ana):
    choose(plan, None, ana)
    assert fired(plan.plan)["SUR-01", None] == ""


def test_a_decision_is_kept_by_the_rules_in_an_amendment(plan, ana):
    choose(plan, plan.responds, ana)
    new = amend_plan(Plan.objects.select_related("case", "board").get(pk=plan.plan.pk), by=ana, reason="Progression")
    assert ("SUR-01", None) not in fired(new)


def test_what_is_decided_meanwhile_is_judged_in_the_amendment_at_once(plan, ana):
    new = amend_plan(Plan.objects.select_related("case", "board").get(pk=plan.plan.pk), by=ana, reason="Progression")
    assert new.advisories.standing().filter(rule="SUR-01").exists()
    choose(plan, plan.responds, ana)
    assert not new.advisories.standing().filter(rule="SUR-01").exists()


def test_the_arm_is_kept_with_the_advisory_and_follows_its_name(draft, ana):
    row = draft.plan.advisories.standing().get(rule="SUR-01")
    assert row.in_arms == "in arm “else PRRT”"
    edit_arm(draft.other, {"name": "otherwise"}, by=ana)
    row.refresh_from_db()
    assert (row.in_arms, row.ended_at) == ("in arm “otherwise”", None)


def test_the_pages_of_a_plan_say_in_which_arm(draft, omar):
    words = "Only in arm “else PRRT”."
    for name in ("plan", "plan_print", "plan_edit", "advisories"):
        assert words in browser(omar).get(url(name, draft.plan.pk)).content.decode(), name


def test_two_decisions_are_judged_in_every_combination(draft, ana, omar):
    arms = [{"name": "yes"}, {"name": "no", "no_step": "follow-up"}]
    second = add_decision(draft.plan, by=ana, description="second look", arms=arms)
    add_step(
        draft.plan, by=ana, phase="adjuvant", modality_code="PRRT", goals=["tumour_control"], owner=omar,
        arm=second.arms.get(name="yes"),
    )  # fmt: skip
    assert len(ways_through(list(Plan.objects.for_rules().get(pk=draft.plan.pk).steps.all()))) == 4
    assert fired(draft.plan)["SUR-01", None] == "in arm “else PRRT”"
    edit_step(draft.prrt, {"goals": ["symptom_control"]}, by=ana)
    assert fired(draft.plan)["PRR-02", draft.prrt.pk] == "in arm “else PRRT”"


def test_no_more_ways_are_judged_than_are_said(draft, ana):
    arms = [{"name": "yes"}, {"name": "no"}]
    for place in range(5):
        add_decision(draft.plan, by=ana, description=f"scan {place}", arms=arms)
    assert len(ways_through(list(Plan.objects.for_rules().get(pk=draft.plan.pk).steps.all()))) == MOST_WAYS


def test_ways_cost_no_query_each(draft, ana, django_assert_num_queries):
    loaded, rules = Plan.objects.for_rules().get(pk=draft.plan.pk), Rules.in_force()
    with django_assert_num_queries(0):
        rules.firings(loaded)
    assert advice_for(Plan.objects.for_editing().get(pk=draft.plan.pk)).whole


def test_a_plan_without_decisions_is_judged_as_before(case, ana):
    plan = makers.make_plan(case, by=ana)
    assert set(fired(plan).values()) == {""}


def test_days_of_arms_change_nothing_in_the_order_that_the_rules_see(draft, ana):
    before = fired(draft.plan)
    edit_step(draft.prrt, {"planned_start": makers.TODAY() + timedelta(days=1)}, by=ana)
    assert fired(draft.plan) == before
