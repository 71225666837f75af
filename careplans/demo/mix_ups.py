"""Two people who are one, and a case that was opened on the wrong patient: what the pages for merging and moving have to show."""

from collections.abc import Mapping

from accounts.models import Board, User
from careplans.models import Case, Patient
from careplans.services.cases import open_case
from careplans.services.patients import add_patient
from careplans.services.record_moves import ask_merge, ask_move_case, confirm


def mix_up(board: Board, people: Mapping[str, User]) -> None:
    _ask_for_a_merge(board, by=people["nurse"])
    _move_a_case(board, people)


def _patient(board: Board, record: str) -> Patient:
    found: Patient = Patient.objects.of_boards([board.pk]).get(record_number=record)
    return found


def _ask_for_a_merge(board: Board, *, by: User) -> None:
    """She was referred once more under the name that she had before; a coordinator or the chair has yet to confirm it."""
    stands = _patient(board, "SYN-0003")
    again = add_patient(
        board, by=by, record_number="SYN-0026", family_name="Grünwald-Synthetic", given_name=stands.given_name,
        birth_date=stands.birth_date, sex=stands.sex, is_synthetic=True,
    )  # fmt: skip
    open_case(
        again, by=by, title="Rectal NET, referred from abroad", question="Second opinion on the liver lesion?",
        responsible=by, status=Case.Status.REFERRED,
    )  # fmt: skip
    ask_merge(
        again, by=by, into=stands.pk, reason="Same date of birth and the name before her marriage; she says so herself."
    )


def _move_a_case(board: Board, people: Mapping[str, User]) -> None:
    wrong, right = _patient(board, "SYN-0015"), _patient(board, "SYN-0018")
    case = open_case(
        wrong, by=people["nurse"], title="Gastric NET type 1, found at endoscopy", question="Endoscopic removal or surveillance?",
        responsible=people["nurse"], status=Case.Status.REFERRED,
    )  # fmt: skip
    move = ask_move_case(
        case, by=people["nurse"], to=right.pk, reason="Opened on another patient of that morning’s clinic."
    )
    wrong.refresh_from_db()
    right.refresh_from_db()
    confirm(
        move, by=people["coordinator"], expected_version=move.version, from_version=wrong.version,
        to_version=right.version, note="The letter of the endoscopy names him.",
    )  # fmt: skip
