"""Writes and withdraws reminder rows, always in the transaction of the clinical change they belong to.

Nothing is scheduled anywhere else: these rows are the queue that `careplans.outbox.sending` works off.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Max, Q
from django.utils import timezone

from accounts.models import Board, Membership, User
from careplans.models import FollowUp, OutboxMessage, Plan, Reminder, Signature, Step
from careplans.models.reminders import ReminderQuerySet
from careplans.readers.steps.due import due_of
from careplans.readers.steps.gates import gate_of, load_gates
from careplans.reminders import nothing_ahead
from careplans.reminders.escalation import Told, chain, coordinators
from careplans.reminders.working_days import Hour
from common.writing import lock
from modalities.models import Modality

Kind = Reminder.Kind
Subject = Step | FollowUp | Signature | Plan | Modality


# A plan cannot go on without the one, and the other comes after everybody else was told.
URGENT = (Kind.SIGNATURE, Kind.ESCALATION, Kind.GATE)
# What asks the person responsible to begin. None goes out while the gate of the step is closed.
TO_START = (Kind.LEAD, Kind.DUE, Kind.OVERDUE)
PUT_OFF = "put off"


@dataclass(frozen=True)
class ReminderSpec:
    """One reminder to be written: about what, to whom, on which local day."""

    subject: Subject
    recipient_id: int
    kind: str
    day: date
    why: str = ""


def schedule_step(step: Step) -> None:
    """Replace the open reminders of a step by those for its next date."""
    schedule_steps([step], step.board)


def schedule_steps(steps: Sequence[Step], board: Board) -> None:
    """Replace the open reminders of steps of one board by those for their next dates, or the days on which their gates open.

    That a condition has failed, or what became of a step, is still told.
    """
    ids = [step.pk for step in steps]
    cancel(
        Reminder.objects.filter(step__in=ids).exclude(kind__in=(Kind.GATE, Kind.STEP_ENDED, Kind.OUTCOME)), "replaced"
    )
    load_gates(steps)
    Step.objects.filter(pk__in=ids).update(timing_version=board.timing)
    _write(wanted_of(steps, board), board)


def schedule_follow_ups(follow_ups: Sequence[FollowUp], board: Board) -> None:
    """Replace the open reminders of follow-ups of one board by those for their dates."""
    ids = [follow_up.pk for follow_up in follow_ups]
    cancel(Reminder.objects.filter(follow_up__in=ids), "replaced")
    FollowUp.objects.filter(pk__in=ids).update(timing_version=board.timing)
    _write(wanted_of(follow_ups, board), board)


def schedule_signatures(plan: Plan, signatures: Sequence[Signature]) -> None:
    """Tell everybody who may sign that their signature is awaited."""
    members = Membership.objects.filter(
        board=plan.board_id, ended_at=None, user__is_active=True, role__in=("member", "chair")
    )
    today = plan.board.today
    wanted = [
        ReminderSpec(signature, membership.user_id, Kind.SIGNATURE, today)
        for signature in signatures
        for membership in members
        if membership.discipline in signature.disciplines
    ]
    _write(wanted, plan.board, at_once=True)


def schedule_signature(signature: Signature, people: Iterable[User]) -> None:
    today = signature.board.today
    _write([ReminderSpec(signature, user.pk, Kind.SIGNATURE, today) for user in people], signature.board, at_once=True)


def tell_gates_failed(steps: Sequence[Step], board: Board) -> None:
    """Nobody is asked any more to begin these steps; who sees to them and the coordinators are told why, each once.

    What escalates later stays: until somebody decides, the step is nobody's. The steps come with what they wait for.
    """
    to_start = Reminder.objects.filter(step__in=[step.pk for step in steps], kind__in=(*TO_START, Kind.SNOOZED))
    cancel(to_start, "its condition has failed")
    leads = coordinators(board)
    wanted = [
        ReminderSpec(step, user, Kind.GATE, board.today, gate_of(step, board.today).coded)
        for step in steps
        for user in dict.fromkeys([step.assignee_id, *leads])
        if user is not None
    ]
    _write(wanted, board, at_once=True)


def cancel_for_step(step: Step, *, reason: str) -> None:
    cancel(Reminder.objects.filter(step=step), reason)


def cancel_for_follow_up(follow_up: FollowUp, *, reason: str) -> None:
    cancel(Reminder.objects.filter(follow_up=follow_up), reason)


def cancel_for_signatures(signatures: Sequence[Signature], *, reason: str) -> None:
    cancel(Reminder.objects.filter(signature__in=[signature.pk for signature in signatures]), reason)


def tell_others(
    reminder: Reminder, people: Iterable[int], kind: str, why: str, *, instead_of: Reminder | None = None
) -> None:
    """Write to others, at once, what a reminder is about. What is told monthly of a board keeps its kind and its month."""
    subject, board = subject_of(reminder), reminder.board
    if subject is None:
        nothing_ahead.tell_also(reminder, people, why, instead_of=instead_of)
        return
    hour = Hour.of_centre() if board is None else Hour.of(board)
    wanted = [ReminderSpec(subject, user, kind, hour.today, why) for user in people]
    write(wanted, hour, board=board, at_once=True, instead_of=instead_of)


def wanted_for(subject: Step | FollowUp, board: Board, told: Sequence[Told]) -> list[ReminderSpec]:
    """Warning, due day and overdue for the person responsible, then each link of the chain. No query.

    A step comes with what it waits for (`load_gates`): its days follow its gate, and once that has failed nobody is asked to
    begin it.
    """
    due = due_of(subject, board.grace_days)
    if due is None or subject.assignee_id is None:
        return []
    overdue = due.late_from
    days = [(Kind.DUE, due.on), (Kind.OVERDUE, overdue)]
    if board.lead_days:
        days.insert(0, (Kind.LEAD, due.on - timedelta(days=board.lead_days)))
    if isinstance(subject, Step) and gate_of(subject, board.today).has_failed:
        days = []
    return [
        *(ReminderSpec(subject, subject.assignee_id, kind, day) for kind, day in days),
        *(ReminderSpec(subject, t.user_id, Kind.ESCALATION, overdue + timedelta(days=t.days), t.why) for t in told),
    ]


def wanted_of(subjects: Sequence[Step | FollowUp], board: Board) -> list[ReminderSpec]:
    """What each wants. Of what lies in the past the person responsible is told only the latest."""
    today = board.today
    told = chain(board)
    wanted: list[ReminderSpec] = []
    for subject in subjects:
        every = wanted_for(subject, board, told)
        own = [w for w in every if w.kind != Kind.ESCALATION]
        past = [w for w in own if w.day <= today]
        wanted += past[-1:] + [w for w in every if w not in past]
    return wanted


def _write(wanted: Sequence[ReminderSpec], board: Board, *, at_once: bool = False, snooze_reason: str = "") -> None:
    write(wanted, Hour.of(board), board=board, at_once=at_once, snooze_reason=snooze_reason)


def write(
    wanted: Sequence[ReminderSpec], hour: Hour, *, board: Board | None = None, at_once: bool = False, snooze_reason: str = "",
    instead_of: Reminder | None = None,
) -> None:  # fmt: skip
    """Insert reminders with one message per channel. The generation keeps an earlier, cancelled one distinct."""
    told = {"snooze_reason": snooze_reason, "instead_of": instead_of}
    rows = reminders_of(wanted, hour, board=board, generations=_generations(wanted), at_once=at_once, **told)
    rows = Reminder.objects.bulk_create(rows, batch_size=500)
    OutboxMessage.objects.bulk_create(messages_of(rows), batch_size=500)


def reminders_of(
    wanted: Sequence[ReminderSpec], hour: Hour, *, board: Board | None, generations: Mapping[tuple[type, int], int],
    at_once: bool = False, **told: Any,
) -> list[Reminder]:  # fmt: skip
    now = timezone.now()
    days = [w.day if at_once else hour.working_day(w.day) for w in wanted]
    return [
        Reminder(
            board=board, case_id=_case_id(w.subject), recipient_id=w.recipient_id, kind=w.kind, local_day=day,
            local_time=hour.at, zone=hour.zone, why=w.why[:160],
            subject_due_on=getattr(w.subject, "due_on", None),
            generation=generations.get((type(w.subject), w.subject.pk), 0) + 1,
            due_at=now if at_once else max(now, hour.on(day)), **about(w.subject), **told,
        )
        for w, day in zip(wanted, days, strict=True)
    ]  # fmt: skip


def messages_of(rows: Iterable[Reminder]) -> Iterator[OutboxMessage]:
    """One for each channel. The reminders have their keys."""
    for row in rows:
        for channel in OutboxMessage.Channel.values:
            yield OutboxMessage(
                reminder=row, channel=channel, recipient_id=row.recipient_id, due_at=row.due_at,
                is_urgent=row.kind in URGENT,
                dedupe_key=f"{row.pk}.{row.generation}.{channel}.{row.recipient_id}",
            )  # fmt: skip


def _generations(wanted: Sequence[ReminderSpec]) -> dict[tuple[type, int], int]:
    """The highest generation that each subject has used so far. One query per kind of subject."""
    found: dict[tuple[type, int], int] = {}
    for model, column in (
        (Step, "step"),
        (FollowUp, "follow_up"),
        (Signature, "signature"),
        (Plan, "plan"),
        (Modality, "reference_page"),
    ):
        ids = {w.subject.pk for w in wanted if isinstance(w.subject, model)}
        if ids:
            rows = Reminder.objects.filter(**{f"{column}__in": ids}).values_list(column).annotate(Max("generation"))
            found |= {(model, pk): last for pk, last in rows}
    return found


def cancel(reminders: ReminderQuerySet, reason: str) -> None:
    """Withdraw what has not gone out, failed ones too, and what a worker holds but has not marked yet: it then finds that
    it may not send. A message that is marked is settled by its sender."""
    open_states = (Reminder.Status.SCHEDULED, Reminder.Status.FAILED)
    # In the order in which senders take them too: the reminder, then its messages.
    ids = [row.pk for row in lock(reminders.filter(status__in=open_states))]
    if not ids:
        return
    Reminder.objects.filter(pk__in=ids).update(status=Reminder.Status.CANCELLED, cancel_reason=reason[:160])
    not_out = (OutboxMessage.Status.PENDING, OutboxMessage.Status.FAILED, OutboxMessage.Status.COLLECTED)
    unmarked = Q(status=OutboxMessage.Status.CLAIMED, marked_at=None)
    waiting = lock(OutboxMessage.objects.filter(Q(status__in=not_out) | unmarked, reminder__in=ids))
    OutboxMessage.objects.filter(pk__in=[row.pk for row in waiting]).update(
        status=OutboxMessage.Status.CANCELLED, lease_until=None, last_error=reason[:300]
    )


def subject_of(reminder: Reminder) -> Subject | None:
    """What it is about; None for a daily e-mail, which carries others, and for what is told monthly of a whole board."""
    return reminder.step or reminder.follow_up or reminder.signature or reminder.plan or reminder.reference_page


def about(subject: Subject) -> dict[str, Subject]:
    names: dict[type, str] = {
        Step: "step", FollowUp: "follow_up", Signature: "signature", Plan: "plan", Modality: "reference_page",
    }  # fmt: skip
    return {names[type(subject)]: subject}


def _case_id(subject: Subject) -> int | None:
    if isinstance(subject, Modality):
        return None
    return subject.plan.case_id if isinstance(subject, Signature) else subject.case_id
