"""Whoever must act on a draft of the rules, or wrote on it, is told in the app, as with the draft of a reference page."""

from django.urls import reverse

from accounts.models import User
from careplans.models import RuleSetEvent, RuleSetVersion
from modalities.services.telling import Work, ask_approvers, nobody_asked, tell_people

Kind = RuleSetEvent.Kind
DONE = {
    Kind.SENT_BACK: "sent back", Kind.RECALLED: "took back from review", Kind.DISCARDED: "discarded",
    Kind.PUBLISHED: "put into force",
}  # fmt: skip


def tell_of_rule_set(row: RuleSetVersion, kind: RuleSetEvent.Kind, *, by: User, comment: str = "") -> None:
    """After each of its moves, inside the transaction."""
    work = Work(f"the draft {row.label} of the rules", reverse("careplans:rule_draft"), f"rules/{row.pk}/")
    wrote = set(row.events.filter(kind__in=RuleSetEvent.WRITING).values_list("by", flat=True))
    if kind == Kind.SENT:
        ask_approvers(work, wrote=wrote, by=by, turn=row.version)
        return
    nobody_asked(work)
    if kind == Kind.PUBLISHED:
        work = Work(work.name, reverse("careplans:rule_version", args=[row.number]), work.key)
    words = f"{by.name} {DONE[kind]} {work.name}{f': {comment}' if comment else '.'}"
    tell_people(work, wrote, words, by=by, turn=f"{row.version}-{kind}")
