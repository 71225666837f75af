"""Table of contents of the reports."""

from careplans.reports.answers import ANSWERS
from careplans.reports.concordance.cycles import CYCLES
from careplans.reports.concordance.flow import FLOW
from careplans.reports.concordance.order import ORDER
from careplans.reports.concordance.steps import CONCORDANCE
from careplans.reports.declared import Report
from careplans.reports.overdue import OVERDUE
from careplans.reports.releases import RELEASES
from careplans.reports.reminders import REMINDERS
from careplans.reports.scorecard.contents import SCORECARD_REPORTS
from careplans.reports.signing import SIGNING
from careplans.reports.waiting import WAITING

# Those that answer a question by themselves; the others are what the scorecard counts.
REPORTS: tuple[Report, ...] = (
    RELEASES,
    CONCORDANCE,
    CYCLES,
    ORDER,
    FLOW,
    WAITING,
    OVERDUE,
    REMINDERS,
    ANSWERS,
    SIGNING,
)
# Some of them are both: the scorecard counts by what they declare.
BY_NAME: dict[str, Report] = {one.name: one for one in (*REPORTS, *SCORECARD_REPORTS)}
ALL: tuple[Report, ...] = tuple(BY_NAME.values())
