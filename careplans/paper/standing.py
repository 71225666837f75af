"""How a plan stands, and who signed it, in words that are plain in black and white too."""

from typing import Any

from django.utils import timezone

from careplans.models import Plan, Signature
from careplans.models.signatures import tally

Row = dict[str, Any]
Status = Plan.Status


def state(plan: Plan) -> Row:
    """`binding`: to be acted on. What is not carries a black stamp on each page, and a word across it."""
    short, more = _words(plan)
    across = {Status.DRAFT: "DRAFT", Status.IN_SIGNOFF: "NOT IN FORCE"}.get(Status(plan.status), "ENDED")
    label = f"{short} – {more}" if more and plan.is_in_force else short
    return {
        "binding": plan.is_in_force, "short": short, "label": label, "across": across,
        "more": "" if plan.is_in_force else more,
    }  # fmt: skip


def _words(plan: Plan) -> tuple[str, str]:
    begun, ended = _day(plan.released_at), _day(plan.ended_at)
    if plan.status == Status.IN_SIGNOFF:
        told = tally(plan.standing_signatures)
        number = len(told.dissents)
        against = f", {number} dissent{'' if number == 1 else 's'}" if number else ""
        return (
            "IN SIGN-OFF – not in force",
            f"{told.given} of {told.asked} signatures given{against}. Do not act on it.",
        )
    return {
        Status.DRAFT: ("DRAFT – not signed", "Nobody has been asked to sign it. Do not act on it."),
        Status.ACTIVE: (f"In force since {begun}", ""),
        Status.ON_HOLD: ("ON HOLD", f"in force since {begun}, and held by the board"),
        Status.COMPLETED: (f"COMPLETED on {ended}", f"It was in force since {begun}."),
        Status.SUPERSEDED: (f"SUPERSEDED on {ended}", "A later plan is in force. Do not act on this one."),
        Status.REVOKED: (f"REVOKED on {ended}", "Do not act on it."),
        Status.ENTERED_IN_ERROR: ("ENTERED IN ERROR", "Do not act on it."),
    }[Status(plan.status)]


def signatures(plan: Plan) -> list[Row]:
    """What counts now; signatures for an earlier content are void and stay in Consilium."""
    return [
        {
            "discipline": signature.discipline_label, "answer": signature.get_status_display(),
            "who": _who(signature), "comment": f"“{signature.comment}”" if signature.comment else "",
        }
        for signature in plan.standing_signatures
    ]  # fmt: skip


def _who(signature: Signature) -> str:
    if signature.signer and signature.signed_at:
        return f"{signature.signer.name}, {timezone.localtime(signature.signed_at):%-d %b %Y, %H:%M}"
    return f"Asked of {signature.delegated_to.name}" if signature.delegated_to else ""


def released(plan: Plan) -> list[str]:
    drafted = f"Drafted by {plan.created_by.name} on {_day(plan.created_at)}."
    if plan.released_at is None or plan.released_by is None:
        return [drafted]
    note = [f"Note of the chair: “{plan.release_note}”"] if plan.release_note else []
    return [f"{drafted} Released by {plan.released_by.name} on {_day(plan.released_at)}.", *note]


def _day(at: Any) -> str:
    return f"{timezone.localtime(at):%-d %b %Y}" if at else "a day that is not recorded"
