"""Question 5: how often each rule fired, was followed and was kept open, and why."""

from careplans.models import Advisory
from careplans.reports.declared import Dimension, Drawing, Kind, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, MONTH, QUARTER, by_months, coded
from careplans.rules.kept_open import KEPT

# As it stood at the end of that day: what was answered later was not answered then, and what stopped firing later still fired.
UNIT = by_months("""
    SELECT a.id, a.board_id, a.case_id, a.plan_id, a.step_id, a.rule, a.severity, {day:a.fired_at|b.time_zone} AS day,
        NULLIF(a.answer, '') AS answer, CASE WHEN a.ended_at IS NULL THEN 0 ELSE 1 END AS has_ended
    FROM {then_advisory} a
    JOIN {board} b ON b.id = a.board_id
    JOIN {plan} p ON p.id = a.plan_id
    WHERE a.fired_at <= %(moment)s AND a.carried_from_id IS NULL AND p.status <> 'entered_in_error'
""")
UNANSWERED = "u.answer IS NULL AND u.has_ended = 0"
KEPT_CODES = ", ".join(f"'{answer.value}'" for answer in KEPT)

ANSWERS = Report(
    name="answers",
    title="Answers to rules",
    question="How often did each rule fire, how often was it followed, and how often kept open, and why?",
    says=(
        "A row is one advisory, on the day on which it fired, where the board is. What an amendment carries over from the plan "
        "before counts once, where it fired first.",
        "A rule fires on a draft, too, while somebody still works on it: what it said of a plan that was changed before anybody "
        "answered has stopped firing, and is told as gone.",
        "Kept open is what a board answered with a reason instead of following it. An advisory that stopped firing before "
        "anybody answered is neither.",
        "Unanswered counts those that fired in the period. “Advisories without an answer” of the scorecard has besides those "
        "that fired before it and stand at its end.",
        "Advisories of plans that were entered in error are left out.",
    ),
    period="the day on which it fired",
    unit=UNIT,
    dimensions=(
        BOARD,
        Dimension("rule", "Rule", "rule", "The id of the rule, as on the page of the rules."),
        Dimension("severity", "Severity", "severity", "How grave the rule is.", coded(Advisory.Severity)),
        Dimension("answer", "Answer", "answer", "What the board answered, by its code.", coded(Advisory.Answer)),
        MONTH, QUARTER,
    ),
    measures=(
        Measure("fired", "Fired", "Advisories that fired, on drafts, too."),
        Measure("followed", "Followed", "Among those that were answered.", Kind.SHARE, where="u.answer = 'followed'",
            among="u.answer IS NOT NULL"),
        Measure("kept", "Kept open", "Kept open with a reason, among those that were answered.", Kind.SHARE,
            where=f"u.answer IN ({KEPT_CODES})", among="u.answer IS NOT NULL"),
        Measure("unanswered", "Unanswered", "Still firing, and not answered.", where=UNANSWERED),
        Measure("unanswered_share", "Unanswered share", "Still firing and not answered, among all that fired.", Kind.SHARE,
            where=UNANSWERED),
        Measure("gone", "Gone", "Stopped firing before anybody answered.", where="u.answer IS NULL AND u.has_ended = 1"),
        Measure("plans", "Plans", "Plans on which it fired.", of="u.plan_id"),
    ),
    by=("rule", "answer"),
    noun="advisories",
    drawing=Drawing(Shape.BARS, ("followed", "kept", "unanswered", "gone")),
    shown=("step_id",),
)  # fmt: skip
