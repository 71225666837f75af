"""Table of contents of the reports."""

from careplans.reports.answers import ANSWERS
from careplans.reports.concordance.cycles import CYCLES
from careplans.reports.concordance.flow import FLOW
from careplans.reports.concordance.order import ORDER
from careplans.reports.concordance.steps import CONCORDANCE
from careplans.reports.declared import Report
from careplans.reports.overdue import OVERDUE
from careplans.reports.releases import RELEASES
from careplans.reports.scorecard.contents import SCORECARD_REPORTS
from careplans.reports.signing import SIGNING
from careplans.reports.waiting import WAITING

# Those that answer a question by themselves; the others are what the scorecard counts.
REPORTS: tuple[Report, ...] = (RELEASES, CONCORDANCE, CYCLES, ORDER, FLOW, WAITING, OVERDUE, ANSWERS, SIGNING)
ALL: tuple[Report, ...] = (*REPORTS, *SCORECARD_REPORTS)
BY_NAME = {one.name: one for one in ALL}
