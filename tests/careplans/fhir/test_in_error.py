"""A plan that was entered in error belongs to another patient: nothing that came of it goes on being told as that of this one."""

from datetime import UTC, date, datetime

import pytest

from careplans.models import Advisory, Change, FollowUp, Plan, Step
from careplans.services.followups import cancel_follow_up, complete_follow_up
from careplans.services.plan_ending import mark_in_error
from careplans.services.step_progress import complete_step
from careplans.services.steps import edit_step
from tests.careplans import makers
from tests.careplans.fhir.fhir import Fhir, name
from tests.careplans.fhir.validators import medplum, pyrofile
from tests.careplans.reports.delivering import CYCLES, Delivery, on
from tests.factories import make_cast

pytestmark = pytest.mark.django_db
# Where each type says its state.
STATE = {
    "CarePlan": "status", "Goal": "lifecycleStatus", "RequestGroup": "status", "ServiceRequest": "status",
    "MedicationRequest": "status", "Procedure": "status", "Observation": "status", "Task": "status",
    "DetectedIssue": "status",
}  # fmt: skip
# What R4 gives no state, or none without hours (app-3): not told at all, and told as they were.
UNTOLD, AS_THEY_WERE = "AdverseEvent", ("Provenance", "Appointment")
WHOLE = {
    "response": "partial", "response_on": date(2026, 3, 12), "progression": "no", "toxicity": "grade_4",
    "toxicity_term": "Neutropenia", "symptom_control": "yes",
}  # fmt: skip


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def world(cast):
    """A plan of which everything came that can come of one: signed, delivered, with outcomes, follow-ups and an advisory."""
    do = Delivery(cast.board, cast.ana, cast.chloe)
    makers.require_disciplines(cast.board, "medical_oncology")
    with on(3, 1):
        plan, (once, cycles) = do.draft({"code": "OSA", "agent": "octreotide LAR"}, {"code": "CHEMO"} | CYCLES)
        edit_step(cycles, {"agent": "capecitabine"}, by=cast.ana)
        makers.submit(plan, by=cast.ana)
        makers.sign(plan, by=cast.omar)
        makers.release(plan, by=cast.chloe)
        done, gone = (
            makers.make_follow_up(plan.case, by=cast.ana, due_on=date(2026, 3, 9), kind=kind, plan=plan)
            for kind in ("markers", "rediscussion")
        )
        Advisory.objects.create(
            board=cast.board, case=plan.case, plan=plan, step=once, rule="SEQ-01", rule_set="seed-1", severity="caution",
            basis="direct", advice="x", content_version=1, fired_at=datetime(2026, 3, 1, tzinfo=UTC), state="open",
        )  # fmt: skip
    do.start(once, 3, 10)
    with on(3, 12):
        step = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=once.pk)
        complete_step(
            step, by=cast.ana, expected_version=step.version, on=date(2026, 3, 12), fulfilment="full", **WHOLE
        )
        complete_follow_up(done, by=cast.ana, expected_version=done.version, done_on=date(2026, 3, 12))
        cancel_follow_up(gone, by=cast.ana, expected_version=gone.version, reason="Not needed.")
    do.give(cycles, 1, 3, 10)
    do.omit(cycles, 2, 4, 7)
    do.complete(cycles, 4, 8, fulfilment="partial")
    Plan.objects.filter(pk=plan.pk).update(**WHOLE)
    return Plan.objects.get(pk=plan.pk)


def told(cast):
    """All of the types that come of a plan, but what is of the case: facts, and treatments from before."""
    api = Fhir(cast.chloe)
    return {kind: api.found(kind) for kind in (*STATE, UNTOLD, *AS_THEY_WERE)}


def of_the_plan(found):
    return {kind: [one for one in rows if not one["id"].startswith("fact-")] for kind, rows in found.items()}


def test_each_type_that_comes_of_a_plan_is_in_this_world(cast, world):
    found = of_the_plan(told(cast))
    assert [kind for kind, rows in found.items() if not rows] == []
    assert {one["status"] for one in found["Procedure"]} == {"completed", "not-done"}
    assert {one["status"] for one in found["Observation"]} == {"final", "cancelled"}
    states = {one[STATE[kind]] for kind in STATE for one in found[kind]}
    assert "entered-in-error" not in states


def test_of_a_plan_in_error_all_that_came_of_it_is_in_error(cast, world):
    before = of_the_plan(told(cast))
    # By the clock of the database, which notes changes.
    seen = Change.objects.latest("at").at
    with on(4, 9):
        mark_in_error(
            Plan.objects.get(pk=world.pk), by=cast.chloe, expected_version=Plan.objects.get(pk=world.pk).version,
            reason="Of another patient.", ahead=makers.NOTHING_AHEAD,
        )  # fmt: skip
    after = of_the_plan(told(cast))
    states = {kind: {one[STATE[kind]] for one in after[kind]} for kind in STATE}
    assert states == dict.fromkeys(STATE, {"entered-in-error"})
    assert {one["status"] for one in after["Appointment"]} == {"cancelled"}
    named = {kind: sorted(map(name, rows)) for kind, rows in after.items()}
    assert named == {kind: sorted(map(name, rows)) for kind, rows in before.items()} | {UNTOLD: []}
    api = Fhir(cast.chloe)
    # Whoever asks what has changed since finds all of it.
    since = {"_lastUpdated": f"gt{seen.astimezone(UTC):%Y-%m-%dT%H:%M:%S.%fZ}"}
    assert {kind: sorted(api.names(kind, since)) for kind in STATE} == {kind: named[kind] for kind in STATE}
    assert api.found("Provenance", since | {"_id": f"signature-{world.signatures.get().pk}"}) == []
    assert {api.get(name(one)).status_code for one in before[UNTOLD]} == {404}
    assert len(api.found("Procedure", {"status": "entered-in-error"})) == len(after["Procedure"])
    everything = api.get(f"Patient/{world.case.patient_id}/$everything").json()
    assert UNTOLD not in {one["resource"]["resourceType"] for one in everything["entry"]}


def test_what_is_in_error_is_valid(cast, world):
    Plan.objects.filter(pk=world.pk).update(status="entered_in_error", end_reason="Of another patient.")
    own = (one for kind in ("StructureDefinition", "CodeSystem", "ValueSet") for one in Fhir(cast.chloe).found(kind))
    every = [*(one for rows in told(cast).values() for one in rows), *own]
    for validator in (medplum, pyrofile):
        assert {name(every[place]): said for place, said in validator(every).items()} == {}


def test_another_plan_of_the_case_is_told_as_it_is(cast, world):
    """Only what came of the one in error."""
    with on(4, 9):
        plan = Plan.objects.get(pk=world.pk)
        mark_in_error(
            plan, by=cast.chloe, expected_version=plan.version, reason="Of another.", ahead=makers.NOTHING_AHEAD
        )
    with on(4, 10):
        row = makers.make_follow_up(world.case, by=cast.ana, due_on=date(2026, 5, 9))
    assert FollowUp.objects.get(pk=row.pk).plan_id is None
    assert Fhir(cast.chloe).one(f"ServiceRequest/followup-{row.pk}")["status"] == "active"
