"""SQL that several units of the scorecard share."""

from careplans.reports.dimensions import BOARD, MONTH, QUARTER

WHEN = (BOARD, MONTH, QUARTER)

# When a case first came to a decision of its board: recorded as discussed, or, where nobody recorded that, its first released
# plan sent to sign-off, whichever was earlier.
FIRST_DECISIONS = """
    SELECT m.case_id, MIN(m.at) AS at
    FROM (
        SELECT e.case_id, e.at FROM {event} e WHERE e.kind = 'case_moved' AND e.new = 'discussed' AND e.at <= %(written)s
        UNION ALL
        SELECT p.case_id, p.submitted_at AS at FROM {plan} p
        WHERE p.released_at <= %(moment)s AND p.status <> 'entered_in_error'
    ) m
    GROUP BY m.case_id
"""
# Cases that the board has not taken on, or not yet.
NOT_TAKEN_ON = "('referred', 'returned', 'declined', 'withdrawn')"
# A death or a transfer revokes a plan, too: then nobody decided anything about it. What was ended so is brought back before it
# can be ended again, so that of one plan and moment there is one row.
_CARE_ENDED = """
    SELECT i.plan_id, e.recorded_at AS since, e.withdrawn_at AS until
    FROM {careended} i JOIN {careend} e ON e.id = i.end_id
    WHERE i.plan_id IS NOT NULL AND i.step_id IS NULL AND i.follow_up_id IS NULL
"""


# A death or a transfer has a day of its own, though it is recorded later. As a number, 20260301; known to the month, it is none.
CARE_LEFT = """
        SELECT x.step_id, x.follow_up_id, MIN(e.year * 10000 + e.month * 100 + e.day) AS number
        FROM {careended} x
        JOIN {careend} e ON e.id = x.end_id AND e.withdrawn_at IS NULL
        GROUP BY x.step_id, x.follow_up_id
"""
HAD_LEFT = "COALESCE(l.number <= {number:%(day)s}, 1 = 0)"


def join_care_ended(plan: str, at: str) -> str:
    """A join with a row `d` where the plan was ended at that moment because the care ended as a whole."""
    return f"""LEFT JOIN ({_CARE_ENDED}) d
        ON d.plan_id = {plan} AND d.since <= {at} AND (d.until IS NULL OR d.until > {at})"""
