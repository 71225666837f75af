"""How advisories were answered, and which stand without an answer."""

from careplans.reports.answers import ANSWERS
from careplans.reports.declared import Kind, Lasting, Measure, Report
from careplans.reports.dimensions import by_months
from careplans.reports.scorecard.days import WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

UNIT = by_months("""
    SELECT a.id, a.board_id, a.case_id, a.plan_id, a.step_id, a.rule, {day:a.fired_at|b.time_zone} AS day,
        CASE WHEN a.answered_at IS NOT NULL THEN {day:a.answered_at|b.time_zone}
            WHEN a.ended_at IS NOT NULL THEN {day:a.ended_at|b.time_zone} END AS closed_on
    FROM {then_advisory} a
    JOIN {board} b ON b.id = a.board_id
    JOIN {plan} p ON p.id = a.plan_id
    WHERE a.fired_at <= %(moment)s AND a.carried_from_id IS NULL AND p.status <> 'entered_in_error'
""")
_STANDS = "(r.closed_on IS NULL OR r.closed_on > $end)"
ADVISORIES_OPEN = Report(
    name="advisories-open",
    title="Advisories without an answer",
    question="How many advisories stand without an answer, and since when?",
    says=(
        "An advisory stands while it fires and nobody has answered it: from the day on which it fired to that on which it was "
        "answered or stopped firing. One that stands at the end of the period counts there, however long before it fired.",
        "What an amendment carries over from the plan before counts once, where it fired first. Advisories of plans that were "
        "entered in error are left out.",
    ),
    period="the day on which it fired, and the last day of the period for what stands on it",
    unit=UNIT,
    lasting=Lasting(
        columns=("id", "board_id", "case_id", "plan_id", "step_id", "rule", "day", "closed_on", "month", "quarter"),
        worked_out={
            "day": "CASE WHEN r.day >= $since THEN r.day ELSE $end END",
            "fired_on": "r.day",
            "stands": f"CASE WHEN {_STANDS} THEN 1 ELSE 0 END",
            "days_standing": f"CASE WHEN {_STANDS} THEN {{days:r.day|$end}} END",
        },
        where=f"r.day <= $end AND (r.day >= $since OR {_STANDS})",
    ),
    dimensions=WHEN,
    measures=(
        Measure("advisories", "Advisories", "Those that fired in the period, or stand from before."),
        Measure(
            "open", "Without an answer", "Those that stand at the end of the period.", Kind.SHARE, where="u.stands = 1"
        ),
        Measure(
            "open_from_before", "Of these, fired before the period", "Those that stand at its end and fired before it.",
            where="u.stands = 1 AND u.fired_on < u.day",
        ),
        Measure(
            "days_open", "Days without an answer", "From the day on which it fired to the end of the period, of what stands.",
            Kind.SPAN, span="u.days_standing", unit="days",
        ),
    ),
    by=("board",),
    noun="advisories",
    shown=("step_id", "rule", "fired_on", "closed_on", "days_standing"),
)  # fmt: skip

INDICATORS = (
    Indicator(
        name="override-rate",
        group=Group.DECIDING,
        title="Advisories kept open with a reason",
        says="How often the board decides otherwise than a rule advises. Neither way is better: a rule that is always "
        "overridden may be wrong.",
        numerator="Advisories kept open with a reason.",
        denominator="Advisories that fired in the period and were answered.",
        exclusions="Those not answered, and those that an amendment carried over. What fired before the period and stands "
        "without an answer is no part of these; “Advisories without an answer” has it, too.",
        source=HOUSE,
        report=ANSWERS,
        measure_name="kept",
        left_out=("unanswered", "gone"),
    ),
    Indicator(
        name="advisories-unanswered",
        group=Group.DECIDING,
        title="Advisories without an answer",
        says="Advisories that fire and that nobody has answered.",
        numerator="Those that still fire at the end of the period, without an answer.",
        denominator="Advisories that fired in the period, and those that fired before it and stand at its end.",
        exclusions="Those that an amendment carried over.",
        source=HOUSE,
        report=ADVISORIES_OPEN,
        measure_name="open",
        better=Better.LOWER,
        detail=("open_from_before",),
    ),
    Indicator(
        name="days-advisories-unanswered",
        group=Group.DECIDING,
        title="Days that advisories stand without an answer",
        says="How long those stand that nobody has answered.",
        numerator="",
        denominator="Days from the day on which it fired to the end of the period, or to the day of the report where that is "
        "earlier, of advisories that stand then.",
        exclusions="Those answered by then, those that stopped firing, and those that an amendment carried over.",
        source=HOUSE,
        report=ADVISORIES_OPEN,
        measure_name="days_open",
        better=Better.LOWER,
    ),
)
