"""Every service that changes a field of a patient, a case, a plan, a step, a follow-up or a previous therapy leaves a row that
tells the old and the new value.

No list says which fields are meant: all columns of these rows are read before and after each verb. And a new column fails until
somebody has said how a change of it is told.
"""

from copy import deepcopy
from datetime import date

import pytest
from django.db import transaction

from careplans.models import Case, Event, FollowUp, Patient, PatientChange, Plan, PriorTreatment, Step
from careplans.models.step_values import TAKEN_BACK
from careplans.services.care_ends import correct_death, record_death, record_transfer, take_back_transfer
from careplans.services.cases import change_case, move_case
from careplans.services.followups import change_follow_up
from careplans.services.leaving import hand_over_work
from careplans.services.patients import change_patient
from common.writing import UNTOLD, as_told
from tests.careplans.verbs import OF_CASE
from tests.careplans.worlds import make_world, read

pytestmark = pytest.mark.django_db
MODELS = (Patient, Case, Plan, Step, FollowUp, PriorTreatment)
# By model: the columns of which a change is told with both values, and those that are written once.
STANCES = {
    Patient: (
        "record_number family_name given_name birth_date sex is_dead died_year died_month died_day transferred_to transferred_on",
        "id added_on is_synthetic created_at created_by",
    ),
    Case: ("title question status close_reason responsible", "id board created_at created_by"),
    Plan: (
        "response response_on progression progressed_on toxicity toxicity_term symptom_control status aim no_treatment "
        "no_treatment_reason content_hash facts_snapshot draft_with follow_up_from follow_up_assignee submitted_at submitted_by "
        "released_at released_by release_note ended_at end_reason end_reason_code outcome_note "
        "toxicity_on symptom_control_on",
        "id board case number amends amendment_reason created_at created_by",
    ),
    FollowUp: (
        "due_on due_until agreed_on times_moved scheduled_for assignee status done_on result reason",
        "id board case plan schedule monitoring monitoring_number kind title replaces created_at created_by",
    ),
    PriorTreatment: (
        "modality_code description started_on ended ended_on response toxicity stop_reason removed_at removed_reason",
        "id case created_at created_by",
    ),
}
# What another row tells, or what is no matter of people.
ELSEWHERE = {
    "Patient.institution": "a board that moves: the audit trail",
    "Patient.folding": "keys that a program writes anew",
    "Patient.merged_into": "the RecordMove, and an event on each case",
    "Case.patient": "the RecordMove, and an event on the case",
    "Case.keyed_title": "keys that a program writes anew",
    "Plan.facts_changed_at": "the event about facts that have changed under a plan",
    "Plan.content_differs_since": "the event that what was signed differs",
    "Plan.content_checked_at": "when a program looked last",
    "Plan.template_version": "the event that the plan was filled from a template",
}


class World:
    """The people and rows of one stage, read anew before each act."""

    def __init__(self, stage, board, people):
        self.stage, self.board, self.people = stage, board, people
        self.case = make_world(board, stage, **{name: people[name] for name in ("ana", "omar", "chloe")})

    def rows(self):
        return read(self.case, **self.people)


def of_patient(service, by="ana", **values):
    def act(world):
        patient = Patient.objects.get(pk=world.case.patient_id)
        service(patient, by=getattr(world, by), expected_version=patient.version, **values)

    return act


def of_row(service, row="case", by="chloe", *words, **values):
    def act(world):
        one = getattr(world, row)
        one.refresh_from_db()
        given = {name: value(world) if callable(value) else value for name, value in values.items()}
        service(one, *words, by=getattr(world, by), **given)

    return act


def handed_over(world):
    kinds = ("steps", "follow_ups", "cases", "drafts")
    for person, to in ((world.ana, world.chloe), (world.omar, world.chloe)):
        hand_over_work(person, world.case.board, by=world.chloe, successors=dict.fromkeys(kinds, to))


DEAD = {"source": "Ward", "year": 2026, "month": 1, "day": None, "why": "It is so."}
GONE = {"to_centre": "Lund", "on": date(2026, 1, 5), "taken_over_by": "Dr Ek", "confirmed": "yes", "why": "It is so."}
BACK = {"reason": "Another patient", "by": "chloe"}
# What is not among the verbs of a case: by stage, in the order in which they are carried out.
MORE = {
    "correct a patient": ("without a plan", [
        of_patient(
            change_patient, record_number="SYN-99", family_name="Quill", given_name="Q", birth_date=date(1951, 1, 2), sex="male"
        ),
    ]),
    "a death, and back": ("without a plan", [of_patient(record_death, **DEAD), of_patient(correct_death, **BACK)]),
    "a day of death, and back": (
        "without a plan", [of_patient(record_death, **DEAD | {"day": 3}), of_patient(correct_death, **BACK)],
    ),
    "a death in care": ("in force", [of_patient(record_death, **DEAD)]),
    "a transfer, and back": (
        "in force", [of_patient(record_transfer, **GONE, by="chloe"), of_patient(take_back_transfer, reason="-")],
    ),
    "correct a case": ("without a plan", [
        of_row(
            change_case, title="Lung NET", question="Surgery?", responsible=lambda w: w.omar,
            expected_version=lambda w: w.case.version,
        ),
    ]),
    "move a case": ("draft", [of_row(move_case, "case", "chloe", "listed")]),
    "hand a follow-up over": ("without a plan", [
        of_row(change_follow_up, "follow_up", "ana", assignee=lambda w: w.omar, reason="leave",
               expected_version=lambda w: w.follow_up.version),
    ]),
    "hand over a draft": ("draft", [handed_over]),
    "hand over what is in force": ("in force", [handed_over]),
}  # fmt: skip
ACTS = {name: (verb.stage, [verb.act]) for name, verb in OF_CASE.items()} | MORE


def standing():
    return {(model, row["id"]): row for model in MODELS for row in model._default_manager.order_by().values()}


ABOUT = {Case: "case_id", Plan: "plan_id", Step: "step_id", FollowUp: "follow_up_id", PriorTreatment: "case_id"}


def is_told(model, pk, name, old, new, events, changes):
    """By an event about the row, or about the one that it is told with: the case of a previous therapy, the plan of an order."""
    pair = (as_told(old), as_told(new))
    if model is Patient:
        return any((row.field, row.old, row.new) == (name, *pair) for row in changes if row.patient_id == pk)
    if isinstance(old, str) and new == f"{old} {TAKEN_BACK} {date.today():%-d %b %Y}.":
        # It says so itself, behind what it said.
        return True
    row = PriorTreatment.objects.get(pk=pk).case_id if model is PriorTreatment else pk
    return any(
        (getattr(event, ABOUT[model]) == row and tells(event, name, pair))
        or (model is Step and tells(event, f"step {pk} {name}", pair))
        or (model is Step and name == "position" and tells_place(event, pk, pair))
        for event in events
    )


def tells(event, name, pair):
    was, now = event.data.get("was", {}), event.data.get("now", {})
    return (was.get(name, ...), now.get(name, ...)) == pair or (name == "status" and (event.old, event.new) == pair)


def tells_place(event, pk, pair):
    """The order of a plan is told whole: its steps in groups, and the place of its group is the position of a step."""
    sides = [event.data.get(side, {}).get("order", []) for side in ("was", "now")]
    return tuple(next((at for at, group in enumerate(side, start=1) if pk in group), None) for side in sides) == pair


def untold(act, world):
    """What an act changed and nobody was told."""
    before, last_event, last_change = standing(), newest(Event), newest(PatientChange)
    act(world)
    events = list(Event.objects.filter(pk__gt=last_event))
    changes = list(PatientChange.objects.filter(pk__gt=last_change))
    after, found = standing(), set()
    for (model, pk), old in before.items():
        for name, value in old.items():
            new, field = after[(model, pk)][name], model._meta.get_field(name)
            told_elsewhere = f"{model.__name__}.{field.name}" in ELSEWHERE
            if new == value or name in UNTOLD or name.endswith("_key") or told_elsewhere:
                continue
            if not is_told(model, pk, field.name, value, new, events, changes):
                found.add(f"{model.__name__}.{field.name}: {value!r} -> {new!r}")
    return found


def newest(model):
    return model.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def test_no_field_is_changed_without_its_old_and_new_value(board, ana, omar, ravi, chloe):
    people, told = {"ana": ana, "omar": omar, "ravi": ravi, "chloe": chloe}, {}
    for stage in sorted({stage for stage, _ in ACTS.values()}):
        with transaction.atomic():
            world = World(stage, board, people)
            for name, (_, acts) in ((name, act) for name, act in ACTS.items() if act[0] == stage):
                with transaction.atomic():
                    for act in acts:
                        told[name] = told.get(name, set()) | untold(act, deepcopy(world.rows()))
                    transaction.set_rollback(True)
            transaction.set_rollback(True)
    assert [f"{name}: {one}" for name, found in told.items() for one in sorted(found)] == []


@pytest.mark.parametrize("model", STANCES, ids=lambda model: model.__name__)
def test_of_every_column_somebody_has_said_how_a_change_is_told(model):
    told, once = (names.split() for names in STANCES[model])
    elsewhere = [name.partition(".")[2] for name in ELSEWHERE if name.partition(".")[0] == model.__name__]
    columns = [field.name for field in model._meta.concrete_fields]
    asked = [name for name in columns if name not in UNTOLD and not name.endswith("_key")]
    assert sorted(asked) == sorted([*told, *once, *elsewhere])
