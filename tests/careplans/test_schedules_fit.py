"""A schedule whose situation is not the patient's is remarked, and “no follow-up” is confirmed by whoever releases."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import FollowUpSchedule, NothingAhead, Plan, Proforma
from careplans.readers.schedules.schedule_fit import misfits, schedule_remarks
from careplans.services.cases import add_prior_treatment
from careplans.services.plan_schedules import add_schedule
from careplans.services.plans import draft_plan, edit_plan
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db

NONE = {
    "site_group": "appendix or rectum", "grade": "G1", "extent": "under 1 cm, no adverse feature", "is_none": True,
    "source": "ESMO 2020",
}  # fmt: skip
ADVANCED = {"extent": "metastatic or inoperable"}
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
        ({"name": "Carcinoid syndrome"}, {"functional_status": "non_functional"}, 1),
        ({"name": "Carcinoid syndrome"}, {"functional_status": "non_functional", "syndrome": "none"}, 1),
        ({"name": "Carcinoid syndrome"}, {"functional_status": "functional", "syndrome": "insulinoma"}, 1),
        ({"name": "Carcinoid syndrome"}, {"functional_status": "functional", "syndrome": "carcinoid_syndrome"}, 0),
        ({"name": "Carcinoid syndrome"}, {}, 0),
        (ADVANCED, {"extent": "localized", "surgery_option": "yes"}, 1),
        (ADVANCED, {"extent": "localized", "surgery_option": "no"}, 0),
        (ADVANCED, {"extent": "metastatic", "surgery_option": "yes"}, 0),
        ({"extent": "under 2 cm, node-negative"}, {"n_stage": "N1"}, 1),
        ({"extent": "under 2 cm, node-negative"}, {"n_category": "pN0"}, 0),
        ({"name": "Gastric, type 1", "site_group": "stomach"}, {"gastric_type": "type_3"}, 1),
        ({"site_group": "adrenal or paraganglia"}, {"primary_site": "lung"}, 1),
    ],
)  # fmt: skip
def test_what_cannot_be_the_same_is_told(schedule, facts, many):
    assert len(misfits(FollowUpSchedule(**schedule), Proforma(**facts))) == many


# A treatment that the schedule follows on

RESECTED = {
    "name": "None: pancreas, resected",
    "resection": "resected",
    "is_none": True,
    "source": "CommNETs",
    "lines": [],
}


def remarks_on(plan):
    return [one.text for one in schedule_remarks(Plan.objects.for_editing().get(pk=plan.pk))]


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    Proforma.objects.filter(pk=case.pk).update(primary_site="pancreas")
    return case


def followed(board, case, ana, *, schedule=RESECTED, **step):
    plan = makers.make_plan(case, by=ana, steps=0)
    if step:
        add_step(plan, by=ana, phase="tumour_control", description="x", owner=ana, **step)
    plan = Plan.objects.get(pk=plan.pk)
    add_schedule(
        plan, by=ana, schedule=makers.make_template(board, **schedule), counts_from=makers.TODAY(), assignee=ana
    )
    return plan


def test_a_schedule_for_resected_tumours_is_remarked_where_no_operation_is_recorded(board, case, ana):
    (told,) = remarks_on(followed(board, case, ana))
    assert told.endswith("it is for a tumour that was resected, and no such treatment is recorded.")


@pytest.mark.parametrize("name", ["Pancreas, resected", "Resected G1"])
def test_whether_its_name_says_so_or_a_field(board, case, ana, name):
    assert remarks_on(followed(board, case, ana, schedule=RESECTED | {"name": name, "resection": ""}))


@pytest.mark.parametrize("what", ["distal pancreatectomy", "resection of the primary tumour"])
def test_not_where_it_was_resected_before_the_plans(board, case, ana, what):
    add_prior_treatment(case, by=ana, modality_code="SURG", description=what, response="complete")
    assert remarks_on(followed(board, case, ana)) == []


def test_an_operation_of_something_else_is_asked_about(board, case, ana):
    add_prior_treatment(case, by=ana, modality_code="SURG", description="cholecystectomy", response="not_recorded")
    assert (
        "recorded is Surgery: cholecystectomy (before the plans): is it that of"
        in remarks_on(followed(board, case, ana))[0]
    )


def test_not_where_the_plan_itself_resects_it(board, case, ana):
    makers.make_modality("SURG")
    assert remarks_on(followed(board, case, ana, modality_code="SURG", goals=["cure"])) == []


def test_after_prrt_needs_prrt(board, case, ana):
    assert remarks_on(followed(board, case, ana, schedule={"name": "After PRRT"}))


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
