"""How advisories were answered."""

from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.scorecard.days import WHEN, by_months
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

RULE = Dimension("rule", "Rule", "rule", "The rule that fired, by its number.")

ADVISORY_ANSWERS = Report(
    name="advisory-answers",
    title="Advisories answered",
    question="How many of the advisories that fired were followed, kept open with a reason, or never answered?",
    says=(
        "An advisory counts on the day on which it fired; one that an amendment carries over counts once, where it fired first.",
        "Kept open with a reason is every answer but that it was followed.",
        "One that no longer fires, and was never answered, was settled by a change of the plan or of the facts.",
        "Advisories of plans that were entered in error are left out.",
    ),
    period="the day on which it fired",
    unit=by_months("""
    SELECT a.id, a.board_id, a.case_id, a.plan_id, {day:a.fired_at|b.time_zone} AS day, a.rule,
        CASE WHEN a.answer = 'followed' THEN 'followed' WHEN a.answer <> '' THEN 'kept'
            WHEN a.ended_at IS NULL THEN 'open' ELSE 'gone' END AS state
    FROM {then_advisory} a
    JOIN {plan} p ON p.id = a.plan_id
    JOIN {board} b ON b.id = a.board_id
    WHERE a.fired_at <= %(moment)s AND a.carried_from_id IS NULL AND p.status <> 'entered_in_error'
"""),
    dimensions=(*WHEN, RULE),
    measures=(
        Measure("fired", "Fired", "Advisories that fired."),
        Measure(
            "kept",
            "Kept open",
            "Kept open with a reason, of those answered.",
            Kind.SHARE,
            where="u.state = 'kept'",
            among="u.state IN ('kept', 'followed')",
        ),
        Measure("unanswered", "Unanswered", "Those that fire without an answer.", Kind.SHARE, where="u.state = 'open'"),
    ),
    by=("rule",),
    noun="advisories",
    shown=("state",),
)

INDICATORS = (
    Indicator(
        name="override-rate",
        group=Group.DECIDING,
        title="Advisories kept open with a reason",
        says="How often the board decides otherwise than a rule advises. Neither way is better: a rule that is always "
        "overridden may be wrong.",
        numerator="Advisories kept open with a reason.",
        denominator="Advisories that fired in the period and were answered.",
        exclusions="Those not answered, and those that an amendment carried over.",
        source=HOUSE,
        report=ADVISORY_ANSWERS,
        measure_name="kept",
    ),
    Indicator(
        name="advisories-unanswered",
        group=Group.DECIDING,
        title="Advisories without an answer",
        says="Advisories that fire and that nobody has answered.",
        numerator="Those that still fire, without an answer.",
        denominator="Advisories that fired in the period.",
        exclusions="Those that an amendment carried over.",
        source=HOUSE,
        report=ADVISORY_ANSWERS,
        measure_name="unanswered",
        better=Better.LOWER,
    ),
)
