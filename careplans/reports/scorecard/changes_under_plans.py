"""Plans in force whose facts or guidance changed, and how long that stood until somebody answered."""

from careplans.reports.declared import Dimension, Kind, Lasting, Measure, Report
from careplans.reports.dimensions import by_months
from careplans.reports.scorecard.days import WHEN, join_care_ended
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

WHAT = Dimension(
    "what", "What changed", "what", "What the plan rests on and changed.", {"facts": "Facts", "guidance": "Guidance"}
)
ANSWERS = {
    "kept": "Kept, with a reason",
    "amended": "Amended",
    "revoked": "Revoked while it stood",
    "back": "As before again",
    "ended": "Ended otherwise",
    "care_ended": "Unanswered when care ended",
    "standing": "Not answered",
}
ANSWER = Dimension("answer", "Answer", "answer", "What became of it by that day.", ANSWERS)

# From the event that puts a plan on the list to the one that takes it off; in between, further changes are the same waiting.
_FACTS = (
    """
    SELECT 'facts-' || x.id AS id, x.board_id, x.case_id, x.plan_id, 'facts' AS what, {day:x.at|b.time_zone} AS day,
        {day:x.closed_at|b.time_zone} AS closed_on, COALESCE(x.closed, 'standing') AS answer
    FROM (
        SELECT k.id, k.board_id, k.case_id, k.plan_id, k.at, k.state,
            LEAD(k.at) OVER (PARTITION BY k.plan_id ORDER BY k.id) AS closed_at,
            LEAD(k.how) OVER (PARTITION BY k.plan_id ORDER BY k.id) AS closed
        FROM (
            SELECT e.*, LAG(e.state) OVER (PARTITION BY e.plan_id ORDER BY e.id) AS before
            FROM (
                SELECT v.id, v.board_id, v.case_id, v.plan_id, v.at,
                    CASE WHEN v.kind = 'facts_marked_under_plan' THEN 'open'
                        WHEN v.kind = 'facts_changed_under_plan' AND CAST(v.data ->> 'count' AS integer) > 0 THEN 'open'
                        ELSE 'closed' END AS state,
                    CASE WHEN v.kind = 'facts_acknowledged' THEN 'kept' WHEN v.kind <> 'plan_moved' THEN 'back'
                        WHEN v.new = 'superseded' THEN 'amended'
                        WHEN v.new = 'revoked' AND d.plan_id IS NULL THEN 'revoked' WHEN v.new = 'revoked' THEN 'care_ended'
                        ELSE 'ended' END AS how
                FROM {event} v
                """
    + join_care_ended("v.plan_id", "v.at")
    + """
                WHERE v.at <= %(written)s AND (
                    v.kind IN (
                        'facts_changed_under_plan', 'facts_marked_under_plan', 'facts_unmarked_under_plan', 'facts_acknowledged'
                    ) OR (v.kind = 'plan_moved' AND v.new IN ('draft', 'superseded', 'completed', 'revoked', 'entered_in_error'))
                )
            ) e
        ) k
        WHERE k.state <> COALESCE(k.before, 'closed')
    ) x
    JOIN {plan} p ON p.id = x.plan_id
    JOIN {board} b ON b.id = x.board_id
    WHERE x.state = 'open' AND p.released_at <= x.at AND p.status <> 'entered_in_error'
"""
)
# A newer revision that matters to plans comes into force, or the one that a step rests on is withdrawn. Pages keep no past, but
# each publication says when it was approved and when withdrawn: by the day of each board, since it is the board's plans that ask.
_PAGES = """
    SELECT q.id AS because_id, o.id AS revision_id, q.in_force_on AS since, b.id AS board_id
    FROM {publication} q
    JOIN {revision} r ON r.id = q.revision_id
    JOIN {revision} o ON o.modality_id = r.modality_id AND o.number < r.number
    CROSS JOIN {board} b
    WHERE q.matters_to_plans AND q.in_force_on <= %(day)s AND q.approved_at <= %(written)s
        AND (q.withdrawn_at IS NULL OR q.withdrawn_at > %(written)s)
    UNION ALL
    SELECT q.id, q.revision_id, {day:q.withdrawn_at|b.time_zone}, b.id
    FROM {publication} q
    CROSS JOIN {board} b
    WHERE q.withdrawn_at <= %(written)s AND {day:q.withdrawn_at|b.time_zone} >= q.in_force_on
"""
# What a plan that was revoked had open is recorded as not done with it: until then it rested on its pages. So did what a death or
# a transfer ended, though its own end is the day of that.
_DROPPED = """
    SELECT n.step_id, MAX(n.at) AS at FROM {event} n
    WHERE n.kind = 'step_moved' AND n.new = 'not_done' AND n.at <= %(written)s
    GROUP BY n.step_id
"""
_GUIDANCE = (
    """
    SELECT 'guidance-' || x.plan_id || '-' || x.because_id AS id, x.board_id, x.case_id, x.plan_id, 'guidance' AS what,
        x.since AS day,
        CASE WHEN x.kept_on IS NOT NULL THEN x.kept_on WHEN x.resting > 0 THEN x.plan_ended
            WHEN x.plan_ended < x.last_end THEN x.plan_ended ELSE x.last_end END AS closed_on,
        CASE WHEN x.kept_on IS NOT NULL THEN 'kept' WHEN x.resting > 0 AND x.plan_ended IS NULL THEN 'standing'
            WHEN x.status = 'superseded' AND x.resting > 0 THEN 'amended'
            WHEN x.status = 'revoked' AND x.resting > 0 AND x.care_ended = 0 THEN 'revoked'
            WHEN x.status = 'revoked' AND x.resting > 0 THEN 'care_ended' ELSE 'ended' END AS answer
    FROM (
        SELECT g.because_id, g.since, p.id AS plan_id, p.board_id, p.case_id, p.status,
            CASE WHEN p.ended_at <= %(moment)s THEN {day:p.ended_at|b.time_zone} END AS plan_ended,
            MAX(CASE WHEN d.plan_id IS NULL THEN 0 ELSE 1 END) AS care_ended,
            SUM(CASE WHEN d.plan_id IS NOT NULL AND s.reason IN ('died', 'moved_away') THEN 1
                WHEN s.ended_on <= %(day)s THEN 0 ELSE 1 END) AS resting,
            MAX(s.ended_on) AS last_end, MIN(a.kept_on) AS kept_on
        FROM ("""
    + _PAGES
    + """) g
        JOIN {step} s ON s.modality_revision_id = g.revision_id AND s.board_id = g.board_id AND s.removed_at IS NULL
            AND s.status <> 'set_aside' AND (s.ended_on IS NULL OR s.ended_on > g.since)
        JOIN {plan} p ON p.id = s.plan_id
        LEFT JOIN ("""
    + _DROPPED
    + """) m ON m.step_id = s.id AND p.status = 'revoked'
        JOIN {board} b ON b.id = p.board_id
        """
    + join_care_ended("p.id", "p.ended_at")
    + """
        LEFT JOIN (
            SELECT n.plan_id, n.revision_id, {day:n.at|c.time_zone} AS kept_on
            FROM {guidanceanswer} n JOIN {board} c ON c.id = n.board_id
            WHERE n.at <= %(written)s
        ) a ON a.plan_id = p.id AND a.revision_id = g.revision_id AND a.kept_on >= g.since
        WHERE p.released_at <= %(moment)s AND {day:p.released_at|b.time_zone} < g.since AND p.status <> 'entered_in_error'
            AND (p.ended_at IS NULL OR {day:p.ended_at|b.time_zone} > g.since)
            AND (s.status <> 'not_done' OR m.at >= p.ended_at)
        GROUP BY g.because_id, g.since, p.id, p.board_id, p.case_id, p.status, p.ended_at, b.time_zone
    ) x
"""
)
UNIT = by_months(f"SELECT y.* FROM ({_FACTS} UNION ALL {_GUIDANCE}) y")  # declared, not typed
_OVER = "COALESCE(r.closed_on <= $end, (1 = 0))"
LASTING = Lasting(
    columns=("id", "board_id", "case_id", "plan_id", "day", "closed_on", "what", "answer", "month", "quarter"),
    worked_out={
        "day": f"CASE WHEN {_OVER} THEN r.closed_on ELSE $end END",
        "changed_on": "r.day",
        "began": "CASE WHEN r.day >= $since THEN 1 ELSE 0 END",
        "closed_on": f"CASE WHEN {_OVER} THEN r.closed_on END",
        "answer": f"CASE WHEN {_OVER} THEN r.answer ELSE 'standing' END",
        "days_until": f"CASE WHEN {_OVER} THEN {{days:r.day|r.closed_on}} END",
        "days_standing": f"CASE WHEN {_OVER} THEN NULL ELSE {{days:r.day|$end}} END",
    },
    where="r.day <= $end AND (r.closed_on IS NULL OR r.closed_on >= $since)",
)
ANSWERED = "u.answer IN ('kept', 'amended', 'revoked')"

CHANGES_UNDER_PLANS = Report(
    name="changes-under-plans",
    title="Changes under plans in force",
    question="Under how many plans in force did facts or guidance change, and how long did that stand until it was answered?",
    says=(
        "A change begins on the day on which it put a plan in force on the board's list: a deciding fact that is "
        "another than the plan "
        "was signed on, or a reference page of one of its open steps that was withdrawn or superseded by one that "
        "matters to plans.",
        "What changes further while nobody has answered is the same waiting. It is answered when somebody keeps "
        "the plan with a reason, when an amendment takes its place, or when the plan is revoked while the change stands, "
        "whatever the reason of that is: whoever revoked it decided with the change before them.",
        "Where the facts became again what they were, the plan was completed, or its steps had ended, nobody had to answer any "
        "more.",
        "Where a death or a transfer ended the care while the change stood, nobody answered it, and nobody can: it is counted by "
        "itself, on the day on which that was recorded.",
        "A change that was answered by the end of the period, or had not to be answered any more, counts in the period in "
        "which that was; one that stands at the end of the period counts there, however long before it came.",
        "A step that was set aside, or not done while its plan went on, rests on no page. The day on which a page was withdrawn "
        "is that of the board. Plans that were entered in error are left out.",
    ),
    period="the day of the answer, and the last day of the period for what stands on it",
    unit=UNIT,
    lasting=LASTING,
    dimensions=(*WHEN, WHAT, ANSWER),
    measures=(
        Measure("changes", "Changes", "Changes under a plan in force that came in the period.", where="u.began = 1"),
        Measure("plans", "Plans", "Plans under which something changed.", where="u.began = 1", of="u.plan_id"),
        Measure(
            "facts_plans", "Plans on changed facts", "Plans under which facts changed.",
            where="u.what = 'facts' AND u.began = 1", of="u.plan_id",
        ),
        Measure(
            "guidance_plans", "Plans on changed guidance", "Plans under which guidance changed.",
            where="u.what = 'guidance' AND u.began = 1", of="u.plan_id",
        ),
        Measure(
            "answered", "Answered", "Kept with a reason, amended or revoked, of those answered or standing.", Kind.SHARE,
            where=ANSWERED, among=f"{ANSWERED} OR u.answer = 'standing'",
        ),
        Measure(
            "days_until", "Days until the answer", "From the change to the answer.", Kind.SPAN, where=ANSWERED,
            span="u.days_until", unit="days",
        ),
        Measure(
            "days_standing", "Days without an answer", "From the change to the end of the period, of those that stand then.",
            Kind.SPAN, span="u.days_standing", unit="days",
        ),
        Measure(
            "gone", "Not to be answered any more", "The facts are as before, or the plan or its steps ended otherwise.",
            where="u.answer IN ('back', 'ended')",
        ),
        Measure(
            "care_ended", "Unanswered when care ended", "Nobody had answered when the patient died or was transferred.",
            where="u.answer = 'care_ended'",
        ),
    ),
    by=("what",),
    noun="plans",
    has_text_ids=True,
    shown=("changed_on", "closed_on", "days_until", "days_standing"),
)  # fmt: skip

GONE = (
    "Changes that nobody has to answer any more: the facts are as before, the plan was completed, or its steps had ended. Those "
    "that stood unanswered when a death or a transfer ended the care, which are an indicator of their own."
)
INDICATORS = (
    Indicator(
        name="facts-changed",
        group=Group.CHANGES,
        title="Plans whose facts changed",
        says="How often a plan in force no longer rests on what is known.",
        numerator="Plans in force under which a deciding fact changed in the period.",
        denominator="",
        exclusions="Changes before the release.",
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="facts_plans",
    ),
    Indicator(
        name="guidance-changed",
        group=Group.CHANGES,
        title="Plans whose guidance changed",
        says="How often a plan in force rests on a page that no longer stands.",
        numerator="Plans in force of which a reference page was withdrawn, or superseded by one that matters to plans, in "
        "the period.",
        denominator="",
        exclusions="Pages of steps that had ended, were set aside, or not done while their plan went on; changes before the "
        "release.",
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="guidance_plans",
    ),
    Indicator(
        name="changes-answered",
        group=Group.CHANGES,
        title="Changes answered",
        says="Whether somebody looked at the plan after it.",
        numerator="Those after which the plan was kept with a reason, amended, or revoked.",
        denominator="Changes that were answered in the period, and those that stand at its end, however long before it they "
        "came.",
        exclusions=GONE,
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="answered",
        better=Better.HIGHER,
        left_out=("gone", "care_ended"),
    ),
    Indicator(
        name="days-until-answered",
        group=Group.CHANGES,
        title="Days until a change was answered",
        says="How long a plan stood on what was no longer true.",
        numerator="",
        denominator="Days from the change to the answer, of changes that were answered in the period.",
        exclusions=f"{GONE} Those not answered.",
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="days_until",
        better=Better.LOWER,
        left_out=("gone", "care_ended"),
    ),
    Indicator(
        name="days-unanswered",
        group=Group.CHANGES,
        title="Days that changes stand unanswered",
        says="How long those stand that nobody has answered.",
        numerator="",
        denominator="Days from the change to the end of the period, or to the day of the report where that is earlier, of "
        "changes that stand then, however long before the period they came.",
        exclusions="Those answered by then, or gone.",
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="days_standing",
        better=Better.LOWER,
    ),
    Indicator(
        name="changes-unanswered-at-the-end-of-care",
        group=Group.CHANGES,
        title="Changes unanswered when care ended",
        says="How often a patient died, or was transferred, under a plan that no longer rested on what was known.",
        numerator="Changes that nobody had answered when a death or a transfer that ended the care was recorded, in the period.",
        denominator="",
        exclusions="Changes that had been answered, or had not to be answered any more by then.",
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="care_ended",
        better=Better.LOWER,
    ),
)
