"""Whoever reads no text reads that a step hangs on a condition in words."""

import pytest

from careplans.models import Step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.deidentified.fhir_answers import ProjectFhir
from tests.careplans.fhir.fhir import Fhir
from tests.factories import make_project

pytestmark = pytest.mark.django_db


@pytest.fixture
def steps(board, ana, chloe):
    """The second of two depends on something in words."""
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=2)
    Step.objects.filter(plan=plan, position=2).update(only_if="Only on progression")
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    return list(plan.steps.order_by("position"))


def test_a_list_tells_an_analyst_which_and_not_the_words(steps, anselm):
    found = Api(anselm).get("/steps/").json()["results"]
    assert {one["id"]: one["is_conditional"] for one in found} == {steps[0].pk: False, steps[1].pk: True}
    assert not any("only_if" in one for one in found)


def test_so_does_a_csv(steps, anselm):
    answer = Api(anselm).client.get("/api/v1/steps/?fields=id,is_conditional", headers={"Accept": "text/csv"})
    text = b"".join(answer.streaming_content) if answer.streaming else answer.content
    lines = text.decode("utf-8-sig").split()
    assert sorted(lines) == sorted(["id,is_conditional", f"{steps[0].pk},false", f"{steps[1].pk},true"])


def conditional(resource):
    gates = [one for one in resource.get("extension", ()) if one["url"].endswith("/gate")]
    return {
        part["url"]: next(part[key] for key in part if key != "url") for gate in gates for part in gate["extension"]
    }


def test_fhir_tells_it_too(steps, anselm, omar):
    assert conditional(Fhir(anselm).one(f"ServiceRequest/step-{steps[0].pk}")) == {}
    assert conditional(Fhir(anselm).one(f"ServiceRequest/step-{steps[1].pk}")) == {"conditional": True}
    whole = {"conditional": True, "only-if": "Only on progression"}
    assert conditional(Fhir(omar).one(f"ServiceRequest/step-{steps[1].pk}")) == whole


def test_and_within_a_reporting_project(steps, board, anselm, chloe):
    project = make_project(board, by=chloe, analysts=[anselm])
    told = [conditional(one) for one in ProjectFhir(anselm, project).found("ServiceRequest")]
    assert sorted(map(str, told)) == sorted(map(str, [{}, {"conditional": True}]))
    rows = Api(anselm).get("/steps/", project=project.pk).json()["results"]
    assert sorted(one["is_conditional"] for one in rows) == [False, True]
