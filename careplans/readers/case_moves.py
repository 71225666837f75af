"""What can become of a case next, in which words it is asked, and why not: one table for the page, the API and the service."""

from dataclasses import dataclass

from careplans.guards import why_nothing_begins
from careplans.models import Case, FollowUp, Plan

S = Case.Status


@dataclass(frozen=True)
class Move:
    """One way out of a state, as its page asks for it. Which ways exist is `Case.TRANSITIONS`' matter."""

    label: str
    question: str
    action: str
    reason: str = ""
    """Label of the reason; empty where none is needed."""
    is_grave: bool = False


# From (any state, or one) to a state.
MOVES: dict[tuple[str, str], Move] = {
    (S.REFERRED, S.ACCEPTED): Move("Accept", "The board takes the case on.", "Accept the case"),
    ("", S.RETURNED): Move(
        "Return to referrer", "The referrer completes what is missing and refers again.", "Return the case",
        reason="What is missing",
    ),
    ("", S.DECLINED): Move(
        "Decline", "The case ends here; it stays readable.", "Decline the case", reason="Why it is declined", is_grave=True
    ),
    ("", S.REFERRED): Move("Refer again", "The missing items are there; triage looks at it anew.", "Refer again"),
    ("", S.WITHDRAWN): Move(
        "Withdraw", "The case ends here; it stays readable.", "Withdraw the case", reason="Why it is withdrawn",
        is_grave=True,
    ),
    ("", S.LISTED): Move("List for a meeting", "The board discusses it at its next meeting.", "List the case"),
    (S.LISTED, S.ACCEPTED): Move("Take off the list", "The case stays accepted.", "Take it off the list"),
    ("", S.DISCUSSED): Move("Record as discussed", "The board has discussed the case.", "Record it"),
    (S.DECLINED, S.REFERRED): Move(
        "Refer anew", "There is something new: triage looks at the case again.", "Refer the case anew",
        reason="What is new",
    ),
    (S.WITHDRAWN, S.REFERRED): Move(
        "Refer anew", "The referral is taken up again: triage looks at it.", "Refer the case anew",
        reason="What is new",
    ),
    ("", S.IN_CARE): Move("Into care", "The plan in force goes on.", "Put it into care"),
    (S.CLOSED, S.ACCEPTED): Move(
        "Reopen", "The case is accepted again, with its facts and plans as they were.", "Reopen the case",
        reason="Why it is reopened",
    ),
    ("", S.CLOSED): Move(
        "Close", "Possible once no plan and no follow-up is open, so that nobody is lost silently.", "Close the case",
        is_grave=True,
    ),
}  # fmt: skip


# The board has discussed the case and needs no plan: the reason is the one for which nothing lies ahead (domain note D.3).
NO_PLAN = Move(
    "No plan needed", "The board needs no plan. The case is in care, and your reason is looked at again.",
    "Record that no plan is needed", reason="Why no plan is needed",
)  # fmt: skip


@dataclass(frozen=True)
class Way:
    """A move of a case as it stands: allowed now, or why not."""

    to: str
    move: Move
    why_not: str = ""


def ways_on(case: Case) -> list[Way]:
    """In the order of the table of transitions. At most three queries."""
    return [_way(case, to) for to in Case.TRANSITIONS[case.status]]


def way_on(case: Case, to: str) -> Way | None:
    """None where the table of transitions has no such way."""
    return _way(case, to) if to in Case.TRANSITIONS[case.status] else None


def _way(case: Case, to: str) -> Way:
    move = MOVES.get((case.status, to)) or MOVES[("", to)]
    if case.status in Case.ENDED and (words := why_nothing_begins(case.patient)):
        return Way(to, move, words)
    if to == S.IN_CARE:
        return _into_care(case, move)
    if to in Case.ENDED:
        return Way(to, move, _still_open(case))
    return Way(to, move)


def _into_care(case: Case, move: Move) -> Way:
    """With a plan in force it goes on; without one, only once the board has discussed the case."""
    if Plan.objects.filter(case=case).in_force().exists():
        return Way(S.IN_CARE, move)
    if case.status == S.DISCUSSED:
        return Way(S.IN_CARE, NO_PLAN)
    words = "A case is in care once a plan of it is in force. Release its plan; the case follows by itself."
    return Way(S.IN_CARE, move, words)


def _still_open(case: Case) -> str:
    """On an ended case nobody could settle it any more, and nobody would look for it."""
    if Plan.objects.filter(case=case).open().exists():
        return "A plan of this case is still open. Complete, revoke or discard it first."
    if FollowUp.objects.filter(case=case).open().exists():
        return "Follow-ups of this case are still open. Settle or cancel each with a reason first."
    return ""
