"""What of an advisory lies behind: its step has ended, or the case has had what the plan is said to miss. It still fires, and
says so beside itself, so that nobody reads it as advice on what comes next."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from careplans.models import Step
from careplans.readers.steps.given import Given
from careplans.rules.engine import Firing, RuleSet

SHOWN = 3
# Whether a trial was thought of now is not answered by one that was had before.
NOT_ANSWERED_BY_ONE_HAD = frozenset({"TRIAL"})


def behind(
    firings: Sequence[Firing], rule_set: RuleSet, steps: Sequence[Step], given: Callable[[], Sequence[Given]]
) -> list[str]:
    """In words for each firing, in their order; empty where all of it lies ahead. `given` is asked only where a plan misses a
    modality."""
    rows = {str(step.pk): step for step in steps}
    missed = {rule.id: _missed(rule.when) for rule in rule_set.rules if rule.scope == "plan"}
    return [
        _of_step(rows[one.step]) if one.step in rows else _of_plan(missed.get(one.rule, frozenset()), given)
        for one in firings
    ]


def _of_step(step: Step) -> str:
    state = step.status_ahead
    if state not in (Step.Status.COMPLETED, Step.Status.STOPPED):
        return ""
    return f"Step {step.position} is {Step.Status(state).label.lower()}: this speaks of a decision that lies behind."


def _of_plan(missed: Collection[str], given: Callable[[], Sequence[Given]]) -> str:
    if not missed:
        return ""
    had = [str(one) for one in given() if one.modality in missed]
    more = f" and {len(had) - SHOWN} earlier" if len(had) > SHOWN else ""
    return f"Recorded as given: {'; '.join(had[-SHOWN:])}{more}." if had else ""


def _missed(when: object) -> frozenset[str]:
    """The modalities of which a rule says that the plan has none."""
    found = frozenset(modality for pattern in _lacking(when) for modality in pattern.get("modality", ()))
    return frozenset() if found == NOT_ANSWERED_BY_ONE_HAD else found


def _lacking(when: object) -> Iterator[Mapping[str, Sequence[str]]]:
    if isinstance(when, Mapping):
        inner = when.get("not")
        patterns = (when.get("plan_lacks"), inner.get("plan_has") if isinstance(inner, Mapping) else None)
        yield from (pattern for pattern in patterns if pattern)
        for part in when.values():
            yield from _lacking(part)
    elif isinstance(when, list | tuple):
        for part in when:
            yield from _lacking(part)
