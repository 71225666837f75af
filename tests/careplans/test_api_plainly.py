"""The lists and rows of the API are read by a short way. They say, byte by byte, what the serializers say of plain rows.

Over the demo board, which has a little of everything; it is told once for this module and rolled back at its end.
"""

import json
import sys
from copy import copy

import pytest
import time_machine
from django.db import connection
from django.db.models import Prefetch, Q
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Board, Membership, User
from careplans.api.cases import CaseViewSet
from careplans.api.followups import FollowUpViewSet
from careplans.api.patients import PatientViewSet
from careplans.api.plans import PlanViewSet
from careplans.api.steps import StepViewSet
from careplans.models import (
    Arm,
    Case,
    Change,
    FactsAnswer,
    FollowUp,
    Patient,
    PatientBoard,
    PatientIdentifier,
    PatientName,
    Plan,
    PriorTreatment,
    Signature,
    Step,
)
from careplans.models.changes import changed_at
from careplans.readers.served.cases import load_cases
from careplans.readers.served.followups import load_follow_ups
from careplans.readers.served.patients import load_patients
from careplans.readers.served.plans import load_plans
from careplans.readers.served.steps import load_steps
from careplans.services.steps import remove_step
from tests.careplans.api import Api

pytestmark = pytest.mark.django_db

NOUNS = (
    "boards", "patients", "cases", "prior-treatments", "specimens", "plans", "steps", "arms", "occurrences", "follow-ups",
    "advisories", "record-moves", "modalities", "signatures", "events", "fact-changes", "step-breaks", "nothing-ahead",
)  # fmt: skip
ROWS = [noun for noun in NOUNS if noun not in ("modalities",)]


@pytest.fixture(scope="module", autouse=True)
def demo(demo_board, module_db):
    with module_db():
        take_a_step_out()
        answer_for_changed_facts()


def take_a_step_out():
    step = Step.objects.filter(plan__status="draft", removed_at=None).order_by("plan", "position").last()
    remove_step(step, by=step.plan.created_by, expected_version=step.version)


def answer_for_changed_facts():
    plan = Plan.objects.filter(status="active").first()
    told = {"extent": ["regional", "metastatic", "", "CT, 3 Mar 2026"]}
    plan.facts_answers.create(board=plan.board, facts_version=1, differences=told, reason="seen", by=plan.created_by)


@pytest.fixture(params=["coordinator", "analyst"])
def api(request):
    membership = Membership.objects.filter(
        role=request.param, ended_at=None, board__name="Demo NET board", user__projects=None
    ).first()
    if membership is None:
        pytest.skip(f"nobody is {request.param}")
    return Api(membership.user)


@pytest.fixture(autouse=True)
def _at_one_moment():
    with time_machine.travel(timezone.now(), tick=False):
        yield


def by_the_serializers_themselves(monkeypatch):
    """REST framework's own way, everywhere."""
    for name, module in list(sys.modules.items()):
        if name.startswith("careplans.api.") and name != "careplans.api.plainly":
            for way, told in {"plain": one, "plain_rows": many}.items():
                if getattr(getattr(module, way, None), "__module__", "") == "careplans.api.plainly":
                    monkeypatch.setattr(module, way, told)


def one(kind, row, context=None):
    return kind(row, context=context or {}).data


def many(kind, rows, context=None):
    return kind(rows, many=True, context=context or {}).data


@pytest.mark.parametrize("noun", [*NOUNS, "changes"])
def test_a_list_says_what_its_serializer_says(noun, api, monkeypatch):
    short = api.get(f"/{noun}/", page_size=200)
    by_the_serializers_themselves(monkeypatch)
    assert short.content == api.get(f"/{noun}/", page_size=200).content


@pytest.mark.parametrize("noun", ROWS)
def test_a_row_says_what_its_list_says_of_it_and_its_serializer(noun, api, monkeypatch):
    listed = api.get(f"/{noun}/", page_size=200)
    if listed.status_code != 200:
        pytest.skip("not for this person")
    rows = {row["id"]: row for row in listed.json()["results"]}
    answers = {pk: api.get(f"/{noun}/{pk}/") for pk in rows}
    for pk, row in rows.items():
        told = answers[pk].json()
        assert {name: told[name] for name in row} == row
    by_the_serializers_themselves(monkeypatch)
    for pk in list(rows)[:40]:
        again = api.get(f"/{noun}/{pk}/")
        assert (again.content, again.get("ETag")) == (answers[pk].content, answers[pk].get("ETag"))


@pytest.mark.parametrize(
    "path", ["/cases/{}/proforma/", "/cases/{}/moves/", "/plans/{}/advisories/", "/steps/{}/condition/"]
)
def test_what_is_asked_of_a_row_says_what_its_serializer_says(path, api, monkeypatch):
    listed = api.get(path.partition("{")[0], page_size=60).json()["results"]
    short = [api.get(path.format(row["id"])).content for row in listed]
    by_the_serializers_themselves(monkeypatch)
    assert short == [api.get(path.format(row["id"])).content for row in listed]


# Rows that are read together


def context_of(kind, person):
    view = kind(action="list", format_kwarg=None)
    view.request = type("Request", (), {"user": person})()
    return view.get_serializer_context()


def as_json(data):
    return json.loads(json.dumps(data, default=str))


def plain_steps():
    return Step.objects.annotate(changed_at=changed_at(Change.Noun.STEPS)).order_by("position", "id")


def lists_of_steps():
    return [Prefetch("arms", Arm.objects.live()), "monitoring", "occurrences", "breaks"]


def first_of(plan):
    while plan.amends:
        plan = plan.amends
    return plan.pk


def test_plans_are_served_as_the_database_has_them():
    plain = Plan.objects.annotate(changed_at=changed_at(Change.Noun.PLANS)).prefetch_related(
        Prefetch("steps", plain_steps().filter(removed_at=None).prefetch_related(*lists_of_steps())),
        Prefetch("signatures", Signature.objects.order_by("id")),
        Prefetch("facts_answers", FactsAnswer.objects.order_by("-id")),
    )
    served = list(Plan.objects.all().for_api())
    load_plans(served)
    context = context_of(PlanViewSet, User.objects.first())
    for row in plain:
        row.lineage = first_of(row)
    expected = {row.pk: one(PlanViewSet.serializer_class, row, context) for row in plain}
    assert len(expected) == len(served) > 10
    for row in served:
        assert as_json(one(PlanViewSet.serializer_class, row, context)) == as_json(expected[row.pk])


def test_steps_are_served_as_the_database_has_them():
    served = list(Step.objects.all().for_api())
    load_steps(served)
    context = context_of(StepViewSet, User.objects.first())
    plain = plain_steps().prefetch_related(*lists_of_steps())
    for row in plain:
        row.plan.lineage = first_of(row.plan)
    expected = {row.pk: one(StepViewSet.serializer_class, row, context) for row in plain}
    assert len(expected) == len(served) > 30
    for row in served:
        assert as_json(one(StepViewSet.serializer_class, row, context)) == as_json(expected[row.pk])


def test_cases_are_served_as_the_database_has_them():
    served = list(Case.objects.all().for_api())
    load_cases(served)
    standing = [Prefetch("prior_treatments", PriorTreatment.objects.standing())]
    plain = Case.objects.annotate(changed_at=changed_at(Change.Noun.CASES)).prefetch_related(*standing)
    expected = {row.pk: one(CaseViewSet.serializer_class, row) for row in plain}
    assert len(expected) == len(served) > 20
    for row in served:
        assert as_json(one(CaseViewSet.serializer_class, row)) == as_json(expected[row.pk])


def test_patients_are_served_as_the_database_has_them():
    boards = list(Board.objects.order_by("name").values_list("pk", flat=True))
    served = list(Patient.objects.all().for_api())
    load_patients(served, boards=boards, cases_of=boards)
    plain = Patient.objects.prefetch_related(
        Prefetch("names", PatientName.objects.filter(removed_at=None)),
        Prefetch("identifiers", PatientIdentifier.objects.filter(removed_at=None)),
        Prefetch("on_boards", PatientBoard.objects.order_by("board")),
    )
    expected = {row.pk: one(PatientViewSet.serializer_class, row) for row in plain}
    assert len(expected) == len(served) > 20
    for row in served:
        assert as_json(one(PatientViewSet.serializer_class, row)) == as_json(expected[row.pk])


def test_follow_ups_are_served_as_the_database_has_them(api):
    served = list(FollowUp.objects.all().for_api())
    load_follow_ups(served)
    context = context_of(FollowUpViewSet, api.user)
    plain = FollowUp.objects.annotate(changed_at=changed_at(Change.Noun.FOLLOW_UPS))
    expected = {row.pk: one(FollowUpViewSet.serializer_class, row, context) for row in plain}
    assert any(told["replaced_by"] for told in expected.values()) and len(expected) == len(served)
    for row in served:
        assert as_json(one(FollowUpViewSet.serializer_class, row, context)) == as_json(expected[row.pk])


def test_what_hangs_on_a_served_row_asks_nothing_more():
    plans, steps = list(Plan.objects.all().for_api()), list(Step.objects.all().for_api().select_related("board"))
    for plan in plans:
        assert plan.board.name
    with CaptureQueriesContext(connection) as captured:
        load_plans(plans)
        load_steps(steps)
        many(PlanViewSet.serializer_class, plans)
        many(StepViewSet.serializer_class, steps)
    assert len(captured) == 3


def test_what_hangs_on_a_served_row_hangs_on_no_other():
    """A service that is given the row finds it as the database has it."""
    case, plan = Case.objects.all().for_api().first(), Plan.objects.filter(status="active").for_api().first()
    load_cases([copy(case)])
    load_plans([copy(plan)])
    assert case.proforma.case is case
    assert not hasattr(case, "_prefetched_objects_cache") and not hasattr(plan, "_prefetched_objects_cache")


def test_the_demo_board_has_a_little_of_everything():
    """So that what is compared here is there to be compared."""
    kinds = (
        Step.objects.filter(removed_at__isnull=False), Step.objects.filter(after_step__isnull=False),
        Step.objects.filter(arm__isnull=False), Step.objects.filter(chosen_arm__isnull=False),
        Step.objects.filter(occurrences__isnull=False), Step.objects.filter(breaks__isnull=False),
        Step.objects.filter(monitoring__isnull=False), Step.objects.filter(carried_from__isnull=False),
        Plan.objects.filter(schedules__from_step__isnull=False), Plan.objects.filter(facts_answers__isnull=False),
        Plan.objects.filter(amends__isnull=False), Signature.objects.filter(Q(comment__gt="")),
    )  # fmt: skip
    assert [str(rows.query).partition("WHERE")[2] for rows in kinds if not rows.exists()] == []
