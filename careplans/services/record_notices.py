"""Who is told of a merge or of a case that moves: who can decide, who asked, who leads the boards, who answers for a case."""

from collections.abc import Iterable

from accounts.models import Board, Membership, User
from accounts.permissions import BOARD_ACTIONS
from accounts.services.notices import add_notice
from careplans.models import Case, MovedCase, Patient, PatientBoard, RecordMove
from careplans.reminders.escalation import leads

DONE = {
    RecordMove.Status.CONFIRMED: "was confirmed", RecordMove.Status.DECLINED: "was declined",
    RecordMove.Status.WITHDRAWN: "was withdrawn", RecordMove.Status.UNDONE: "was undone",
}  # fmt: skip
NOBODY = "Nobody else on your boards may confirm it yet: ask an administrator for a second coordinator or a chair who sees both."


def tell_asked(move: RecordMove) -> None:
    """Whoever can confirm it, at once."""
    words = f"{_what(move)}: {move.asked_by.name} asks you to look at both and to confirm or decline it."
    _tell(move, who_can_decide(move), words, "asked", f"/record-moves/{move.pk}/")


def tell_decided(move: RecordMove, *, by: User) -> None:
    """Declined or withdrawn concerns who was asked and who asked; what was done, everybody who leads a board of a case, too."""
    words = f"{_what(move)} {DONE[RecordMove.Status(move.status)]} by {by.name}."
    people = {user: board for user, board in who_can_decide(move).items() if user != by.pk}
    asker = _seen_from([move.asked_by_id], Patient.objects.boards_of(move.from_patient))
    page = f"/record-moves/{move.pk}/"
    _tell(move, {user: board for user, board in (asker | people).items() if user != by.pk}, words, move.status, page)
    if move.status in (RecordMove.Status.CONFIRMED, RecordMove.Status.UNDONE):
        _tell_of_cases(move, words, told={by.pk, *people, *asker})


def who_can_decide(move: RecordMove) -> dict[int, int]:
    """Each with the board from which they see it: not who asked, and nobody who sees only one of the two patients."""
    roles = BOARD_ACTIONS["patients.merge"][0]
    rows = Membership.objects.filter(ended_at=None, user__is_active=True, role__in=roles, board__is_active=True)
    if move.case is not None:
        found = rows.filter(board=move.case.board_id)
    else:
        either = rows.filter(board__in=PatientBoard.objects.filter(patient=move.to_patient).values("board"))
        found = rows.filter(board__in=PatientBoard.objects.filter(patient=move.from_patient).values("board"))
        found = found.filter(user__in=either.values("user"))
    pairs = found.exclude(user=move.asked_by_id).order_by("-board").values_list("user", "board")
    return dict(pairs)


def who_confirms(move: RecordMove) -> str:
    """By whom it waits to be decided, as a sentence. One statement more than `who_can_decide`."""
    people = User.objects.filter(pk__in=who_can_decide(move)).order_by("name").values_list("name", flat=True)
    return f"{' or '.join(people)} can confirm it, and has been told." if people else NOBODY


def _tell_of_cases(move: RecordMove, words: str, *, told: Iterable[int]) -> None:
    """Those who lead a board of a case that moved, and who answers for it. The patient's page is one that they see."""
    cases = Case.objects.filter(pk__in=MovedCase.objects.filter(move=move).values("case"))
    boards = Board.objects.filter(pk__in=cases.values("board"), is_active=True).order_by("-pk")
    people: dict[int, int] = {}
    for board in boards:
        asked = {*leads(board), *cases.filter(board=board).values_list("responsible", flat=True)}
        people |= _seen_from(asked, [board.pk])
    for user in told:
        people.pop(user, None)
    for user, board_id in people.items():
        case = cases.filter(board=board_id).order_by("pk")[0]
        _tell(move, {user: board_id}, words, move.status, f"/patients/{case.patient_id}/")


def _seen_from(people: Iterable[int], boards: Iterable[int]) -> dict[int, int]:
    """Those who still read names there; whoever only counts cases now is told nothing."""
    roles = BOARD_ACTIONS["patients.view"][0]
    rows = Membership.objects.filter(user__in=people, board__in=boards, ended_at=None, role__in=roles)
    return dict(rows.filter(user__is_active=True).order_by("-board").values_list("user", "board"))


def _tell(move: RecordMove, people: dict[int, int], words: str, what: str, path: str) -> None:
    for user in User.objects.filter(pk__in=people).order_by("pk"):
        key = f"record_move.{move.pk}.{what}.{user.pk}"
        add_notice(user, kind="record_move", text=words, path=path, dedupe_key=key, board=people[user.pk])


def _what(move: RecordMove) -> str:
    old, new = move.from_patient, move.to_patient
    if move.case is None:
        return f"Merge of {old.name} ({old.record_number}) into {new.name} ({new.record_number})"
    return f"Move of the case “{move.case.title}” from {old.name} ({old.record_number}) to {new.name} ({new.record_number})"
