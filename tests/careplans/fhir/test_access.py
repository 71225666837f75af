"""Who reads what: the same boards, roles and marks as everywhere else; and in how many statements."""

import pytest

from accounts.models import Board, User
from careplans.api.fhir.kinds import KINDS
from tests.careplans.fhir.fhir import Fhir, said
from tests.careplans.test_analysts_text import MARK, make_everything, mark_everything
from tests.factories import make_cast
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
OF_BOARDS = sorted(kind.type for kind in KINDS.values() if kind.in_everything)
# What is refused to whom.
REFUSED = {
    "anselm": {"Patient", "Communication"},
    "omar": {"Communication"},
    "nina": {"Communication"},
    "chloe": set(),
    "ana": set(),
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
