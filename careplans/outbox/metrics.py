"""What Prometheus reads. Every figure comes from the database when it is asked for, so that it is the same in each process."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.registry import Collector

from careplans.outbox import health

CONTENT_TYPE = CONTENT_TYPE_LATEST


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
