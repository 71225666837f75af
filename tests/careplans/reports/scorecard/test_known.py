"""What was known at the decision: the facts that were frozen when the plan was sent to sign-off."""

import pytest

from careplans.models import Plan
from careplans.services.plans import amend_plan
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import (
    FACTS,
    MARCH,
    asked,
    drafted,
    figures,
    in_force,
    make_case,
    on,
    record,
    share,
)

pytestmark = pytest.mark.django_db

OF_A_PARAGANGLIOMA = {
    "primary_site": "paraganglia", "grade": "not_applicable", "extent": "localized", "functional_status": "non_functional",
    "sstr_expression": "high", "surgery_option": "yes", "ecog": 1, "largest_primary_mm": 34, "egfr_ml_min": ">90",
    "trial_consideration": "not_eligible",
}  # fmt: skip


@pytest.fixture
def made_plans(pages, board, ana, chloe):
    """Four plans of March: all known; imaging and echo after the decision and no Ki-67; a carcinoma; a paraganglioma."""
    with on(3, 2):
        whole = in_force(make_case(board, 1, by=ana, facts=FACTS), by=ana, chair=chloe)
        late = FACTS | {"ki67_percent": None, "sstr_on": None, "echo_on": None, "liver_surgery_option": "not_recorded"}
        late_case = make_case(board, 2, by=ana, facts=late)
        in_force(late_case, by=ana, chair=chloe)
        carcinoma = {"primary_site": "colon", "grade": "NEC", "liver_metastases": "no"}
        in_force(make_case(board, 3, by=ana, facts=carcinoma), by=ana, chair=chloe)
        in_force(make_case(board, 4, by=ana, facts=OF_A_PARAGANGLIOMA), by=ana, chair=chloe)
        drafted(make_case(board, 5, by=ana, facts=FACTS), by=ana)
    with on(3, 9):
        record(late_case, {"ki67_percent": "3", "sstr_on": "2026-03-08"}, by=ana)
    return whole


@pytest.fixture
def plans(made_plans):
    with on(3, 20):
        yield made_plans


def test_work_up_is_complete_where_all_that_applies_was_recorded(plans, chloe):
    assert share(figures(chloe, **MARCH)["work-up-complete"]) == (2, 4)


def test_each_part_of_the_documentation_is_counted_by_itself(plans, chloe):
    found = figures(chloe, **MARCH)
    assert share(found["primary-site"]) == (4, 4)
    assert share(found["proliferative-index"]) == (1, 3)
    assert share(found["differentiation"]) == (2, 3)
    assert share(found["distant-metastasis"]) == (3, 4)
    assert share(found["structured-pathology"]) == (1, 3)


def test_a_finding_counts_with_its_day_and_not_after_the_decision(plans, chloe):
    found = figures(chloe, **MARCH)
    assert share(found["receptor-imaging"]) == (1, 3)
    assert share(found["carcinoid-echo"]) == (1, 2)
    assert share(found["hormonal-work-up"]) == (2, 2)
    assert share(found["liver-surgery-considered"]) == (1, 2)


def test_what_is_not_recorded_is_left_out_as_that_and_not_as_none(plans, chloe):
    """Of the carcinoma nobody recorded whether it is functional, nor its syndrome, but that there are no liver metastases. The
    paraganglioma is non-functional and localized."""
    found = {one["name"]: one["left_out"] for one in asked(chloe, **MARCH)["results"]}
    told = {
        name: {each["measure"]: each["figure"]["count"] for each in found[name]}
        for name in ("hormonal-work-up", "carcinoid-echo", "liver-surgery-considered")
    }
    assert told == {
        "hormonal-work-up": {"not_functional": 1, "function_unknown": 1},
        "carcinoid-echo": {"not_carcinoid": 1, "syndrome_unknown": 1},
        "liver-surgery-considered": {"no_liver": 2, "liver_unknown": 0},
    }


def test_liver_metastases_that_nobody_recorded_are_not_none(pages, board, ana, chloe):
    with on(3, 2):
        released(board, ana, chloe, 1, FACTS | {"liver_metastases": "not_recorded"})
    (one,) = [one for one in asked(chloe, **MARCH)["results"] if one["name"] == "liver-surgery-considered"]
    assert [each["figure"]["count"] for each in one["left_out"]] == [0, 1]


def test_an_amendment_is_the_same_decision(plans, board, ana, chloe):
    new = amend_plan(Plan.objects.get(pk=plans.pk), by=ana, reason="Another order.")
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    found = figures(chloe, **MARCH)
    assert share(found["work-up-complete"]) == (2, 4)
    assert found["released-over-dissent"]["among"] == 5


def test_a_plan_entered_in_error_was_no_decision(plans, chloe):
    Plan.objects.filter(pk=plans.pk).update(status="entered_in_error", end_reason="Another patient.")
    assert share(figures(chloe, **MARCH)["work-up-complete"]) == (1, 3)


def test_as_of_a_day_before_the_release_there_is_no_plan(plans, chloe):
    assert figures(chloe, as_of="2026-03-01", since="2026-02-01")["work-up-complete"]["among"] == 0


NOTHING = {"ecog": None, "ki67_percent": None, "largest_primary_mm": None, "egfr_ml_min": ""}
# Each of these is asked of a functional, metastatic tumour with liver metastases.
ASKED_FOR = (
    "primary_site", "largest_primary_mm", "grade", "ki67_percent", "differentiation", "extent", "liver_metastases",
    "functional_status", "syndrome", "hormone_symptoms_controlled", "sstr_expression", "tumour_volume", "visceral_crisis",
    "surgery_option", "liver_surgery_option", "other_options_exhausted", "trial_consideration", "ecog", "egfr_ml_min",
)  # fmt: skip


def released(board, by, chair, number, facts):
    return in_force(make_case(board, number, by=by, facts=facts), by=by, chair=chair)


def test_each_part_that_a_rule_or_the_short_form_reads_is_asked_for(pages, board, ana, chloe):
    """Nineteen plans that lack one part each."""
    with on(3, 2):
        for name in ASKED_FOR:
            released(board, ana, chloe, name, FACTS | {name: NOTHING.get(name, "not_recorded")})
    assert share(figures(chloe, **MARCH)["work-up-complete"]) == (0, 19)


@pytest.mark.parametrize(
    "facts",
    [
        {"largest_primary_mm": None, "largest_liver_lesion_mm": 30},
        {"primary_site": "unknown_primary", "largest_primary_mm": None, "liver_metastases": "no",
         "liver_surgery_option": "not_recorded"},
        {"functional_status": "non_functional", "syndrome": "not_recorded", "hormone_symptoms_controlled": "not_recorded"},
        {"extent": "localized", "liver_metastases": "not_recorded", "liver_surgery_option": "not_recorded",
         "tumour_volume": "not_recorded", "visceral_crisis": "not_recorded", "other_options_exhausted": "not_recorded"},
        {"grade": "NEC", "differentiation": "poor", "sstr_expression": "not_recorded"},
    ],
)  # fmt: skip
def test_what_does_not_apply_is_not_asked_for(pages, board, ana, chloe, facts):
    with on(3, 2):
        released(board, ana, chloe, 1, FACTS | facts)
    assert share(figures(chloe, **MARCH)["work-up-complete"]) == (1, 1)


def test_imaging_and_echo_are_no_older_than_a_year(pages, board, ana, chloe):
    """Sent on 2 March 2026: a year before is 2 March 2025. A month is compared as far as it is known."""
    with on(3, 2):
        for number, day in enumerate(("2025-03-02", "2025-03-01", "2025-03", "2025-02", "2026-03-02", "2026-03-03")):
            released(board, ana, chloe, number, FACTS | {"sstr_on": day, "echo_on": day})
    found = figures(chloe, **MARCH)
    assert share(found["receptor-imaging"]) == (3, 6)
    assert share(found["carcinoid-echo"]) == (3, 6)


def test_how_many_were_left_out_stands_beside_it(plans, chloe):
    """Of the four plans one is a carcinoma, and one has no grade."""
    found = {one["name"]: one["left_out"] for one in asked(chloe, **MARCH)["results"]}
    assert [(one["measure"], one["figure"]["count"]) for one in found["receptor-imaging"]] == [("carcinomas", 1)]
    assert [(one["measure"], one["figure"]["count"]) for one in found["differentiation"]] == [("ungraded", 1)]
