from collections.abc import Mapping
from copy import copy
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import Board, User
from accounts.permissions import require
from careplans import history
from careplans.guards import ask_about, check_in_care, check_open, check_person, check_reason, check_transition
from careplans.locks import take_case, take_people, take_prior_treatment, take_right
from careplans.models import Case, Patient, PatientBoard, PriorTreatment, Proforma, Step
from careplans.models.cases import ASKED_ENDED, PRIOR_TREATMENT_FIELDS
from careplans.readers.case_moves import NO_PLAN, way_on
from careplans.services.case_keys import write_case_keys
from careplans.services.nothing_ahead import keep_reason, overtake
from common.partial_dates import PartialDate
from common.writing import compare_and_set, note_new, take, transactional

EDITABLE = ("title", "question", "responsible")


@transactional
def open_case(
    patient: Patient,
    *,
    by: User,
    title: str,
    responsible: User,
    status: str,
    question: str = "",
    board: Board | None = None,
) -> Case:
    """Open a case with an empty proforma, on `board` or the one from which the patient is looked at.

    It starts accepted, or referred when it still needs triage: whoever opens it says.
    """
    board = board or patient.board
    require(by, "cases.edit", board)
    take_people(board, responsible)
    take(patient)
    check_in_care(patient)
    if not PatientBoard.objects.filter(patient=patient, board=board).exists():
        raise ValidationError(
            f"{board.name} does not know this patient. Add the patient there first, by record number."
        )
    if status not in (Case.Status.REFERRED, Case.Status.ACCEPTED):
        raise ValidationError({"status": "Say whether the board has accepted the case, or it still needs triage."})
    check_person(responsible, board, field="responsible")
    case = Case.objects.create(
        board=board, patient=patient, title=title.strip(), question=question.strip(), status=status,
        responsible=responsible, created_by=by,
    )  # fmt: skip
    Proforma.objects.create(case=case)
    write_case_keys(case)
    history.record(case, "case_opened", by=by, new=status)
    return case


@transactional
def change_case(case: Case, *, by: User, expected_version: int, **values: Any) -> Case:
    """Change the title, the question or the responsible person. Raises Conflict when stale."""
    require(by, "cases.edit", case.board_id)
    take_people(case.board_id, values.get("responsible"))
    take_case(case, expected=expected_version)
    check_open(case)
    changes = {name: value for name, value in values.items() if name in EDITABLE and value != getattr(case, name)}
    if "responsible" in changes:
        check_person(changes["responsible"], case.board_id, field="responsible")
    compare_and_set(case, expected=expected_version, **changes)
    if "title" in changes:
        write_case_keys(case)
    if changes:
        history.record(case, "case_changed", by=by, fields=sorted(changes))
    return case


@transactional
def move_case(case: Case, to: str, *, by: User, reason: str = "") -> Case:
    """Triage: accept, return with the missing items, decline with a reason, refer again, withdraw, list."""
    # Its board may be closed meanwhile, and its patient may have died or gone: a case that had ended does not begin anew then.
    take_right(by, "cases.manage", case.board_id)
    if to == Case.Status.CLOSED:
        raise ValidationError("Close the case with one of the listed reasons.")
    take(case.patient)
    take_case(case)
    if case.status == Case.Status.CLOSED:
        raise ValidationError("A closed case is reopened with a reason.")
    check_transition(Case.TRANSITIONS, case.status, to, noun="case")
    way = way_on(case, to)
    if way is None or way.why_not:
        raise ValidationError(way.why_not if way else "Look at what is possible for this case.")
    if way.move.reason:
        reason = check_reason(reason, what="this")
    if to in Case.ENDED:
        overtake(case)
    if way.move is NO_PLAN:
        keep_reason(case, reason, by=by, look_again_on=None)
    return _move(case, to, by=by, reason=reason)


@transactional
def close_case(case: Case, *, by: User, reason: str, note: str = "") -> Case:
    """Close with a coded reason (domain note D.3). Refused while a plan or follow-up is open: nobody is lost silently."""
    require(by, "cases.manage", case.board_id)
    take_case(case)
    check_transition(Case.TRANSITIONS, case.status, Case.Status.CLOSED, noun="case")
    if reason not in Case.CloseReason.values:
        raise ValidationError({"reason": "Choose one of the listed reasons for closing."})
    if reason == Case.CloseReason.DIED:
        raise ValidationError(
            {"reason": "Record the death on the page of the patient: it ends all care on every board at once."}
        )
    way = way_on(case, Case.Status.CLOSED)
    if way is not None and way.why_not:
        raise ValidationError(way.why_not)
    overtake(case)
    return _move(case, Case.Status.CLOSED, by=by, reason=note, close_reason=reason)


@transactional
def reopen_case(case: Case, *, by: User, reason: str, to: str = Case.Status.ACCEPTED) -> Case:
    """`to` where it had not been accepted before it was closed."""
    # Its board may be closed meanwhile, which nobody reopens a case on.
    take_right(by, "cases.manage", case.board_id)
    take(case.patient)
    take_case(case)
    if case.status != Case.Status.CLOSED:
        raise ValidationError("Only a closed case is reopened.")
    check_in_care(case.patient)
    return _move(case, to, by=by, reason=check_reason(reason, what="reopening the case"))


def enter_care(case: Case, *, by: User) -> None:
    """A plan became active, so the case is in care. Called by the release of a plan, inside its transaction."""
    if case.status == Case.Status.IN_CARE:
        return
    check_transition(Case.TRANSITIONS, case.status, Case.Status.IN_CARE, noun="case")
    _move(case, Case.Status.IN_CARE, by=by, reason="")


def _move(case: Case, to: str, *, by: User, reason: str, close_reason: str = "") -> Case:
    old = case.status
    compare_and_set(case, expected=case.version, status=to, close_reason=close_reason)
    history.record(case, "case_moved", by=by, old=old, new=to, reason=reason or close_reason.replace("_", " "))
    return case


@transactional
def add_prior_treatment(
    case: Case, *, by: User, modality_code: str, response: str, description: str = "",
    started_on: date | PartialDate | None = None, ended: str = "", ended_on: date | PartialDate | None = None,
    toxicity: str = "", stop_reason: str = "",
) -> PriorTreatment:  # fmt: skip
    """`ended` where it is said: one of `PriorTreatment.Ended`. A day alone says that it has."""
    require(by, "cases.edit", case.board_id)
    take_case(case)
    check_open(case)
    therapy = PriorTreatment(
        case=case, modality_code=modality_code, description=description, started_on=started_on, ended_on=ended_on,
        ended=ended or (PriorTreatment.Ended.ENDED if ended_on else PriorTreatment.Ended.NOT_KNOWN),
        response=response, toxicity=toxicity, stop_reason=stop_reason, created_by=by,
    )  # fmt: skip
    _check_prior_treatment(therapy)
    ask_about(case.patient, case.board.today, recorded={"started_on": started_on, "ended_on": ended_on})
    therapy.save(force_insert=True)
    note_new(therapy, PRIOR_TREATMENT_FIELDS)
    history.record(case, "prior_treatment_added", by=by, of=therapy, modality=modality_code, id=therapy.pk)
    return therapy


@transactional
def change_prior_treatment(
    therapy: PriorTreatment, *, by: User, expected_version: int, **values: Any
) -> PriorTreatment:
    """A correction; what it said before stands in the timeline. Raises Conflict when stale."""
    require(by, "cases.edit", therapy.case.board_id)
    _take_prior_treatment(therapy, expected=expected_version)
    told = {name: value for name, value in values.items() if name in PRIOR_TREATMENT_FIELDS}
    if told.get("ended_on", therapy.ended_on):
        told.setdefault("ended", PriorTreatment.Ended.ENDED)
    changes = {name: value for name, value in told.items() if value != getattr(therapy, name)}
    if not changes:
        return therapy
    _check_prior_treatment(_with(therapy, changes))
    days = {name: changes.get(name) for name in ("started_on", "ended_on")}
    ask_about(therapy.case.patient, therapy.case.board.today, recorded=days)
    compare_and_set(therapy, expected=expected_version, **changes)
    history.record(
        therapy.case, "prior_treatment_changed", by=by, of=therapy, fields=sorted(changes), modality=therapy.modality_code,
        id=therapy.pk,
    )  # fmt: skip
    return therapy


@transactional
def withdraw_prior_treatment(
    therapy: PriorTreatment, *, by: User, expected_version: int, reason: str
) -> PriorTreatment:
    """Entered in error: taken off the list with a reason; the row stays."""
    require(by, "cases.edit", therapy.case.board_id)
    reason = check_reason(reason, what="taking it off the list", most=160)
    _take_prior_treatment(therapy, expected=expected_version)
    compare_and_set(therapy, expected=expected_version, removed_at=timezone.now(), removed_reason=reason)
    history.record(
        therapy.case, "prior_treatment_withdrawn", by=by, reason=reason, of=therapy, modality=therapy.modality_code,
        id=therapy.pk,
    )  # fmt: skip
    return therapy


def _take_prior_treatment(therapy: PriorTreatment, *, expected: int) -> None:
    take_prior_treatment(therapy, expected=expected)
    check_open(therapy.case)
    if therapy.removed_at:
        raise ValidationError("This previous therapy was taken off the list. Add it anew if it belongs there.")


def _with(therapy: PriorTreatment, changes: Mapping[str, Any]) -> PriorTreatment:
    told = copy(therapy)
    for name, value in changes.items():
        setattr(told, name, value)
    return told


def _check_prior_treatment(therapy: PriorTreatment) -> None:
    """As it would stand, before it is written."""
    if therapy.modality_code not in Step.ModalityCode.values:
        raise ValidationError({"modality_code": "Choose one of the listed modalities."})
    if therapy.response not in PriorTreatment.Response.values:
        raise ValidationError({"response": "Say what the response was; “not recorded” where nobody knows."})
    if therapy.ended not in PriorTreatment.Ended.values:
        raise ValidationError({"ended": ASKED_ENDED})
    if therapy.ended_on and therapy.ended != PriorTreatment.Ended.ENDED:
        said = PriorTreatment.Ended(therapy.ended).label.lower()
        raise ValidationError(
            {"ended": f"There is a day on which it ended, and it is {said}. Choose “ended”, or empty the day."}
        )
    started, ended = therapy.started_on, therapy.ended_on
    if started and ended and PartialDate.of(ended).is_before(started):
        raise ValidationError({"ended_on": "It ended before it started. Check both dates."})
