"""The CapabilityStatement says what is there: everything that it names is asked for, and what it does not name is refused."""

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from careplans.api.fhir.kinds import KINDS
from careplans.api.fhir.search.query import CONTROLS
from careplans.api.fhir.terms.systems import SYSTEMS
from tests.careplans import makers
from tests.careplans.fhir.fhir import ROOT, Fhir
from tests.factories import make_cast

pytestmark = pytest.mark.django_db
VALUES = {"token": "x", "date": "2026", "reference": "1", "uri": "https://x.example", "string": "x"}


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def chloe(cast):
    """Who reads everything: the chair, who looks after the server besides."""
    User.objects.filter(pk=cast.chloe.pk).update(is_administrator=True)
    makers.make_active_plan(makers.make_case(cast.board, by=cast.ana), by=cast.omar, chair=cast.chloe)
    return Fhir(cast.chloe)


def test_every_type_that_is_there_is_named_and_the_other_way_round(chloe):
    told = chloe.one("metadata")
    assert (told["fhirVersion"], told["kind"]) == ("4.0.1", "instance")
    assert "Regenstrief" in told["copyright"]
    assert [one["type"] for one in told["rest"][0]["resource"]] == list(KINDS)


def test_every_parameter_include_and_interaction_that_is_named_is_answered(chloe):
    for one in chloe.one("metadata")["rest"][0]["resource"]:
        kind = one["type"]
        for param in one["searchParam"]:
            asked = f"{param['name']}={VALUES[param['type']]}"
            by_address, posted = chloe.get(f"{kind}?{asked}"), chloe.post(f"{kind}/_search", asked)
            assert posted.status_code == 200, (kind, param, posted.content)
            assert by_address.status_code == (400 if "documentation" in param else 200), (kind, param)
        for name, known in (
            ("_include", one.get("searchInclude", ())),
            ("_revinclude", one.get("searchRevInclude", ())),
        ):
            for value in known:
                assert chloe.get(f"{kind}?{name}={value}").status_code == 200, (kind, value)
        assert {code["code"] for code in one["interaction"]} == {"read", "vread", "history-instance", "search-type"}
        for found in chloe.found(kind, {"_count": 1})[:1]:
            version = found["meta"]["versionId"]
            for path in (found["id"], f"{found['id']}/_history", f"{found['id']}/_history/{version}"):
                assert chloe.get(f"{kind}/{path}").status_code == 200, (kind, path)


@pytest.mark.parametrize("kind", list(KINDS))
def test_what_is_not_named_is_refused(chloe, kind):
    """Parameters that R4 has of other types."""
    known = {one["name"] for one in _told(chloe, kind)["searchParam"]}
    others = {param for other in KINDS.values() for param in other.by_name} | {
        "_text",
        "_content",
        "_list",
        "_profile",
        "_tag",
    }
    answers = {name: chloe.get(f"{kind}?{name}=1").status_code for name in others - known}
    assert set(answers.values()) == {400}


def _told(api, kind):
    return next(one for one in api.one("metadata")["rest"][0]["resource"] if one["type"] == kind)


def test_every_operation_that_is_named_is_there(chloe, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    rest = chloe.one("metadata")["rest"][0]
    patient = chloe.names("Patient")[0]
    assert [one["name"] for one in rest["operation"]] == ["export"]
    assert chloe.get("$export", Prefer="respond-async").status_code == 202
    assert [one["name"] for one in _told(chloe, "Patient")["operation"]] == ["everything", "export"]
    assert chloe.get(f"{patient}/$everything").status_code == 200
    assert chloe.get("Patient/$export", Prefer="respond-async").status_code == 202


def test_no_control_is_named_like_a_parameter():
    assert [name for kind in KINDS.values() for name in kind.by_name if name in CONTROLS] == []


def test_every_code_system_of_ours_can_be_read_with_its_value_set(chloe):
    for system in SYSTEMS.values():
        told = chloe.one(f"CodeSystem/{system.id}")
        assert {one["code"]: one["display"] for one in told["concept"]} == dict(system.codes)
        assert chloe.one(f"ValueSet/{system.id}")["compose"]["include"] == [{"system": told["url"]}]


def test_a_value_set_is_found_by_its_address(chloe):
    found = chloe.found("ValueSet", {"url": "https://consilium.example/fhir/ValueSet/modality"})
    assert [one["id"] for one in found] == ["modality"]


def test_who_has_no_token_reads_what_the_server_can_do_and_nothing_else(cast):
    visitor = APIClient()
    told = visitor.get(f"{ROOT}/metadata")
    assert (told.status_code, told.json()["resourceType"]) == (200, "CapabilityStatement")
    assert told.headers["Content-Type"].startswith("application/fhir+json")
    assert told.json() == Fhir(cast.omar).one("metadata")
    assert visitor.get(f"{ROOT}/metadata?x=1").status_code == 400
    for path in ("Patient", "CarePlan", "Patient/1", "$export", "CodeSystem"):
        assert visitor.get(f"{ROOT}/{path}").status_code == 401, path
    # A token that does not hold is one that somebody believes in.
    assert APIClient(HTTP_AUTHORIZATION="Token 0123").get(f"{ROOT}/metadata").status_code == 401
