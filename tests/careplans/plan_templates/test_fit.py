"""What speaks for a template and against it, of a case and of the person."""

import pytest
from django.urls import reverse

from careplans.models import Plan, Proforma
from careplans.plan_templates.content import read_content
from careplans.plan_templates.fit import fit_of, for_whom
from careplans.plan_templates.loading import read_files
from careplans.plan_templates.plain import plain_steps
from careplans.readers.facts.step_checks import step_questions
from careplans.services.plan_templates import draft_from_template
from tests.careplans.plan_templates.worlds import case_of, facts_of

FILES = read_files()
PANCREAS, NEC, PRRT, MIDGUT = (
    FILES[slug] for slug in ("pancreas-resectable", "nec-platinum", "prrt-gep-net", "midgut-functional-liver")
)


def facts(vignette, **changed):
    return Proforma(**(facts_of(vignette) | changed))


def test_a_tumour_of_the_size_that_it_is_for_fits():
    assert fit_of(PANCREAS, facts("V02", largest_primary_mm=21)).fits


def test_a_smaller_one_does_not_and_the_reason_is_said():
    fit = fit_of(PANCREAS, facts("V02", largest_primary_mm=20))
    assert not fit.fits and not fit.may_fit
    assert fit.against[0].endswith("20 mm, and it is for at least 21 mm")


def test_a_functional_one_does_not():
    fit = fit_of(PANCREAS, facts("V02", functional_status="functional"))
    assert not fit.fits and "functional" in fit.against[0].lower()


def test_both_bounds_of_the_size_are_told():
    content = read_content({"title": "T", "least_primary_mm": 10, "most_primary_mm": 20})
    assert "at least 10 mm and at most 20 mm" in for_whom(content)[0]


@pytest.mark.parametrize(
    ("content", "vignette", "changed", "words"),
    [
        (NEC, "V04", {"ecog": 4}, "ECOG 4"),
        (PANCREAS, "V02", {"fit_for_surgery": "no"}, "Unfit for surgery"),
        (PANCREAS, "V02", {"grade": "NEC"}, "NEC"),
        (MIDGUT, "V01", {"heart_disease": "severe"}, "Heart disease: severe"),
        (MIDGUT, "V01", {"visceral_crisis": "present"}, "Visceral crisis"),
        (MIDGUT, "V01", {"portal_vein": "trunk_occluded"}, "Portal vein occluded"),
    ],
)
def test_a_warning_of_the_header_speaks_against_it(content, vignette, changed, words):
    assert fit_of(content, facts(vignette)).fits
    fit = fit_of(content, facts(vignette, **changed))
    assert not fit.fits and words in " ".join(fit.warns)


def test_kidney_and_blood_stand_beside_a_template_with_prrt():
    fit = fit_of(PRRT, facts("V03", egfr_ml_min=31))
    assert any(words.startswith("eGFR 31") for words in fit.weigh)
    assert not any("eGFR" in words for words in fit_of(PANCREAS, facts("V02", egfr_ml_min=31)).weigh)


def test_what_the_template_is_for_does_not_speak_against_it():
    assert fit_of(NEC, facts("V04")).warns == ()
    assert fit_of(MIDGUT, facts("V01", hormone_symptoms_controlled="no")).warns == ()


@pytest.mark.parametrize("slug", FILES)
def test_no_supplied_step_contradicts_its_own_phase(slug):
    assert step_questions(plain_steps(FILES[slug]).values()) == []


@pytest.mark.parametrize("slug", FILES)
def test_no_arm_only_promises_the_board(slug):
    arms = [arm for step in FILES[slug].steps for arm in step.arms]
    assert not any("before the board" in arm.no_step.lower() for arm in arms)


@pytest.mark.parametrize("slug", FILES)
def test_what_rests_on_sources_says_what_the_centre_sets(slug):
    steps = [step for step in FILES[slug].steps if step.sources and step.modality != "TRIAL"]
    assert all(step.set_by_centre for step in steps)


@pytest.mark.django_db
@pytest.mark.parametrize("slug", FILES)
def test_no_plan_takes_what_the_centre_sets_for_its_own_reason(slug, templates, board, ana):
    plan = draft_from_template(case_of(board, "V01", by=ana), templates[slug], by=ana).plan
    told = [step.rationale for step in Plan.objects.for_editing().get(pk=plan.pk).steps.all()]
    assert "your centre" not in " ".join(told)


@pytest.mark.django_db
def test_a_template_that_a_warning_speaks_against_does_not_stand_there_as_fitting(client, templates, board, ana):
    case = case_of(board, "V04", by=ana, ecog=4)
    client.force_login(ana)
    page = client.get(reverse("careplans:plan_start", args=[case.pk])).content.decode()
    assert "Speaks against it:</strong> ECOG 4" in page
    assert "<strong>Fits:</strong> Grade" not in page
