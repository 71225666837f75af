"""The ends of months of which reports are kept: what analysts ask for, and all that a reporting project is told of.

As of a moment in the past, by what was known then, an answer never changes. So what was worked out once for it answers as long as
its definition is the same, and no table was changed by a migration.
"""

from datetime import datetime, time, timedelta

from django.conf import settings
from django.utils import timezone

from careplans.readers.known.moments import AHEAD, LEAST, kept_since
from common.centre_day import centre_zone

# A site that says more keeps as many: each takes as much room as all reports of now.
MOST = 60


def month_ends() -> list[datetime]:
    """The last moments of the last months, where the centre is; the latest first. A month is over for this when its end is a day
    ago: by a clock that was set back, as far as that may be, nothing is written into it any more. No query."""
    zone, now = centre_zone(), timezone.now()
    first = now.astimezone(zone).date().replace(day=1)
    found: list[datetime] = []
    while len(found) < min(settings.SUMMARY_MONTHS, MOST):
        end = datetime.combine(first, time.min, zone) - LEAST
        if end + AHEAD <= now:
            found.append(end)
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def known_month_ends() -> list[datetime]:
    """Those of which something is known. A query, where any is kept."""
    ends = month_ends()
    begun = kept_since() if ends else None
    return [end for end in ends if begun is None or end >= begun]
