"""A picture that shows every sign once, for the help. Of nobody: it is always the same."""

from datetime import date
from functools import cache

from careplans.readers.sequence import Picture, picture
from careplans.readers.sequence.what import (
    Branch,
    Gate,
    Lane,
    Look,
    Mark,
    MarkState,
    Passage,
    Sequence,
    StepShown,
    Turn,
)

TODAY = date(2026, 11, 26)


@cache
def example() -> Picture:
    return picture(Sequence("Example", "in force", TODAY, _steps(), _lanes()), uid="example")


def _steps() -> tuple[StepShown, ...]:
    given = [Turn(number, date(2026, 6 + number, 6), "given") for number in range(1, 5)]
    ahead = [Turn(5, date(2026, 12, 4), "planned"), Turn(6, date(2027, 1, 1), "planned")]
    analogue = StepShown(
        1, "1", "Somatostatin analogue", "symptom_control", "Symptom control", Look.RUNNING,
        "In progress since 6 Jul 2026, 4 given, next 4 Dec 2026", date(2026, 7, 6), None, date(2026, 10, 30), True,
        (*given, *ahead),
    )  # fmt: skip
    embolization = StepShown(
        2, "2", "Embolization", "debulking", "Debulking", Look.DELIVERED, "Delivered 12 Oct 2026", date(2026, 10, 5),
        date(2026, 10, 12), date(2026, 10, 12), gate=Gate("After step 1 has begun", Passage.OPEN, 1, "begun"),
    )  # fmt: skip
    ablation = StepShown(
        3, "3a", "Ablation", "debulking", "Debulking", Look.NOT_DONE, "Not done: medical reason", date(2026, 11, 2),
        date(2026, 11, 6),
    )  # fmt: skip
    left_lobe = StepShown(
        4, "3b", "Embolization, left lobe", "debulking", "Debulking", Look.PLANNED, "Planned for 3 Nov 2026 to 10 Nov 2026",
        date(2026, 11, 3), date(2026, 11, 10), late="14 days late: start 3 Nov 2026",
    )  # fmt: skip
    restaging = StepShown(
        5, "4", "Re-staging", "surveillance", "Surveillance", Look.PLANNED, "To be decided on 1 Feb 2027", date(2027, 2, 1),
        is_decision=True, branches=(Branch(1, "If it responds: 5"), Branch(2, "If it does not: the board again")),
    )  # fmt: skip
    return analogue, embolization, ablation, left_lobe, restaging, *_arms()


def _arms() -> tuple[StepShown, ...]:
    resection = StepShown(
        6, "5", "Resection", "debulking", "Debulking", Look.IN_ARM, "Planned for 1 Mar 2027", date(2027, 3, 1), date(2027, 3, 8),
        gate=Gate("Waits for the decision of step 4", Passage.WAITING, 5), decision=5, branch_state="waiting",
        branch="Only where it responds",
    )  # fmt: skip
    return (resection,)


def _lanes() -> tuple[Lane, ...]:
    marks = (
        Mark(date(2026, 8, 20), "imaging", MarkState.DONE, "CT of 20 Aug 2026: done"),
        Mark(date(2026, 11, 24), "imaging", MarkState.DUE, "CT of 24 Nov 2026: due now"),
        Mark(date(2027, 2, 20), "imaging", MarkState.AHEAD, "CT of 20 Feb 2027: to come"),
    )
    return (Lane("imaging", "CT or MRI", "next 24 Nov 2026", marks),)
