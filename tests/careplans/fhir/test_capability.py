"""The CapabilityStatement says what is there: everything that it names is asked for, and what it does not name is refused."""

import pytest

from careplans.api.fhir.kinds import KINDS
from careplans.api.fhir.search.query import CONTROLS
from careplans.api.fhir.terms.systems import SYSTEMS
from tests.careplans import makers
from tests.careplans.fhir.fhir import Fhir
from tests.factories import make_cast

pytestmark = pytest.mark.django_db
VALUES = {"token": "x", "date": "2026", "reference": "1", "uri": "https://x.example", "string": "x"}


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def chloe(cast):
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
