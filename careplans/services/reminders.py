"""Writes and withdraws reminder rows, always in the transaction of the clinical change they belong to.

Nothing is scheduled anywhere else: these rows are the queue that `careplans.delivery` works off.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from accounts import audit
from accounts.models import Board, Membership, User
from accounts.permissions import require
from careplans import history
from careplans.local_time import instant
from careplans.models import Delivery, FollowUp, Plan, Reminder, Signature, Step
from careplans.models.reminders import ReminderQuerySet
from careplans.services.guards import check_reason
from modalities.models import Modality

Kind = Reminder.Kind
Subject = Step | FollowUp | Signature | Modality


@dataclass(frozen=True)
class Hour:
    """When reminders go out, in local wall time: that of a board, or that of the centre."""

    at: time
    zone: str

    @classmethod
    def of(cls, board: Board) -> "Hour":
        return cls(board.reminder_time, board.time_zone)

    @classmethod
    def of_centre(cls) -> "Hour":
        return cls(CENTRE_HOUR, settings.CENTRE_TIME_ZONE)

    @property
    def today(self) -> date:
        return timezone.now().astimezone(ZoneInfo(self.zone)).date()


# A plan cannot go on without the one, and the other comes after everybody else was told.
URGENT = (Kind.SIGNATURE, Kind.ESCALATION)
# Of what belongs to no board.
CENTRE_HOUR = time(8, 0)


@dataclass(frozen=True)
class Wanted:
    """One reminder to be written: about what, to whom, on which local day."""

    subject: Subject
    recipient_id: int
    kind: str
    day: date


def schedule_step(step: Step) -> None:
    """Replace the open reminders of a step by those for its next date."""
    schedule_steps([step], step.board)


def schedule_steps(steps: Sequence[Step], board: Board) -> None:
    """Replace the open reminders of steps of one board by those for their next dates."""
    cancel(Reminder.objects.filter(step__in=[step.pk for step in steps]), "replaced")
    items = [
        (step, step.assignee_id, step.due_on, step.due_on + timedelta(days=board.grace_days))
        for step in steps
        if step.due_on is not None and step.assignee_id is not None
    ]
    _write(_wanted(items, board), board)


def schedule_follow_ups(follow_ups: Sequence[FollowUp], board: Board) -> None:
    """Replace the open reminders of follow-ups of one board by those for their dates."""
    cancel(Reminder.objects.filter(follow_up__in=[f.pk for f in follow_ups]), "replaced")
    _write(_wanted([(f, f.assignee_id, f.due_on, f.due_until) for f in follow_ups], board), board)


def schedule_signatures(plan: Plan, signatures: Sequence[Signature]) -> None:
    """Tell everybody who may sign that their signature is awaited."""
    members = Membership.objects.filter(
        board=plan.board_id, ended_at=None, user__is_active=True, role__in=("member", "chair")
    )
    today = plan.board.today
    wanted = [
        Wanted(signature, membership.user_id, Kind.SIGNATURE, today)
        for signature in signatures
        for membership in members
        if membership.discipline in signature.disciplines
    ]
    _write(wanted, plan.board, at_once=True)


def schedule_signature(signature: Signature, people: Iterable[User]) -> None:
    today = signature.board.today
    _write([Wanted(signature, user.pk, Kind.SIGNATURE, today) for user in people], signature.board, at_once=True)


def cancel_for_step(step: Step, *, reason: str) -> None:
    cancel(Reminder.objects.filter(step=step), reason)


def cancel_for_follow_up(follow_up: FollowUp, *, reason: str) -> None:
    cancel(Reminder.objects.filter(follow_up=follow_up), reason)


def cancel_for_signatures(signatures: Sequence[Signature], *, reason: str) -> None:
    cancel(Reminder.objects.filter(signature__in=[signature.pk for signature in signatures]), reason)


@transaction.atomic
def snooze(subject: Step | FollowUp, *, by: User, until: date, reason: str) -> None:
    """Remind me again on a later day, because … Only the person responsible; the coordinator is told all the same."""
    require(by, "followups.edit" if isinstance(subject, FollowUp) else "steps.deliver", subject.board_id)
    reason = check_reason(reason, what="being reminded later")
    if subject.assignee_id != by.pk:
        raise ValidationError("Only the person responsible can put a reminder off.")
    if until <= subject.board.today:
        raise ValidationError({"until": "Choose a day after today."})
    # Who coordinates the board and is responsible for this too is still told when it escalates.
    own = Reminder.objects.filter(**_about(subject), recipient=by, local_day__lt=until).exclude(kind=Kind.ESCALATION)
    cancel(own, "put off")
    _write([Wanted(subject, by.pk, Kind.SNOOZED, until)], subject.board, snooze_reason=reason)
    history.record(subject, "reminder_put_off", by=by, reason=reason, until=until.isoformat())


@transaction.atomic
def send_again(delivery: Delivery, *, by: User) -> None:
    """Put a failed delivery back into the queue, for example after an address was mended."""
    if delivery.reminder.board_id is None:
        require(by, "reference.edit")
    else:
        require(by, "reminders.manage", delivery.reminder.board_id)
    rows = Delivery.objects.filter(pk=delivery.pk, status=Delivery.Status.FAILED)
    if not rows.update(
        status=Delivery.Status.PENDING, attempts=0, due_at=timezone.now(), last_error="", marked_at=None
    ):
        raise ValidationError("This reminder is no longer failed; it may have been sent again already.")
    # Its new promise is now; the health page counts from there.
    Reminder.objects.filter(pk=delivery.reminder_id).update(status=Reminder.Status.SCHEDULED, due_at=timezone.now())
    audit.record("reminder_sent_again", by=by, subject=delivery, board_id=delivery.reminder.board_id)


def coordinators(board: Board | int) -> list[int]:
    """Who is told when something escalates: the board's coordinators, or its chairs where it has none."""
    rows = Membership.objects.filter(
        board=board, ended_at=None, user__is_active=True, role__in=("coordinator", "chair")
    )
    people = list(rows.order_by("id").values_list("role", "user_id"))
    return [user for role, user in people if role == "coordinator"] or [user for _, user in people]


def pass_on(reminder: Reminder) -> int:
    """The recipient can no longer be told: tell the coordinators instead. Returns how many; inside the caller's transaction."""
    subject = reminder.step or reminder.follow_up or reminder.signature or reminder.page
    if subject is None:
        return 0
    board = reminder.board
    people = approvers() if board is None else coordinators(board)
    hour = Hour.of_centre() if board is None else Hour.of(board)
    others = [user for user in people if user != reminder.recipient_id]
    write([Wanted(subject, user, Kind.ESCALATION, hour.today) for user in others], hour, board=board, at_once=True)
    return len(others)


def approvers() -> list[int]:
    """Who is told when the review of a reference page escalates."""
    rows = User.objects.filter(is_active=True, is_content_approver=True)
    return list(rows.order_by("id").values_list("pk", flat=True))


def _wanted(items: Sequence[tuple[Step | FollowUp, int, date, date]], board: Board) -> list[Wanted]:
    """Warning, due day, overdue and escalation of each item. Of what lies in the past only the latest is kept."""
    today = board.today
    told = coordinators(board)
    wanted: list[Wanted] = []
    for subject, person, due_on, until in items:
        overdue = until + timedelta(days=1)
        days = [(Kind.DUE, due_on), (Kind.OVERDUE, overdue)]
        if board.lead_days:
            days.insert(0, (Kind.LEAD, due_on - timedelta(days=board.lead_days)))
        past = [pair for pair in days if pair[1] <= today]
        wanted += [Wanted(subject, person, kind, day) for kind, day in [*past[-1:], *(p for p in days if p[1] > today)]]
        escalated = overdue + timedelta(days=board.escalate_days)
        wanted += [Wanted(subject, user, Kind.ESCALATION, escalated) for user in told]
    return wanted


def _write(wanted: Sequence[Wanted], board: Board, *, at_once: bool = False, snooze_reason: str = "") -> None:
    write(wanted, Hour.of(board), board=board, at_once=at_once, snooze_reason=snooze_reason)


def write(
    wanted: Sequence[Wanted], hour: Hour, *, board: Board | None = None, at_once: bool = False, snooze_reason: str = ""
) -> None:
    """Insert reminders with one delivery per channel. The generation keeps an earlier, cancelled one distinct."""
    generations = _generations(wanted)
    now = timezone.now()
    rows = [
        Reminder(
            board=board, case_id=_case_id(w.subject), recipient_id=w.recipient_id, kind=w.kind, local_day=w.day,
            local_time=hour.at, zone=hour.zone, snooze_reason=snooze_reason,
            generation=generations.get((type(w.subject), w.subject.pk), 0) + 1,
            due_at=now if at_once else instant(w.day, hour.at, ZoneInfo(hour.zone)), **_about(w.subject),
        )
        for w in wanted
    ]  # fmt: skip
    rows = Reminder.objects.bulk_create(rows, batch_size=500)
    Delivery.objects.bulk_create(
        (
            Delivery(
                reminder=row, channel=channel, recipient_id=row.recipient_id, due_at=row.due_at,
                is_urgent=row.kind in URGENT,
                dedupe_key=f"{row.pk}.{row.generation}.{channel}.{row.recipient_id}",
            )
            for row in rows
            for channel in Delivery.Channel.values
        ),
        batch_size=500,
    )  # fmt: skip


def _generations(wanted: Sequence[Wanted]) -> dict[tuple[type, int], int]:
    """The highest generation that each subject has used so far. One query per kind of subject."""
    found: dict[tuple[type, int], int] = {}
    for model, column in ((Step, "step"), (FollowUp, "follow_up"), (Signature, "signature"), (Modality, "page")):
        ids = {w.subject.pk for w in wanted if isinstance(w.subject, model)}
        if ids:
            rows = Reminder.objects.filter(**{f"{column}__in": ids}).values_list(column).annotate(Max("generation"))
            found |= {(model, pk): last for pk, last in rows}
    return found


def cancel(reminders: ReminderQuerySet, reason: str) -> None:
    """Withdraw what has not gone out, failed ones too, and what a worker holds but has not marked yet: it then finds that
    it may not send. A delivery that is marked is settled by its sender."""
    open_states = (Reminder.Status.SCHEDULED, Reminder.Status.FAILED)
    ids = list(reminders.filter(status__in=open_states).values_list("pk", flat=True))
    if not ids:
        return
    Reminder.objects.filter(pk__in=ids).update(status=Reminder.Status.CANCELLED, cancel_reason=reason[:160])
    not_out = (Delivery.Status.PENDING, Delivery.Status.FAILED)
    unmarked = Q(status=Delivery.Status.CLAIMED, marked_at=None)
    waiting = Delivery.objects.filter(Q(status__in=not_out) | unmarked, reminder__in=ids)
    waiting.update(status=Delivery.Status.CANCELLED, lease_until=None, last_error=reason[:300])


def _about(subject: Subject) -> dict[str, Subject]:
    names: dict[type, str] = {Step: "step", FollowUp: "follow_up", Signature: "signature", Modality: "page"}
    return {names[type(subject)]: subject}


def _case_id(subject: Subject) -> int | None:
    if isinstance(subject, Modality):
        return None
    return subject.plan.case_id if isinstance(subject, Signature) else subject.case_id
