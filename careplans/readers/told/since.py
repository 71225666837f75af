"""What others changed in a case, or a plan of it, since somebody marked it as seen or signed it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Self

from django.db.models import Count, F, Q, QuerySet, Window
from django.urls import reverse

from accounts.models import User
from careplans.models import Case, Event, Plan, Signature
from careplans.readers.timeline_values import people_in
from careplans.readers.told.net import Told, net_changes

# The newest; the timeline has the others.
MOST = 50
# Above what is folded.
SHOWN = 6
ANSWERED = {
    Signature.Status.DISSENTED: "dissented", Signature.Status.DECLINED: "sent it back",
}  # fmt: skip


@dataclass(frozen=True)
class Baseline:
    """From where on something is new to somebody."""

    newest: int = 0
    """The newest event there is: up to here it can be marked as seen."""
    event: int | None = None
    """None: they never looked, and are shown no wall of everything."""
    at: datetime | None = None
    how: str = "marked it as seen"


@dataclass(frozen=True)
class Since:
    baseline: Baseline
    what: str
    url: str
    """Where it is marked as seen."""
    timeline: str
    is_open: bool = True
    is_void: bool = False
    """What they had signed is void: they are about to answer anew, and signing is what marks it."""
    told: list[Told] = field(default_factory=list)
    more: int = 0
    """Events beyond the newest, which only the timeline tells."""

    @property
    def is_new(self) -> bool:
        return self.baseline.event is None

    @property
    def shown(self) -> list[Told]:
        return self.told[:SHOWN]

    @property
    def folded(self) -> list[Told]:
        return self.told[SHOWN:]

    @classmethod
    def of(cls, subject: Case | Plan, case: int, baseline: Baseline, **more: Any) -> Self:
        noun = "plan" if isinstance(subject, Plan) else "case"
        timeline = reverse("careplans:timeline", args=[case])
        return cls(baseline, noun, reverse(f"careplans:{noun}_seen", args=[subject.pk]), timeline, **more)


def since_of_case(case: Case, user: User) -> Since:
    """Of a case that comes `with_looks_of()` this person: one query, or two, where something changed."""
    since = Since.of(case, case.pk, _marked(case), is_open=case.is_open)
    return _with_changes(since, Event.objects.filter(case=case), user)


def since_of_plan(plan: Plan, user: User) -> Since:
    """The same of a plan, which comes with its signatures, too: what happened to it, and to the case apart from its other plans.
    Whose answer became void is told what changed since they gave it."""
    mine = [one for one in plan.signatures.all() if one.signer_id == user.pk and one.signed_at is not None]
    last = max(mine, key=lambda one: (one.content_version, one.pk), default=None)
    baseline, is_void = _marked(plan), _is_void(plan, last)
    if last is not None and plan.answered_event is not None and (is_void or baseline.event is None):
        baseline = Baseline(baseline.newest, plan.answered_event, last.signed_at, _how(last))
    since = Since.of(plan, plan.case_id, baseline, is_open=plan.status in Plan.OPEN, is_void=is_void)
    return _with_changes(since, Event.objects.filter(Q(plan=plan) | Q(plan=None), case=plan.case_id), user)


def _marked(row: Case | Plan) -> Baseline:
    return Baseline(row.newest_event or 0, row.seen_event, row.seen_at)


def _is_void(plan: Plan, last: Signature | None) -> bool:
    """What they answered to is not what stands there now, and it is being signed, or will be."""
    return last is not None and plan.is_editable and last.content_version < plan.content_version


def _how(signature: Signature) -> str:
    given = signature.voided_status or signature.status
    return ANSWERED.get(Signature.Status(given), "signed")


def _with_changes(since: Since, events: QuerySet[Event], user: User) -> Since:
    """What somebody did themselves is no news to them."""
    seen = since.baseline.event
    if seen is None or since.baseline.newest <= seen:
        return since
    rows = events.filter(Q(by=None) | ~Q(by=user), pk__gt=seen).for_timeline()  # type: ignore[attr-defined]
    found: Sequence[Any] = rows.annotate(total=Window(Count(F("pk")))).order_by("-pk")[:MOST]
    found = list(found)
    told = net_changes(found, people_in(found))
    more = found[0].total - len(found) if found else 0
    return Since(**{**since.__dict__, "told": told, "more": more})
