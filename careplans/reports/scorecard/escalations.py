"""What stayed overdue so long that it was told to who leads the board."""

from careplans.reports.declared import Dimension, Measure, Report
from careplans.reports.scorecard.days import WHEN, by_months
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

WHAT = Dimension("what", "What", "what", "What was overdue.", {"step": "Step", "follow_up": "Follow-up"})

ESCALATIONS = Report(
    name="escalations",
    title="Escalations",
    question="How much stayed overdue so long that coordinators and chairs were told?",
    says=(
        "An escalation counts on the day on which it was due to be told, where the board is, once it was delivered.",
        "A step or follow-up that several people were told of counts once; one that was moved, and became overdue again, too.",
    ),
    period="the day of the escalation",
    unit=by_months("""
    SELECT r.id, r.board_id, r.case_id, COALESCE(s.plan_id, f.plan_id) AS plan_id, r.local_day AS day,
        CASE WHEN r.step_id IS NULL THEN 'follow_up' ELSE 'step' END AS what,
        CASE WHEN r.step_id IS NULL THEN r.follow_up_id * 2 + 1 ELSE r.step_id * 2 END AS thing
    FROM {reminder} r
    LEFT JOIN {step} s ON s.id = r.step_id
    LEFT JOIN {followup} f ON f.id = r.follow_up_id
    WHERE r.kind = 'escalation' AND r.status = 'delivered' AND r.due_at <= %(written)s
        AND (r.step_id IS NOT NULL OR r.follow_up_id IS NOT NULL)
"""),
    dimensions=(*WHEN, WHAT),
    measures=(
        Measure("things", "Steps and follow-ups", "Steps and follow-ups of which somebody was told.", of="u.thing"),
        Measure("told", "Notices", "Notices that were delivered."),
    ),
    by=("what",),
    noun="notices",
)

INDICATORS = (
    Indicator(
        name="escalations",
        group=Group.FOLLOW_UP,
        title="Escalations",
        says="Steps and follow-ups that stayed overdue until coordinators or chairs were told.",
        numerator="Steps and follow-ups of which an escalation was delivered in the period.",
        denominator="",
        exclusions="Escalations that were cancelled or not delivered. What was told of twice counts once.",
        source=HOUSE,
        report=ESCALATIONS,
        measure_name="things",
        better=Better.LOWER,
        detail=("told",),
    ),
)
