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
    on_the_way,
    outcomes,
    sign_off,
)
from careplans.reports.scorecard.declared import Group, Indicator

INDICATORS: tuple[Indicator, ...] = (
    *cases_taken_on.INDICATORS, *on_the_way.INDICATORS, *first_decisions.INDICATORS, *facts_at_decision.INDICATORS,
    *sign_off.INDICATORS, *advisory_answers.INDICATORS, *changes_under_plans.INDICATORS, *follow_ups.INDICATORS,
    *care_ahead.INDICATORS, *escalations.INDICATORS, *outcomes.INDICATORS,
)  # fmt: skip
# Of the field's indicators those that the record cannot count, and why.
NOT_COUNTED: tuple[tuple[str, str], ...] = (
    ("Chromogranin A and 5-HIAA", "The record holds no results of markers."),
    ("Attendance at meetings", "The record does not hold who was present."),
    ("Disease-free and overall survival", "The CommNETs panel names both. A death is recorded only while somebody cares for the "
     "patient here, and a recurrence is no fact of its own."),
    ("Earlier treatments in the work-up, and cases presented before treatment began", "An empty list does not say whether there "
     "was none."),
)  # fmt: skip
INDICATOR_BY_NAME = {one.name: one for one in INDICATORS}
# Each report once, in the order of its first indicator.
SCORECARD_REPORTS: tuple[Report, ...] = tuple({one.report.name: one.report for one in INDICATORS}.values())


def by_group() -> list[tuple[Group, list[Indicator]]]:
    return [(group, [one for one in INDICATORS if one.group is group]) for group in Group]
