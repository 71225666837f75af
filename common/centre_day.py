"""“Today” where there is no board whose own it could be: by the clock of the centre. A test forbids `localdate` elsewhere."""

from datetime import date
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone


def centre_zone() -> ZoneInfo:
    """In which a day is meant that no board says, whoever asks: not the zone in which a page shows its times to one person."""
    return ZoneInfo(settings.CENTRE_TIME_ZONE)


def centre_today() -> date:
    """The same on a page, in an answer to a program and in a job, which would each have a zone of their own."""
    return timezone.localdate(timezone=centre_zone())
