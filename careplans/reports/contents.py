"""Table of contents of the reports."""

from careplans.reports.declared import Report
from careplans.reports.releases import RELEASES
from careplans.reports.scorecard.contents import SCORECARD_REPORTS

REPORTS: tuple[Report, ...] = (RELEASES, *SCORECARD_REPORTS)
BY_NAME = {one.name: one for one in REPORTS}
