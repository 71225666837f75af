"""Question 2, cycle by cycle: what was planned against what was given."""

from careplans.models.courses import DAYS_OF_A
from careplans.reports.concordance.steps import is_one_of
from careplans.reports.concordance.stood import STOOD, not_done
from careplans.reports.declared import FAR, Dimension, Drawing, Kind, Measure, Report, Shape
from careplans.reports.dimensions import BOARD, COURSE, DISCIPLINE, MODALITY, MONTH, OWNER, PHASE, REASON, month_of

# As `readers/steps/pace.py` asks whoever records it: a quarter of the interval, and a week at least.
WEEK = 7
_WHEN = " ".join(f"WHEN '{unit}' THEN {days}" for unit, days in DAYS_OF_A.items())
_DAYS_OF_A = f"CASE c.interval_unit {_WHEN} ELSE 1 END"
CLASSES = {
    "as_planned": "As planned",
    "otherwise": "Otherwise than planned",
    "left_out": "Left out",
    "fell_away": "Fell away with the end of its step",
    "set_aside": "Set aside",
    "postponed": "Postponed",
    "on_hold": "On hold",
    "waiting": "Waits for its condition",
    "conditional": "Condition not met or not said",
    "blocked": "Waits for what did not come as planned",
    "ahead": "Not due yet",
    "unknown": "Unknown",
}
MEANINGS = {
    "as_planned": "Given as planned, at most a quarter of its interval, or a week, beside the day that was first agreed.",
    "otherwise": "Given, but otherwise than planned, with a reason; or further from that day, postponed before or not.",
    "left_out": "Left out, with a reason; what was due and not given when its step ended, or was recorded as not done, is such.",
    "fell_away": "Planned for a day after its step was stopped or recorded as not done, an ongoing step ended or "
    "went on in other care, or the patient died or was transferred: it was never due; or of a step that fell away whole. Neither "
    "given nor missed.",
    "set_aside": "Of a step in an arm that was not chosen.",
    "postponed": "Not given; put on a later day, with a reason, and that day and the days of grace have not passed.",
    "on_hold": "Not given; its step was held on that day.",
    "waiting": "Not given; its step waits for another, or for the choice of its arm.",
    "conditional": "Not given; its step was planned only if something in words holds, and nobody has said so, or it was "
    "not done since that did not come, or since the patient was not fit or not there any more.",
    "blocked": "Not given, and not due yet; what its step waits for did not come as planned, and cannot any more.",
    "ahead": "Not given; its day and the days of grace have not passed.",
    "unknown": "Not given as far as is recorded, and its day and the board’s days of grace have passed.",
}
DEPARTURES = {
    "given_otherwise": "Given otherwise",
    "postponed": "Postponed, and given later than first agreed",
    "moved": "Moved along, and given later than first agreed",
    "later": "Given later than planned",
    "earlier": "Given earlier than planned",
}

# What is held against is the day that was first agreed: that of the last signing. Where its step could begin only later, since
# what it waited for came late, its cycles are not late by that. Where it depends on something in words, its start is no agreed
# day: its cycles are held against the day on which it began, but for those that an amendment has signed since.
_ROWS = """
        SELECT o.id, c.board_id, c.case_id, c.plan_id, c.id AS step_id, o.number, o.planned_on, o.planned_on AS day, o.status,
            CASE WHEN o.reason = c.reason AND c.reason_given <> '' THEN c.reason_given ELSE o.reason END AS own_reason,
            NULLIF(o.postponed_for, '') AS postponed_for, c.phase, c.modality, c.course, c.discipline,
            c.owner, c.class AS step_class, c.is_completed OR c.is_stopped OR c.is_not_done AS step_has_ended, c.held_reason,
            c.grace_days, COALESCE(o.agreed_on, o.planned_on) AS held_against, o.agreed_on IS NOT NULL AS has_moved,
            CASE WHEN c.is_conditional THEN
                    CASE WHEN c.started_on >= c.released_on OR o.given_on < c.released_on
                        THEN {later:COALESCE(o.agreed_on, o.planned_on)|({days:c.own_day|c.started_on})} END
                WHEN c.could_on > c.own_day AND c.could_on <= c.started_on
                THEN {later:COALESCE(o.agreed_on, o.planned_on)|({days:c.own_day|c.could_on})} END AS shifted,
            c.is_conditional,
            CASE WHEN c.handed_on <= %(day)s THEN o.reason IN ('goes_on_in_other_care', 'other') AND o.planned_on > c.handed_on
                WHEN c.is_completed THEN c.until_stopped AND o.planned_on > c.ended_on
                WHEN NOT (c.is_stopped OR c.is_not_done) OR o.reason <> c.reason THEN 1 = 0
                WHEN c.is_stopped AND c.ended_on IS NOT NULL THEN o.planned_on > c.ended_on
                WHEN c.left_number IS NOT NULL
                    THEN {number:o.planned_on} > c.left_number
                ELSE COALESCE(o.planned_on > COALESCE(c.left_recorded_on, n.day), 1 = 0)
            END AS is_after_end,
            COALESCE(o.given_on <= %(day)s, 1 = 0) AS is_given,
            CASE WHEN o.given_on <= %(day)s THEN o.given_on END AS given_on,
            COALESCE(c.interval, 0) * {days_of_a} / 4 AS quarter
        FROM stood c
        JOIN {occurrence} o ON o.step_id = c.last_id
        LEFT JOIN undone n ON n.step_id = c.last_id
""".replace("{days_of_a}", _DAYS_OF_A)
_DAYS = """
        SELECT r.*, CASE WHEN r.is_given
            THEN {days:COALESCE(CASE WHEN r.is_conditional OR r.shifted <= r.given_on THEN r.shifted
                WHEN r.held_against < r.given_on AND r.shifted IS NOT NULL THEN r.given_on END, r.held_against)|r.given_on}
            END AS days_off
        FROM cycles r
"""
_FAR = f"CASE WHEN r.quarter > {WEEK} THEN r.quarter ELSE {WEEK} END"
_DEPARTURE = f"""
        SELECT r.*,
            CASE
                WHEN r.is_given AND r.status = 'given_otherwise' THEN 'given_otherwise'
                WHEN r.days_off > {_FAR} AND r.postponed_for IS NOT NULL THEN 'postponed'
                WHEN r.days_off > {_FAR} AND r.has_moved THEN 'moved'
                WHEN r.days_off > {_FAR} THEN 'later'
                WHEN -r.days_off > {_FAR} THEN 'earlier'
            END AS departure
        FROM measured r
"""  # noqa: S608  # declared here, not typed
_CLASS = """
        SELECT r.*,
            CASE
                WHEN r.is_given AND r.departure IS NOT NULL THEN 'otherwise'
                WHEN r.is_given THEN 'as_planned'
                WHEN r.step_class = 'set_aside' THEN 'set_aside'
                WHEN r.step_class = 'conditional' THEN 'conditional'
                WHEN r.step_class = 'fell_away' THEN 'fell_away'
                WHEN r.status = 'omitted' AND r.is_after_end THEN 'fell_away'
                WHEN r.status = 'omitted' AND (r.step_has_ended OR r.planned_on <= %(day)s) THEN 'left_out'
                WHEN r.step_class = 'on_hold' THEN 'on_hold'
                WHEN r.step_class = 'waiting' THEN 'waiting'
                WHEN {later:r.planned_on|r.grace_days} < %(day)s THEN 'unknown'
                WHEN r.step_class = 'blocked' THEN 'blocked'
                WHEN r.status = 'postponed' THEN 'postponed'
                ELSE 'ahead'
            END AS class
        FROM departing r
"""
# One after the other, not each within the next: SQLite reads only so many within each other.
# A step that was never begun ended when that was recorded, unless a death or a transfer with a day of its own ended it.
UNIT = f"""
    WITH stood AS ({STOOD}), undone AS ({not_done("moment")}), cycles AS ({_ROWS}),
        measured AS ({_DAYS}), departing AS ({_DEPARTURE}), classed AS ({_CLASS})
    SELECT r.*, {month_of("r.day")} AS month,
        CASE WHEN r.class = 'on_hold' THEN r.held_reason
            WHEN r.class = 'otherwise' THEN COALESCE(NULLIF(r.own_reason, ''), r.postponed_for)
            WHEN r.class IN ('left_out', 'fell_away', 'postponed', 'conditional') THEN NULLIF(r.own_reason, '') END AS reason
    FROM classed r
"""  # noqa: S608

CYCLES = Report(
    name="concordance-cycles",
    title="Cycles planned against given",
    question="Which cycles, sessions and administrations were given as planned, which otherwise, and which not, and why?",
    says=(
        "A row is a cycle, session or administration of a step, as of that day, in the plan in which its step stands last. Of an "
        "ongoing step there are those that were given, and the next one.",
        "Each stands in exactly one class: the first that applies, in the order in which they are told.",
        "It is held against the day that was first agreed: the one that was signed, in the plan or in the amendment in which it "
        "stands, or said when its arm was chosen. One that was postponed further than that, and given on its new day, was given "
        "otherwise, and its reason is that of the postponement. One that moved along with another, or with its step, is told "
        "apart. The period, and what is unknown, go by the day on which it is to be given now.",
        "Where its step could begin only later, since the step that it waited for or the choice of its arm came late, the day "
        "moves by as much.",
        "Of a step that depends on something in words, no day is agreed before it begins: its cycles move by as much as it began "
        "before or after its planned start.",
        "Left out has no day of its own: it counts from the day for which it was planned, or from the end of its step. What was "
        "planned for a later day than that end, or than that on which the step was recorded as not done, "
        "fell away with it, and is in no share.",
        "Where no period is said it reaches from ten years before that day to two years after it, so that what is still to be "
        "given is there.",
        "Unknown is never counted as given. Days of grace are those of the board, as they are known.",
    ),
    period="the day for which it is planned",
    unit=UNIT,
    dimensions=(
        Dimension("class", "What became of it", "class", "How it stands as of the day.", CLASSES),
        Dimension(
            "departure", "What was otherwise", "departure", "Of what was given otherwise: the first that applies.", DEPARTURES
        ),
        REASON, PHASE, MODALITY, COURSE,
        Dimension(
            "discipline", DISCIPLINE.label, "discipline", "Discipline in which the owner of its step sat on the board at the "
            "release; none where they had none.", DISCIPLINE.codes,
        ),
        OWNER, BOARD, MONTH,
    ),
    measures=(
        Measure("cycles", "Cycles", "All cycles, sessions and administrations."),
        *(Measure(code, label, MEANINGS[code], where=is_one_of(code)) for code, label in CLASSES.items()),
        Measure(
            "followed", "Given as planned", "As planned, among those that were given or left out, or are unknown.", Kind.SHARE,
            where=is_one_of("as_planned"), among=is_one_of("as_planned", "otherwise", "left_out", "unknown"),
        ),
        Measure(
            "given", "Given", "As planned or otherwise, among those that were given or left out, or are unknown.", Kind.SHARE,
            where=is_one_of("as_planned", "otherwise"), among=is_one_of("as_planned", "otherwise", "left_out", "unknown"),
        ),
        Measure(
            "put_off", "Postponed at some time", "Put on a later day with a reason, whatever became of it.",
            where="u.postponed_for IS NOT NULL",
        ),
        Measure(
            "days_late", "Days late", "Days from the day first agreed to that on which it was given; negative where that was "
            "earlier.",
            Kind.SPAN, span="u.days_off", unit="days",
        ),
    ),
    by=("modality",),
    reach=FAR,
    noun="cycles",
    source="The house’s own; a week and a quarter of the interval are where recording one asks why.",
    drawing=Drawing(Shape.BARS, tuple(CLASSES)),
    shown=("step_id", "number", "held_against", "planned_on", "given_on", "days_off"),
)  # fmt: skip
