"""The one list of a step's fields: it knows every field, and what is done with each is what it says."""

from datetime import date
from pathlib import Path

import pytest

from careplans.api.serializers.steps import StepBody, StepSerializer
from careplans.forms.steps import StepForm
from careplans.models import Step
from careplans.models.plan_content import canonical_content
from careplans.models.step_fields import STEP_FIELDS, Use, fields_that_are
from careplans.readers.plan_changes import compare_plans
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
}
EDITS = {
    "phase": "adjuvant", "modality_code": "CHEMO", "description": "CAPTEM", "goals": ["palliation"], "target": "bone",
    "target_mm": 44, "planned_start": date(2026, 1, 1), "planned_end": date(2032, 1, 1), "not_before": date(2030, 12, 1),
    "only_if": "eGFR above 40", "stop_when": "progression", "rationale": "a reason", "alternatives": "another way",
}  # fmt: skip


def test_no_field_of_a_step_is_missing_from_the_list():
    assert {field.name for field in Step._meta.concrete_fields} == set(STEP_FIELDS)


def test_what_is_served_is_what_the_api_answers():
    more = {"plan_version", "title", "reference_page", "gate"}
    assert set(StepSerializer.Meta.fields) - more == set(fields_that_are(Use.SERVED))


def test_what_is_edited_stands_in_the_form_and_in_the_body_of_the_api():
    # The form chooses code and added page by one control.
    assert set(fields_that_are(Use.EDITED)) - {"modality_code"} == set(StepForm.base_fields) - {"modality"}
    assert set(fields_that_are(Use.EDITED)) == set(StepBody.Meta.fields) - {"reference_page"}


@pytest.mark.parametrize("name", fields_that_are(Use.SHOWN))
def test_what_is_shown_is_named_by_the_templates_of_a_step(name):
    folder = ROOT / "templates" / "careplans"
    text = "".join(path.read_text() for path in [*folder.glob("steps/_*.html"), *folder.glob("plans/_*.html")])
    text += (folder / "plans" / "print.html").read_text() + (
        ROOT / "templates" / "components" / "step_card.html"
    ).read_text()
    assert f".{THROUGH.get(name, name)}" in text or f".get_{name}_display" in text


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(EDITS))
def test_what_is_edited_changes_the_content_that_is_signed(board, ana, name):
    makers.make_modality("CHEMO")
    step = makers.make_plan(makers.make_case(board, by=ana), by=ana).steps.get()
    before = canonical_content(step.plan, [step])
    edit_step(step, {name: EDITS[name]}, by=ana)
    step = Step.objects.get(pk=step.pk)
    after = canonical_content(step.plan, [step])
    assert {key for key in after["steps"][0] if after["steps"][0][key] != before["steps"][0].get(key)} >= {name}


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
