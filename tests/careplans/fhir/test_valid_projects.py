"""What is given within a reporting project passes both validators: elements are left out of it, and none that R4 asks for."""

import pytest
from django.db import transaction

from accounts.models import Board, Membership
from careplans.api.fhir.kinds import KINDS
from careplans.api.fhir.projects.kinds import project_kinds
from careplans.api.fhir.projects.paths import PATHS, Extensions, Rule
from tests.careplans.deidentified.fhir_answers import ProjectFhir
from tests.careplans.fhir.cases import make_cases
from tests.careplans.fhir.fhir import name
from tests.careplans.fhir.test_valid import MISTAKEN, apart
from tests.careplans.fhir.validators import medplum, pyrofile
from tests.factories import join, make_project, make_user
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
# No case of these has a template, a step that waits for a cycle, or a response to what was before.
NOT_IN_THESE = {
    ("CarePlan", "instantiatesCanonical"),
    ("Procedure", "extension", "prior-response"),
    ("CarePlan", "activity", "extension", "gate", "occurrence"),
    ("ServiceRequest", "extension", "gate", "occurrence"),
    ("RequestGroup", "action", "relatedAction", "modifierExtension", "after-occurrence"),
}


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker):
    """Two hundred cases as an analyst is told them in months, and as shifted."""
    with django_db_blocker.unblock(), transaction.atomic():
        with rewriting():
            board = make_cases()
        anselm, board = make_user("anselm@valid.example", "Anselm Analyst"), Board.objects.get(pk=board.pk)
        join(anselm, board, "analyst")
        by = Membership.objects.filter(board=board, role__in=("chair", "coordinator")).first().user
        found = []
        for dates in ("months", "offsets"):
            project = make_project(board, by=by, analysts=[anselm], name=dates, dates=dates)
            api = ProjectFhir(anselm, project)
            kinds = [kind for kind in project_kinds() if kind in PATHS or dates == "months"]
            found += [one for kind in kinds for one in api.found(kind, {"_count": 200})]
            found += [api.one("metadata"), api.get("CarePlan?_count=3").json()]
        transaction.set_rollback(True)
        return found


@pytest.mark.parametrize("validator", [medplum, pyrofile])
def test_none_of_them_is_refused(told, validator):
    every = told
    if validator is pyrofile:
        every = [part for one in every if one["resourceType"] not in MISTAKEN for part in apart(one)]
    assert len(every) > 10_000
    assert {name(every[place]): said for place, said in validator(every).items()} == {}


def test_each_path_that_is_allowed_is_there(told):
    """Of each type: a path that no resource has any more is taken off the list."""
    missing = set()
    for kind, allowed in PATHS.items():
        resources = [one for one in told if one["resourceType"] == kind]
        missing |= {(kind, *path) for path in paths(allowed) if not any(holds(one, path) for one in resources)}
    assert missing == NOT_IN_THESE


def test_nothing_stands_at_another_path(told):
    for one in told:
        if one["resourceType"] in PATHS:
            known = {*PATHS[one["resourceType"]], "identifier"}
            assert set(one) <= known


def paths(allowed, before=()):
    inside = allowed.told if isinstance(allowed, Extensions) else allowed
    for word, rule in inside.items():
        if isinstance(rule, Rule):
            yield (*before, word)
        elif rule is not allowed:
            yield from paths(rule, (*before, word))


def holds(value, path):
    if isinstance(value, list):
        return any(holds(one, path) for one in value)
    if not path:
        return value not in (None, {}, [])
    if not isinstance(value, dict):
        return False
    if "url" in value:
        # An extension is at the end of its address.
        is_named = value["url"] == path[0] or value["url"].rpartition("/")[2] == path[0]
        return is_named and (len(path) == 1 or holds(value.get("extension"), path[1:]))
    return path[0] in value and holds(value[path[0]], path[1:])


def test_the_types_of_a_project_are_some_of_those_that_there_are():
    assert set(project_kinds()) < set(KINDS)
