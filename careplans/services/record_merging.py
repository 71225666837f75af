"""What a confirmed merge or move of a case does to the rows, and what its undoing takes back. Both patients are taken.

Only this changes: whose the case is, where the record that ends leads to, and a day of death that it knew more exactly. Signed
plans keep their content and its hash, since a plan is of its case; events, facts, audit and notices stay as they were written.
"""

from django.db.models import Q
from django.utils import timezone

from accounts.models import User
from accounts.services.notices import withdraw_notices
from careplans import history
from careplans.models import CareEnd, Case, MovedCase, Patient, PatientBoard, Plan, RecordMove
from careplans.readers.record_moves import absorbed_before, kept_death, most_exact, stands_for
from careplans.services.fatal_outcomes import take_back_fatal
from careplans.services.patient_changes import keep_changes
from careplans.services.patient_keys import write_keys
from careplans.services.plan_content_lock import return_to_draft
from common.partial_dates import PartialDate
from common.writing import compare_and_set, lock


def carry_out(move: RecordMove, *, by: User) -> int:
    """Returns how many cases went over."""
    cases = _cases_to_move(move)
    kind = "patient_merged" if move.is_merge else "case_to_patient"
    for case in cases:
        _give(case, move.to_patient, move, kind, by=by, reason=move.reason)
    MovedCase.objects.bulk_create(MovedCase(move=move, case=case) for case in cases)
    if move.is_merge:
        _link(move, by=by)
        Patient.objects.filter(merged_into=move.from_patient).update(merged_into=move.to_patient)
        compare_and_set(move.from_patient, expected=move.from_patient.version, merged_into=move.to_patient)
        write_keys(move.from_patient)
        write_keys(move.to_patient)
    else:
        compare_and_set(move.from_patient, expected=move.from_patient.version)
    died = kept_death(move.from_patient, move.to_patient) if move.is_merge else move.to_patient.died_on
    compare_and_set(move.to_patient, expected=move.to_patient.version, **_died_on(move.to_patient, died))
    keep_changes(move.to_patient, move.board, by=by)
    # Also of a death of which no day is known.
    if not move.to_patient.is_dead:
        take_back_fatal(cases, by=by, reason=f"The case belongs to a patient who lives: {move.reason}")
    return len(cases)


def bring_back(move: RecordMove, *, by: User) -> int:
    """Returns how many cases went back. One that was moved on since stays where it is."""
    now, back_to = stands_for(move.to_patient), stands_for(move.from_patient)
    if move.is_merge:
        back_to = move.from_patient
    rows = MovedCase.objects.filter(move=move, went_back_at=None)
    cases = lock(Case.objects.filter(pk__in=rows.values("case"), patient=now))
    kind = "patient_merge_undone" if move.is_merge else "case_to_patient_undone"
    for case in cases:
        _give(case, back_to, move, kind, by=by, reason=move.undone_reason)
    rows.filter(case__in=cases).update(went_back_at=timezone.now())
    if move.is_merge:
        before = absorbed_before(move.from_patient)
        Patient.objects.filter(pk__in=before).update(merged_into=move.from_patient)
        compare_and_set(move.from_patient, expected=move.from_patient.version, merged_into=None)
        write_keys(move.from_patient)
        write_keys(now)
        _unlink(move)
    else:
        compare_and_set(back_to, expected=back_to.version)
    compare_and_set(now, expected=now.version, **_died_on(now, _own_death(now) if move.is_merge else now.died_on))
    keep_changes(now, move.board, by=by)
    return len(cases)


def _own_death(patient: Patient) -> PartialDate | None:
    """As this record, and those that are still one with it, say it: without what another gave more exactly."""
    ends = CareEnd.objects.standing().filter(
        Q(patient=patient) | Q(patient__merged_into=patient), kind=CareEnd.Kind.DIED
    )
    return most_exact(PartialDate(end.year, end.month, end.day) if end.year else None for end in ends)


def _died_on(patient: Patient, day: PartialDate | None) -> dict[str, int | None]:
    """What changes of it."""
    if day == patient.died_on:
        return {}
    return {
        "died_year": day.year if day else None, "died_month": day.month if day else None, "died_day": day.day if day else None,
    }  # fmt: skip


def _cases_to_move(move: RecordMove) -> list[Case]:
    wanted = Case.objects.filter(patient=move.from_patient)
    return lock(wanted if move.is_merge else wanted.filter(pk=move.case_id))


def _give(case: Case, to: Patient, move: RecordMove, kind: str, *, by: User, reason: str) -> None:
    """The case's version moves, so that whoever has it open is told before anything is saved under another name."""
    old = case.patient_id
    if not move.is_merge:
        # Who signs looks at a person: they are asked anew. A plan in force goes on, and its page says under whom it was signed.
        for plan in lock(Plan.objects.filter(case=case, status=Plan.Status.IN_SIGNOFF)):
            return_to_draft(plan, by=by, expected_version=plan.version, reason="The case went to another patient.")
    compare_and_set(case, expected=case.version, patient=to, moved_at=timezone.now())
    history.record(
        case, kind, by=by, old=str(old), new=str(to.pk), reason=reason, record_move=move.pk, from_patient=old, to_patient=to.pk
    )  # fmt: skip


def _link(move: RecordMove, *, by: User) -> None:
    """Every board that knew the record that ends knows the one that stands; of cases it sees its own, as before."""
    known = set(PatientBoard.objects.filter(patient=move.to_patient).values_list("board_id", flat=True))
    ours = PatientBoard.objects.filter(patient=move.from_patient).exclude(board__in=known).order_by("board")
    made = [PatientBoard.objects.create(patient=move.to_patient, board_id=row.board_id, created_by=by) for row in ours]
    compare_and_set(move, expected=move.version, links=[row.pk for row in made])


def _unlink(move: RecordMove) -> None:
    """A board that came to know the patient by the merge alone sees them no more, unless it has opened a case of theirs."""
    with_case = Case.objects.filter(patient=move.to_patient).values("board")
    for row in PatientBoard.objects.filter(pk__in=move.links, patient=move.to_patient).exclude(board__in=with_case):
        withdraw_notices(row.board_id, f"/patients/{move.to_patient_id}/")
        row.delete()
