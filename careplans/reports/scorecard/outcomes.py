"""Whether an outcome was recorded for what has ended."""

from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import MODALITY, PHASE, by_months
from careplans.reports.scorecard.days import WHEN
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

WHAT = Dimension("what", "What ended", "what", "A step or a whole plan.", {"step": "Step", "plan": "Plan"})
# Of each part of an outcome, how it is called; and the day after which it cannot have been known.
PARTS = {
    "response": ("Response", "response (RECIST)", "response_on"),
    "progression": ("Progression", "whether the disease has progressed", "progressed_on"),
    "toxicity": ("Toxicity", "the worst toxicity (CTCAE)", ""),
    "symptom_control": ("Symptom control", "how far the symptoms are controlled", ""),
}


def _answers(row: str) -> str:
    """Of each part whether it says something, that nobody looked, or nothing at all."""
    told = []
    for name, (_, _, day) in PARTS.items():
        late = f"WHEN {row}.{day} > %(day)s THEN 'nothing' " if day else ""
        told.append(
            f"CASE {late}WHEN {row}.{name} = 'not_recorded' THEN 'nothing' "
            f"WHEN {row}.{name} IN ('not_assessed', 'not_applicable') THEN {row}.{name} ELSE 'recorded' END AS {name}"
        )
    return ", ".join(told)


# A step that an amendment took over counts in the last plan that has it.
UNIT = by_months(
    "SELECT 'step-' || s.id AS id, s.board_id, s.case_id, s.plan_id, s.ended_on AS day, 'step' AS what, "
    "s.modality_code AS modality, s.phase, "
    + _answers("s")
    + """
    FROM {step} s
    JOIN {plan} p ON p.id = s.plan_id
    LEFT JOIN (
        SELECT DISTINCT n.carried_from_id FROM {step} n JOIN {plan} m ON m.id = n.plan_id
        WHERE n.carried_from_id IS NOT NULL AND n.removed_at IS NULL AND m.released_at <= %(moment)s
            AND m.status <> 'entered_in_error'
    ) l ON l.carried_from_id = s.id
    WHERE s.status IN ('completed', 'stopped') AND s.ended_on <= %(day)s AND s.removed_at IS NULL AND NOT s.is_decision
        AND l.carried_from_id IS NULL AND p.released_at <= %(moment)s AND p.status <> 'entered_in_error'
    UNION ALL
    SELECT 'plan-' || p.id, p.board_id, p.case_id, p.id, {day:p.ended_at|b.time_zone}, 'plan', NULL, NULL, """
    + _answers("p")
    + """
    FROM {plan} p
    JOIN {board} b ON b.id = p.board_id
    WHERE p.status IN ('completed', 'revoked') AND p.ended_at <= %(moment)s"""
)
_WHOLE = " AND ".join(f"u.{name} IN ('recorded', 'not_applicable')" for name in PARTS)


def _measures(name: str, label: str) -> tuple[Measure, ...]:
    asked = f"u.what = 'step' AND u.{name} <> 'not_applicable'"
    return (
        Measure(
            name, label, "Steps of which it says something.", Kind.SHARE, where=f"u.{name} = 'recorded'", among=asked
        ),
        Measure(
            f"{name}_not_assessed",
            f"{label}: not assessed",
            "Steps of which somebody says that nobody looked.",
            where=f"u.what = 'step' AND u.{name} = 'not_assessed'",
        ),
        Measure(
            f"{name}_nothing",
            f"{label}: nothing",
            "Steps of which nobody says anything.",
            where=f"u.what = 'step' AND u.{name} = 'nothing'",
        ),
    )


OUTCOMES = Report(
    name="outcomes-recorded",
    title="Outcomes recorded",
    question="Was an outcome recorded for the steps and plans that have ended?",
    says=(
        "A step counts on the day on which it ended: completed or stopped. One that an amendment took over counts "
        "once. Decisions, and "
        "what was not done or set aside, have no outcome.",
        "A plan counts on the day on which it was completed or revoked. One that an amendment superseded goes on there.",
        "“Not assessed” is an answer, and no outcome. A response or progression of a later day was not known yet.",
    ),
    period="the day on which it ended",
    unit=UNIT,
    dimensions=(*WHEN, WHAT, MODALITY, PHASE),
    measures=(
        Measure("steps", "Steps", "Steps that ended.", where="u.what = 'step'"),
        Measure("plans", "Plans", "Plans that ended.", where="u.what = 'plan'"),
        Measure(
            "whole_steps",
            "Steps with a whole outcome",
            "Each part says something.",
            Kind.SHARE,
            where=_WHOLE,
            among="u.what = 'step'",
        ),
        Measure(
            "whole_plans",
            "Plans with a whole outcome",
            "Each part says something.",
            Kind.SHARE,
            where=_WHOLE,
            among="u.what = 'plan'",
        ),
        *(measure for name, (label, _, _) in PARTS.items() for measure in _measures(name, label)),
    ),
    by=("what",),
    noun="steps and plans",
    shown=tuple(PARTS),
    has_text_ids=True,
)

STEPS = "Steps that were completed or stopped in the period."
LEFT_OUT = "Decisions, and steps that were not done or set aside."
INDICATORS = (
    Indicator(
        name="outcome-of-steps",
        group=Group.OUTCOME,
        title="Steps with a whole outcome",
        says="Whether it is known what came of a treatment.",
        numerator="Those with response, progression, toxicity and symptom control, each recorded or not applicable.",
        denominator=STEPS,
        exclusions=LEFT_OUT,
        source=HOUSE,
        report=OUTCOMES,
        measure_name="whole_steps",
        better=Better.HIGHER,
    ),
    *(
        Indicator(
            name=f"{name.replace('_', '-')}-recorded",
            group=Group.OUTCOME,
            title=f"{label} recorded",
            says=f"Whether it was recorded {words}."
            if words.startswith(("how", "whether"))
            else f"Whether {words} was recorded.",
            numerator="Those of which it says something.",
            denominator=STEPS,
            exclusions=f"{LEFT_OUT} Where it does not apply." if name == "symptom_control" else LEFT_OUT,
            source=HOUSE,
            report=OUTCOMES,
            measure_name=name,
            better=Better.HIGHER,
            detail=(f"{name}_not_assessed", f"{name}_nothing"),
        )
        for name, (label, words, _) in PARTS.items()
    ),
    Indicator(
        name="outcome-of-plans",
        group=Group.OUTCOME,
        title="Plans with a whole outcome",
        says="Whether it is known what came of a plan.",
        numerator="Those with response, progression, toxicity and symptom control, each recorded or not applicable.",
        denominator="Plans that were completed or revoked in the period.",
        exclusions="Plans that an amendment superseded, or that were entered in error.",
        source=HOUSE,
        report=OUTCOMES,
        measure_name="whole_plans",
        better=Better.HIGHER,
    ),
)
