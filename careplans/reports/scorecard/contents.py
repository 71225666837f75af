"""Table of contents of the scorecard."""

from careplans.reports.declared import Report
from careplans.reports.scorecard import (
    advisory_answers,
    care_ahead,
    cases_taken_on,
    changes_under_plans,
    escalations,
    facts_at_decision,
    first_decisions,
    follow_ups,
    outcomes,
    sign_off,
)
from careplans.reports.scorecard.declared import Group, Indicator

INDICATORS: tuple[Indicator, ...] = (
    *cases_taken_on.INDICATORS, *first_decisions.INDICATORS, *facts_at_decision.INDICATORS, *sign_off.INDICATORS,
    *advisory_answers.INDICATORS, *changes_under_plans.INDICATORS, *follow_ups.INDICATORS, *care_ahead.INDICATORS,
    *escalations.INDICATORS, *outcomes.INDICATORS,
)  # fmt: skip
INDICATOR_BY_NAME = {one.name: one for one in INDICATORS}
# Each report once, in the order of its first indicator.
SCORECARD_REPORTS: tuple[Report, ...] = tuple({one.report.name: one.report for one in INDICATORS}.values())


def by_group() -> list[tuple[Group, list[Indicator]]]:
    return [(group, [one for one in INDICATORS if one.group is group]) for group in Group]
