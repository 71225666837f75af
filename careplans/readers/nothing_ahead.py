"""What lies ahead of a case in care: its next dated thing, or a recorded reason for none. Nobody stands in no list.

A case is cared for once it is in care, or a plan of it has been released and it has not ended. A dated thing is an open step of a
plan in force, or an open follow-up, of which a re-discussion is one kind; what is overdue is ahead too, and in lists of its own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from accounts.models import Board
from careplans.models import Case, FollowUp, NothingAhead, Plan, Step
from careplans.models.cases import CaseQuerySet
from careplans.readers.schedules.plan_schedules import has_follow_up, says_none

S = Case.Status
# States in which a case may be cared for; before the first, nobody has promised it anything yet.
CARED = (S.IN_CARE, S.DISCUSSED, S.LISTED, S.ACCEPTED)


@dataclass(frozen=True)
class Ahead:
    """The next dated thing of a case, or the reason why there is none."""

    next: Step | FollowUp | None = None
    reason: NothingAhead | None = None
    is_due: bool = False
    """Whether the day has come on which the reason is looked at again."""

    @property
    def is_nothing(self) -> bool:
        return self.next is None and (self.reason is None or self.is_due)

    @property
    def day(self) -> date | None:
        return self.next.due_on if self.next else None


def ahead_of(case: Case, today: date) -> Ahead:
    """At most three queries."""
    steps = Step.objects.waiting().filter(case=case).select_related("assignee", "modality_revision")
    follow_ups = FollowUp.objects.open().filter(case=case).select_related("assignee")
    first = [*steps.order_by("due_on", "pk")[:1], *follow_ups.order_by("due_on", "pk")[:1]]
    return ahead_among(case, first, today)


def ahead_among(case: Case, rows: Sequence[Step | FollowUp], today: date) -> Ahead:
    """The same of a case whose steps in force and follow-ups are at hand. One query, and only where none of them is open."""
    dated = [(row.due_on, row) for row in rows if row.is_open and row.due_on is not None]
    if dated:
        return Ahead(next=min(dated, key=lambda one: one[0])[1])
    reason = NothingAhead.objects.standing().for_page().filter(case=case).first()
    return Ahead(reason=reason, is_due=reason is not None and reason.look_again_on <= today)


def is_cared_for(case: Case) -> bool:
    """At most one query."""
    if case.status == S.IN_CARE:
        return True
    return case.status in CARED and Plan.objects.filter(case=case, released_at__isnull=False).exists()


def has_date_ahead(case: Case) -> bool:
    """At most two queries."""
    return (
        FollowUp.objects.open().filter(case=case).exists() or Step.objects.waiting().filter(case=case).exists()
    )  # fmt: skip


def nothing_ahead(boards: Iterable[Board]) -> CaseQuerySet:
    """The list of boards “in care, nothing ahead”: cases that have neither. By existence, so that indexes answer."""
    rows = Case.objects.for_work_list().filter(_cared(), board__in=[board.pk for board in boards])
    one = OuterRef("pk")
    dated = (FollowUp.objects.open().filter(case=one), Step.objects.waiting().filter(case=one))
    return rows.filter(*(~Exists(each.order_by()) for each in dated)).exclude(_with_reason(boards)).order_by("pk")


def _cared() -> Q:
    """The plan is looked for in each of the few cases that are not in care. As `Exists`, PostgreSQL reads every plan instead."""
    released = Plan.objects.filter(case=OuterRef("pk"), released_at__isnull=False).order_by().values("pk")[:1]
    return Q(status=S.IN_CARE) | Q(IsNull(Subquery(released), False), status__in=CARED)


def _with_reason(boards: Iterable[Board]) -> Q:
    """With a reason that need not be looked at yet, by each board's own calendar."""
    found = Q(pk__in=[])
    for board in boards:
        standing = NothingAhead.objects.standing().filter(case=OuterRef("pk"), look_again_on__gt=board.today)
        found |= Q(Exists(standing.order_by()), board=board)
    return found


# What the forms ask: whether a verb would leave a case with nothing ahead. The services ask again, under their lock.


def asks_at_release(plan: Plan, steps: Sequence[Step]) -> bool:
    """A plan without steps that go on, without a schedule, of a case without a follow-up: “no treatment now” and no more. A
    schedule may say with its source that no follow-up is needed; that this holds for this patient, a person says."""
    carried = [step.carried_from_id for step in steps]
    if (has_follow_up(plan) and not says_none(plan)) or None in carried:
        return False
    dated = Step.objects.waiting().filter(pk__in=carried).exists()
    return not dated and not FollowUp.objects.open().filter(case=plan.case_id).exists()


def open_follow_ups(plan: Plan) -> list[FollowUp]:
    """Of its case. One query."""
    return list(FollowUp.objects.open().filter(case=plan.case_id).select_related("monitoring", "assignee"))


def ends_that_ask(plan: Plan, follow_ups: Sequence[FollowUp]) -> frozenset[str]:
    """Its steps have ended or end with it; a revoked plan takes its follow-ups along, and the others of the case go on, as does
    what outlasts it. No query."""
    if not plan.case.is_open:
        return frozenset()
    stay = [row for row in follow_ups if row.plan_id != plan.pk or row.outlasts_its_plan]
    return frozenset(() if follow_ups else ("complete", "error")) | frozenset(() if stay else ("revoke",))


def asks_at_settling(follow_up: FollowUp) -> bool:
    """It is the last dated thing of a case that is cared for. One query."""
    rest = FollowUp.objects.open().filter(case=OuterRef("pk")).exclude(pk=follow_up.pk)
    steps = Step.objects.waiting().filter(case=OuterRef("pk"))
    found = Case.objects.filter(_cared(), ~Exists(rest.order_by()), ~Exists(steps.order_by()), pk=follow_up.case_id)
    return found.exists()
