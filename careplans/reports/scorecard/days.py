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
