"""What Prometheus reads. Every figure comes from the database when it is asked for, so that it is the same in each process."""

from collections import Counter
from collections.abc import Iterator

from django.db import transaction
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from careplans.models import MessageCount
from careplans.outbox import health

CONTENT_TYPE = CONTENT_TYPE_LATEST
# So few notes of how the numbers of messages moved (careplans/models/message_counts.py) are added up as quickly as one.
FEW = 200
# As many as one tick puts together: after a long time without any, the next ticks do the rest.
AT_ONCE = 10_000


class Reminders(Collector):
    def collect(self) -> Iterator[GaugeMetricFamily]:
        reading = health.read()
        plain = {
            "consilium_oldest_unsent_seconds": (
                "How long the oldest due reminder waits",
                reading.oldest_unsent_seconds,
            ),
            "consilium_tick_age_seconds": ("Since due reminders were last asked for", reading.tick_age_seconds),
            "consilium_queue_round_trip_seconds": ("Of the last canary", reading.queue_round_trip_seconds),
            "consilium_canary_waiting_seconds": ("Of a canary that is not back", reading.canary_waiting_seconds),
            "consilium_sending_held": (
                "1 while an administrator has to release sending",
                int(reading.held is not None),
            ),
            "consilium_exports_queued": ("Exports that nobody has begun", reading.exports.queued),
            "consilium_exports_running": ("Exports that are being made", reading.exports.running),
            "consilium_exports_failed": ("Exports that failed within the last day", reading.exports.failed),
            "consilium_exports_oldest_waiting_seconds": (
                "How long the oldest export waits for a worker",
                reading.exports.oldest_waiting_seconds,
            ),
            "consilium_rule_runs_queued": ("Looks of the rules at every open plan that wait", reading.rule_runs.queued),
            "consilium_rule_runs_running": ("Looks that are under way", reading.rule_runs.running),
            "consilium_rule_runs_failed": ("Looks that failed within the last day", reading.rule_runs.failed),
            "consilium_rule_runs_still_seconds": (
                "How long nothing has happened to the look whose turn it is",
                reading.rule_runs.still_seconds,
            ),
            "consilium_webhooks_on": ("Webhooks that are on", reading.webhooks.on),
            "consilium_webhooks_failing": ("Webhooks whose last delivery has not arrived", reading.webhooks.failing),
            "consilium_webhooks_failing_seconds": (
                "Since when the first of these fails",
                reading.webhooks.failing_seconds,
            ),
            "consilium_webhooks_waiting_seconds": (
                "How long the first webhook waits to be looked at",
                reading.webhooks.waiting_seconds,
            ),
            "consilium_problems": ("What /health/ complains of", len(reading.problems)),
        }
        for name, (words, value) in plain.items():
            if value is not None:
                yield GaugeMetricFamily(name, words, value=value)
        yield self._deliveries()
        for kind, number in health.doubtful().items():
            yield GaugeMetricFamily(
                f"consilium_outbox_messages_{kind}",
                "Outbox messages that were in doubt, by who told",
                value=number,
            )

    @staticmethod
    def _deliveries() -> GaugeMetricFamily:
        family = GaugeMetricFamily(
            "consilium_outbox_messages", "Outbox messages by channel and state", labels=["channel", "state"]
        )
        for (channel, state), number in health.counts().items():
            family.add_metric([channel, state], number)
        return family


def exposition() -> bytes:
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Reminders())
    return generate_latest(registry)


def fold_message_counts() -> int:
    """Put together what the database noted. The sum stays what it is, whoever reads or folds meanwhile: what another is folding
    is left to it. Returns how many rows went."""
    if MessageCount.objects.count() <= FEW:
        return 0
    with transaction.atomic():
        rows = list(MessageCount.objects.order_by("pk").select_for_update(skip_locked=True)[:AT_ONCE])
        totals: Counter[tuple[str, str]] = Counter()
        for row in rows:
            totals[row.channel, row.status] += row.number
        MessageCount.objects.filter(pk__in=[row.pk for row in rows]).delete()
        MessageCount.objects.bulk_create(
            MessageCount(channel=channel, status=status, number=number)
            for (channel, status), number in totals.items()
            if number
        )
    return len(rows)
