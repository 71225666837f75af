"""Every operation of the API with a token of every scope: reach is what the scope names and what the person may, whichever is
less."""

import pytest
from django.urls import get_resolver, reverse
from rest_framework.test import APIClient

from accounts.models import AuditEvent, Membership
from accounts.permissions import BOARD_ACTIONS, SITE_ACTIONS, boards_where, can, memberships_of
from accounts.reach import Reach, narrow
from accounts.scopes import ANY, NEVER, OF_ACTION, OF_NOUN, SCOPES, whole
from careplans.api.reach import scopes_of
from careplans.reports.overrides import scope_of
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.factories import join

pytestmark = pytest.mark.django_db

EVERYTHING = whole(SCOPES)
UNLIMITED_ONLY = {("tokens", "get"), ("tokens", "delete"), ("tokens_one", "delete")}
# Signing in needs no token; its own token any caller may look at and end; the document shows no row.
OWN = {("tokens", "post"), ("tokens_current", "get"), ("tokens_current", "delete")}
PLACES = {"pk": 1, "slug": "osa", "number": 1, "name": "releases"}


def operations():
    """Each with its name, method and address, and the scopes that it is declared to need."""
    root = next(r for r in get_resolver().url_patterns if getattr(r, "namespace", None) == "api")
    for pattern in root.url_patterns:
        view = getattr(pattern.callback, "cls", None)
        actions = getattr(pattern.callback, "actions", None) or {}
        if pattern.name == "nowhere":
            continue
        for method, action in actions.items():
            one = view(action=action)
            wanted = {name: PLACES[name] for name in pattern.pattern.converters}
            yield pattern.name, method, reverse(f"api:{pattern.name}", kwargs=wanted), one.scopes_needed(method.upper())


OPERATIONS = list(operations())
NAMES = [f"{method} {name}" for name, method, _, _ in OPERATIONS]


def send(client, method, url):
    return getattr(client, method)(url, None if method in ("get", "delete") else {}, format="json")


def lacking(response):
    errors = response.json().get("errors", []) if response.status_code == 403 else []
    return any(one["code"] == "scope_missing" for one in errors)


def test_every_action_has_a_scope():
    assert set(OF_ACTION) == set(BOARD_ACTIONS) | set(SITE_ACTIONS)
    assert set(OF_ACTION.values()) <= {*SCOPES, ANY, NEVER}


def test_every_noun_has_a_scope_and_no_scope_is_idle():
    root = next(r for r in get_resolver().url_patterns if getattr(r, "namespace", None) == "api")
    nouns = {p.callback.cls.noun for p in root.url_patterns if hasattr(getattr(p.callback, "cls", None), "noun")}
    assert nouns <= set(OF_NOUN)
    used = {one for pair in OF_NOUN.values() for one in pair} | set(OF_ACTION.values())
    assert set(SCOPES) <= used


def test_the_operations_were_found():
    assert len(OPERATIONS) > 120
    assert [name for name, method, _, needed in OPERATIONS if not needed and (name, method) not in OWN] == []


@pytest.mark.parametrize(("name", "method", "url", "needed"), OPERATIONS, ids=NAMES)
def test_a_token_of_each_scope_opens_what_the_table_says(name, method, url, needed, ana, board):
    """What is told of a refusal is the scope; what is not refused for its scope may fail otherwise, for example with 404."""
    clients = {scope: Api(ana, scopes=sorted(whole([scope]))).client for scope in SCOPES}
    for scope, client in clients.items():
        answer = send(client, method, url)
        enough = set(needed) <= whole([scope])
        assert lacking(answer) is not enough, f"{method} {name} with {scope}: {answer.status_code}"
        assert answer.status_code < 500


@pytest.mark.parametrize(("name", "method", "url", "needed"), OPERATIONS, ids=NAMES)
def test_a_token_of_just_the_declared_scopes_is_not_told_that_one_is_missing(name, method, url, needed, ana, board):
    scopes = [one for one in needed if one != NEVER]
    answer = send(Api(ana, scopes=scopes).client, method, url)
    assert lacking(answer) is ((name, method) in UNLIMITED_ONLY)
    without = send(Api(ana).client, method, url)
    assert not lacking(without)


def test_a_refusal_says_which_scope_and_is_in_the_trail(ana, board):
    api = Api(ana, scopes=["plans:read"])
    answer = api.get("/cases/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "scope_missing")
    assert "cases:read" in problem(answer)
    assert answer["WWW-Authenticate"] == 'Bearer error="insufficient_scope", scope="cases:read"'
    event = AuditEvent.objects.get(action="refused")
    assert (event.actor, event.data["scope"]) == (ana, "cases:read")
    assert event.data["token"].startswith("token ")


def test_the_rights_of_the_person_are_the_other_bound(anselm, board):
    """An analyst sees no patients, whatever their token says."""
    api = Api(anselm, scopes=sorted(EVERYTHING))
    answer = api.get("/patients/")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (403, "permission_denied")
    assert Api(anselm, scopes=["cases:read"]).get("/cases/").status_code == 200


@pytest.fixture
def two_boards(ana, board, other_board):
    """Ana leads both; each has a case."""
    join(ana, other_board, "coordinator", "coordination")
    here = makers.make_case(board, by=ana)
    there = makers.make_case(other_board, by=ana, record_number="SYN-77")
    return here, there


def test_a_token_of_one_board_shows_nothing_of_the_other(two_boards, ana, board):
    here, there = two_boards
    api = Api(ana, boards=[board.pk])
    assert [row["id"] for row in api.get("/cases/").json()["results"]] == [here.pk]
    assert [row["id"] for row in api.get("/boards/").json()["results"]] == [board.pk]
    assert [row["id"] for row in api.get("/patients/").json()["results"]] == [here.patient_id]
    assert api.get(f"/cases/{there.pk}/").status_code == 404
    assert api.get("/cases/", board=there.board_id).status_code == 404
    assert api.get("/changes/").json()["boards"] == [board.pk]
    told = {(row["noun"], row["id"]) for row in api.get("/changes/").json()["results"]}
    assert {("cases", here.pk), ("patients", here.patient_id)} <= told
    assert not {("cases", there.pk), ("patients", there.patient_id), ("boards", there.board_id)} & told
    assert api.get(f"/boards/{there.board_id}/").status_code == 404
    assert api.post(f"/cases/{there.pk}/plans/", {"aim": "Cure"}).status_code == 404
    assert Api(ana).get(f"/cases/{there.pk}/").status_code == 200


def test_a_token_of_a_board_that_the_person_left_opens_nothing(two_boards, ana, board, other_board):
    api = Api(ana, boards=[other_board.pk])
    assert api.get("/cases/").json()["results"]
    Membership.objects.filter(user=ana, board=other_board).update(ended_at="2026-01-01T00:00Z")
    assert api.get("/boards/").status_code == 403
    assert api.get(f"/cases/{two_boards[1].pk}/").status_code == 404


def test_the_feed_tells_a_limited_token_of_its_own_nouns_alone(two_boards, ana):
    """And a cursor that it was given hides nothing from a token that reaches further."""
    narrow_one = Api(ana, scopes=["changes:read", "cases:read"])
    told = narrow_one.get("/changes/", page_size=200).json()
    assert {row["noun"] for row in told["results"]} == {"boards", "cases", "events"}
    wide = Api(ana).get("/changes/", cursor=told["cursor"], page_size=200).json()
    assert "patients" in {row["noun"] for row in wide["results"]}
    again = narrow_one.get("/changes/", cursor=told["cursor"]).json()
    assert again["results"] == []


def test_a_patient_is_shown_without_the_cases_that_the_token_does_not_open(two_boards, ana):
    patient = two_boards[0].patient_id
    assert Api(ana, scopes=["patients:read"]).get(f"/patients/{patient}/").json()["cases"] == []
    assert len(Api(ana, scopes=["patients:read", "cases:read"]).get(f"/patients/{patient}/").json()["cases"]) == 1


def test_writing_needs_more_than_reading(ana, board):
    case = makers.make_case(board, by=ana)
    reads = Api(ana, scopes=["cases:read"])
    body = {"title": "Jejunal NET"}
    assert problem(reads.patch(f"/cases/{case.pk}/", body, version=1)).startswith(
        "This token lacks the scope cases:write"
    )
    writes = Api(ana, scopes=["cases:read", "cases:write"])
    assert writes.patch(f"/cases/{case.pk}/", body, version=1).status_code == 200


def test_a_limited_token_is_of_no_administrator(admin, board):
    """Not even one that is limited to boards alone."""
    person = type(admin).objects.get(pk=admin.pk)
    assert can(person, "people.manage")
    narrow(person, Reach(boards=frozenset({board.pk})))
    assert not can(person, "people.manage")


def test_an_editor_with_a_token_of_one_board_reports_on_no_other(chloe, board, other_board):
    """Editors of the rules read the report of all boards, for which a limited token is too small."""
    type(chloe).objects.filter(pk=chloe.pk).update(is_content_editor=True)
    assert scope_of(type(chloe).objects.get(pk=chloe.pk)).boards is None
    for reach in (Reach(boards=frozenset({board.pk})), Reach(scopes=frozenset({"reports:read"}))):
        person = type(chloe).objects.get(pk=chloe.pk)
        narrow(person, reach)
        assert scope_of(person).boards == [board.pk]


def test_a_scope_never_widens(anselm, board):
    before = {action: boards_where(anselm, action) for action in BOARD_ACTIONS}
    person = type(anselm).objects.get(pk=anselm.pk)
    narrow(person, Reach(scopes=EVERYTHING))
    assert all(set(boards_where(person, action)) <= set(before[action]) for action in BOARD_ACTIONS)
    assert [one.board_id for one in memberships_of(person)] == [board.pk]


def test_a_new_noun_without_a_scope_is_noticed():
    class Strange:
        noun, action, reads_by_post = "billing", "list", ()

    with pytest.raises(KeyError):
        scopes_of(Strange(), "GET")


def test_a_session_is_not_limited(ana, board):
    client = APIClient()
    client.force_login(ana)
    assert client.get("/api/v1/tokens/").status_code == 200
