"""“Today” of what no board owns is the centre's, whichever zone a page shows its times in. At 11:30 UTC of 14 March it is the
15th already on Kiritimati (UTC+14), and at 10:30 UTC still the 13th on Niue (UTC-11)."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.utils import timezone

from careplans.reports.forms.overrides import OverridesForm
from common.centre_day import centre_today

NOON = datetime(2026, 3, 14, 11, 30, tzinfo=UTC)
AHEAD, BEHIND = "Pacific/Kiritimati", "Pacific/Niue"


@pytest.mark.parametrize("page", [AHEAD, BEHIND, "UTC"])
@pytest.mark.parametrize(
    ("centre", "day"), [("UTC", date(2026, 3, 14)), (AHEAD, date(2026, 3, 15)), ("Europe/Berlin", date(2026, 3, 14))]
)
def test_today_is_the_centres_in_whichever_zone_a_page_is_shown(settings, page, centre, day):
    settings.CENTRE_TIME_ZONE = centre
    with time_machine.travel(NOON, tick=False), timezone.override(ZoneInfo(page)):
        assert centre_today() == day


def test_it_is_the_centres_where_a_job_shows_nothing_to_anybody(settings):
    """A worker has no page, and so no zone but that of the program."""
    settings.CENTRE_TIME_ZONE = AHEAD
    with time_machine.travel(NOON, tick=False):
        assert centre_today() == date(2026, 3, 15)


@pytest.mark.parametrize("page", [AHEAD, BEHIND])
def test_the_period_of_overrides_ends_on_the_day_of_the_centre_as_the_api_has_it(db, settings, page):
    settings.CENTRE_TIME_ZONE = "Europe/Berlin"
    early = datetime(2026, 3, 14, 10, 30, tzinfo=UTC)
    with time_machine.travel(early, tick=False), timezone.override(ZoneInfo(page)):
        form = OverridesForm({}, rules=[], boards=[])
        assert form.is_valid()
    assert form.cleaned_data["until"] == date(2026, 3, 14)
