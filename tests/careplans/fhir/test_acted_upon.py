"""What a program that treats would act upon: which drug a step is, and whether it may begin."""

import pytest

from careplans.models import Step
from careplans.services.step_progress import complete_step, start_step
from tests.careplans import makers
from tests.careplans.fhir.fhir import Fhir, extension, name
from tests.factories import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def omar(cast):
    return Fhir(cast.omar)


def case_of(cast):
    return makers.make_case(cast.board, by=cast.ana)


def given(cast, agent):
    """A plan in force whose only step names this agent."""
    plan = makers.make_plan(case_of(cast), by=cast.omar)
    plan.steps.update(agent=agent)
    makers.submit(plan, by=cast.omar)
    return makers.release(plan, by=cast.chloe)


def test_a_step_is_named_with_its_agent_wherever_it_is_named(cast, omar):
    plan = given(cast, "lanreotide")
    step = plan.steps.get()
    start_step(step, by=cast.omar, expected_version=step.version, on=cast.board.today, why="early")
    named = "Other systemic agent (lanreotide)"
    [action] = omar.one(f"RequestGroup/{plan.pk}")["action"]
    assert (action["title"], action["code"][0]["text"]) == (named, named)
    assert omar.one(f"ServiceRequest/step-{step.pk}")["code"]["text"] == named
    assert omar.one(f"Procedure/step-{step.pk}")["code"]["text"] == named
    assert omar.one(f"CarePlan/{plan.pk}")["activity"][0]["detail"]["code"]["text"] == named
    assert omar.one(f"ServiceRequest/step-{step.pk}")["code"]["coding"][0]["code"] == "OSA"


def test_who_may_read_no_text_is_told_no_agent(cast):
    plan = given(cast, "lanreotide")
    anselm = Fhir(cast.anselm)
    for path in (f"RequestGroup/{plan.pk}", f"ServiceRequest/step-{plan.steps.get().pk}", f"CarePlan/{plan.pk}"):
        assert "lanreotide" not in str(anselm.one(path))


@pytest.mark.parametrize(
    ("described", "agent", "named"),
    [
        ("", "lanreotide", "Other systemic agent (lanreotide)"),
        ("Lanreotide, 8-weekly", "lanreotide", "Other systemic agent: Lanreotide, 8-weekly"),
        ("first line", "everolimus", "Other systemic agent: first line (everolimus)"), ("", "", "Other systemic agent"),
    ],
)  # fmt: skip
def test_an_agent_is_named_once(described, agent, named):
    assert Step(modality_code="OSA", description=described, agent=agent).title_with_agent == named


def test_a_step_whose_gate_has_failed_says_so_wherever_it_stands(cast, omar):
    first, second, third = makers.make_gated_plan(case_of(cast), by=cast.omar, chair=cast.chloe, after_event="ended")
    requests = {one: omar.one(f"ServiceRequest/step-{one}") for one in (second.pk, third.pk)}
    assert [(one["status"], extension(one, "gate-failed")) for one in requests.values()] == [("active", None)] * 2
    Step.objects.filter(pk=first.pk).update(status="not_done", due_on=None, reason="patient_choice")
    requests = {one: omar.one(f"ServiceRequest/step-{one}") for one in (second.pk, third.pk)}
    # The third waits for the second, which may still come.
    assert [(one["status"], extension(one, "gate-failed")) for one in requests.values()] == [
        ("on-hold", True), ("active", None),
    ]  # fmt: skip
    assert extension(requests[second.pk], "step-status")["code"] == "planned"
    activities = {extension(one, "step")["reference"]: one for one in omar.one(f"CarePlan/{first.plan_id}")["activity"]}
    failed = activities[name(requests[second.pk])]
    assert (failed["detail"]["status"], extension(failed, "gate-failed")) == ("not-started", True)
    assert [name(one) for one in omar.found("ServiceRequest", {"status": "on-hold"})] == [name(requests[second.pk])]


def test_the_agent_of_a_step_whose_gate_has_failed_is_on_hold(cast, omar):
    first, second, _ = makers.make_gated_plan(
        case_of(cast), by=cast.omar, chair=cast.chloe, after_event="ended", agent="everolimus"
    )
    assert omar.one(f"MedicationRequest/step-{second.pk}")["status"] == "active"
    Step.objects.filter(pk=first.pk).update(status="not_done", due_on=None, reason="patient_choice")
    assert omar.one(f"MedicationRequest/step-{second.pk}")["status"] == "on-hold"


def test_what_waits_for_a_second_cycle_does_not_look_free_after_the_first(cast, omar):
    """A reader that does not know the extension must not take the beginning for it; who reads words is told in words."""
    course = {"course": "cycles", "occurrences_planned": 4, "interval": 4, "interval_unit": "weeks"}
    first, second, _ = makers.make_gated_plan(
        case_of(cast), by=cast.omar, chair=cast.chloe, before=course, after_event="occurrence", after_occurrence=2
    )
    _, waits, third = omar.one(f"RequestGroup/{first.plan_id}")["action"]
    [related] = waits["relatedAction"]
    assert related["actionId"] == f"step-{first.pk}" and "extension" not in related
    [told] = related["modifierExtension"]
    assert told["url"].endswith("/after-occurrence") and told["valuePositiveInt"] == 2
    [condition] = waits["condition"]
    assert condition["expression"]["description"] == f"Step {first.number} has been given twice"
    assert "condition" not in third and "modifierExtension" not in third["relatedAction"][0]


def test_what_changes_the_meaning_is_declared_so(omar):
    declared = omar.one("StructureDefinition/after-occurrence")
    [root] = [one for one in declared["differential"]["element"] if one["path"] == "Extension"]
    assert root["isModifier"] is True and root["isModifierReason"]
    assert "isModifier" not in omar.one("StructureDefinition/agent")["differential"]["element"][0]


@pytest.mark.parametrize(
    ("field", "code", "value", "why"),
    [
        ("response", "response", "not_assessed", "not-performed"),
        ("progression", "progression", "not_assessed", "not-performed"),
        ("symptom_control", "symptom-control", "not_assessed", "not-performed"),
        ("symptom_control", "symptom-control", "not_applicable", "not-applicable"),
    ],
)  # fmt: skip
def test_an_outcome_that_nobody_looked_for_is_no_result(cast, omar, field, code, value, why):
    plan = makers.make_active_plan(case_of(cast), by=cast.omar, chair=cast.chloe)
    step = plan.steps.get()
    start_step(step, by=cast.omar, expected_version=step.version, on=cast.board.today, why="early")
    step.refresh_from_db()
    outcome = makers.OUTCOME | {field: value}
    complete_step(step, by=cast.omar, expected_version=step.version, on=cast.board.today, fulfilment="full", **outcome)
    told = omar.one(f"Observation/step-{step.pk}-{code}")
    assert (told["status"], "valueCodeableConcept" in told) == ("cancelled", False)
    assert [one["code"] for one in told["dataAbsentReason"]["coding"]] == [why, value]
