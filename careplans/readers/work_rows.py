"""What a work list says of its rows, for the excerpts of several lists at once: every case and person is read once, whichever of
the lists it stands on. The same as `for_work_list()` brings to the rows of one list."""

from collections.abc import Sequence
from typing import Any

from django.db.models import prefetch_related_objects

from accounts.models import Board, User
from accounts.permissions import can
from careplans.models import Case, FollowUp, Patient, Plan, RecordMove, Step
from careplans.readers.steps.gates import load_gates


def give_work_rows(rows: Sequence[Any]) -> None:
    """Two queries for steps, follow-ups and plans together; one for cases, and one where a step waits for another."""
    of_case = [row for row in rows if isinstance(row, Step | FollowUp | Plan)]
    dated = [row for row in of_case if not isinstance(row, Plan)]
    cases = Case.objects.for_naming().in_bulk({row.case_id for row in of_case})
    people = User.objects.in_bulk({row.assignee_id for row in dated if row.assignee_id})
    for row in of_case:
        row.case = cases[row.case_id]
    for row in dated:
        if row.assignee_id:
            row.assignee = people[row.assignee_id]
    load_gates([row for row in dated if isinstance(row, Step)])
    by_themselves = [row for row in rows if isinstance(row, Case)]
    patients = Patient.objects.in_bulk({case.patient_id for case in by_themselves})
    for case in by_themselves:
        case.patient = patients[case.patient_id]
    moves = [row for row in rows if isinstance(row, RecordMove)]
    prefetch_related_objects(moves, "from_patient", "to_patient", "case", "asked_by")


# What it takes to record what became of a row.
RECORDING: dict[type, str] = {Step: "steps.deliver", FollowUp: "followups.edit"}


def may_record(user: User, row: Step | FollowUp, board: Board) -> bool:
    """No query: whoever is signed in comes with their boards."""
    return row.is_open and can(user, RECORDING[type(row)], board)
