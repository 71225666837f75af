"""Cases in care as they stood on a day, and whether anything lay ahead of them."""

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
    ),
    period="",
    unit="""
    SELECT c.id, c.board_id, c.id AS case_id, CAST(NULL AS integer) AS plan_id, CAST(NULL AS date) AS day,
        CASE WHEN d.case_id IS NOT NULL THEN 'dated' WHEN n.case_id IS NOT NULL THEN 'reason' ELSE 'nothing' END AS ahead
    FROM {then_case} c
    LEFT JOIN (SELECT DISTINCT p.case_id FROM {then_plan} p WHERE p.released_at IS NOT NULL) r ON r.case_id = c.id
    LEFT JOIN (
        SELECT s.case_id FROM {then_step} s
        WHERE s.status IN ('planned', 'in_progress', 'on_hold') AND s.due_on IS NOT NULL AND s.carried_over_at IS NULL
        UNION
        SELECT f.case_id FROM {then_followup} f WHERE f.status = 'planned' AND f.created_at <= %(moment)s
    ) d ON d.case_id = c.id
    LEFT JOIN (
        SELECT DISTINCT w.case_id FROM {then_nothingahead} w WHERE w.ended_at IS NULL AND w.look_again_on > %(day)s
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
        detail=("reason",),
    ),
)
