"""What of an advisory lies behind: its step has ended, or the case has had what the plan is said to miss. It still fires, and
says so beside itself, so that nobody reads it as advice on what comes next. What the plan has,
and what does not run now, is named too."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from careplans.models import Step
from careplans.readers.steps.given import Given
from careplans.rules.engine import Firing, RuleSet
from careplans.rules.engine.vocabulary import NOT_RUNNING

SHOWN = 3
# Whether a trial was thought of now is not answered by one that was had before.
NOT_ANSWERED_BY_ONE_HAD = frozenset({"TRIAL"})
# A pattern of steps that a rule says the plan has none of.
Missed = Mapping[str, Sequence[str]]


def behind(
    firings: Sequence[Firing], rule_set: RuleSet, steps: Sequence[Step], given: Callable[[], Sequence[Given]], site: str
) -> list[str]:
    """In words for each firing, in their order; empty where all of it lies ahead. `given` is asked only where a plan misses a
    modality."""
    rows = {str(step.pk): step for step in steps}
    fired = {one.rule for one in firings}
    missed = {
        rule.id: list(_lacking(rule.when)) for rule in rule_set.rules if rule.scope == "plan" and rule.id in fired
    }
    return [
        _of_step(rows[one.step]) if one.step in rows else _of_plan(missed.get(one.rule, []), steps, given, site)
        for one in firings
    ]


def _of_step(step: Step) -> str:
    state = step.status_ahead
    if state not in (Step.Status.COMPLETED, Step.Status.STOPPED):
        return ""
    return f"Step {step.number} is {Step.Status(state).label.lower()}: this speaks of a decision that lies behind."


def _of_plan(lacking: Sequence[Missed], steps: Sequence[Step], given: Callable[[], Sequence[Given]], site: str) -> str:
    told = [
        f"Step {step.number} is {Step.Status(step.status_ahead).label.lower()} and does not count."
        for step in steps
        if step.status_ahead in NOT_RUNNING and any(_fits(one, step) for one in lacking)
    ]
    missed = [
        one for one in lacking if frozenset(one.get("modality", ())) not in (frozenset(), NOT_ANSWERED_BY_ONE_HAD)
    ]
    had = [one for one in given() if _had_by(missed, one)] if missed else []
    sure = [one for one in had if one.is_for_tumour(site) and _at(missed, one)]
    told += [f"Recorded as given: {_few(sure)}."] if sure else []
    doubt = [one for one in had if one not in sure]
    told += [f"Recorded as given: {_few(doubt)}. Is it that of this tumour, and what the plan misses?"] if doubt else []
    return " ".join(told)


def _few(had: Sequence[Given]) -> str:
    more = f" and {len(had) - SHOWN} earlier" if len(had) > SHOWN else ""
    return f"{'; '.join(str(one) for one in had[-SHOWN:])}{more}"


def _fits(missed: Missed, step: Step) -> bool:
    """As the rules fit a step, whatever its state."""
    modality, goals, target = (missed.get(name, ()) for name in ("modality", "goal_any", "target"))
    return (
        (not modality or step.modality_code in modality)
        and (not goals or not set(goals).isdisjoint(step.goals))
        and (not target or step.target in target)
    )


def _had_by(missed: Sequence[Missed], one: Given) -> bool:
    return any(one.modality in pattern["modality"] for pattern in missed)


def _at(missed: Sequence[Missed], one: Given) -> bool:
    """Not at another place than the one that the plan misses it at; before the plans no place is recorded."""
    places = [pattern.get("target") for pattern in missed if one.modality in pattern["modality"]]
    return not one.target or any(not place or one.target in place for place in places)


def _lacking(when: object) -> Iterator[Missed]:
    if isinstance(when, Mapping):
        inner = when.get("not")
        patterns = (when.get("plan_lacks"), inner.get("plan_has") if isinstance(inner, Mapping) else None)
        yield from (pattern for pattern in patterns if pattern)
        for part in when.values():
            yield from _lacking(part)
    elif isinstance(when, list | tuple):
        for part in when:
            yield from _lacking(part)
