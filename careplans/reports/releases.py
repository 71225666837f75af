"""Question 1: how many plans were released in a period, by board, phase and modality."""

from careplans.reports.declared import Drawing, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, COURSE, MODALITY, MONTH, PHASE, month_of

RELEASED_ON = "{day:p.released_at|b.time_zone}"
# A plan without a step (no treatment now) is a row, too: of no phase.
UNIT = f"""
    SELECT p.id || '-' || COALESCE(s.id, 0) AS id, p.board_id, p.case_id, p.id AS plan_id, s.id AS step_id,
        {RELEASED_ON} AS day, {month_of(RELEASED_ON)} AS month,
        s.phase, s.modality_code AS modality, s.course, p.number, p.amends_id
    FROM {{plan}} p
    JOIN {{board}} b ON b.id = p.board_id
    LEFT JOIN {{step}} s ON s.plan_id = p.id AND s.removed_at IS NULL
    WHERE p.released_at <= %(moment)s AND p.status <> 'entered_in_error'
"""  # noqa: S608  # declared, not typed

RELEASES = Report(
    name="releases",
    title="Plans released",
    question="How many plans were released in a period, by board, phase and modality?",
    says=(
        "A plan counts on the day on which it was released, where its board is. An amendment is a plan of its own; first plans "
        "amend none.",
        "Told by phase, modality or course, a plan counts once under each that one of its steps has: the figures do not add up "
        "to the total. A plan without steps, since nothing is treated now, stands under none.",
        "Plans that were entered in error are left out.",
    ),
    period="the day of the release",
    unit=UNIT,
    dimensions=(BOARD, PHASE, MODALITY, COURSE, MONTH),
    measures=(
        Measure("plans", "Plans", "Plans that were released.", of="u.plan_id"),
        Measure("first_plans", "First plans", "Of these those that amend none.", where="u.amends_id IS NULL", of="u.plan_id"),
        Measure("cases", "Cases", "Cases that these plans are of.", of="u.case_id"),
        Measure("steps", "Steps", "Steps of these plans.", where="u.step_id IS NOT NULL", of="u.step_id"),
    ),
    by=("board", "phase", "modality"),
    noun="plans",
    has_text_ids=True,
    drawing=Drawing(Shape.BARS, ("plans",)),
    shown=("step_id", "number"),
)  # fmt: skip
