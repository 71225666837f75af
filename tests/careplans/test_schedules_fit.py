"""A schedule whose situation is not the patient's is remarked, and “no follow-up” is confirmed by whoever releases."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import FollowUpSchedule, NothingAhead, Plan, Proforma
from careplans.readers.schedules.schedule_fit import misfits
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import draft_plan, edit_plan
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db

NONE = {
    "site_group": "appendix or rectum", "grade": "G1", "extent": "under 1 cm, no adverse feature", "is_none": True,
    "source": "ESMO 2020",
}  # fmt: skip
PANCREATIC_NEC = {"primary_site": "pancreas", "grade": "NEC", "extent": "metastatic"}


@pytest.mark.parametrize(
    ("schedule", "facts", "many"),
    [
        (NONE, PANCREATIC_NEC, 3),
        (NONE, {"primary_site": "appendix", "grade": "G1", "extent": "localized", "largest_primary_mm": 8}, 0),
        (NONE, {"primary_site": "appendix", "grade": "G1", "extent": "localized", "largest_primary_mm": 12}, 1),
        (NONE, {}, 0),
        ({"grade": "G1 or low G2", "extent": "localized or regional"}, {"grade": "G2", "extent": "regional"}, 0),
        ({"grade": "G1 to G3"}, {"grade": "G2"}, 0),
        ({"extent": "metastatic or inoperable"}, {"extent": "localized"}, 0),
        ({"extent": "under 2 cm, node-negative"}, {"extent": "regional"}, 1),
        ({"extent": "with carcinoid syndrome"}, {"extent": "metastatic"}, 0),
        ({"site_group": "adrenal or paraganglia"}, {"primary_site": "lung"}, 1),
    ],
)  # fmt: skip
def test_what_cannot_be_the_same_is_told(schedule, facts, many):
    assert len(misfits(FollowUpSchedule(**schedule), Proforma(**facts))) == many


@pytest.fixture
def unfit(board, ana):
    """A plan of a metastatic pancreatic NEC without a step, on “no follow-up” for a small appendix."""
    case = makers.make_case(board, by=ana)
    Proforma.objects.filter(pk=case.pk).update(**PANCREATIC_NEC)
    plan = draft_plan(case, by=ana)
    edit_plan(plan, {"no_treatment": True, "no_treatment_reason": "Removed"}, by=ana)
    plan = Plan.objects.get(pk=plan.pk)
    none = makers.make_template(board, name="None: appendix", lines=[], **NONE)
    add_schedule(plan, by=ana, schedule=none, counts_from=makers.TODAY(), assignee=ana)
    return plan


def test_no_follow_up_is_never_put_under_the_chairs_name_unasked(unfit, ana, chloe):
    makers.submit(unfit, by=ana)
    with pytest.raises(ValidationError, match="Nothing dated would lie ahead"):
        makers.release(unfit, by=chloe)
    own = "Small appendix tumour, completely removed."
    makers.release(unfit, by=chloe, ahead={"nothing_ahead_reason": own})
    assert NothingAhead.objects.get().reason == own


def test_the_editor_the_sign_off_and_the_release_say_what_does_not_fit(unfit, ana, chloe):
    told = "does not seem to fit: it is for “appendix or rectum”, and recorded is Pancreas"
    assert told in browser(ana).get(url("plan_edit", unfit.pk)).content.decode()
    makers.submit(unfit, by=ana)
    page = browser(chloe).get(url("signoff", unfit.pk)).content.decode()
    assert page.count(told) == 2 and "Why nothing is planned" in page
    assert Plan.objects.get(pk=unfit.pk).status == "in_signoff"
