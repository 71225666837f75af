"""What a picture says of gates and arms, of a plan and of a template alike. Pure; what people wrote comes as it may be shown."""

from collections.abc import Iterable

from careplans.models import Step

IN_ARM = {"waiting": "Only in the arm", "chosen": "In the chosen arm", "set_aside": "In the arm"}
ARM = {"waiting": "If", "chosen": "Chosen:", "set_aside": "Not chosen:"}


def conditions(step: Step, *, not_before: str, only_if: str) -> str:
    """All that a step waits for: “after 2 has ended, not before 3 Dec 2026”; empty where it waits for nothing."""
    after = step.after_step
    said = (
        f"after {after.number} {step.after_words or 'has ended'}" if after else "",
        f"not before {not_before}" if not_before else "",
        f"only if {only_if}" if only_if else "",
    )
    return ", ".join(filter(None, said))


def in_arm_words(arm: str, decision: str, state: str = "waiting") -> str:
    """Of a step of an arm; `decision`: its number."""
    return f"{IN_ARM[state]} “{arm}” of {decision}"


def arm_words(arm: str, steps: Iterable[str], no_step: str, state: str = "waiting") -> str:
    """Of an arm of a decision; `steps`: the numbers of its steps; `no_step`: what happens where it has none."""
    none = f"no further step{f', {no_step}' if no_step else ''}"
    return f"{ARM[state]} “{arm}”: {' and '.join(steps) or none}"
