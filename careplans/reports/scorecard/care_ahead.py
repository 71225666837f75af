"""Cases in care as they stood on a day, and whether anything lay ahead of them."""

from careplans.reports.concordance.ended import ended_by_stop, signed_of
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import BOARD
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

AHEAD = Dimension(
    "ahead",
    "Ahead",
    "ahead",
    "What lies ahead of the case.",
    {"dated": "A date", "reason": "A reason for none", "nothing": "Nothing"},
)

# What a step waits for has not come and cannot come any more, as `gate_failed()` of the model has it; a test compares the two.
_FAILED = "('stopped', 'not_done', 'set_aside')"
_IN_VAIN = f"""CASE
            WHEN s.started_on IS NOT NULL THEN 0
            WHEN d.status IN {_FAILED} THEN 1
            WHEN s.after_event = 'begun' AND a.started_on IS NULL AND a.status IN {_FAILED} THEN 1
            WHEN s.after_event = 'ended' AND a.status IN {_FAILED} AND NOT {ended_by_stop("a", "g")} THEN 1
            WHEN s.after_event = 'occurrence' AND a.occurrences_given < s.after_occurrence
                AND (a.status IN ('completed', 'stopped', 'not_done', 'set_aside')
                    OR a.occurrences_planned < s.after_occurrence + a.occurrences_omitted) THEN 1
            ELSE 0 END"""
# It has not begun, and hangs on something in words: its date is no day on which anybody would find out whether that holds.
_ON_WORDS = f"CASE WHEN s.started_on IS NULL AND s.only_if <> '' THEN 1 ELSE {_IN_VAIN} END"
# As `readers/nothing_ahead.py` has it, of all boards at once; a test compares the two.
CARE_AHEAD = Report(
    name="care-ahead",
    title="Cases in care",
    question="How many cases in care had nothing ahead of them on that day?",
    says=(
        "A case counts while it is in care, or has had a plan released and has not ended, as it stood on that day.",
        "A date is an open step of a plan in force, or an open follow-up, late ones too. A reason for none counts "
        "until the day on which "
        "it is to be looked at again.",
        "Where all that is ahead are steps that wait for what did not come as planned and cannot any more, that is told apart: "
        "there is a date, and nothing can happen on it until somebody decides.",
        "So is a case of which all that is ahead are such steps, and steps that have not begun and are planned only if something "
        "in words holds: no follow-up and no other step is planned on which anybody would find out whether it does.",
    ),
    period="",
    unit=f"""
    WITH {signed_of("{then_step}")}
    SELECT c.id, c.board_id, c.id AS case_id, CAST(NULL AS integer) AS plan_id, CAST(NULL AS date) AS day,
        CASE WHEN d.case_id IS NOT NULL THEN 'dated' WHEN n.case_id IS NOT NULL THEN 'reason' ELSE 'nothing' END AS ahead,
        COALESCE(d.in_vain, 0) AS in_vain, COALESCE(d.on_words, 0) AS on_words
    FROM {{then_case}} c
    LEFT JOIN (SELECT DISTINCT p.case_id FROM {{then_plan}} p WHERE p.released_at IS NOT NULL) r ON r.case_id = c.id
    LEFT JOIN (
        SELECT o.case_id, MIN(o.in_vain) AS in_vain, MIN(o.on_words) AS on_words
        FROM (
            SELECT s.case_id, {_IN_VAIN} AS in_vain, {_ON_WORDS} AS on_words
            FROM {{then_step}} s
            LEFT JOIN {{then_step}} a ON a.id = s.after_step_id
            LEFT JOIN signed g ON g.id = a.id
            LEFT JOIN {{then_arm}} r ON r.id = s.arm_id
            LEFT JOIN {{then_step}} d ON d.id = r.decision_id
            WHERE s.status IN ('planned', 'in_progress', 'on_hold') AND s.due_on IS NOT NULL AND s.carried_over_at IS NULL
            UNION ALL
            SELECT f.case_id, 0, 0 FROM {{then_followup}} f WHERE f.status = 'planned' AND f.created_at <= %(moment)s
        ) o
        GROUP BY o.case_id
    ) d ON d.case_id = c.id
    LEFT JOIN (
        SELECT DISTINCT w.case_id FROM {{then_nothingahead}} w WHERE w.ended_at IS NULL AND w.look_again_on > %(day)s
    ) n ON n.case_id = c.id
    WHERE c.created_at <= %(moment)s
        AND (c.status = 'in_care' OR (c.status IN ('discussed', 'listed', 'accepted') AND r.case_id IS NOT NULL))
""",
    dimensions=(BOARD, AHEAD),
    measures=(
        Measure("cases", "Cases in care", "Cases that were cared for."),
        Measure(
            "without",
            "Nothing ahead",
            "Those with neither a date nor a reason.",
            Kind.SHARE,
            where="u.ahead = 'nothing'",
        ),
        Measure(
            "blocked",
            "Only what waits in vain",
            "Those with a date, of which each is of a step whose condition cannot come any more.",
            where="u.ahead = 'dated' AND u.in_vain = 1",
        ),
        Measure(
            "conditional",
            "Only what hangs on words",
            "Those with a date, of which each is of a step that is planned only if something in words holds and has not begun, "
            "or whose condition cannot come any more; nothing else is planned that could tell whether it holds.",
            where="u.ahead = 'dated' AND u.on_words = 1 AND u.in_vain = 0",
        ),
        Measure("reason", "With a reason", "Those without a date, and with a reason.", where="u.ahead = 'reason'"),
    ),
    by=("board",),
    noun="cases",
)

INDICATORS = (
    Indicator(
        name="nothing-ahead",
        group=Group.FOLLOW_UP,
        title="Cases in care with nothing ahead",
        says="Patients who could be lost, on the day of the report.",
        numerator="Cases with no open step, no open follow-up, and no reason that still holds.",
        denominator="Cases in care on that day.",
        exclusions="Cases that have ended, and those not taken into care yet.",
        source=HOUSE,
        report=CARE_AHEAD,
        measure_name="without",
        better=Better.LOWER,
        detail=("reason", "blocked", "conditional"),
    ),
)
