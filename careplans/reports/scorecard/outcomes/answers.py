"""What each part of an outcome says on a day: something, that nobody looked, nothing at all, or that it is not asked for."""

from collections.abc import Sequence
from dataclasses import dataclass

from careplans.models.step_values import Goal, ModalityCode, Phase, Reason

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


def answers(row: str, then: str) -> str:
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
