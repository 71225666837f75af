"""Question 4: what is overdue, by owner; and what was overdue on a past day."""

from careplans.models.schedules import Kind as FollowUpKind
from careplans.reports.declared import Dimension, Drawing, Kind, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, MODALITY, OWNER, PHASE, coded
from careplans.reports.scorecard.days import CARE_LEFT, HAD_LEFT

STEP, FOLLOW_UP = "step", "follow-up"
# What was due is read as it was known on that day: a step that was recorded since has no next date any more. Whether it had been
# done by then is read as it is known: recorded late, it was not overdue.
UNIT = f"""
    SELECT 'step-' || s.id AS id, s.board_id, s.case_id, s.plan_id, s.id AS step_id, NULL AS follow_up_id, 'step' AS kind,
        s.phase, s.modality_code AS modality, NULL AS follow_up_kind, s.assignee_id AS owner, s.due_on AS day,
        {{days:s.due_on|%(day)s}} - b.grace_days AS late, b.escalate_days,
        CAST(NULL AS date) AS agreed_on, CAST(NULL AS integer) AS times_moved
    FROM {{then_step}} s
    JOIN {{board}} b ON b.id = s.board_id
    LEFT JOIN {{step}} n ON n.id = s.id
    LEFT JOIN ({CARE_LEFT}) l ON l.step_id = s.id
    WHERE s.status IN ('planned', 'in_progress', 'on_hold') AND s.due_on IS NOT NULL AND s.carried_over_at IS NULL
        AND {{later:s.due_on|b.grace_days}} < %(day)s
        AND NOT (n.status IN ('completed', 'stopped', 'not_done', 'set_aside') AND COALESCE(n.ended_on <= %(day)s, 1 = 0))
        AND NOT {HAD_LEFT}
    UNION ALL
    SELECT 'follow-up-' || f.id, f.board_id, f.case_id, f.plan_id, NULL, f.id, 'follow-up', NULL, NULL, f.kind, f.assignee_id,
        f.due_on, {{days:f.due_until|%(day)s}}, b.escalate_days,
        f.agreed_on, COALESCE(f.times_moved, 0)
    FROM {{then_followup}} f
    JOIN {{board}} b ON b.id = f.board_id
    LEFT JOIN {{followup}} n ON n.id = f.id
    LEFT JOIN ({CARE_LEFT}) l ON l.follow_up_id = f.id
    WHERE f.status = 'planned' AND f.due_until < %(day)s AND NOT (n.status = 'done' AND n.done_on <= %(day)s) AND NOT {HAD_LEFT}
"""  # noqa: S608  # declared here, not typed

OVERDUE = Report(
    name="overdue",
    title="Overdue",
    question="What is overdue now, with whom, and what was overdue on a past day?",
    says=(
        "A step of a plan in force is overdue once its next date and the board's days of grace have passed, a follow-up once the "
        "last day on which it may be done has passed. The day itself is still in time.",
        "As of a past day: what was open then, by the dates and the owner that it had then. Asked with what is known now, what "
        "was recorded late as done by the end of that day is left out, and what a death or a transfer of an earlier day ended.",
        "Of a follow-up that somebody put on another day the rows say how often, and for which day it was first agreed.",
        "Days of grace are those of the board, as they are known.",
    ),
    period="",
    unit=UNIT,
    dimensions=(
        BOARD, OWNER,
        Dimension("kind", "Step or follow-up", "kind", "Which of the two it is.", {STEP: "Step", FOLLOW_UP: "Follow-up"}),
        PHASE, MODALITY,
        Dimension("follow_up_kind", "Kind of follow-up", "follow_up_kind", "What is to be done.", coded(FollowUpKind)),
    ),
    measures=(
        Measure("overdue", "Overdue", "Steps and follow-ups that are overdue."),
        Measure("cases", "Cases", "Cases that these are of.", of="u.case_id"),
        Measure(
            "escalated", "Long enough to be escalated", "Overdue for as many days as the board waits before its coordinator is "
            "told, or longer.", where="u.late >= u.escalate_days",
        ),
        Measure(
            "moved", "Moved before", "Follow-ups that somebody had put on another day before they became overdue.",
            where="u.times_moved > 0",
        ),
        Measure("late", "Days overdue", "Days since the last day that was in time.", Kind.SPAN, span="u.late", unit="days"),
    ),
    by=("owner",),
    noun="steps and follow-ups",
    drawing=Drawing(Shape.BARS, ("overdue",)),
    shown=("step_id", "follow_up_id", "late", "agreed_on", "times_moved"),
    has_text_ids=True,
)  # fmt: skip
