"""What was known at the decision: the facts that were frozen when the plan was sent to sign-off."""

import pytest

from careplans.models import Plan
from careplans.services.plans import amend_plan
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import (
    FACTS,
    MARCH,
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
    "sstr_expression": "high", "surgery_option": "yes", "ecog": 1,
}  # fmt: skip


@pytest.fixture
def plans(pages, board, ana, chloe):
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
    with on(3, 20):
        yield whole


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
