"""Which modality follows which, as planned and as delivered: what the picture of the sequences is drawn from."""

from careplans.reports.concordance.stood import STOOD
from careplans.reports.concordance.turned import TURNED
from careplans.reports.declared import FAR, Dimension, Drawing, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, MODALITY, MONTH, month_of

KINDS = {"planned": "Planned", "delivered": "Delivered"}

# Side by side, or begun on one day, they share a place; the next place is what follows. A step of an arm that is not chosen yet
# follows nothing, and nothing follows it. A step that waits for another follows that one, as in `order`; while it depends on
# something in words, too, it comes before nothing. One that waits for a step behind it comes after that, and so not before it:
# that follows the place in front of it.
UNIT = f"""
    WITH RECURSIVE stood AS (
        SELECT c.id, c.board_id, c.case_id, c.plan_id, c.position, c.modality, c.day, c.started_on, c.has_begun,
            c.is_set_aside, c.arm_id, c.waits_for_arm, c.after_step_id, c.is_conditional AND NOT c.has_begun AS is_unsaid
        FROM ({STOOD}) c
    ),
    meant AS (
        SELECT c.* FROM stood c
        WHERE NOT c.is_set_aside AND (c.arm_id IS NULL OR c.has_begun OR NOT c.waits_for_arm)
    ),
    gates (id, gate_id) AS (
        SELECT s.id, g.id FROM {{step}} s
        JOIN meant g ON g.id = s.after_step_id AND g.plan_id = s.plan_id
        WHERE s.after_step_id IS NOT NULL
    ),
    planned AS (
        SELECT c.id, c.board_id, c.case_id, c.plan_id, c.modality, c.day, g.gate_id,
            CASE WHEN NOT (c.is_unsaid AND g.gate_id IS NOT NULL) THEN DENSE_RANK() OVER (
                PARTITION BY c.plan_id, c.is_unsaid AND g.gate_id IS NOT NULL ORDER BY c.position
            ) END AS place
        FROM meant c
        LEFT JOIN gates g ON g.id = c.id
    ),
    turned AS ({TURNED}),
    waiting (id, other_id) AS (
        SELECT a.id, a.gate_id FROM turned t JOIN planned a ON a.plan_id = t.plan_id WHERE a.gate_id IS NOT NULL
    ),
    awaiting (id, other_id) AS (
        SELECT id, other_id FROM waiting
        UNION
        SELECT w.id, a.other_id FROM awaiting w JOIN waiting a ON a.id = w.other_id
    ),
    awaits AS (SELECT DISTINCT id, other_id FROM awaiting),
    nearest AS (
        SELECT b.id, MAX(a.place) AS place
        FROM turned t
        JOIN planned b ON b.plan_id = t.plan_id AND b.gate_id IS NULL
        JOIN planned a ON a.plan_id = b.plan_id AND a.place < b.place
        LEFT JOIN awaits w ON w.id = a.id AND w.other_id = b.id
        WHERE w.id IS NULL
        GROUP BY b.id
    ),
    following AS MATERIALIZED (
        SELECT b.*, COALESCE(i.place, b.place - 1) AS before FROM planned b LEFT JOIN nearest i ON i.id = b.id
        WHERE b.gate_id IS NULL
    ),
    next_planned AS (
        SELECT a.id AS first_id, a.modality AS first_modality, b.id, b.board_id, b.case_id, b.plan_id, b.modality, b.day
        FROM planned b JOIN planned a ON a.id = b.gate_id
        UNION ALL
        SELECT a.id, a.modality, b.id, b.board_id, b.case_id, b.plan_id, b.modality, b.day
        FROM following b JOIN planned a ON a.plan_id = b.plan_id AND a.place = b.before
    ),
    delivered AS (
        SELECT c.id, c.board_id, c.case_id, c.plan_id, c.modality, c.started_on,
            DENSE_RANK() OVER (PARTITION BY c.case_id ORDER BY c.started_on) AS place
        FROM stood c
        WHERE c.has_begun
    )
    SELECT 'planned-' || p.first_id || '-' || p.id AS id, p.board_id, p.case_id, p.plan_id, p.first_id AS step_id,
        p.id AS next_step_id, 'planned' AS kind, p.first_modality, p.modality AS next_modality, p.day,
        {month_of("p.day")} AS month
    FROM next_planned p
    WHERE (p.first_id, p.id) NOT IN (SELECT id, other_id FROM awaits)
    UNION ALL
    SELECT 'delivered-' || a.id || '-' || b.id, b.board_id, b.case_id, b.plan_id, a.id, b.id, 'delivered', a.modality, b.modality,
        b.started_on, {month_of("b.started_on")}
    FROM delivered a
    JOIN delivered b ON b.case_id = a.case_id AND b.place = a.place + 1
"""  # noqa: S608  # declared here, not typed

FLOW = Report(
    name="flow",
    title="Which treatment follows which",
    question="Which modality follows which, in plans and in what was delivered?",
    says=(
        "A row is a step and one that follows it next. Planned: in the order of one plan, in which each step counts where it "
        "stands last: what waits for another follows that one, else the places in the plan say what comes before it, but never "
        "what waits for it. Delivered: "
        "in the order in which the steps of one case began, whatever plan they stand in.",
        "A step that waits for another, and depends on something in words, comes before nothing until it begins.",
        "Of steps side by side, or begun on one day, each is followed by each that comes next.",
        "Where no period is said it reaches from ten years before that day to two years after it.",
        "A step in an arm is planned once its arm is chosen; one that was set aside is not. Decisions are left out: what comes "
        "after one follows what came before it.",
    ),
    period="planned start of the step that follows, or the release of its plan; delivered, the day on which it began",
    unit=UNIT,
    dimensions=(
        Dimension("from", "From", "first_modality", "Modality of the step that comes first.", MODALITY.codes),
        Dimension("to", "To", "next_modality", "Modality of the step that follows.", MODALITY.codes),
        Dimension("kind", "Planned or delivered", "kind", "Which of the two orders.", KINDS),
        BOARD, MONTH,
    ),
    measures=(
        Measure("planned", "Planned", "In the order of a plan.", where="u.kind = 'planned'"),
        Measure("delivered", "Delivered", "In the order in which they began.", where="u.kind = 'delivered'"),
        Measure("cases", "Cases", "Cases that these are of.", of="u.case_id"),
    ),
    by=("from", "to"),
    reach=FAR,
    noun="pairs of steps",
    has_text_ids=True,
    is_kept_counted=True,
    source="The house’s own.",
    drawing=Drawing(Shape.FLOW, ("planned", "delivered")),
    shown=("step_id", "next_step_id"),
)  # fmt: skip
