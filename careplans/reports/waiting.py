"""Question 3: how long it took from the referral, from the board's decision and from the sign-off to the first step."""

from careplans.reports.declared import Drawing, Kind, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, COURSE, MODALITY, MONTH, PHASE

# One row for each lineage: a first plan with all its amendments. Its first step is the one of all of them that began first; a
# step that an amendment carried over keeps its day, so it is the same one.
UNIT = """
    WITH RECURSIVE chain(id, root) AS (
        SELECT p.id, p.id FROM {plan} p WHERE p.amends_id IS NULL
        UNION ALL
        SELECT p.id, c.root FROM {plan} p JOIN chain c ON p.amends_id = c.id WHERE p.status <> 'entered_in_error'
    ), begun AS (
        SELECT c.root, s.phase, s.modality_code AS modality, s.course, s.started_on,
            ROW_NUMBER() OVER (PARTITION BY c.root ORDER BY s.started_on, s.position, s.id) AS place
        FROM {step} s JOIN chain c ON c.id = s.plan_id
        WHERE s.started_on <= %(day)s AND s.removed_at IS NULL AND NOT s.is_decision
    )
    SELECT p.id, p.board_id, p.case_id, p.id AS plan_id, {day:p.released_at|b.time_zone} AS day,
        SUBSTR(CAST({day:p.released_at|b.time_zone} AS text), 1, 7) AS month,
        f.phase, f.modality, f.course, f.started_on,
        {days:{day:k.created_at|b.time_zone}|f.started_on} AS from_referral,
        {days:{day:p.submitted_at|b.time_zone}|f.started_on} AS from_decision,
        {days:{day:p.released_at|b.time_zone}|f.started_on} AS from_signoff,
        {days:{day:p.released_at|b.time_zone}|%(day)s} AS since_signoff
    FROM {plan} p
    JOIN {board} b ON b.id = p.board_id
    JOIN {case} k ON k.id = p.case_id
    LEFT JOIN begun f ON f.root = p.id AND f.place = 1
    WHERE p.amends_id IS NULL AND p.released_at <= %(moment)s AND p.status <> 'entered_in_error'
"""
DAYS = "days"


def _span(name: str, label: str, says: str) -> Measure:
    return Measure(name, label, says, Kind.SPAN, where=f"u.{name} >= 0", span=f"u.{name}", unit=DAYS)


WAITING = Report(
    name="waiting",
    title="Days to the first step",
    question="How many days did it take from the referral, from the board's decision and from the sign-off to the first step?",
    says=(
        "A plan counts once with all its amendments, on the day on which the first of them was released, where the board is.",
        "The first step is the one that began first. Decisions are none: they are taken, not given.",
        "The referral is the day on which the case was opened here. The board's decision is the day on which the plan that was "
        "released was sent to sign-off, and the sign-off is its release.",
        "What had begun before a plan was released, such as an analogue that was running, is no wait: it is counted apart, and "
        "of no number of days. So no number is negative.",
        "A plan of which nothing has begun yet is still waiting, and in none of the three.",
    ),
    period="the day of the first release",
    unit=UNIT,
    dimensions=(BOARD, PHASE, MODALITY, COURSE, MONTH),
    measures=(
        Measure("plans", "Plans", "Plans with all their amendments."),
        Measure("begun", "Begun", "Of these those of which a step has begun.", Kind.SHARE, where="u.started_on IS NOT NULL"),
        Measure(
            "still_waiting", "Still waiting", "Days since the release of those of which none has begun.", Kind.SPAN,
            where="u.started_on IS NULL", span="u.since_signoff", unit=DAYS,
        ),
        Measure(
            "begun_before", "Begun before the sign-off", "The first step began on an earlier day.", where="u.from_signoff < 0"
        ),
        _span("from_referral", "From the referral", "From the day on which the case was opened to the first step."),
        _span("from_decision", "From the decision", "From the day on which the plan was sent to sign-off to the first step."),
        _span("from_signoff", "From the sign-off", "From the day of the release to the first step."),
    ),
    by=("board",),
    noun="plans",
    drawing=Drawing(Shape.SPANS, ("from_referral", "from_decision", "from_signoff")),
    shown=("started_on", "from_referral", "from_decision", "from_signoff"),
)  # fmt: skip
