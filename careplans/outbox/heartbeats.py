"""Notes that something is alive. Losing one costs nothing, so nothing waits for it."""

from datetime import timedelta

from django.utils import timezone

from careplans.models import Heartbeat

CANARY_EVERY = timedelta(seconds=60)


def beat(name: Heartbeat.Name, *, seconds: float | None = None) -> None:
    Heartbeat.objects.update_or_create(name=name, defaults={"at": timezone.now(), "seconds": seconds})


def canary_is_due() -> bool:
    """Takes the turn to send one: of several workers exactly one gets True."""
    now = timezone.now()
    turn = Heartbeat.objects.filter(name=Heartbeat.Name.CANARY_SENT, at__lt=now - CANARY_EVERY)
    if turn.update(at=now):
        return True
    _, is_new = Heartbeat.objects.get_or_create(name=Heartbeat.Name.CANARY_SENT, defaults={"at": now})
    return is_new


def canary_is_back() -> None:
    sent = Heartbeat.objects.filter(name=Heartbeat.Name.CANARY_SENT).first()
    if sent is not None:
        beat(Heartbeat.Name.CANARY_BACK, seconds=sent.age().total_seconds())
