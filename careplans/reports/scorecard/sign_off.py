"""How plans were signed and released: how long it took, and dissent. What is asked of signatures is what their report counts."""

from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.dimensions import by_months
from careplans.reports.scorecard.days import WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator
from careplans.reports.signing import SIGNING

PLANS = Report(
    name="plans-signed-off",
    title="Plans from sign-off to release",
    question="How long does a plan wait for its release, and how many are released over a dissent?",
    says=(
        "A plan counts on the day of its release; an amendment is signed anew and counts by itself.",
        "A plan that went back to draft waits from the day on which it was sent to sign-off for the last time.",
        "Plans that were entered in error are left out.",
    ),
    period="the day of the release",
    unit=by_months("""
    SELECT p.id, p.board_id, p.case_id, p.id AS plan_id, {day:p.released_at|b.time_zone} AS day,
        {hours:p.submitted_at|p.released_at} AS hours, CASE WHEN d.plan_id IS NULL THEN 0 ELSE 1 END AS dissented
    FROM {plan} p
    JOIN {board} b ON b.id = p.board_id
    LEFT JOIN (SELECT DISTINCT s.plan_id FROM {signature} s WHERE s.status = 'dissented') d ON d.plan_id = p.id
    WHERE p.released_at <= %(moment)s AND p.status <> 'entered_in_error'
"""),
    dimensions=WHEN,
    measures=(
        Measure("plans", "Plans", "Plans that were released."),
        Measure(
            "hours",
            "Hours to release",
            "From the sending to sign-off to the release.",
            Kind.SPAN,
            span="u.hours",
            unit="hours",
        ),
        Measure("dissented", "Released over a dissent", "Plans with a dissent.", Kind.SHARE, where="u.dissented = 1"),
    ),
    by=("board",),
    noun="plans",
    shown=("hours", "dissented"),
)

INDICATORS = (
    Indicator(
        name="hours-to-sign",
        group=Group.DECIDING,
        title="Hours from request to signature",
        says="How long a discipline takes to answer.",
        numerator="",
        denominator="Whole hours from the request to the answer, of requests of the period that were answered: by a signature, a "
        "dissent, or by sending the plan back.",
        exclusions="Requests that nobody has answered, and signatures that nobody had asked for.",
        source=HOUSE,
        report=SIGNING,
        measure_name="hours",
        better=Better.LOWER,
        left_out=("awaited",),
    ),
    Indicator(
        name="hours-to-release",
        group=Group.DECIDING,
        title="Hours from sign-off to release",
        says="How long a plan waits for all its signatures and the chair.",
        numerator="",
        denominator="Hours from the sending to sign-off to the release, of plans released in the period.",
        exclusions="Plans that are not released. Of one that went back to draft, the time before.",
        source=HOUSE,
        report=PLANS,
        measure_name="hours",
        better=Better.LOWER,
    ),
    Indicator(
        name="dissent-rate",
        group=Group.DECIDING,
        title="Dissent",
        says="How often a discipline puts on record that it does not agree. No dissent at all can mean that nobody dares.",
        numerator="Answers that dissent.",
        denominator="Answers to the requests of the period: signatures, dissents, and those that sent the plan back.",
        exclusions="Requests that nobody has answered. An answer that became void by a later change counts.",
        source=HOUSE,
        report=SIGNING,
        measure_name="dissented",
        left_out=("awaited",),
    ),
    Indicator(
        name="released-over-dissent",
        group=Group.DECIDING,
        title="Plans released over a dissent",
        says="How many decisions were not those of everybody.",
        numerator="Plans with at least one dissent.",
        denominator="Plans released in the period.",
        exclusions="Plans entered in error.",
        source=HOUSE,
        report=PLANS,
        measure_name="dissented",
    ),
)
