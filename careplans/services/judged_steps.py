"""The treatments that still run when an arm is chosen: for each it is said whether it goes on or is stopped. None is left running
unasked beside what the arm begins. Inside the transaction of the decision, which holds the
plan; how an arm is chosen: careplans/services/arm_choice.py.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypedDict

from django.core.exceptions import ValidationError

from accounts.models import User
from careplans.models import Step
from careplans.readers.steps.arms import judged_running, words_for_judged
from careplans.services.step_progress import stop_taken
from common.asked import Asked
from common.writing import lock


class RunningFate(TypedDict):
    """What becomes of one of them; the reason where it is stopped (domain note D.4)."""

    goes_on: bool
    reason: str
    reason_note: str


def take_judged(decision: Step, said: Mapping[int, RunningFate]) -> list[Step]:
    """Those that run, taken, once each has its answer."""
    running = judged_running(decision, Step.objects.filter(plan=decision.plan_id, removed_at=None))
    judged = lock(Step.objects.filter(pk__in=[step.pk for step in running]))
    unsaid = [words_for_judged(step) for step in judged if step.pk not in said]
    if set(said) - {step.pk for step in judged}:
        unsaid.append("Something is said of a step that does not run. Look at the plan again.")
    if unsaid:
        raise ValidationError({"running": unsaid})
    for step in judged:
        step.plan, step.case, step.board = decision.plan, decision.case, decision.board
    return judged


def words_of(judged: Sequence[Step], said: Mapping[int, RunningFate]) -> str:
    """For the record of the decision: “. Step 1 (CAPTEM) goes on”."""
    fates = {True: "goes on", False: "is stopped"}
    return "".join(f". Step {step.number} ({step.title}) {fates[said[step.pk]['goes_on']]}" for step in judged)


def settle_judged(
    judged: Sequence[Step], said: Mapping[int, RunningFate], *, by: User, on: date, found: Mapping[str, Any]
) -> None:
    """Stop those that are said to be stopped, on the day of the decision and with what was `found` there."""
    for step in judged:
        fate = said[step.pk]
        if fate["goes_on"]:
            continue
        try:
            stop_taken(step, by=by, on=on, reason=fate["reason"], reason_note=fate["reason_note"], **found)
        except Asked:
            # About the day of the decision, where it is answered.
            raise
        except ValidationError as error:
            name = f"Step {step.number} ({step.title})"
            raise ValidationError({"running": [f"{name}: {words}" for words in error.messages]}) from error
