"""Plans in force whose facts or guidance changed, and how long that stood until somebody answered."""

from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import by_months
from careplans.reports.scorecard.days import WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

WHAT = Dimension(
    "what", "What changed", "what", "What the plan rests on and changed.", {"facts": "Facts", "guidance": "Guidance"}
)
ANSWERS = {
    "kept": "Kept, with a reason",
    "amended": "Amended",
    "back": "As before again",
    "ended": "Ended otherwise",
    "standing": "Not answered",
}
ANSWER = Dimension("answer", "Answer", "answer", "What became of it by that day.", ANSWERS)

# From the event that puts a plan on the list to the one that takes it off; in between, further changes are the same waiting.
_FACTS = """
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
                        WHEN v.new = 'superseded' THEN 'amended' ELSE 'ended' END AS how
                FROM {event} v
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
# A newer revision that matters to plans comes into force, or the one that a step rests on is withdrawn. Pages keep no past, but
# each publication says when it was approved and when withdrawn.
_PAGES = """
    SELECT q.id AS because_id, o.id AS revision_id, q.in_force_on AS since
    FROM {publication} q
    JOIN {revision} r ON r.id = q.revision_id
    JOIN {revision} o ON o.modality_id = r.modality_id AND o.number < r.number
    WHERE q.matters_to_plans AND q.in_force_on <= %(day)s AND q.approved_at <= %(written)s
        AND (q.withdrawn_at IS NULL OR q.withdrawn_at > %(written)s)
    UNION ALL
    SELECT q.id, q.revision_id, {day:q.withdrawn_at|'UTC'}
    FROM {publication} q
    WHERE q.withdrawn_at <= %(written)s AND {day:q.withdrawn_at|'UTC'} >= q.in_force_on
"""
_GUIDANCE = (
    """
    SELECT 'guidance-' || x.plan_id || '-' || x.because_id AS id, x.board_id, x.case_id, x.plan_id, 'guidance' AS what,
        x.since AS day,
        CASE WHEN x.kept_on IS NOT NULL THEN x.kept_on WHEN x.resting > 0 THEN x.plan_ended
            WHEN x.plan_ended < x.last_end THEN x.plan_ended ELSE x.last_end END AS closed_on,
        CASE WHEN x.kept_on IS NOT NULL THEN 'kept' WHEN x.resting > 0 AND x.plan_ended IS NULL THEN 'standing'
            WHEN x.status = 'superseded' AND x.resting > 0 THEN 'amended' ELSE 'ended' END AS answer
    FROM (
        SELECT g.because_id, g.since, p.id AS plan_id, p.board_id, p.case_id, p.status,
            CASE WHEN p.ended_at <= %(moment)s THEN {day:p.ended_at|b.time_zone} END AS plan_ended,
            SUM(CASE WHEN s.ended_on <= %(day)s THEN 0 ELSE 1 END) AS resting,
            MAX(s.ended_on) AS last_end, MIN(a.kept_on) AS kept_on
        FROM ("""
    + _PAGES
    + """) g
        JOIN {step} s ON s.modality_revision_id = g.revision_id AND s.removed_at IS NULL
            AND s.status NOT IN ('not_done', 'set_aside') AND (s.ended_on IS NULL OR s.ended_on > g.since)
        JOIN {plan} p ON p.id = s.plan_id
        JOIN {board} b ON b.id = p.board_id
        LEFT JOIN (
            SELECT n.plan_id, n.revision_id, {day:n.at|c.time_zone} AS kept_on
            FROM {guidanceanswer} n JOIN {board} c ON c.id = n.board_id
            WHERE n.at <= %(written)s
        ) a ON a.plan_id = p.id AND a.revision_id = g.revision_id AND a.kept_on >= g.since
        WHERE p.released_at <= %(moment)s AND {day:p.released_at|b.time_zone} < g.since AND p.status <> 'entered_in_error'
            AND (p.ended_at IS NULL OR {day:p.ended_at|b.time_zone} > g.since)
        GROUP BY g.because_id, g.since, p.id, p.board_id, p.case_id, p.status, p.ended_at, b.time_zone
    ) x
"""
)
UNIT = by_months(
    "SELECT y.*, {days:y.day|y.closed_on} AS days_until, "
    + "CASE WHEN y.answer = 'standing' THEN {days:y.day|%(day)s} END AS days_standing "
    + f"FROM ({_FACTS} UNION ALL {_GUIDANCE}) y"
)

CHANGES_UNDER_PLANS = Report(
    name="changes-under-plans",
    title="Changes under plans in force",
    question="Under how many plans in force did facts or guidance change, and how long did that stand until it was answered?",
    says=(
        "A change counts on the day on which it put a plan in force on the board's list: a deciding fact that is "
        "another than the plan "
        "was signed on, or a reference page of one of its open steps that was withdrawn or superseded by one that "
        "matters to plans.",
        "What changes further while nobody has answered is the same waiting. It is answered when somebody keeps "
        "the plan with a reason, "
        "or an amendment takes its place.",
        "Where the facts became again what they were, or the plan or its steps ended otherwise, nobody had to answer any more.",
        "A step that was not done or set aside rests on no page. Plans that were entered in error are left out.",
    ),
    period="the day of the change",
    unit=UNIT,
    dimensions=(*WHEN, WHAT, ANSWER),
    measures=(
        Measure("changes", "Changes", "Changes under a plan in force."),
        Measure("plans", "Plans", "Plans under which something changed.", of="u.plan_id"),
        Measure(
            "facts_plans",
            "Plans on changed facts",
            "Plans under which facts changed.",
            where="u.what = 'facts'",
            of="u.plan_id",
        ),
        Measure(
            "guidance_plans",
            "Plans on changed guidance",
            "Plans under which guidance changed.",
            where="u.what = 'guidance'",
            of="u.plan_id",
        ),
        Measure(
            "answered",
            "Answered",
            "Kept with a reason or amended, of those answered or standing.",
            Kind.SHARE,
            where="u.answer IN ('kept', 'amended')",
            among="u.answer IN ('kept', 'amended', 'standing')",
        ),
        Measure(
            "days_until",
            "Days until the answer",
            "From the change to the answer.",
            Kind.SPAN,
            where="u.answer IN ('kept', 'amended')",
            span="u.days_until",
            unit="days",
        ),
        Measure(
            "days_standing",
            "Days without an answer",
            "From the change until now, of those that stand.",
            Kind.SPAN,
            span="u.days_standing",
            unit="days",
        ),
    ),
    by=("what",),
    noun="plans",
    has_text_ids=True,
    shown=("closed_on", "days_until", "days_standing"),
)

GONE = "Changes that nobody has to answer any more: the facts are as before, or the plan or its steps ended otherwise."
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
        exclusions="Pages of steps that had ended, were not done or set aside; changes before the release.",
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="guidance_plans",
    ),
    Indicator(
        name="changes-answered",
        group=Group.CHANGES,
        title="Changes answered",
        says="Whether somebody looked at the plan after it.",
        numerator="Those after which the plan was kept with a reason, or amended.",
        denominator="Changes under plans in force in the period.",
        exclusions=GONE,
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="answered",
        better=Better.HIGHER,
    ),
    Indicator(
        name="days-until-answered",
        group=Group.CHANGES,
        title="Days until a change was answered",
        says="How long a plan stood on what was no longer true.",
        numerator="",
        denominator="Days from the change to the answer, of changes in the period that were answered.",
        exclusions=f"{GONE} Those not answered.",
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="days_until",
        better=Better.LOWER,
    ),
    Indicator(
        name="days-unanswered",
        group=Group.CHANGES,
        title="Days that changes stand unanswered",
        says="How long those stand that nobody has answered.",
        numerator="",
        denominator="Days from the change until the day of the report, of changes in the period that stand.",
        exclusions="Those answered, or gone.",
        source=HOUSE,
        report=CHANGES_UNDER_PLANS,
        measure_name="days_standing",
        better=Better.LOWER,
    ),
)
