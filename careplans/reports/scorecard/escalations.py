"""What stayed overdue so long that it was told to who leads the board: a measure of the report of the reminders."""

from careplans.reports.reminders import REMINDERS
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

INDICATORS = (
    Indicator(
        name="escalations",
        group=Group.FOLLOW_UP,
        title="Escalations",
        says="Steps and follow-ups that stayed overdue until coordinators or chairs were told.",
        numerator="Steps and follow-ups of which somebody was told in the period, in the app or by e-mail, that they stayed "
        "overdue.",
        denominator="",
        exclusions="Escalations that were withdrawn, or delivered in no channel. What was told of twice counts once.",
        source=HOUSE,
        report=REMINDERS,
        measure_name="escalated",
        better=Better.LOWER,
        detail=("told",),
    ),
)
