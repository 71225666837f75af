"""What is open on a board, in numbers: for whoever puts it out of use."""

from dataclasses import dataclass

from accounts.models import Board
from careplans.models import Case, FollowUp, OutboxMessage, Plan, Step


@dataclass(frozen=True)
class OpenOnBoard:
    cases: int
    in_care: int
    in_force: int
    in_work: int
    steps: int
    follow_ups: int
    messages: int
    """E-mails and notices that have not gone out."""

    @property
    def stands(self) -> list[tuple[str, int]]:
        return [
            ("Open cases", self.cases), ("of these in care", self.in_care), ("Plans in force", self.in_force),
            ("Plans in work", self.in_work), ("Open steps", self.steps), ("Open follow-ups", self.follow_ups),
            ("Messages that have not gone out", self.messages),
        ]  # fmt: skip


def open_on(board: Board) -> OpenOnBoard:
    """Seven queries."""
    cases = Case.objects.filter(board=board).open()
    plans = Plan.objects.filter(board=board)
    waiting = (OutboxMessage.Status.PENDING, OutboxMessage.Status.CLAIMED, OutboxMessage.Status.COLLECTED)
    return OpenOnBoard(
        cases=cases.count(), in_care=cases.filter(status=Case.Status.IN_CARE).count(),
        in_force=plans.in_force().count(), in_work=plans.working().count(),
        steps=Step.objects.waiting().filter(board=board).count(),
        follow_ups=FollowUp.objects.open().filter(board=board).count(),
        messages=OutboxMessage.objects.filter(reminder__board=board, status__in=waiting).count(),
    )  # fmt: skip
