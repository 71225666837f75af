"""The one list of a step's fields: it knows every field, and what is done with each is what it says."""

from datetime import date
from pathlib import Path

import pytest

from careplans.api.serializers.steps import StepBody, StepSerializer
from careplans.forms.steps import StepForm
from careplans.models import Plan, Step
from careplans.models.plan_content import canonical_content, content_hash
from careplans.models.step_fields import STEP_FIELDS, Use, fields_that_are
from careplans.readers.plan_changes import compare_plans
from careplans.services.decisions import add_decision
from careplans.services.plan_handover import copy_steps
from careplans.services.steps import edit_step
from tests.careplans import makers

ROOT = Path(__file__).resolve().parents[2]
# What the template says through a word of the row's own.
THROUGH = {
    "goals": "goal_labels",
    "target_mm": "size",
    "target_mm_unknown": "size",
    "modality_code": "title",
    "description": "title",
    "response": "response_words",
    "response_on": "response_words",
    "progression": "progression_words",
    "progressed_on": "progression_words",
    "toxicity": "toxicity_words",
    "toxicity_term": "toxicity_words",
    "toxicity_on": "toxicity_words",
    "symptom_control": "symptom_control_words",
    "symptom_control_on": "symptom_control_words",
    "after_event": "after_words",
    "after_occurrence": "after_words",
    "occurrences_planned": "course_words",
    "interval": "course_words",
    "interval_unit": "course_words",
    "session_names": "course_words",
    "occurrences_given": "delivered_words",
    "occurrences_omitted": "delivered_words",
}
EDITS = {
    "phase": "adjuvant", "modality_code": "CHEMO", "description": "CAPTEM", "goals": ["palliation"], "target": "bone",
    "target_mm": 44, "target_mm_unknown": True, "planned_start": date(2026, 1, 1), "planned_end": date(2032, 1, 1),
    "not_before": date(2030, 12, 1), "only_if": "eGFR above 40", "stop_when": "progression", "rationale": "a reason",
    "alternatives": "another way", "after_event": "begun", "after_occurrence": 2, "course": "cycles", "occurrences_planned": 4,
    "interval": 8, "interval_unit": "weeks", "agent": "177Lu-DOTATATE", "session_names": "right lobe",
}  # fmt: skip


def test_no_field_of_a_step_is_missing_from_the_list():
    assert {field.name for field in Step._meta.concrete_fields} == set(STEP_FIELDS)


def test_what_is_served_is_what_the_api_answers():
    more = {"plan_version", "title", "reference_page", "gate", "course_in_words", "occurrences", "breaks", "monitoring"}
    more |= {"contradictions", "arms", "updated_at", "plan_status", "plan_number", "lineage", "is_conditional"}
    assert set(StepSerializer.Meta.fields) - more == set(fields_that_are(Use.SERVED))


def test_what_is_edited_stands_in_the_form_and_in_the_body_of_the_api():
    # The form chooses code and added page by one control.
    assert set(fields_that_are(Use.EDITED)) - {"modality_code"} == set(StepForm.base_fields) - {"modality"}
    assert set(fields_that_are(Use.EDITED)) == set(StepBody.Meta.fields) - {"reference_page", "confirmed_dates"}


@pytest.mark.parametrize("name", fields_that_are(Use.SHOWN))
def test_what_is_shown_is_named_by_the_templates_of_a_step(name):
    folder = ROOT / "templates" / "careplans"
    text = "".join(
        path.read_text()
        for path in [*folder.glob("steps/_*.html"), *folder.glob("plans/_*.html"), *folder.glob("arms/_*.html")]
    )
    text += (folder / "plans" / "print.html").read_text() + (
        ROOT / "templates" / "components" / "step_card.html"
    ).read_text()
    assert f".{THROUGH.get(name, name)}" in text or f".get_{name}_display" in text


@pytest.fixture
def two(board, ana):
    """The two steps of a draft."""
    makers.make_modality("CHEMO")
    return list(makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2).steps.order_by("position"))


def an_arm(step, ana):
    return add_decision(step.plan, by=ana, description="re-staging", arms=[{"name": "responds"}]).arms.get()


def edited(step, name, ana, omar, other):
    """The step with another value in one field: no field that is edited may be without one here."""
    values = EDITS | {"owner": omar, "after_step": other} | ({"arm": an_arm(step, ana)} if name == "arm" else {})
    edit_step(step, {name: values[name]}, by=ana)
    return Step.objects.get(pk=step.pk)


def signed(steps):
    return canonical_content(steps[0].plan, steps, [])["steps"]


@pytest.mark.django_db
@pytest.mark.parametrize("name", fields_that_are(Use.EDITED | Use.SIGNED))
def test_what_is_edited_changes_the_content_that_is_signed(two, ana, omar, name):
    first, second = two
    before = signed([first, second])
    assert signed([first, edited(second, name, ana, omar, first)]) != before


TOLD_BY_ITSELF = ("after_step", "arm", "interval", "interval_unit")


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in fields_that_are(Use.COMPARED) if name not in TOLD_BY_ITSELF])
def test_what_is_compared_is_told_where_it_differs(amended, ana, omar, name):
    makers.make_modality("CHEMO")
    old, new = amended
    edited(new.steps.last(), name, ana, omar, None)
    changes = compare_plans(old, type(new).objects.for_editing().get(pk=new.pk)).steps[1].changes
    assert str(Step._meta.get_field(name).verbose_name).lower() in [change.label.lower() for change in changes]


@pytest.mark.django_db
@pytest.mark.parametrize("unit", ["days", "weeks"])
def test_an_interval_is_told_with_its_unit(amended, ana, unit):
    old, new = amended
    edit_step(new.steps.last(), {"interval": 8, "interval_unit": unit}, by=ana)
    changes = compare_plans(old, type(new).objects.for_editing().get(pk=new.pk)).steps[1].changes
    [told] = [change for change in changes if change.label == "Interval"]
    assert ("added", f"every 8 {unit}") in told.pieces


@pytest.mark.django_db
def test_the_fingerprint_of_a_content_stays_what_it_was():
    """Plans in sign-off are compared with what was signed. Whoever adds a field to what is signed leaves it out where it is
    empty, so that this stays; whoever changes it on purpose voids every signature that waits."""
    plan = Plan(pk=1, case_id=2, number=3, content_version=4, aim="Control")
    step = Step(
        pk=5, plan=plan, position=1, phase="adjuvant", modality_code="OTHER", description="Watch", goals=["cure"]
    )
    assert content_hash(plan, [step], []) == "38ef2e523e2b68fe6b1964e1df9ef091116cbf093e06e08786656ca4d3c48e10"


@pytest.fixture
def amended(board, ana, chloe):
    """A plan in force with two steps, the second only after the first, and its amendment."""
    case = makers.make_case(board, by=ana)
    plan = makers.make_plan(case, by=ana, steps=2)
    first, second = plan.steps.all()
    edit_step(second, {"after_step": first}, by=ana)
    new = makers.make_plan(case_of_its_own(board, ana), by=ana, steps=0)
    copy_steps(plan, new)
    return plan, new


def case_of_its_own(board, by):
    return makers.make_case(board, by=by, record_number="SYN-77")


@pytest.mark.django_db
def test_everything_that_is_copied_stands_in_the_copy(amended):
    old, new = amended
    for before, after in zip(old.steps.all(), new.steps.all(), strict=True):
        for name in fields_that_are(Use.COPIED):
            assert getattr(after, name) == getattr(before, name), name
    assert new.steps.last().after_step == new.steps.first()


@pytest.mark.django_db
def test_a_step_that_waits_for_another_step_than_before_is_told(amended, ana):
    old, new = amended
    assert compare_plans(old, new).none
    edit_step(new.steps.last(), {"after_step": None}, by=ana)
    [change] = compare_plans(old, type(new).objects.for_editing().get(pk=new.pk)).steps[1].changes
    assert (change.label, change.pieces) == ("Only after step", [("removed", old.steps.first().heading)])
