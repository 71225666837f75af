"""How each step stood on a day: the rows that steps, cycles and orders are counted from.

A row is a step of a plan that was released by then, where it stands last: taken over by an amendment, it counts there and not
where it came from; left out by one, it counts in the plan that had it. What was planned is read from that row. What happened is
read from where the step has come to since, and cut by its own days: begun, ended, given, held.

What has no day of its own (not done, the next date) counts from when it was recorded: `{then_step}` says what was open then.
"""

from careplans.reports.concordance.ended import SIGNED, ended_by_stop, stopped_as_meant, until_stopped

# More days than these beside the day from which it could begin, and a step began earlier or later than planned. The house's own.
DAYS_OFF = 14

# Where steps that stood then went in amendments that were released since: nothing, unless more is known than was then.
_WENT = """
    went (first_id, last_id) AS (
        SELECT s.id, n.id
        FROM {plan} p
        JOIN {step} s ON s.plan_id = p.id
        JOIN {step} n ON n.carried_from_id = s.id AND n.removed_at IS NULL
        JOIN {plan} q ON q.id = n.plan_id AND q.released_at > %(moment)s AND q.status <> 'entered_in_error'
        WHERE p.status = 'superseded' AND p.released_at <= %(moment)s AND p.ended_at > %(moment)s
        UNION ALL
        SELECT w.first_id, n.id
        FROM went w
        JOIN {step} n ON n.carried_from_id = w.last_id AND n.removed_at IS NULL
        JOIN {plan} q ON q.id = n.plan_id AND q.released_at > %(moment)s AND q.status <> 'entered_in_error'
    ),
    gone AS (SELECT first_id, MAX(last_id) AS last_id FROM went GROUP BY first_id)
"""
_OTHERWISE = """
        SELECT step_id, COUNT(*) AS times FROM {occurrence}
        WHERE status = 'given_otherwise' AND given_on <= %(day)s
        GROUP BY step_id
"""
_HELD = """
        SELECT step_id, MIN(reason) AS reason FROM {stepbreak}
        WHERE undone_at IS NULL AND held_from <= %(day)s AND (ended_on IS NULL OR ended_on > %(day)s)
        GROUP BY step_id
"""
# A death or a transfer has a day, though it is recorded later. As a number, 20260301: of one that is known to the month or the
# year the last that it can have been, 20260331, but none after it was recorded; nothing where no year is known.
_LEFT = """
        SELECT y.step_id, y.recorded_on, y.due_on,
            CASE WHEN y.number > {number:y.recorded_on} THEN {number:y.recorded_on} ELSE y.number END AS number
        FROM (
            SELECT x.step_id, MIN(e.year * 10000 + COALESCE(e.month, 12) * 100 + COALESCE(e.day, 31)) AS number,
                MIN({day:e.recorded_at|d.time_zone}) AS recorded_on, MAX(x.due_on) AS due_on
            FROM {careended} x
            JOIN {careend} e ON e.id = x.end_id AND e.withdrawn_at IS NULL
            JOIN {board} d ON d.id = x.board_id
            WHERE x.step_id IS NOT NULL
            GROUP BY x.step_id
        ) y
"""


def not_done(by: str) -> str:
    """On which day of its board a step was last recorded as not done, up to the moment that this parameter names."""
    return f"""
        SELECT e.step_id, MAX({{day:e.at|b.time_zone}}) AS day FROM {{event}} e JOIN {{board}} b ON b.id = e.board_id
        WHERE e.kind = 'step_moved' AND e.new = 'not_done' AND e.at <= %({by})s
        GROUP BY e.step_id
"""  # noqa: S608  # declared here, not typed


def _fate(name: str) -> str:
    """A column of what became of it, of where it has come to."""
    return f"CASE WHEN g.last_id IS NULL THEN s.{name} ELSE f.{name} END AS {name}"


def _ended(row: str, then: str) -> str:
    """Of another step: whether it had ended, by its day or else by what was open."""
    ended = "('completed', 'stopped', 'not_done', 'set_aside')"
    return f"({row}.status IN {ended} AND COALESCE({row}.ended_on <= %(day)s, {then}.id IS NULL))"


# When what it waits for came: whatever has no day of its own, or came later, has not come.
_CAME_ON = f"""
    CASE s.after_event
        WHEN 'begun' THEN CASE WHEN a.started_on <= %(day)s THEN a.started_on END
        WHEN 'occurrence' THEN c.given_on
        ELSE CASE WHEN a.ended_on <= %(day)s AND (a.status = 'completed' OR {ended_by_stop("a", "n")})
            THEN a.ended_on END
    END
"""
_TOO_FEW = """
    s.after_event = 'occurrence' AND a.occurrences_planned < s.after_occurrence + a.occurrences_omitted
"""
# What was open then, with its next date; and of what waits for another step or the choice of an arm, when that came, and of what
# was open, whether it could still come.
_OPEN_THEN = f"""
    open_then AS NOT MATERIALIZED (
        SELECT id, due_on, started_on FROM {{then_step}}
        WHERE status IN ('planned', 'in_progress', 'on_hold') AND carried_over_at IS NULL AND removed_at IS NULL
    ),
    awaited AS MATERIALIZED (
        SELECT o.step_id, o.given_on, ROW_NUMBER() OVER (PARTITION BY o.step_id ORDER BY o.given_on, o.number) AS place
        FROM {{occurrence}} o
        JOIN (SELECT DISTINCT after_step_id FROM {{step}} WHERE after_event = 'occurrence') w ON w.after_step_id = o.step_id
        WHERE o.given_on <= %(day)s
    ),
    gated AS (
        SELECT s.id, t.id IS NULL OR COALESCE(d.ended_on <= %(day)s, 1 = 0) AS is_decided,
            t.id IS NOT NULL AND s.arm_id IS NOT NULL AND d.removed_at IS NULL AND NOT {_ended("d", "v")} AS waits_for_arm,
            t.id IS NOT NULL AND a.id IS NOT NULL AND a.removed_at IS NULL AND {_CAME_ON} IS NULL AND NOT {_ended("a", "u")}
                AND NOT COALESCE({_TOO_FEW}, 1 = 0) AS waits_for_step,
            t.id IS NOT NULL AND (
                (a.id IS NOT NULL AND {_CAME_ON} IS NULL AND (a.removed_at IS NOT NULL OR {_ended("a", "u")}
                    OR COALESCE({_TOO_FEW}, 1 = 0)))
                OR (s.arm_id IS NOT NULL AND (d.removed_at IS NOT NULL OR ({_ended("d", "v")} AND d.status <> 'completed')))
            ) AS waits_in_vain,
            {_CAME_ON} AS came_on, CASE WHEN d.ended_on <= %(day)s THEN d.ended_on END AS decided_on
        FROM {{step}} s
        LEFT JOIN open_then t ON t.id = s.id
        LEFT JOIN {{arm}} r ON r.id = s.arm_id
        LEFT JOIN gone gd ON gd.first_id = r.decision_id
        LEFT JOIN {{step}} d ON d.id = COALESCE(gd.last_id, r.decision_id)
        LEFT JOIN open_then v ON v.id = r.decision_id
        LEFT JOIN gone ga ON ga.first_id = s.after_step_id
        LEFT JOIN {{step}} a ON a.id = COALESCE(ga.last_id, s.after_step_id)
        LEFT JOIN open_then u ON u.id = s.after_step_id
        LEFT JOIN signed n ON n.id = a.id
        LEFT JOIN awaited c ON c.step_id = a.id AND c.place = COALESCE(s.after_occurrence, 1)
        WHERE s.arm_id IS NOT NULL OR s.after_step_id IS NOT NULL
    )
"""  # noqa: S608  # declared here, not typed
# What the amendment in which a step stands made of it: the first that applies.
_AMENDED = """
        SELECT n.id,
            CASE
                WHEN k.modality_code <> n.modality_code THEN 'modality'
                WHEN k.course <> n.course OR COALESCE(k.occurrences_planned, 0) <> COALESCE(n.occurrences_planned, 0)
                    OR COALESCE(k.interval, 0) <> COALESCE(n.interval, 0) OR k.interval_unit <> n.interval_unit THEN 'course'
                WHEN COALESCE(k.planned_start <> n.planned_start, (k.planned_start IS NULL) <> (n.planned_start IS NULL))
                    THEN 'date'
                ELSE 'same'
            END AS amended
        FROM {step} n
        JOIN {step} k ON k.id = n.carried_from_id
        WHERE n.carried_from_id IS NOT NULL
"""
_LAST = "COALESCE(g.last_id, s.id)"
_ROWS = f"""
    SELECT s.id, s.board_id, s.case_id, s.plan_id, {_LAST} AS last_id, b.grace_days, s.position, s.phase,
        s.modality_code AS modality, s.course, s.planned_start, s.owner_id AS owner, s.occurrences_planned, s.interval,
        s.interval_unit, i.id IS NOT NULL AS was_signed, {until_stopped("s")} AS until_stopped,
        NULLIF(m.discipline, '') AS discipline,
        COALESCE(s.planned_start, {{day:p.released_at|b.time_zone}}) AS day,
        {_fate("status")}, {_fate("started_on")}, {_fate("ended_on")}, {_fate("fulfilment")}, {_fate("reason")},
        {_fate("reason_given")}, {_fate("occurrences_given")},
        COALESCE(k.amended, 'first') AS amended,
        t.id AS open_id, t.due_on AS next_on, t.started_on AS then_started_on, s.not_before,
        h.step_id AS held_id, h.reason AS held_reason, COALESCE(y.times, 0) AS otherwise_given,
        z.number <= {{number:%(day)s}} AS has_left,
        z.number AS left_number, z.recorded_on AS left_recorded_on, COALESCE(z.due_on, s.due_when_left_out) AS left_due_on,
        CASE WHEN s.due_when_left_out IS NOT NULL THEN {{day:p.ended_at|b.time_zone}} END AS left_out_on,
        {{day:p.released_at|b.time_zone}} AS released_on,
        CASE WHEN COALESCE(f.goes_on_with, s.goes_on_with) <> ''
            THEN {{day:COALESCE(f.carried_over_at, s.carried_over_at)|b.time_zone}} END AS handed_on,
        s.arm_id, t.id IS NULL OR COALESCE(w.is_decided, 1 = 0) AS is_decided,
        COALESCE(w.waits_for_arm, 1 = 0) AS waits_for_arm, COALESCE(w.waits_for_step, 1 = 0) AS waits_for_step,
        COALESCE(w.waits_in_vain, 1 = 0) AS waits_in_vain,
        s.after_step_id, s.after_event, w.came_on, w.decided_on, s.only_if <> '' AS is_conditional,
        p.status = 'superseded' AND s.reason_note LIKE 'Not part of plan %%' AS was_left_out,
        CASE WHEN t.id IS NOT NULL AND s.after_event <> 'occurrence' THEN w.came_on END AS opened_on,
        CASE WHEN s.not_before > s.planned_start THEN s.not_before ELSE s.planned_start END AS own_day,
        CASE WHEN w.came_on > COALESCE(w.decided_on, '0001-01-01') THEN w.came_on ELSE w.decided_on END AS could_on
    FROM {{step}} s
    JOIN {{plan}} p ON p.id = s.plan_id
    JOIN {{board}} b ON b.id = s.board_id
    LEFT JOIN open_then t ON t.id = s.id
    LEFT JOIN gone g ON g.first_id = s.id
    LEFT JOIN {{step}} f ON f.id = g.last_id
    LEFT JOIN signed i ON i.id = {_LAST}
    LEFT JOIN ({_AMENDED}) k ON k.id = s.id
    LEFT JOIN gated w ON w.id = s.id
    LEFT JOIN ({_OTHERWISE}) y ON y.step_id = {_LAST}
    LEFT JOIN ({_HELD}) h ON h.step_id = {_LAST}
    LEFT JOIN ({_LEFT}) z ON z.step_id = {_LAST}
    LEFT JOIN {{membership}} m ON m.user_id = s.owner_id AND m.board_id = s.board_id AND m.started_at <= p.released_at
        AND (m.ended_at IS NULL OR m.ended_at > p.released_at)
    WHERE p.released_at <= %(moment)s AND p.status <> 'entered_in_error' AND s.removed_at IS NULL AND NOT s.is_decision
        AND NOT EXISTS (
            SELECT 1 FROM {{step}} n JOIN {{plan}} q ON q.id = n.plan_id
            WHERE n.carried_from_id IS NOT NULL AND n.carried_from_id = s.id AND n.removed_at IS NULL
                AND q.released_at <= %(moment)s
                AND q.status <> 'entered_in_error'
        )
"""  # noqa: S608  # declared here, not typed

# From when it could begin: a step whose condition came later than its planned start is not late by that. One that began before
# its condition came is held against the days that were signed. Of one that depends on something in words no day is agreed: when
# that came nobody records, and until then its planned start is a guess.
_COULD = """CASE WHEN w.is_conditional THEN NULL
                WHEN w.could_on > w.own_day AND w.could_on <= w.started_on THEN w.could_on ELSE w.own_day END"""
# When a step that never began could have begun at last, in time, by the next date that it had when care ended, or an amendment
# left it out: nothing where what it waits for, or the choice of its arm, had not come.
_OVER_ON = """CASE WHEN w.after_step_id IS NOT NULL AND w.came_on IS NULL THEN NULL
            WHEN w.arm_id IS NOT NULL AND w.decided_on IS NULL THEN NULL
            WHEN w.not_before > COALESCE(w.left_due_on, w.day) AND w.not_before >= COALESCE(w.could_on, w.not_before)
                THEN {later:w.not_before|w.grace_days}
            WHEN w.could_on > COALESCE(w.left_due_on, w.day) THEN {later:w.could_on|w.grace_days}
            ELSE {later:COALESCE(w.left_due_on, w.day)|w.grace_days} END"""
# Booleans of the day, from here on never null. When a step is due before it has begun, `readers/steps/gate_days.py` says, too.
_ON_THE_DAY = f"""
    SELECT w.*,
        COALESCE(w.started_on <= %(day)s, 1 = 0) AS has_begun,
        COALESCE(w.status = 'completed' AND w.ended_on <= %(day)s, 1 = 0) AS is_completed,
        w.status = 'stopped' AND COALESCE(w.ended_on <= %(day)s, w.open_id IS NULL) AS is_stopped,
        w.status = 'not_done' AND (w.open_id IS NULL OR COALESCE(w.has_left, 1 = 0)) AS is_not_done,
        w.status = 'set_aside' AND w.is_decided AS is_set_aside,
        {{days:{_COULD}|w.started_on}} AS days_off, {_OVER_ON} AS over_on,
        CASE
            WHEN w.started_on <= %(day)s THEN CASE WHEN w.then_started_on IS NOT NULL THEN w.next_on END
            WHEN w.not_before > COALESCE(w.next_on, w.day) AND w.not_before >= COALESCE(w.opened_on, w.not_before)
                THEN w.not_before
            WHEN w.opened_on > COALESCE(w.next_on, w.day) THEN w.opened_on
            ELSE COALESCE(w.next_on, w.day)
        END AS due_on
    FROM ({_ROWS}) w
"""  # noqa: S608
_DEPARTURE = f"""
    SELECT e.*,
        COALESCE({{later:e.due_on|e.grace_days}} < %(day)s, 1 = 0) AS is_late,
        CASE
            WHEN NOT e.has_begun THEN NULL
            WHEN e.is_completed AND e.course IN ('cycles', 'sessions') AND e.occurrences_given < e.occurrences_planned
                THEN 'fewer'
            WHEN e.is_completed AND e.fulfilment = 'partial' THEN 'in_part'
            WHEN e.otherwise_given > 0 THEN 'given_otherwise'
            WHEN e.days_off > {DAYS_OFF} THEN 'later'
            WHEN e.days_off < -{DAYS_OFF} THEN 'earlier'
        END AS departure
    FROM ({_ON_THE_DAY}) e
"""  # noqa: S608
# Why a step in words came to nothing, that nobody chose: its condition did not come, the disease went another way, or the
# patient was not fit for it or not there. Of the others (the patient's choice, another treatment, money, a trial, lost, unknown)
# the condition may have come, and something else stood in the way.
NOT_COME = (
    "no_longer_indicated", "progression", "no_response", "sustained_remission", "deterioration", "medical_reason",
    "toxicity_or_not_tolerated", "pregnancy", "best_supportive_care", "died", "moved_away", "plan_revoked",
    "left_out_by_amendment",
)  # fmt: skip
# Nor did anybody miss it where an amendment left it out or its plan was revoked before it came. What an amendment left out before
# there was a code for that was written as another treatment, with these words.
_NOT_COME = (
    f"e.is_conditional AND (e.reason IN ({', '.join(repr(code) for code in NOT_COME)}) "
    "OR (e.was_left_out AND e.reason = 'other_treatment_chosen'))"
)
# A step that an amendment left out, which the board signed anew, was missed by nobody; nor was one that was not begun when the
# patient died or moved away: as long as its date and the grace had not passed by then. Of what was left out before its date was
# kept nobody can tell that. Of whom it is only chosen as a reason that they moved away, no transfer is recorded.
_LEFT_OUT = (
    "((e.reason = 'left_out_by_amendment' OR (e.was_left_out AND e.reason = 'other_treatment_chosen')) "
    "AND COALESCE(e.over_on >= e.left_out_on, 1 = 1))"
)
_IN_TIME = (
    "(e.reason IN ('died', 'moved_away') AND e.left_recorded_on IS NOT NULL AND COALESCE({number:e.over_on} >= "
    "COALESCE(e.left_number, {number:e.left_recorded_on}), 1 = 1))"
)
# The first that applies.
_CLASS = f"""
    SELECT e.*,
        CASE
            WHEN e.is_set_aside THEN 'set_aside'
            WHEN e.is_not_done AND {_NOT_COME} THEN 'conditional'
            WHEN e.is_not_done AND ({_LEFT_OUT} OR {_IN_TIME}) THEN 'fell_away'
            WHEN e.is_not_done THEN 'not_done'
            WHEN e.is_stopped AND NOT {stopped_as_meant("e")} THEN 'stopped'
            WHEN e.is_completed AND e.fulfilment = 'not_assessed' THEN 'not_assessed'
            WHEN (e.is_completed OR e.is_stopped) AND e.departure IS NOT NULL THEN 'otherwise'
            WHEN e.is_completed OR e.is_stopped THEN 'as_planned'
            WHEN e.has_begun AND e.is_late THEN 'in_progress_late'
            WHEN e.held_id IS NOT NULL AND (NOT e.is_late OR e.waits_for_arm OR e.waits_for_step) THEN 'on_hold'
            WHEN e.has_begun AND e.departure = 'later' THEN 'in_progress_late'
            WHEN e.has_begun THEN 'in_progress'
            WHEN e.waits_for_arm OR e.waits_for_step THEN 'waiting'
            WHEN e.is_late AND e.is_conditional THEN 'conditional'
            WHEN e.is_late THEN 'unknown'
            WHEN e.waits_in_vain THEN 'blocked'
            ELSE 'ahead'
        END AS class
    FROM ({_DEPARTURE}) e
"""  # noqa: S608

STOOD = f"WITH RECURSIVE {_WENT}, {SIGNED}, {_OPEN_THEN} {_CLASS}"
