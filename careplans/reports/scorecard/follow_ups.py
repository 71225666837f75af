"""Follow-ups that were due: done within their grace, late, missed, or not done."""

from careplans.models.schedules import Kind as FollowUpKind
from careplans.reports.declared import Dimension, Kind, Lasting, Measure, Report
from careplans.reports.dimensions import by_months, coded
from careplans.reports.scorecard.days import CARE_LEFT, HAD_LEFT, WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

WHAT = Dimension("what", "What", "what", "What was to be done.", coded(FollowUpKind))
STATES = {
    "on_time": "On time", "done_put_off": "Done on a later day that it was put on", "late": "Done late",
    "missed": "Did not attend", "overdue": "Overdue", "put_off": "Put off", "cancelled": "Cancelled",
    "not_yet_due": "Not yet due",
}  # fmt: skip
STATE = Dimension("state", "State", "state", "What became of it by that day.", STATES)

# Held against the day that was first agreed, with the grace that it had; one that was put on an earlier day, against that one.
UNIT = by_months(f"""
    SELECT f.id, f.board_id, f.case_id, f.plan_id, f.day, f.what, f.due_on, f.done_on, f.due_until, f.times_moved,
        CASE WHEN f.due_on > f.day THEN {{days:f.day|f.due_on}} END AS days_put_off,
        CASE WHEN f.state = 'done' THEN f.done_on WHEN f.state <> 'planned' THEN f.due_on END AS closed_on,
        CASE WHEN f.state = 'done' AND f.done_on > f.agreed_until THEN {{days:f.agreed_until|f.done_on}} END AS days_late,
        CASE WHEN f.state = 'done' AND f.done_on <= f.agreed_until THEN 'on_time'
            WHEN f.state = 'done' AND f.done_on <= f.due_until THEN 'done_put_off' WHEN f.state = 'done' THEN 'late'
            WHEN f.state = 'did_not_attend' THEN 'missed' WHEN f.state = 'cancelled' THEN 'cancelled'
            WHEN f.due_until < %(day)s THEN 'overdue' WHEN f.agreed_until < %(day)s THEN 'put_off'
            ELSE 'not_yet_due' END AS state
    FROM (
        SELECT g.*, {{later:g.day|({{days:g.due_on|g.due_until}})}} AS agreed_until
        FROM (
            SELECT n.id, n.board_id, n.case_id, n.plan_id, t.due_on, t.due_until, n.kind AS what, n.done_on,
                COALESCE(t.times_moved, 0) AS times_moved,
                CASE WHEN t.agreed_on < t.due_on THEN t.agreed_on ELSE t.due_on END AS day,
                CASE WHEN n.status = 'done' AND n.done_on <= %(day)s THEN 'done'
                    WHEN t.status IN ('did_not_attend', 'cancelled') THEN t.status
                    WHEN {HAD_LEFT} THEN 'cancelled' ELSE 'planned' END AS state
            FROM {{followup}} n
            JOIN {{then_followup}} t ON t.id = n.id
            LEFT JOIN ({CARE_LEFT}) l ON l.follow_up_id = n.id
            WHERE t.created_at <= %(moment)s
        ) g
    ) f
""")
# What was past its grace at the end of the period, and of which nothing had been recorded. Of one that was not attended or
# cancelled it is not kept on which day that was said: it is read as never overdue.
_STANDS = "r.due_until < $end AND (r.closed_on IS NULL OR r.closed_on > $end)"
LASTING = Lasting(
    columns=(
        "id", "board_id", "case_id", "plan_id", "day", "what", "state", "due_on", "done_on", "due_until", "closed_on",
        "days_late", "days_put_off", "times_moved", "month", "quarter",
    ),
    worked_out={
        "day": "CASE WHEN r.day >= $since THEN r.day ELSE $end END",
        "held_against": "r.day",
        "came": "CASE WHEN r.day >= $since THEN 1 ELSE 0 END",
        "stands": f"CASE WHEN {_STANDS} THEN 1 ELSE 0 END",
    },
    where=f"r.day <= $until AND (r.day >= $since OR ({_STANDS}))",
)  # fmt: skip
IMAGING = "u.what IN ('cross_sectional', 'receptor_imaging')"
DUE_THEN = "u.came = 1 AND u.state NOT IN ('cancelled', 'not_yet_due')"

# What was done is told by the day on which it was done, whenever that was written; all else as it stood on that day.
FOLLOW_UPS_DUE = Report(
    name="follow-ups-due",
    title="Follow-ups due",
    question="How many of the follow-ups that were due were done on time?",
    says=(
        "A follow-up counts on the day for which it was first agreed, and is held against that day and its grace, however often "
        "it was put on a later one. One that was put on an earlier day counts on that. What moves along with a schedule, or with "
        "what it hangs on, is agreed for its new day.",
        "On time is done no later than the last day of that grace, or earlier. Not yet due is what can still be done on time.",
        "What was put on a later day is not on time once the day first agreed and its grace have passed: it is told as put off, "
        "or as done on a later day, and overdue when the grace of its new day has passed, too.",
        "Of what was moved before the program kept the day first agreed, the day that stood then is the first that is known.",
        "Who did not attend is not on time; the follow-up that takes its place counts by itself. Cancelled ones, "
        "also by a death or a "
        "transfer, are in no share.",
        "What is overdue at the end of the period counts there, however long before it was due; told by month, it stands under "
        "the month in which it was due.",
    ),
    period="the day for which it was first agreed, and the last day of the period for what is overdue then",
    unit=UNIT,
    lasting=LASTING,
    dimensions=(*WHEN, WHAT, STATE),
    measures=(
        Measure(
            "due",
            "Due",
            "Those whose time has come, without those cancelled.",
            where=DUE_THEN,
        ),
        Measure(
            "on_time",
            "On time",
            "Done within their grace.",
            Kind.SHARE,
            where="u.state = 'on_time'",
            among=DUE_THEN,
        ),
        Measure(
            "imaging",
            "Imaging on time",
            "Of these CT, MRI and receptor imaging.",
            Kind.SHARE,
            where="u.state = 'on_time'",
            among=f"{DUE_THEN} AND {IMAGING}",
        ),
        Measure(
            "missed",
            "Did not attend",
            "Those to which the patient did not come.",
            Kind.SHARE,
            where="u.state = 'missed'",
            among=DUE_THEN,
        ),
        Measure(
            "overdue",
            "Overdue",
            "Those past their grace at the end of the period, of which nothing was recorded by then, whenever they were due.",
            Kind.SHARE,
            where="u.stands = 1",
            among=f"({DUE_THEN}) OR u.stands = 1",
        ),
        Measure(
            "days_late",
            "Days late",
            "Days past the grace of the day first agreed, of those done later.",
            Kind.SPAN,
            where="u.came = 1",
            span="u.days_late",
            unit="days",
        ),
        Measure(
            "put_off",
            "Put off",
            "Those that somebody put on a later day, whatever became of them.",
            Kind.SHARE,
            where="u.days_put_off IS NOT NULL",
            among=DUE_THEN,
        ),
        Measure(
            "days_put_off",
            "Days put off",
            "From the day first agreed to the one that it was put on, of those put off whose time has come.",
            Kind.SPAN,
            where=f"{DUE_THEN} AND u.days_put_off IS NOT NULL",
            span="u.days_put_off",
            unit="days",
        ),
        Measure("cancelled", "Cancelled", "Those that were cancelled.", where="u.came = 1 AND u.state = 'cancelled'"),
        Measure(
            "not_yet_due",
            "Not yet due",
            "Those that can still be done on time.",
            where="u.came = 1 AND u.state = 'not_yet_due'",
        ),
        Measure(
            "imaging_cancelled",
            "Imaging cancelled",
            "Of these the imaging.",
            where=f"u.came = 1 AND u.state = 'cancelled' AND {IMAGING}",
        ),
        Measure(
            "imaging_not_yet_due",
            "Imaging not yet due",
            "Of these the imaging.",
            where=f"u.came = 1 AND u.state = 'not_yet_due' AND {IMAGING}",
        ),
    ),
    by=("what",),
    noun="follow-ups",
    shown=("held_against", "due_on", "done_on", "due_until", "days_late", "days_put_off", "times_moved"),
)

DUE = "Follow-ups first agreed for a day of the period whose time has come: done, not attended, or past the grace of that day."
OUT = "Cancelled ones, and those that can still be done on time."
IMAGING_OUT = (
    f"{OUT} Imaging that a plan has as a step, as one of surveillance: whether that was carried out stands in “Planned against "
    "delivered”."
)


def _due(name: str, title: str, says: str, numerator: str, measure: str, better: Better, among: str = DUE) -> Indicator:
    return Indicator(
        name, Group.FOLLOW_UP, title, says, numerator, among, IMAGING_OUT if measure == "imaging" else OUT, HOUSE, FOLLOW_UPS_DUE,
        measure, better,
        left_out=("imaging_cancelled", "imaging_not_yet_due") if measure == "imaging" else ("cancelled", "not_yet_due"),
    )  # fmt: skip


INDICATORS = (
    _due(
        "follow-ups-on-time",
        "Follow-ups on time",
        "Whether what was to be done was done in its time.",
        "Those done no later than the last day of the grace of the day first agreed.",
        "on_time",
        Better.HIGHER,
    ),
    _due(
        "imaging-on-time",
        "Follow-up imaging on time",
        "The same for CT, MRI and receptor imaging.",
        "Those done no later than the last day of the grace of the day first agreed.",
        "imaging",
        Better.HIGHER,
        f"{DUE} Of these the imaging.",
    ),
    _due(
        "did-not-attend",
        "Patient did not attend",
        "Follow-ups to which the patient did not come.",
        "Those not attended.",
        "missed",
        Better.LOWER,
    ),
    _due(
        "follow-ups-overdue",
        "Follow-ups overdue",
        "Follow-ups that are past their grace, and of which nobody knows anything.",
        "Those past their grace at the end of the period with nothing recorded by then, however long before it they were due.",
        "overdue",
        Better.LOWER,
        f"{DUE} And those overdue from before.",
    ),
    _due(
        "follow-ups-put-off",
        "Follow-ups put off",
        "How often the day of a follow-up was moved to a later one. It may have been right; it is never on time.",
        "Those that somebody put on a later day, whatever became of them.",
        "put_off",
        Better.NEITHER,
    ),
    Indicator(
        name="days-late",
        group=Group.FOLLOW_UP,
        title="Days late",
        says="How late what was late was done, counted from the last day of its grace.",
        numerator="",
        denominator="Days past the grace of the day first agreed, of follow-ups of the period that were done later.",
        exclusions="Those on time, and those not done.",
        source=HOUSE,
        report=FOLLOW_UPS_DUE,
        measure_name="days_late",
        better=Better.LOWER,
    ),
)
