"""How plans were signed and released: how long it took, and dissent."""

from careplans.reports.declared import Kind, Measure, Report
from careplans.reports.dimensions import DISCIPLINE
from careplans.reports.scorecard.days import WHEN, by_months
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

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

# As it stood on that day: an answer that became void since was one.
SIGNATURES = Report(
    name="signatures-given",
    title="Signatures given",
    question="How long does a discipline take to sign, and how often does it dissent?",
    says=(
        "A signature counts on the day on which it was given: with or without a comment, or as a dissent. One "
        "that sends the plan back "
        "is no answer to its content, and is left out.",
        "An answer that is void, since the content was changed after it, is left out; the discipline is asked anew.",
        "Signatures of plans that were entered in error are left out.",
    ),
    period="the day of the signature",
    unit=by_months("""
    SELECT s.id, s.board_id, p.case_id, s.plan_id, {day:s.signed_at|b.time_zone} AS day, s.status,
        COALESCE(NULLIF(s.signed_discipline, ''), s.discipline) AS discipline, {hours:s.requested_at|s.signed_at} AS hours
    FROM {then_signature} s
    JOIN {plan} p ON p.id = s.plan_id
    JOIN {board} b ON b.id = s.board_id
    WHERE s.status IN ('approved', 'approved_with_comment', 'dissented') AND s.signed_at <= %(moment)s
        AND p.status <> 'entered_in_error'
"""),
    dimensions=(*WHEN, DISCIPLINE),
    measures=(
        Measure("signatures", "Signatures", "Signatures and dissents that were given."),
        Measure(
            "hours", "Hours to sign", "From the request to the signature.", Kind.SPAN, span="u.hours", unit="hours"
        ),
        Measure("dissents", "Dissents", "Answers that dissent.", Kind.SHARE, where="u.status = 'dissented'"),
    ),
    by=("discipline",),
    noun="signatures",
    shown=("hours", "status"),
)

INDICATORS = (
    Indicator(
        name="hours-to-sign",
        group=Group.DECIDING,
        title="Hours from request to signature",
        says="How long a discipline takes to answer.",
        numerator="",
        denominator="Hours from the request to the answer, of signatures and dissents given in the period.",
        exclusions="Requests that nobody has answered, answers that are void, and those that sent the plan back.",
        source=HOUSE,
        report=SIGNATURES,
        measure_name="hours",
        better=Better.LOWER,
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
        denominator="Signatures and dissents given in the period.",
        exclusions="Answers that are void, and those that sent the plan back.",
        source=HOUSE,
        report=SIGNATURES,
        measure_name="dissents",
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
