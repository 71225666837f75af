"""Table of contents of the reports."""

from careplans.reports.declared import Report
from careplans.reports.releases import RELEASES

REPORTS: tuple[Report, ...] = (RELEASES,)
BY_NAME = {one.name: one for one in REPORTS}
