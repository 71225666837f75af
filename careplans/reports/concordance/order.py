"""Question 2, the order: the planned order of steps against the order in which they began."""

from careplans.reports.concordance.steps import is_one_of
from careplans.reports.concordance.stood import STOOD
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import BOARD, MODALITY, MONTH

CLASSES = {"in_order": "In order", "together": "On the same day", "reversed": "The other way round"}

# The steps are read once for both sides; all of them are kept meanwhile, so with nothing that no pair needs.
_BEGUN = f"""
    SELECT c.id, c.board_id, c.case_id, c.plan_id, c.position, c.modality, c.started_on FROM ({STOOD}) c WHERE c.has_begun
"""  # noqa: S608  # declared here, not typed
UNIT = f"""
    WITH begun AS ({_BEGUN})
    SELECT a.id || '-' || b.id AS id, a.board_id, a.case_id, a.plan_id, a.id AS step_id, b.id AS later_step_id,
        a.modality AS first_modality, b.modality AS then_modality, a.started_on, b.started_on AS later_started_on,
        CASE WHEN a.started_on > b.started_on THEN a.started_on ELSE b.started_on END AS day,
        SUBSTR(CAST(CASE WHEN a.started_on > b.started_on THEN a.started_on ELSE b.started_on END AS text), 1, 7) AS month,
        {{days:a.started_on|b.started_on}} AS days_apart,
        CASE WHEN a.started_on < b.started_on THEN 'in_order' WHEN a.started_on = b.started_on THEN 'together'
            ELSE 'reversed' END AS class
    FROM begun a
    JOIN begun b ON b.plan_id = a.plan_id AND b.position > a.position
"""  # noqa: S608

ORDER = Report(
    name="order",
    title="Planned order against the order that happened",
    question="Did the steps of a plan begin in the order in which the board planned them?",
    says=(
        "A row is a pair of steps of one plan, the first of which is planned before the second, and both of which had begun by "
        "that day. Steps that are planned side by side have no order and make no pair; nor do decisions.",
        "A step counts where it stands last: an amendment says the order anew, and what it took over is held against that.",
        "Order is that of beginnings: a course that runs on beside the next step is in order.",
    ),
    period="the day on which the later of the two began",
    unit=UNIT,
    dimensions=(
        Dimension("class", "Order", "class", "How the two began.", CLASSES),
        Dimension("first", "Planned first", "first_modality", "Modality of the step that is planned first.", MODALITY.codes),
        Dimension("then", "Planned then", "then_modality", "Modality of the step that is planned after it.", MODALITY.codes),
        BOARD, MONTH,
    ),
    measures=(
        Measure("pairs", "Pairs", "All pairs."),
        *(
            Measure(code, label, says, where=is_one_of(code))
            for (code, label), says in zip(
                CLASSES.items(),
                ("The one planned first began first.", "Both began on one day.", "The one planned first began later."),
                strict=True,
            )
        ),
        Measure(
            "kept", "Order kept", "In order or on the same day, among all pairs.", Kind.SHARE,
            where=is_one_of("in_order", "together"),
        ),
        Measure("plans", "Plans", "Plans that these pairs are of.", of="u.plan_id"),
        Measure(
            "plans_reversed", "Plans out of order", "Plans with a pair the other way round, among all plans with a pair: the "
            "others were carried out wholly in order.", Kind.SHARE, where=is_one_of("reversed"), of="u.plan_id",
        ),
        Measure(
            "days_apart", "Days apart", "Days from the beginning of the one planned first to that of the other; negative the "
            "other way round.", Kind.SPAN, span="u.days_apart", unit="days",
        ),
    ),
    by=("first", "then"),
    noun="pairs of steps",
    has_text_ids=True,
    source="The house’s own.",
    shown=("step_id", "later_step_id", "started_on", "later_started_on", "days_apart"),
)  # fmt: skip
