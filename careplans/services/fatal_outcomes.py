"""A death from treatment (grade 5) of a patient who lives after all: the record of the death was taken back, or the case is of
somebody else."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from accounts.models import User
from careplans import history
from careplans.models import Case, Event, Plan, Step
from careplans.models.outcomes import Toxicity
from common.writing import compare_and_set, lock

KINDS = ("step_outcome_added", "step_outcome_corrected", "plan_outcome_added", "plan_outcome_corrected")


def take_back_fatal(cases: Iterable[Case], *, by: User, reason: str) -> None:
    """Of a patient who lives after all nobody died of a treatment: the toxicity is again what was recorded before. The caller has
    taken the cases."""
    plans = lock(Plan.objects.filter(case__in=cases, toxicity=Toxicity.GRADE_5))
    steps = lock(Step.objects.filter(case__in=cases, toxicity=Toxicity.GRADE_5))
    for kind, rows in (("plan_outcome_corrected", plans), ("step_outcome_corrected", steps)):
        for row in rows:
            compare_and_set(row, expected=row.version, **_before_fatal(row))
            history.record(row, kind, by=by, reason=reason)


def _before_fatal(row: Step | Plan) -> dict[str, Any]:
    """What stood before grade 5 was recorded: each later event is gone back behind, since one may have changed the term alone."""
    about = {"step": row} if isinstance(row, Step) else {"plan": row, "step": None}
    stood = {name: getattr(row, name) for name in ("toxicity", "toxicity_term", "toxicity_on")}
    for event in Event.objects.filter(kind__in=KINDS, **about).order_by("-id"):
        stood |= {name: value for name, value in event.data.get("was", {}).items() if name in stood}
        if stood["toxicity"] != Toxicity.GRADE_5:
            break
    else:
        return {"toxicity": Toxicity.NOT_RECORDED, "toxicity_term": "", "toxicity_on": None}
    day = stood["toxicity_on"]
    return stood | {"toxicity_on": date.fromisoformat(day) if isinstance(day, str) else day}
