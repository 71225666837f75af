"""How the part that reminds people is doing: one reading for /health/, the metrics and the administrator's page."""

import time
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db.models import Exists, Min, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Board, Membership
from accounts.models.boards import ACTING
from careplans.models import (
    Export,
    Heartbeat,
    MessageCount,
    OutboxMessage,
    Plan,
    Reminder,
    RuleRun,
    SendingHold,
    Webhook,
)
from careplans.models.exports import ExportsStanding
from careplans.models.rule_runs import RuleRunsStanding
from careplans.models.webhooks import WebhooksStanding
from careplans.outbox.outcomes import LONGEST_PAUSE
from careplans.readers.known import summaries

UNHEALTHY_SECONDS = 5 * 60
# One that nobody has begun is taken up first, so that it waits for no large one.
LONG_FOR_EXPORTS = 15 * 60
# A chunk takes a second or two, and the next tick takes up what was given back.
LONG_FOR_RUNS = 15 * 60
# Beat ticks every REMINDER_TICK_SECONDS; a worker that is busy with a full batch may be late by a while.
SILENT_SECONDS = max(120, 8 * settings.REMINDER_TICK_SECONDS)
CANARY_SECONDS = 300
UNWITNESSED = (
    "DATA_DIR cannot be written where reminders are sent from (is the disk full?). Reminders go out, but a restored backup "
    "would not be noticed."
)
SLOW = "Until that is done each takes its time: is a worker running?"
# A tick that this process has never seen has been missing since it began.
STARTED = time.monotonic()


@dataclass(frozen=True)
class Reading:
    """`None` where a thing has never been seen, or does not belong to this installation."""

    oldest_unsent_seconds: int
    tick_age_seconds: int | None
    queue_round_trip_seconds: float | None
    canary_waiting_seconds: int | None
    held: SendingHold | None
    exports: ExportsStanding
    webhooks: WebhooksStanding
    rule_runs: RuleRunsStanding
    unwitnessed_since: datetime | None = None
    stranded: tuple[str, ...] = ()
    """The names of boards on which somebody is to be reminded, and of which nobody is left who could be."""

    differing: int = 0
    """How many plans do not say any more what was signed."""

    summary_minutes: int | None = None
    """How old the reports are that were worked out beforehand, where they are to be and are too old."""
    summary_missing: bool = False
    """They are to be worked out beforehand, and never were."""

    @property
    def problems(self) -> list[str]:
        """What is wrong, as sentences for whoever is woken by it."""
        found = []
        if self.held is not None:
            found.append(f"Sending is held: {self.held.get_held_why_display()}.")
        if self.oldest_unsent_seconds > UNHEALTHY_SECONDS:
            found.append(f"A reminder that is due has been waiting for {self.oldest_unsent_seconds} seconds.")
        if self.tick_age_seconds is not None and self.tick_age_seconds > SILENT_SECONDS:
            found.append(f"Nothing has asked for due reminders for {self.tick_age_seconds} seconds.")
        if self.tick_age_seconds is None and time.monotonic() - STARTED > SILENT_SECONDS:
            found.append(f"Nothing has ever asked for due reminders: start {_who_asks()}.")
        if self.canary_waiting_seconds is not None and self.canary_waiting_seconds > CANARY_SECONDS:
            found.append(f"A task has been in the queue for {self.canary_waiting_seconds} seconds.")
        if self.unwitnessed_since is not None:
            found.append(UNWITNESSED)
        if self.stranded:
            # Anybody may read this; Operations names them.
            number = len(self.stranded)
            whom = "1 board has" if number == 1 else f"{number} boards have"
            found.append(
                f"{whom} nobody left who could be reminded of what is open. An administrator puts somebody there."
            )
        if self.differing:
            whom = "1 plan does" if self.differing == 1 else f"{self.differing} plans do"
            found.append(f"{whom} not say what was signed any more: docs/running.md tells what to do.")
        if self.summary_minutes is not None:
            found.append(f"Reports were last worked out beforehand {self.summary_minutes} minutes ago. {SLOW}")
        if self.summary_missing and time.monotonic() - STARTED > summaries.LONGEST.total_seconds():
            found.append(f"Reports have never been worked out beforehand. {SLOW}")
        if self.exports.oldest_waiting_seconds > LONG_FOR_EXPORTS:
            minutes = self.exports.oldest_waiting_seconds // 60
            found.append(f"An export has been waiting for {minutes} minutes: is a worker running?")
        if self.rule_runs.still_seconds > LONG_FOR_RUNS:
            minutes = self.rule_runs.still_seconds // 60
            found.append(
                f"A look of the rules at every open plan has not moved for {minutes} minutes: is a worker running?"
            )
        if self.rule_runs.is_behind:
            found.append(
                "The rules in force were not brought to every open plan: the run failed. An editor starts it again."
            )
        # Of an address that does not answer its board is told. That nobody asks is for whoever watches the workers.
        if self.held is None and self.webhooks.waiting_seconds > UNHEALTHY_SECONDS:
            minutes = self.webhooks.waiting_seconds // 60
            found.append(f"A webhook has not been looked at for {minutes} minutes: is a worker running?")
        return found


def _who_asks() -> str:
    return "beat and a worker, or run_reminders" if settings.CELERY_BROKER_URL else "run_reminders, or set BROKER_URL"


def read() -> Reading:
    """Nine short queries."""
    now = timezone.now()
    heartbeats = {pulse.name: pulse for pulse in Heartbeat.objects.all()}
    ages = {name: int(pulse.age(now).total_seconds()) for name, pulse in heartbeats.items()}
    ticks = [ages[name] for name in (Heartbeat.Name.BEAT, Heartbeat.Name.LOOP) if name in ages]
    sent, back = heartbeats.get(Heartbeat.Name.CANARY_SENT), heartbeats.get(Heartbeat.Name.CANARY_BACK)
    waiting = sent is not None and (back is None or back.at < sent.at)
    sending = SendingHold.objects.select_related("held_by").first()
    return Reading(
        oldest_unsent_seconds=int(oldest_unsent_seconds()),
        tick_age_seconds=min(ticks, default=None),
        queue_round_trip_seconds=back.seconds if back else None,
        canary_waiting_seconds=ages[Heartbeat.Name.CANARY_SENT] if waiting else None,
        held=sending if sending is not None and sending.is_held else None,
        stranded=tuple(_stranded()),
        unwitnessed_since=sending.unwitnessed_since if sending is not None else None,
        differing=Plan.objects.filter(content_differs_since__isnull=False).count(),
        exports=Export.objects.standing(),
        webhooks=Webhook.objects.standing(),
        rule_runs=RuleRun.objects.standing(),
        **summaries.lateness()._asdict(),
    )


def _stranded() -> list[str]:
    acting = Membership.objects.filter(board=OuterRef("pk"), ended_at=None, user__is_active=True, role__in=ACTING)
    waiting = Reminder.objects.scheduled().filter(board=OuterRef("pk"))
    rows = Board.objects.filter(~Exists(acting), Exists(waiting), is_active=True)
    return list(rows.order_by("name").values_list("name", flat=True))


def oldest_unsent_seconds() -> float:
    """How long the oldest reminder that is due has been waiting; 0 when there is none.

    Counted from the hour that was promised: a pause after a failed attempt moves the message, not the promise.
    """
    now = timezone.now()
    waiting = Q(status=OutboxMessage.Status.PENDING, due_at__lte=now + LONGEST_PAUSE)
    rows = OutboxMessage.objects.filter(waiting | Q(status=OutboxMessage.Status.CLAIMED))
    # What waits for the quiet hours of its recipient to end, or for a working day of somebody else, was promised for then. Each
    # reminder is looked up: joined, PostgreSQL would read all of them, where mostly there is none to look up.
    first = Reminder.objects.filter(pk=OuterRef("reminder")).values("due_at")[:1]
    promised = rows.annotate(promised=Coalesce("held_until", Subquery(first))).filter(promised__lte=now)
    oldest = promised.aggregate(oldest=Min("promised"))["oldest"]
    return (now - oldest).total_seconds() if oldest else 0.0


def counts() -> dict[tuple[str, str], int]:
    """Messages by channel and state, as the database counts them along."""
    return MessageCount.objects.totals()


def doubtful() -> dict[str, int]:
    """How many were sent again in doubt, and how many doubts the relay ended."""
    return {
        "ambiguous": OutboxMessage.objects.with_any("ambiguous").count(),
        "looked_up": OutboxMessage.objects.with_any("looked_up").count(),
    }
