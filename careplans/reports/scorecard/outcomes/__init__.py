"""Whether an outcome was recorded for what has ended."""

from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import MODALITY, PHASE, by_months
from careplans.reports.scorecard.days import WHEN, join_care_ended
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator
from careplans.reports.scorecard.outcomes.answers import NOT_ASKED, PARTS, answers

WHAT = Dimension("what", "What ended", "what", "A step or a whole plan.", {"step": "Step", "plan": "Plan"})
# A step that an amendment took over counts in the last plan that has it.
UNIT = by_months(
    "SELECT 'step-' || s.id AS id, s.board_id, s.case_id, s.plan_id, s.ended_on AS day, 'step' AS what, "
    "s.modality_code AS modality, s.phase, "
    + answers("s", "t")
    + """
    FROM {step} s
    LEFT JOIN (
        SELECT id, response, progression, toxicity, symptom_control FROM {then_step} WHERE status IN ('completed', 'stopped')
    ) t ON t.id = s.id
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
    + answers("p", "t")
    + """
    FROM {plan} p
    LEFT JOIN (
        SELECT id, response, progression, toxicity, symptom_control FROM {then_plan} WHERE status IN ('completed', 'revoked')
    ) t ON t.id = p.id
    JOIN {board} b ON b.id = p.board_id
    """
    + join_care_ended("p.id", "p.ended_at")
    + """
    LEFT JOIN (
        SELECT DISTINCT o.plan_id FROM {step} o WHERE o.started_on <= %(day)s AND o.removed_at IS NULL
    ) g ON g.plan_id = p.id
    WHERE p.status IN ('completed', 'revoked') AND p.ended_at <= %(moment)s"""
)
_ASKED = "(" + " OR ".join(f"u.{name} <> 'not_applicable'" for name in PARTS) + ")"
_SAID = "('recorded', 'not_evaluable', 'fatal')"
_WHOLE = " AND ".join(f"(u.{name} IN {_SAID} OR u.{name} = 'not_applicable')" for name in PARTS)


def _measures(name: str, label: str) -> tuple[Measure, ...]:
    asked = f"u.what = 'step' AND u.{name} <> 'not_applicable'"
    return (
        Measure(
            name,
            label,
            "Steps of which it says something; that it is not evaluable says something, too.",
            Kind.SHARE,
            where=f"u.{name} IN {_SAID}",
            among=asked,
        ),
        Measure(
            f"{name}_not_applicable",
            f"{label}: does not apply",
            "Steps of which it is not asked, or that say that it does not apply.",
            where=f"u.what = 'step' AND u.{name} = 'not_applicable'",
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
        "A part that does not apply is not asked for: "
        + "; ".join(one.why for one in NOT_ASKED)
        + "; nothing of a plan that a death or a transfer ended, nor of one that was revoked before anything of it began. Where "
        "somebody recorded it all the same it is left out, too.",
        "“Not assessed” is an answer, and no outcome. That a response is not evaluable (RECIST) was found by somebody who "
        "looked: it is recorded, though no result, and counted by itself, too.",
        "What was added after the end counts on the day of the end, too. Each part that has a day is known from the day on which "
        "it was assessed: of a day before that, what stood then is told. “No progression” and “does not apply” have none: they "
        "are known since the end, and of what ended with a death or a plan from when they were recorded.",
        "A step of toxicity grade 5 (CTCAE) is a death from that treatment. It is counted by itself, too, wherever it ended, and "
        "recorded once the death of the patient is.",
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
            among=f"u.what = 'step' AND {_ASKED}",
        ),
        Measure(
            "whole_plans",
            "Plans with a whole outcome",
            "Each part says something.",
            Kind.SHARE,
            where=_WHOLE,
            among=f"u.what = 'plan' AND {_ASKED}",
        ),
        Measure(
            "steps_unasked",
            "Nothing of it applies",
            "Steps of which no part is asked.",
            where=f"u.what = 'step' AND NOT {_ASKED}",
        ),
        Measure(
            "plans_unasked",
            "Nothing of the plan applies",
            "Plans that a death or a transfer ended, or that were revoked before anything of them began.",
            where=f"u.what = 'plan' AND NOT {_ASKED}",
        ),
        *(measure for name, (label, _, _) in PARTS.items() for measure in _measures(name, label)),
        Measure(
            "response_not_evaluable",
            "Response: not evaluable",
            "Steps of which somebody looked, and no response could be told.",
            where="u.what = 'step' AND u.response = 'not_evaluable'",
        ),
        Measure(
            "fatal",
            "Toxicity: a death from it",
            "Steps of whose treatment the patient died: grade 5 (CTCAE).",
            where="u.what = 'step' AND u.toxicity = 'fatal'",
        ),
    ),
    by=("what",),
    noun="steps and plans",
    shown=tuple(PARTS),
    has_text_ids=True,
)

STEPS = "Steps that were completed or stopped in the period."
LEFT_OUT = "Decisions, and steps that were not done or set aside. Where it does not apply."
OWN = f"{HOUSE} To what it applies is the house’s own, too: " + "; ".join(one.why for one in NOT_ASKED) + "."
INDICATORS = (
    Indicator(
        name="outcome-of-steps",
        group=Group.OUTCOME,
        title="Steps with a whole outcome",
        says="Whether it is known what came of a treatment.",
        numerator="Those with response, progression, toxicity and symptom control, each recorded, as not evaluable, too, or not "
        "asked for.",
        denominator=STEPS,
        exclusions=LEFT_OUT,
        source=OWN,
        report=OUTCOMES,
        measure_name="whole_steps",
        better=Better.HIGHER,
        left_out=("steps_unasked",),
    ),
    *(
        Indicator(
            name=f"{name.replace('_', '-')}-recorded",
            group=Group.OUTCOME,
            title=f"{label} recorded",
            says=f"Whether it was recorded {words}."
            if words.startswith(("how", "whether"))
            else f"Whether {words} was recorded.",
            numerator="Those of which it says something; not evaluable, which is no result, counts and is told beside it."
            if name == "response"
            else "Those of which it says something.",
            denominator=STEPS,
            exclusions=LEFT_OUT,
            source=OWN,
            report=OUTCOMES,
            measure_name=name,
            better=Better.HIGHER,
            detail=(
                f"{name}_not_assessed",
                f"{name}_nothing",
                *(("response_not_evaluable",) if name == "response" else ()),
                *(("fatal",) if name == "toxicity" else ()),
            ),
            left_out=(f"{name}_not_applicable",),
        )
        for name, (label, words, _) in PARTS.items()
    ),
    Indicator(
        name="outcome-of-plans",
        group=Group.OUTCOME,
        title="Plans with a whole outcome",
        says="Whether it is known what came of a plan.",
        numerator="Those with response, progression, toxicity and symptom control, each recorded, as not evaluable, too, or not "
        "asked for.",
        denominator="Plans that were completed or revoked in the period.",
        exclusions="Plans that an amendment superseded, that were entered in error, or that a death or a transfer ended.",
        source=HOUSE,
        report=OUTCOMES,
        measure_name="whole_plans",
        better=Better.HIGHER,
        left_out=("plans_unasked",),
    ),
)
