"""Two public clients, one of Python and one of Node, read the server as they read any other."""

import json

import pytest
from fhirclient.client import FHIRClient
from fhirclient.models.careplan import CarePlan
from fhirclient.models.fhirelementfactory import FHIRElementFactory
from fhirclient.models.observation import Observation
from fhirclient.models.patient import Patient
from knox.models import AuthToken

from careplans.api.fhir.kinds import KINDS
from careplans.exports import work
from careplans.models import Plan
from tests.careplans.fhir.fhir import Fhir, make_three_cases
from tests.careplans.fhir.validators import run_node

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def cast(db):
    return make_three_cases()


def token_of(person):
    return AuthToken.objects.create(user=person)[1]


def test_fhirclient_reads_a_plan_and_follows_it_to_its_patient(cast, live_server):
    base = f"{live_server.url}/fhir/R4"
    client = FHIRClient(settings={"app_id": "tests", "api_base": base})
    client.server.session.headers["Authorization"] = f"Token {token_of(cast.chloe)}"
    assert client.server.capabilityStatement.fhirVersion == "4.0.1"
    found = list(CarePlan.where({"status": "active", "_count": "2"}).perform_resources_iter(client.server))
    assert sorted(plan.id for plan in found) == sorted(str(pk) for pk in Plan.objects.values_list("pk", flat=True))
    plan = CarePlan.read(found[0].id, client.server)
    assert [one.detail.status for one in plan.activity] == ["not-started", "not-started"]
    patient = Patient.read_from(plan.subject.reference, client.server)
    assert patient.name[0].family == "Ashdown"
    observations = Observation.where({"patient": patient.id, "code": "ki67_percent"}).perform_resources(client.server)
    assert [(one.valueQuantity.comparator, one.valueQuantity.value) for one in observations] == [("<", 1)]


def test_fhirclient_fetches_a_bulk_export_and_reads_each_line(cast, live_server, settings, tmp_path):
    """The asynchronous pattern over the client's own session, and its models for what is in the files."""
    settings.DATA_DIR = tmp_path
    client = FHIRClient(settings={"app_id": "tests", "api_base": f"{live_server.url}/fhir/R4"})
    session = client.server.session
    session.headers["Authorization"] = f"Token {token_of(cast.chloe)}"
    asked = session.get(f"{client.server.base_uri}$export", headers={"Prefer": "respond-async"})
    assert asked.status_code == 202
    while (answer := session.get(asked.headers["Content-Location"])).status_code == 202:
        work.work_exports()
    models = []
    for output in answer.json()["output"]:
        lines = session.get(output["url"], headers={"Accept": "application/fhir+ndjson"}).text.splitlines()
        assert len(lines) == output["count"]
        models += [FHIRElementFactory.instantiate(output["type"], json.loads(line)) for line in lines]
    plans = [one for one in models if isinstance(one, CarePlan)]
    assert sorted(int(one.id) for one in plans) == sorted(Plan.objects.values_list("pk", flat=True))
    assert [one.activity[0].detail.status for one in plans] == ["not-started"] * 3


def test_fhir_kit_client_reads_every_type_page_after_page(cast, live_server):
    told = json.loads(run_node("read.mjs", f"{live_server.url}/fhir/R4", token_of(cast.chloe)))
    api = Fhir(cast.chloe)
    assert told["counts"] == {kind: len(api.found(kind)) for kind in KINDS if kind != "AuditEvent"}
    assert (told["activities"], told["gender"]) == (2, "female")
