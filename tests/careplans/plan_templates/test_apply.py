from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.services.holidays import DayOff, add_holidays
from careplans.models import Event, FollowUpSchedule, Plan, PlanTemplateVersion, Step, TemplatedStep
from careplans.plan_templates.content import read_content
from careplans.plan_templates.days import days_of
from careplans.plan_templates.fit import fit_of
from careplans.rules.plan_advice import Rules
from careplans.services.plan_templates import apply_template, draft_from_template
from careplans.services.plans import draft_plan, missing_for_signoff
from careplans.services.schedule_library import give_library
from careplans.services.signatures import check_not_alone
from careplans.services.steps import add_step
from common.errors import Conflict
from modalities.models import Modality
from tests.careplans import makers
from tests.careplans.plan_templates.worlds import case_of
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db
DISCIPLINES = (
    "endocrinology", "cardiology", "interventional_radiology", "nuclear_medicine", "gastroenterology", "anaesthesia", "pathology",
    "palliative_care",
)  # fmt: skip


@pytest.fixture
def whole_board(board, ana, chloe, omar, ravi):
    """One person for each discipline, and the library of schedules."""
    for discipline in DISCIPLINES:
        join(make_user(f"{discipline}@northgate.example", discipline.title()), board, "member", discipline)
    give_library(board, by=None)
    return board


def fired(plan):
    plan = Plan.objects.for_rules().get(pk=plan.pk)
    places = {str(step.pk): step.position for step in plan.steps.all()}
    return {(one.rule, places.get(one.step)) for one in Rules.in_force().firings(plan)}


FITTING = {
    # The embolization stands in one arm of a decision, so no plan is sure of a treatment of the liver until the board has chosen.
    "midgut-functional-liver": ("V01", {}, {("AVL-01", 6), ("LIV-01", None)}),
    "pancreas-resectable": ("V02", {}, {("TRI-01", None)}),
    "prrt-gep-net": ("V03", {"sstr_expression": "high"}, {("AVL-01", 2), ("LIV-01", None)}),
    "nec-platinum": ("V04", {}, {("CHE-02", 2), ("LIV-01", None)}),
    "small-rectal-appendix": (
        "V02", {"primary_site": "appendix", "largest_primary_cm": "0.8", "trial_consideration": "not_eligible"},
        {("SUR-01", None)},
    ),
}  # fmt: skip


@pytest.mark.parametrize("slug", FITTING)
def test_on_fitting_facts_nothing_fires_but_what_is_expected(slug, templates, whole_board, ana):
    vignette, changed, expected = FITTING[slug]
    case = case_of(whole_board, vignette, by=ana, **changed)
    assert fired(draft_from_template(case, templates[slug], by=ana).plan) == expected


NOT_FITTING = {
    "midgut-functional-liver": ("V05", "SEQ-04"),
    "pancreas-resectable": ("V01", "SUR-03"),
    "prrt-gep-net": ("V04", "PRR-02"),
    "nec-platinum": ("V06", "CHE-01"),
    "small-rectal-appendix": ("V05", "SEQ-02"),
}


@pytest.mark.parametrize("slug", NOT_FITTING)
def test_on_facts_that_do_not_fit_the_rules_say_so(slug, templates, whole_board, ana):
    vignette, rule = NOT_FITTING[slug]
    plan = draft_from_template(case_of(whole_board, vignette, by=ana), templates[slug], by=ana).plan
    assert rule in {name for name, _ in fired(plan)}


@pytest.mark.parametrize("slug", FITTING)
def test_whether_it_fits_is_told_with_the_reason(slug, templates, whole_board, ana):
    vignette, changed, _ = FITTING[slug]
    case = case_of(whole_board, vignette, by=ana, **changed, recist_change="progression")
    content = read_content(templates[slug].content)
    fit = fit_of(content, case.proforma)
    assert fit.fits and fit.agrees
    off = makers.make_case(whole_board, by=ana, record_number="SYN-2")
    assert not fit_of(content, off.proforma).fits


@pytest.mark.parametrize("slug", FITTING)
def test_on_a_board_with_every_discipline_nothing_is_missing(slug, templates, whole_board, ana):
    vignette, changed, _ = FITTING[slug]
    applied = draft_from_template(case_of(whole_board, vignette, by=ana, **changed), templates[slug], by=ana)
    plan = Plan.objects.for_editing().get(pk=applied.plan.pk)
    assert (applied.told, missing_for_signoff(plan, list(plan.steps.all()))) == ([], [])


def test_steps_arms_gates_and_schedules_are_written(templates, whole_board, ana):
    case = case_of(whole_board, "V01", by=ana)
    plan = draft_from_template(case, templates["midgut-functional-liver"], by=ana).plan
    steps = list(Step.objects.filter(plan=plan).for_plan())
    analogue, heart, first, _, embolize, decision, prrt, _ = steps
    assert [step.position for step in steps] == [1, 1, 2, 3, 4, 5, 6, 7]
    assert (first.after_step, first.after_event) == (analogue, "begun")
    assert (embolize.after_step, embolize.after_event, embolize.occurrences_planned) == (heart, "ended", 2)
    assert [arm.name for arm in decision.arms.all()][1] == prrt.arm.name == "progression, receptors high"
    assert prrt.modality_revision == Modality.objects.get(slug="prrt").current_revision
    assert [row.start_words for row in plan.schedules.all()][2].startswith("the day on which step 6")


def test_no_step_is_planned_for_a_day_off_of_the_board(templates, whole_board, ana):
    content = read_content(templates["nec-platinum"].content)
    usual = days_of(content, whole_board.today)[content.ordered[0].key].start
    add_holidays(whole_board, [DayOff(usual, "Closed")], by=ana)
    plan = draft_from_template(case_of(whole_board, "V04", by=ana), templates["nec-platinum"], by=ana).plan
    assert usual < plan.steps.first().planned_start <= usual + timedelta(days=3)


def test_the_plan_remembers_the_version_and_the_timeline_tells_it(templates, whole_board, ana):
    row = templates["nec-platinum"]
    plan = draft_from_template(case_of(whole_board, "V04", by=ana), row, by=ana).plan
    told = Event.objects.get(plan=plan, kind="plan_from_template")
    assert Plan.objects.get(pk=plan.pk).template_version == row
    assert (told.by, told.data["template"], told.data["count"]) == (ana, row.title, 5)
    assert TemplatedStep.objects.filter(step__plan=plan).count() == 5


@pytest.mark.parametrize("filler", ["chloe", "ana"])
def test_who_fills_a_plan_from_a_template_has_written_of_it(request, templates, whole_board, ana, chloe, filler):
    filler = request.getfixturevalue(filler)
    plan = draft_plan(case_of(whole_board, "V04", by=ana), by=chloe)
    apply_template(plan, templates["nec-platinum"], by=filler, expected_version=plan.version)
    plan = makers.submit(Plan.objects.get(pk=plan.pk), by=chloe)
    if filler == ana:
        check_not_alone(plan, by=chloe)
    else:
        with pytest.raises(ValidationError, match="one person alone"):
            check_not_alone(plan, by=chloe)


def test_an_empty_draft_is_filled(templates, whole_board, ana):
    plan = draft_plan(case_of(whole_board, "V02", by=ana), by=ana, aim="as the patient wishes")
    filled = apply_template(plan, templates["pancreas-resectable"], by=ana, expected_version=plan.version).plan
    assert Step.objects.filter(plan=filled).count() == 5
    assert Plan.objects.get(pk=plan.pk).aim == "as the patient wishes"


def test_a_draft_with_a_step_is_left_alone(templates, whole_board, ana):
    plan = draft_plan(case_of(whole_board, "V02", by=ana), by=ana)
    add_step(plan, by=ana, phase="surveillance", modality_code="OTHER", description="watch")
    with pytest.raises(ValidationError, match="steps or a schedule already"):
        apply_template(plan, templates["pancreas-resectable"], by=ana)
    assert Step.objects.filter(plan=plan).count() == 1


def test_what_changed_since_is_a_conflict(templates, whole_board, ana):
    plan = draft_plan(case_of(whole_board, "V02", by=ana), by=ana)
    with pytest.raises(Conflict):
        apply_template(plan, templates["pancreas-resectable"], by=ana, expected_version=plan.version + 1)


def test_an_observer_starts_nothing(templates, whole_board, ana, nina):
    case = case_of(whole_board, "V02", by=ana)
    with pytest.raises(PermissionDenied):
        draft_from_template(case, templates["pancreas-resectable"], by=nina)


def test_a_discipline_without_a_member_is_named_and_its_owner_left_to_be_chosen(templates, board, ana):
    give_library(board, by=None)
    applied = draft_from_template(case_of(board, "V02", by=ana), templates["pancreas-resectable"], by=ana)
    assert any(words.startswith("Surgery: nobody") for words in applied.told)
    assert not Step.objects.filter(plan=applied.plan).exclude(owner=None).exists()


def test_a_discipline_with_two_members_is_left_to_be_chosen(templates, whole_board, ana):
    join(make_user("second@northgate.example", "Second Surgeon"), whole_board, "member", "surgery")
    applied = draft_from_template(case_of(whole_board, "V02", by=ana), templates["pancreas-resectable"], by=ana)
    assert any("Surgery: 2 people" in words for words in applied.told)
    assert Step.objects.get(plan=applied.plan, modality_code="SURG").owner is None


def test_a_schedule_that_the_board_does_not_use_is_left_out_and_named(templates, whole_board, ana):
    FollowUpSchedule.objects.filter(name="Pancreas, resected").update(is_active=False)
    applied = draft_from_template(case_of(whole_board, "V02", by=ana), templates["pancreas-resectable"], by=ana)
    assert "“Pancreas, resected” is not in use" in " ".join(applied.told)
    assert not applied.plan.schedules.exists()


def test_a_template_whose_page_is_retired_cannot_be_taken(templates, whole_board, ana):
    Modality.objects.filter(slug="surgery").update(retired_at="2026-01-01T00:00Z", retired_reason="no surgeon")
    case = case_of(whole_board, "V02", by=ana)
    with pytest.raises(ValidationError, match="its reference page is retired"):
        draft_from_template(case, templates["pancreas-resectable"], by=ana)
    assert not Plan.objects.filter(case=case).exists()


def test_a_version_that_is_not_in_force_cannot_be_taken(templates, whole_board, ana):
    row = templates["pancreas-resectable"]
    PlanTemplateVersion.objects.filter(pk=row.pk).update(state="withdrawn", ended_reason="outdated")
    with pytest.raises(ValidationError, match="not in force any more"):
        draft_from_template(case_of(whole_board, "V02", by=ana), row, by=ana)


def test_a_person_who_has_left_owns_nothing(templates, whole_board, ana, chloe):
    chloe.is_active = False
    chloe.save()
    applied = draft_from_template(case_of(whole_board, "V02", by=ana), templates["pancreas-resectable"], by=ana)
    assert Step.objects.get(plan=applied.plan, modality_code="SURG").owner is None
