"""Which board is of which institution. To move one, its patients are looked at: two people never become one silently."""

import logging

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from accounts import audit
from accounts.models import Board, IdentifierSystem, Institution, User
from accounts.models.institutions import RECORD_NUMBER
from accounts.permissions import require
from accounts.services.institution_analysts import follow_board
from accounts.services.institutions import system_named
from careplans.models import Patient, PatientBoard, PatientIdentifier
from common.writing import compare_and_set, lock, take, transactional

log = logging.getLogger(__name__)
BATCH = 200


@transactional
def move_board(board: Board, to: Institution, *, by: User, expected_version: int) -> None:
    """With all its patients. Refused where a number means somebody there already, or another board would lose a patient."""
    require(by, "people.manage")
    take(board, expected=expected_version)
    if board.institution_id == to.pk:
        raise ValidationError({"institution": f"{board.name} is a board of {to.name} already."})
    patients = Patient.objects.of_boards([board.pk])
    if words := _in_the_way(board, to, patients):
        raise ValidationError({"institution": words})
    old = board.institution
    compare_and_set(board, expected=expected_version, institution=to, institution_name=to.name)
    ids = [row.pk for row in lock(patients)]
    try:
        with transaction.atomic():
            _rename_systems(ids, to, by=by)
            Patient.objects.filter(pk__in=ids).update(institution=to)
    except IntegrityError as error:
        words = _there_already(to, patients) or "Somebody added one of its patients there just now. Try again."
        raise ValidationError({"institution": words}) from error
    follow_board(board)
    data = {"from": old.pk if old else None, "to": to.pk, "patients": len(ids)}
    audit.record("board_moved", by=by, subject=board, label=board.name, board_id=board.pk, data=data)


def _in_the_way(board: Board, to: Institution, patients: QuerySet[Patient]) -> str:
    shared = PatientBoard.objects.filter(patient=OuterRef("pk")).exclude(board=board)
    if number := patients.filter(Exists(shared)).count():
        return f"Other boards of {board.institution} know {number} of its patients, and would lose sight of them."
    if words := _there_already(to, patients):
        return words
    given = PatientIdentifier.objects.filter(patient__in=patients, removed_at=None, system__is_asked=True)
    names = set(given.values_list("system__name", flat=True))
    missing = sorted(names - set(to.systems.values_list("name", flat=True)))
    return f"Add first to {to.name}, so that these numbers are kept: {', '.join(missing)}." if missing else ""


def _there_already(to: Institution, patients: QuerySet[Patient]) -> str:
    """Numbers that mean somebody at the other institution: record numbers, and further ones in a system of the same name."""
    same = Patient.objects.filter(institution=to, record_key=OuterRef("record_key"))
    given = PatientIdentifier.objects.filter(patient__in=patients, removed_at=None)
    theirs = PatientIdentifier.objects.filter(
        system__institution=to, system__name__iexact=OuterRef("system__name"), key=OuterRef("key"), removed_at=None
    )
    for number, what in (
        (patients.filter(Exists(same)).count(), "record numbers"),
        (given.filter(Exists(theirs)).count(), "numbers"),
    ):
        if number:
            return (
                f"{to.name} has {number} of its {what} already. They may be other people, so nothing is merged: mend the "
                "numbers on one of the two boards first."
            )
    return ""


def _rename_systems(patients: list[int], to: Institution, *, by: User) -> None:
    by_name = {system.name: system for system in to.systems.all()}
    given = PatientIdentifier.objects.filter(patient__in=patients)
    for system in IdentifierSystem.objects.filter(pk__in=given.values("system")).order_by("pk"):
        if system.name in by_name:
            given.filter(system=system).update(system=by_name[system.name])
        elif not system.is_asked:
            given.filter(system=system).update(system=system_named(to, system.name, by=by))


def give_institutions() -> int:
    """Take in what a program from before institutions wrote beside this one: boards without an institution, and patients.

    A number that the institution knows already stays the board's own, and is logged: nobody is merged by a machine.
    """
    for board in Board.objects.filter(institution=None).order_by("pk"):
        _give_one(board)
    known = Patient.objects.filter(institution=OuterRef("added_on__institution"), record_key=OuterRef("record_key"))
    rows = Patient.objects.filter(institution=None, added_on__institution__isnull=False)
    waiting = list(rows.exclude(Exists(known)).select_related("added_on").order_by("pk")[:BATCH])
    unseen = Patient.objects.filter(institution=None).exclude(
        Exists(PatientBoard.objects.filter(patient=OuterRef("pk")))
    )
    for patient in unseen.order_by("pk")[:BATCH]:
        PatientBoard.objects.get_or_create(
            patient=patient, board_id=patient.added_on_id, defaults={"created_by_id": patient.created_by_id}
        )
    for patient in waiting:
        try:
            with transaction.atomic():
                Patient.objects.filter(pk=patient.pk, institution=None).update(
                    institution=patient.added_on.institution_id
                )
        except IntegrityError:
            log.warning("patient keeps to its board", extra={"patient": patient.pk})
    return len(waiting)


@transactional
def _give_one(board: Board) -> None:
    take(board)
    if board.institution_id is not None:
        return
    name = board.institution_name.strip() or board.name
    if Institution.objects.filter(name=name).annotate(boards_now=Count("boards")).filter(boards_now__gt=0).exists():
        name = f"{name} ({board.name})"[:160]
    institution, is_new = Institution.objects.get_or_create(name=name)
    if is_new:
        IdentifierSystem.objects.create(institution=institution, name=RECORD_NUMBER, is_main=True)
    Board.objects.filter(pk=board.pk, institution=None).update(institution=institution)
