"""By which names an upload tells of which specimen, patient or tumour something is, and which two of them are one."""

import json

import pytest

from careplans.models import Proforma
from common.partial_dates import PartialDate
from tests.careplans.importing.sent import asked, bring, bundle, coded, condition, does, findings, ki67, look, patient

pytestmark = pytest.mark.django_db


def pathology():
    row = Proforma.objects.get()
    return row.ki67_percent, row.grade, row.pathology_on


def named(number, *, key="s", how="accessionIdentifier", **more):
    found = {"value": number} if how == "accessionIdentifier" else [{"value": number}]
    own = {"resourceType": "Specimen", "id": key, **({how: found} if number else {}), **more}
    return {"specimen": {"reference": f"#{key}"}, "contained": [own]}


def address(lab, number=1):
    return {"specimen": {"reference": f"https://{lab}/fhir/Specimen/{number}"}}


def worded(words):
    return {"specimen": {"display": words}}


ENTRY = {"resourceType": "Specimen", "id": "1", "identifier": [{"system": "urn:lab", "value": "S-1"}]}
NUMBER = {"specimen": {"identifier": {"system": "urn:lab", "value": "S-1"}}}
RELATIVE = {"specimen": {"reference": "Specimen/1"}}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("S-1"), named("S-2")),
        (named("S-1", how="identifier"), named("S-2", how="identifier")),
        (named("S-1"), {"specimen": {"identifier": {"value": "S-2"}}}),
        (address("lab-a"), address("lab-b")),
        (address("lab-a"), RELATIVE),
        (worded("Liver biopsy S-1"), worded("Node S-2")),
        (NUMBER, {"specimen": {"identifier": {"system": "urn:lab", "value": "S-2"}}}),
    ],
)
def test_two_names_are_two_specimens(board, ana, one, other):
    content = findings(ki67(2, **one), coded("grade", "G3", **other))
    assert asked(look(board, ana, content), "specimens")
    bring(board, ana, content)
    assert pathology() == (None, "not_recorded", None)


@pytest.mark.parametrize("number", [1, 2])
def test_two_servers_are_two_specimens_though_one_is_in_the_bundle(board, ana, number):
    """`Specimen/1` of two laboratories. Without a full address nobody can tell whose the entry is."""
    at_home = [{"fullUrl": "https://lab-a/fhir/Specimen/1"}, {}][number - 1]
    data = json.loads(findings(ki67(2, **address("lab-a")), coded("grade", "G3", **address("lab-b")), ENTRY))
    data["entry"][-1] |= at_home
    content = json.dumps(data)
    assert asked(look(board, ana, content), "specimens")
    bring(board, ana, content)
    assert pathology() == (None, "not_recorded", None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (named("S-1"), named("S-1", key="t")),
        (named("S-1"), {"specimen": {"identifier": {"value": "S-1"}}}),
        (RELATIVE, NUMBER),
        (RELATIVE, named("", accessionIdentifier={"system": "urn:lab", "value": "S-1"})),
        (address("lab-a"), RELATIVE),
        (worded("Liver biopsy S-1"), worded("liver biopsy  S-1")),
        (named(""), named("")),
        (named(""), RELATIVE),
    ],
)
def test_one_name_is_one_specimen(board, ana, one, other):
    """A contained one without a number says nothing of itself, so it is as if none were named."""
    content = findings(ki67(2, **one), coded("grade", "G3", **other), ENTRY)
    assert not asked(look(board, ana, content), "specimens")
    bring(board, ana, content)
    assert pathology() == ("2", "G3", PartialDate(2026, 5, 3))


def test_a_number_of_two_specimens_in_the_bundle_is_neither(board, ana):
    """Two parts of one accession."""
    shared = [{"resourceType": "Specimen", "id": key, "accessionIdentifier": {"value": "H-9"}} for key in ("1", "2")]
    content = findings(ki67(2, **RELATIVE), coded("grade", "G3", specimen={"reference": "Specimen/2"}), *shared)
    assert asked(look(board, ana, content), "specimens")


def test_a_patient_of_another_server_is_not_the_one_in_the_bundle(board, ana):
    data = json.loads(bundle(patient(), condition(of="https://b.example/fhir/Patient/p1")))
    data["entry"][0]["fullUrl"] = "https://a.example/fhir/Patient/p1"
    assert [one.place for one in look(board, ana, json.dumps(data)).problems] == ["entry[1].resource.subject.reference"]
    data["entry"][1]["resource"]["subject"]["reference"] = "https://a.example/fhir/Patient/p1"
    assert does(look(board, ana, json.dumps(data))) == [("Patient", "added"), ("Case", "opened")]


def test_an_address_that_only_one_server_gives_is_the_entry_without_one(board, ana):
    whose = "https://a.example/fhir/Patient/p1"
    assert does(look(board, ana, bundle(patient(), condition(of=whose))))[1] == ("Case", "opened")
    two = bundle(patient(), condition(of=whose), condition("c2", of=whose.replace("a.", "b."), title="Lung NET"))
    assert len(look(board, ana, two).problems) == 2
