"""Whoever must act on a draft of the rules, or wrote on it, is told in the app, as with the draft of a reference page."""

from django.urls import reverse

from accounts.models import User
from careplans.models import RuleSetEvent, RuleSetVersion
from modalities.services.telling import Work
from modalities.services.workflow import SAID, tell_of_move

Kind = RuleSetEvent.Kind


def tell_of_rule_set(row: RuleSetVersion, kind: RuleSetEvent.Kind, *, by: User, comment: str = "") -> None:
    """After each of its moves, inside the transaction."""
    work = Work(f"the draft {row.label} of the rules", reverse("careplans:rule_draft"), f"rules/{row.pk}/")
    in_force = Work(work.name, reverse("careplans:rule_version", args=[row.number]), work.key)
    tell_of_move(
        row, kind, work, writing=RuleSetEvent.WRITING, said=SAID[kind], by=by, comment=comment,
        told_as=in_force if kind == Kind.PUBLISHED else None,
    )  # fmt: skip
