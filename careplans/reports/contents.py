"""Table of contents of the reports."""

from careplans.reports.answers import ANSWERS
from careplans.reports.concordance.cycles import CYCLES
from careplans.reports.concordance.flow import FLOW
from careplans.reports.concordance.order import ORDER
from careplans.reports.concordance.steps import CONCORDANCE
from careplans.reports.declared import Report
from careplans.reports.overdue import OVERDUE
from careplans.reports.releases import RELEASES
from careplans.reports.signing import SIGNING
from careplans.reports.waiting import WAITING

REPORTS: tuple[Report, ...] = (RELEASES, CONCORDANCE, CYCLES, ORDER, FLOW, WAITING, OVERDUE, ANSWERS, SIGNING)
BY_NAME = {one.name: one for one in REPORTS}
