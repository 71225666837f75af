"""Whether an outcome was recorded for what has ended."""

from collections.abc import Sequence
from dataclasses import dataclass

from careplans.models.step_values import Goal, ModalityCode, Phase, Reason
from careplans.reports.declared import Dimension, Kind, Measure, Report
from careplans.reports.dimensions import MODALITY, PHASE, by_months
from careplans.reports.scorecard.days import WHEN, join_care_ended
from careplans.reports.scorecard.declared import HOUSE, Better, Group, Indicator

WHAT = Dimension("what", "What ended", "what", "A step or a whole plan.", {"step": "Step", "plan": "Plan"})
# Of each part of an outcome, how it is called; and the day after which it cannot have been known.
PARTS = {
    "response": ("Response", "response (RECIST)", "response_on"),
    "progression": ("Progression", "whether the disease has progressed", "progressed_on"),
    "toxicity": ("Toxicity", "the worst toxicity (CTCAE)", "toxicity_on"),
    "symptom_control": ("Symptom control", "how far the symptoms are controlled", "symptom_control_on"),
}


@dataclass(frozen=True)
class NotAsked:
    """Of which steps a part of the outcome is not asked, and why."""

    column: str
    code: str
    parts: tuple[str, ...]
    why: str
    unless: tuple[str, ...] = ()
    """Goals, of which one is enough that it is asked all the same."""


AT_TUMOUR = (Goal.TUMOUR_CONTROL, Goal.DEBULKING, Goal.CURE, Goal.LOCAL_CONTROL, Goal.SIZE_REDUCTION)
# Set by the house, after what the terms measure: RECIST the size of a tumour that is there, CTCAE the harm of a treatment.
NOT_ASKED = (
    NotAsked("modality_code", ModalityCode.SURG, ("response",), "no response (RECIST) of what an operation has taken out"),
    NotAsked("phase", Phase.SURVEILLANCE, ("response", "toxicity"), "no response and no toxicity of surveillance"),
    NotAsked(
        "phase", Phase.SYMPTOM_CONTROL, ("response", "progression"),
        "no response and no progression of a step of symptom control without a goal at the tumour: it is for the symptoms alone",
        unless=AT_TUMOUR,
    ),
    NotAsked(
        "reason", Reason.DIED, ("response", "progression", "symptom_control"),
        "no response, no progression and no symptom control of a step that ended with the death of the patient; its toxicity is "
        "asked, since a death may come from treatment",
    ),
    NotAsked(
        "reason", Reason.MOVED_AWAY, tuple(PARTS), "nothing of a step that ended as the patient moved away: it goes on elsewhere"
    ),
)  # fmt: skip


def _not_asked(part: str) -> str:
    """Of a step: the part does not apply."""
    conditions = [f"s.{one.column} = '{one.code}'{without(one.unless)}" for one in NOT_ASKED if part in one.parts]
    return f"({' OR '.join(conditions)})" if conditions else "(1 = 0)"


def without(goals: Sequence[str]) -> str:
    """A list of codes is text, on either database, in which each stands in quotation marks."""
    return "".join(f" AND COALESCE(CAST(s.goals AS text), '') NOT LIKE '%%\"{goal}\"%%'" for goal in goals)


# What ended along with something else.
_ALONG = {"s": "(s.reason IN ('died', 'moved_away'))", "p": "(p.status = 'revoked')"}


def _told(answer: str) -> str:
    """What an answer says: something, that nobody looked, or nothing at all."""
    return (
        f"WHEN {answer} = 'not_recorded' THEN 'nothing' "
        f"WHEN {answer} IN ('not_assessed', 'not_evaluable', 'not_applicable') THEN {answer} ELSE 'recorded'"
    )


def _stood(then: str, name: str) -> str:
    """What was recorded of a part when what is known now of it had not been found yet. Nobody dies twice: what was a death then
    and is of a later day now was put right."""
    fatal = f"WHEN {then}.{name} = 'grade_5' THEN 'nothing' " if name == "toxicity" else ""
    return f"CASE WHEN {then}.{name} IS NULL THEN 'nothing' {fatal}{_told(f'{then}.{name}')} END"


def _is_later(row: str, name: str, day: str) -> str:
    """Found after the day; or, without a day of its own, added to what ended along with something else, when nothing was asked:
    what is there was added, so it counts from when it was recorded."""
    return f"{row}.{day} > %(day)s OR ({row}.{day} IS NULL AND {_ALONG[row]} AND {row}.{name} <> 'not_recorded')"


def _answers(row: str, then: str) -> str:
    """Of each part whether it says something, that nobody looked, or nothing at all; or that it does not apply."""
    told = []
    for name, (_, _, day) in PARTS.items():
        none = (
            _not_asked(name) if row == "s" else "p.status = 'revoked' AND (d.plan_id IS NOT NULL OR g.plan_id IS NULL)"
        )
        fatal = (
            f"WHEN {row}.toxicity = 'grade_5' AND (COALESCE({row}.toxicity_on <= %(day)s, {then}.toxicity = 'grade_5') "
            f"OR ({row}.toxicity_on IS NULL AND NOT {_ALONG[row]})) THEN 'fatal' "
        )
        told.append(
            f"CASE {fatal if name == 'toxicity' else ''}WHEN {none} THEN 'not_applicable' "
            f"WHEN {_is_later(row, name, day)} THEN {_stood(then, name)} {_told(f'{row}.{name}')} END AS {name}"
        )
    return ", ".join(told)


# A step that an amendment took over counts in the last plan that has it.
UNIT = by_months(
    "SELECT 'step-' || s.id AS id, s.board_id, s.case_id, s.plan_id, s.ended_on AS day, 'step' AS what, "
    "s.modality_code AS modality, s.phase, "
    + _answers("s", "t")
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
    + _answers("p", "t")
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
        "What was added after the end counts on the day of the end, too. Each part of it is known from the day on which it was "
        "assessed: of a day before that, what stood then is told. What was added without a day to what ended with a death or a "
        "plan counts from when it was recorded.",
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
