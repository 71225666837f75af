"""Who reads what: the same boards, roles and marks as everywhere else; and in how many statements."""

import pytest

from accounts.models import Board, User
from careplans.api.fhir.kinds import KINDS
from careplans.api.fhir.search.params import Asked
from tests.careplans.fhir.fhir import Fhir, said
from tests.careplans.test_analysts_text import MARK, make_everything, mark_everything
from tests.factories import make_cast
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
OF_BOARDS = sorted(kind.type for kind in KINDS.values() if kind.in_everything)
# What is refused to whom.
REFUSED = {
    "anselm": {"Patient", "Communication", "AuditEvent"},
    "omar": {"Communication", "AuditEvent"},
    "nina": {"Communication", "AuditEvent"},
    "chloe": {"AuditEvent"},
    "ana": {"AuditEvent"},
}


@pytest.fixture(scope="module")
def made(module_db):
    with module_db():
        cast = make_cast()
        make_everything(cast)
        with rewriting():
            mark_everything()
        Board.objects.filter(pk=cast.board.pk).update(version=1)
        return cast


def door(made, who):
    return Fhir(User.objects.get(pk=getattr(made, who).pk))


def text_of(api, kind):
    return [str(one) for one in api.found(kind, {"_count": 200})]


@pytest.mark.parametrize("who", sorted(REFUSED))
def test_each_role_is_refused_the_types_that_are_not_for_it(made, who):
    api = door(made, who)
    answers = {kind: api.get(kind) for kind in KINDS}
    assert {kind for kind, answer in answers.items() if answer.status_code == 403} == REFUSED[who]
    assert {answer.status_code for answer in answers.values()} <= {200, 403}
    assert all(said(answers[kind]) for kind in REFUSED[who])


@pytest.mark.parametrize("kind", OF_BOARDS)
def test_whoever_is_on_another_board_finds_nothing_and_reads_nothing(made, kind):
    insider = door(made, "chloe").found(kind, {"_count": 5})
    outsider = door(made, "otto")
    assert outsider.get(kind).status_code in (200, 403)
    if outsider.get(kind).status_code == 200:
        assert outsider.found(kind) == []
    for one in insider:
        assert outsider.get(f"{kind}/{one['id']}").status_code == 404


def test_an_administrator_reads_no_patient(made):
    assert {door(made, "admin").get(kind).status_code for kind in OF_BOARDS} == {403}


@pytest.mark.parametrize("kind", sorted(set(KINDS) - REFUSED["anselm"]))
def test_an_analyst_finds_no_text_in_any_resource(made, kind):
    assert [text for text in text_of(door(made, "anselm"), kind) if MARK in text] == []


def test_a_member_finds_it_in_most(made):
    """So that the test above looks where something is."""
    api = door(made, "omar")
    marked = {kind for kind in set(KINDS) - REFUSED["omar"] if any(MARK in text for text in text_of(api, kind))}
    assert marked >= {
        "Patient", "Condition", "CarePlan", "RequestGroup", "ServiceRequest", "Procedure", "Observation", "Task", "Practitioner",
        "DetectedIssue",
    }  # fmt: skip


def test_an_analyst_whose_board_opens_text_finds_it(made):
    Board.objects.filter(pk=made.board.pk).update(analysts_read_text=True)
    assert any(MARK in text for text in text_of(door(made, "anselm"), "CarePlan"))


def test_what_an_analyst_is_told_of_a_text_is_that_there_is_one(made):
    found = [one for one in door(made, "anselm").found("Observation", {"_count": 200}) if "dataAbsentReason" in one]
    assert found
    assert all(one["dataAbsentReason"]["coding"][0]["code"] == "masked" for one in found)


def test_patients_are_named_for_an_analyst_by_id_alone(made):
    for one in door(made, "anselm").found("CarePlan"):
        assert set(one["subject"]) == {"reference"}


def test_an_administrator_reads_who_saw_what_and_nothing_of_what_was_seen(made):
    plan = door(made, "omar").found("CarePlan")[0]["id"]
    door(made, "omar").one(f"CarePlan/{plan}")
    api = door(made, "admin")
    seen = api.found(
        "AuditEvent", {"agent": f"Practitioner/{made.omar.pk}", "entity": f"CarePlan/{plan}", "subtype": "read"}
    )
    assert seen
    assert {one["agent"][0]["who"]["reference"] for one in seen} == {f"Practitioner/{made.omar.pk}"}
    assert {one["entity"][0]["what"]["reference"] for one in seen} == {f"CarePlan/{plan}"}
    assert api.one(f"AuditEvent/{seen[0]['id']}") == seen[0]
    found = api.found("AuditEvent", {"_count": 200})
    assert {one["type"]["display"] for one in found} >= {"Patient Record"}
    assert [one for one in found if MARK in str(one).replace(made.omar.name, "")] == []


def test_what_was_refused_is_told_as_a_failure(made):
    door(made, "omar").get("AuditEvent")
    told = door(made, "admin").found("AuditEvent", {"agent": str(made.omar.pk), "subtype": "refused"})[0]
    assert (told["outcome"], told["action"]) == ("4", "E")


@pytest.mark.parametrize("prefix", ["", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"])
@pytest.mark.parametrize("name", ["date", "_lastUpdated"])
def test_the_database_and_the_resource_say_alike_when_it_was(made, prefix, name):
    """The resource is asked again, and would leave out what the database found too many of; here the other way round."""
    api = door(made, "admin")
    first = api.found("AuditEvent", {"_sort": "_id", "_count": 200})
    moment = first[len(first) // 2]["recorded"]
    asked = Asked(KINDS["AuditEvent"].by_name[name], (f"{prefix}{moment}",))
    found = api.names("AuditEvent", {name: f"{prefix}{moment}", "_count": 200})
    last = int(first[-1]["id"])
    assert {one for one in found if int(one.partition("/")[2]) <= last} == {
        f"AuditEvent/{one['id']}" for one in first if asked.fits(one)
    }


def test_reading_the_trail_stands_on_the_trail(made):
    api = door(made, "admin")
    api.get("AuditEvent", {"_count": 1})
    seen = api.found("AuditEvent", {"agent": str(made.admin.pk), "subtype": "list"})
    assert seen
    assert "audit-row/auditevent" in str(seen[0])
