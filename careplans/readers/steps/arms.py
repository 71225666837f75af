"""The ways through a plan that branches, and what its arms still need. Pure: steps from `for_plan()` or `for_rules()`."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice, product
from math import prod

from careplans.models import Arm, Step

# Every way is judged by the rules, each time something is typed; and nobody reads a plan with more.
MOST_WAYS = 16
# Decided so many days earlier or later than planned, the starts that were planned to follow are said anew.
FORTNIGHT = timedelta(days=14)


@dataclass(frozen=True)
class Way:
    """One way through a plan: an arm of each decision, and the steps that are then to be done."""

    arms: tuple[Arm, ...]
    steps: tuple[Step, ...]


def decisions_in(steps: Iterable[Step]) -> list[Step]:
    return [step for step in steps if step.is_decision]


def arms_ahead(decision: Step) -> list[Arm]:
    """The arms that may still be gone: all of them, and after the decision only the one that was chosen."""
    arms = list(decision.arms.all())
    return [arm for arm in arms if decision.has_chosen(arm)] if decision.is_decided else arms


def ways_through(steps: Sequence[Step]) -> list[Way]:
    """Each combination of arms, with the steps that belong to none; a plan without decisions has one way. At most MOST_WAYS."""
    choices = [arms for decision in decisions_in(steps) if (arms := arms_ahead(decision))]
    return [_way(arms, steps) for arms in islice(product(*choices), MOST_WAYS)]


def _way(arms: tuple[Arm, ...], steps: Sequence[Step]) -> Way:
    chosen = {arm.pk for arm in arms}
    return Way(arms, tuple(step for step in steps if step.arm_id is None or step.arm_id in chosen))


def in_which_arms(decisions: Sequence[Step], ways: Sequence[Way], *, of: Sequence[Way]) -> str:
    """Where something holds in some ways (`ways`) of all (`of`): in which arms, in words. Empty where it holds in each."""
    if len(ways) == len(of):
        return ""
    parts = []
    for decision in decisions:
        arms, held = arms_ahead(decision), {arm.pk for way in ways for arm in way.arms}
        here = [arm for arm in arms if arm.pk in held]
        if here and len(here) < len(arms):
            names = " and ".join(f"“{arm.name}”" for arm in here)
            parts.append(f"arm{'s' if len(here) > 1 else ''} {names}")
    return f"in {' with '.join(parts)}" if parts else "in some combinations of arms"


def missing_in_arms(steps: Sequence[Step]) -> list[str]:
    """What the decisions of a plan still need before sign-off, as sentences. No query."""
    of_arm: dict[int, list[Step]] = {}
    for step in steps:
        if step.arm_id is not None:
            of_arm.setdefault(step.arm_id, []).append(step)
    decisions = decisions_in(steps)
    problems = [words for decision in decisions for words in _missing(decision, of_arm)]
    ways = prod(max(1, len(arms_ahead(decision))) for decision in decisions)
    if ways > MOST_WAYS:
        problems.append(
            f"The decisions of this plan lead to {ways} ways, and at most {MOST_WAYS} can be judged. Leave out a decision or an "
            "arm; what comes later can be decided in an amendment."
        )
    return problems


def _missing(decision: Step, of_arm: dict[int, list[Step]]) -> Iterator[str]:
    arms, place = list(decision.arms.all()), f"Step {decision.number} ({decision.title})"
    if words := missing_choice(decision):
        yield words
    if len(arms) < 2:
        yield f"{place} is a decision and needs two arms or more. Name what may follow."
    for name, count in Counter(arm.name.casefold() for arm in arms).items():
        if count > 1:
            yield f"{place} has {count} arms of the name “{name}”. Give each its own."
    for arm in arms:
        own, name = of_arm.get(arm.pk, []), f"The arm “{arm.name}” of step {decision.number}"
        if not own and not arm.no_step:
            yield f"{name} has no step. Add one, or say what happens then."
        if own and arm.no_step:
            yield f"{name} says that no step follows, and has steps. Remove one or the other."
        for step in own:
            if step.position <= decision.position:
                yield (
                    f"Step {step.number} ({step.title}) belongs to an arm of step {decision.number} and does not come after "
                    "it. Move it behind the decision."
                )


def missing_choice(decision: Step) -> str:
    """What to say where the plan before has chosen an arm that this one has no more. What was decided stays true."""
    now = decision.as_decided
    if now.chosen_arm_id is None or any(decision.has_chosen(arm) for arm in decision.arms.all()):
        return ""
    return (
        f"At step {decision.number} ({decision.title}) the arm “{now.chosen_arm.name}” has been chosen in the plan in force, "
        "and this plan does not have it any more. Add an arm of that name again; or correct the decision in the plan in force."
    )


def judged_running(decision: Step, steps: Iterable[Step]) -> list[Step]:
    """The treatments that run when it is decided how the plan goes on, whether it waits for them or not. `steps`: those of its
    plan."""
    running = [step for step in steps if step.is_running and step.removed_at is None and step.pk != decision.pk]
    return sorted(running, key=lambda step: (step.position, step.pk))


def words_for_judged(step: Step) -> str:
    given = f" ({step.delivered_words})" if step.delivered_words else ""
    return f"Step {step.number} ({step.title}) still runs{given}. Say whether it goes on or is stopped."


def start_in_question(step: Step, decision: Step, *, on: date, today: date) -> str:
    """Why the start of a step of the chosen arm has to be said anew, to follow its name; empty where the planned one holds.

    `on`: the day of the decision. Pure; the one rule of the form and the service.
    """
    start, planned = step.planned_start, decision.planned_start
    if start is None:
        return ""
    if start < today:
        return f"was planned to start on {start:%-d %B %Y}, which is past"
    if planned is not None and abs(on - planned) > FORTNIGHT:
        return f"was planned to start on {start:%-d %B %Y}, after a decision on {planned:%-d %B %Y}"
    return ""
