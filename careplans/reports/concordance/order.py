"""Question 2, the order: the planned order of steps against the order in which they began."""

from careplans.reports.concordance.steps import is_one_of
from careplans.reports.concordance.stood import STOOD, not_done
from careplans.reports.concordance.turned import TURNED
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import BOARD, MODALITY, MONTH, month_of

CLASSES = {
    "in_order": "In order",
    "together": "On the same day",
    "reversed": "The other way round",
    "early": "Before its condition came",
    "before": "Before the earlier one, which has not begun",
    "without": "After the earlier one was not done",
}
MEANINGS = {
    "in_order": "The one planned first began first; where the later one waits for it, that had come, on the same day at the "
    "latest.",
    "together": "Both began on one day, and nothing in the plan has one wait for the other: which of the two came first, nobody "
    "has recorded. Neither kept nor out of order.",
    "reversed": "The one planned first began later.",
    "early": "The later one waits for the beginning or the end of the one planned first, or for one of its cycles, and began "
    "before that came; or on the day of a stop that was not the end for which it waits.",
    "before": "The later one began while the one planned first was still to begin, and that has not begun since.",
    "without": "The later one began when the one planned first had been recorded as not done. No order is left to keep.",
}
JUDGED = {
    "position": "Its place in the plan",
    "begun": "Its condition: that the other has begun",
    "occurrence": "Its condition: cycles or sessions of the other",
    "ended": "Its condition: that the other has ended",
}
PHASES = {"same": "Of one phase", "other": "Of two phases"}
OUT_OF_ORDER = ("reversed", "early", "before")
# Of which it is known whether the order was kept.
KNOWN = ("in_order", *OUT_OF_ORDER)

# Why a step began then, where that was asked: said with its start, and kept where an amendment takes the step over.
_SAID = """
    said (step_id, event_id) AS (
        SELECT e.step_id, e.id FROM {event} e
        WHERE e.kind = 'step_moved' AND e.old = 'planned' AND e.new = 'in_progress' AND e.reason <> '' AND e.at <= %(written)s
        UNION ALL
        SELECT n.id, w.event_id FROM said w JOIN {step} n ON n.carried_from_id = w.step_id
    ),
    told AS (SELECT step_id, MAX(event_id) AS event_id FROM said GROUP BY step_id)
"""
# The steps are read once for both sides; all of them are kept meanwhile, so with nothing that no pair needs. One in an arm that
# nobody has chosen comes before nothing, nor does one that depends on something in words and has not begun.
_STOOD = f"""
    SELECT c.id, c.last_id, c.board_id, c.case_id, c.plan_id, c.position, c.phase, c.modality, c.after_step_id, c.after_event,
        c.came_on, c.has_begun, c.is_not_done, CASE WHEN c.has_begun THEN c.started_on END AS started_on,
        CASE WHEN c.is_completed OR c.is_stopped THEN c.ended_on END AS ended_on
    FROM ({STOOD}) c
    WHERE c.has_begun OR NOT (c.is_set_aside OR c.is_conditional OR c.waits_for_arm)
"""  # noqa: S608  # declared here, not typed
# A pair counts on the day on which one of its two steps began: plans in which none began in the period have none.
_TOUCHED = "SELECT DISTINCT c.plan_id FROM stood c WHERE c.started_on BETWEEN %(since)s AND %(until)s"
# Steps that wait for one placed behind them, by itself or through others: such a pair is judged by what it waits for, from the
# other side. There are few, so it is worked out in their plans alone. DISTINCT once more: PostgreSQL takes what follows from
# itself for billions of rows, and cut a hash table of them into so many files that a question did not end.
_AWAITS = """
    turned (plan_id) AS ({turned}),
    waiting (id, other_id) AS (
        SELECT a.id, a.after_step_id FROM turned t JOIN stood a ON a.plan_id = t.plan_id WHERE a.after_step_id IS NOT NULL
    ),
    awaiting (id, other_id) AS (
        SELECT id, other_id FROM waiting
        UNION
        SELECT w.id, a.other_id FROM awaiting w JOIN waiting a ON a.id = w.other_id
    ),
    awaits AS (SELECT DISTINCT id, other_id FROM awaiting)
""".replace("{turned}", TURNED)
# What the later one waits for of the other, or else the beginning of that. An end is one whichever way it came, on an earlier
# day; on the day itself its gate decides, `let_on`: whoever waits for what came that day may begin.
_CAME = """
        CASE WHEN b.after_step_id <> a.id OR b.after_step_id IS NULL OR b.after_event = 'begun' THEN a.started_on
            WHEN b.after_event = 'occurrence' THEN b.came_on
            ELSE a.ended_on END
"""
_PAIRS = f"""
    SELECT a.id || '-' || b.id AS id, a.board_id, a.case_id, a.plan_id, a.id AS step_id, b.id AS later_step_id,
        a.modality AS first_modality, b.modality AS then_modality, a.started_on, b.started_on AS later_started_on,
        CASE WHEN a.started_on > b.started_on THEN a.started_on ELSE b.started_on END AS day,
        {{days:a.started_on|b.started_on}} AS days_apart, {_CAME} AS came_on, a.has_begun, a.is_not_done,
        CASE WHEN b.after_step_id = a.id THEN b.came_on END AS let_on,
        CASE WHEN b.after_step_id = a.id THEN b.after_event ELSE 'position' END AS judged,
        CASE WHEN a.phase = b.phase THEN 'same' ELSE 'other' END AS phases, a.last_id AS first_last_id, b.last_id AS then_last_id
    FROM touched t
    JOIN stood a ON a.plan_id = t.plan_id
    JOIN stood b ON b.plan_id = a.plan_id AND b.has_begun
        AND (b.after_step_id = a.id OR b.position > a.position)
    WHERE (a.id, b.id) NOT IN (SELECT id, other_id FROM awaits)
"""  # noqa: S608
UNIT = f"""
    WITH RECURSIVE {_SAID}, left_out AS ({not_done("written")}), stood AS ({_STOOD}), touched AS ({_TOUCHED}), {_AWAITS}
    SELECT p.*, {month_of("p.day")} AS month, w.event_id AS said_id,
        CASE
            WHEN p.has_begun AND p.came_on < p.later_started_on THEN 'in_order'
            WHEN p.has_begun AND p.let_on = p.later_started_on THEN 'in_order'
            WHEN p.has_begun AND p.judged = 'position' AND p.came_on = p.later_started_on THEN 'together'
            WHEN p.started_on > p.later_started_on THEN 'reversed'
            WHEN p.has_begun THEN 'early'
            WHEN p.is_not_done AND l.day <= p.later_started_on THEN 'without'
            ELSE 'before'
        END AS class
    FROM ({_PAIRS}) p
    LEFT JOIN told w ON w.step_id = p.then_last_id
    LEFT JOIN left_out l ON l.step_id = p.first_last_id
"""  # noqa: S608

ORDER = Report(
    name="order",
    title="Planned order against the order that happened",
    question="Did the steps of a plan begin in the order in which the board planned them?",
    says=(
        "A row is a pair of steps of one plan, the first of which is planned before the second, and the second of which had "
        "begun by that day, whether the first had or not. Steps that are planned side by side have no order and make no pair; "
        "nor do decisions, steps of arms that were not chosen, and, until they begin, steps that depend on something in words.",
        "Where the plan has the second wait for the first, the pair is judged by that condition: that the first has begun, has "
        "ended, whichever way, or that so many of its cycles were given. Else it is judged by the places of the two in the plan "
        "and by their beginnings: a course that runs on beside the next step is in order.",
        "A step counts where it stands last: an amendment says the order anew, and what it took over is held against that.",
        "Whoever records that a step begins out of order, or against its condition, is asked why; the rows lead to "
        "what was said.",
        "A day is all that is recorded of when a step began. Of two on the same day, of which none waits for the other, nobody "
        "knows which came first: they are counted, and are in no share. Where one waits for the other, its gate says it: what "
        "came on the day itself lets it begin, and what had not come by then does not.",
        "In order says nothing of days, nor whether either of the two was carried out as planned.",
    ),
    period="the day on which the later of the two began, or the second where the first has not begun",
    unit=UNIT,
    dimensions=(
        Dimension("class", "Order", "class", "How the two began: the first that applies.", CLASSES),
        Dimension("first", "Planned first", "first_modality", "Modality of the step that is planned first.", MODALITY.codes),
        Dimension("then", "Planned then", "then_modality", "Modality of the step that is planned after it.", MODALITY.codes),
        Dimension("judged", "Judged by", "judged", "What of the plan says which comes first.", JUDGED),
        Dimension("phases", "Phases", "phases", "Whether the two are of one phase of the plan.", PHASES),
        BOARD, MONTH,
    ),
    measures=(
        Measure("pairs", "Pairs", "All pairs."),
        *(Measure(code, label, MEANINGS[code], where=is_one_of(code)) for code, label in CLASSES.items()),
        Measure(
            "kept", "Order kept", "In order, among the pairs of which it is known: without those on the same day, and those of "
            "which the first was not done.", Kind.SHARE, where=is_one_of("in_order"), among=is_one_of(*KNOWN),
        ),
        Measure(
            "said", "With a reason", "Out of order, and why was said when the second began; among all that are out of order.",
            Kind.SHARE, where="u.said_id IS NOT NULL", among=is_one_of(*OUT_OF_ORDER),
        ),
        Measure("plans", "Plans", "Plans that these pairs are of.", of="u.plan_id"),
        Measure(
            "plans_reversed", "Plans out of order", "Plans with a pair the other way round, before its condition, or before one "
            "that has not begun, among the plans with a pair of which the order is known.", Kind.SHARE,
            where=is_one_of(*OUT_OF_ORDER), among=is_one_of(*KNOWN), of="u.plan_id",
        ),
        Measure(
            "days_apart", "Days apart", "Days from the beginning of the one planned first to that of the other, where both have "
            "begun; negative the other way round.", Kind.SPAN, span="u.days_apart", unit="days",
        ),
    ),
    by=("first", "then"),
    noun="pairs of steps",
    has_text_ids=True,
    source="The house’s own.",
    shown=("step_id", "later_step_id", "started_on", "later_started_on", "days_apart", "said_id"),
)  # fmt: skip
