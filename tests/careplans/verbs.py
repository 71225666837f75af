"""Every service that changes a step, a signature, a follow-up, a reminder or what else belongs to a plan or a case: on which
row it is carried out, and at which stage of its plan (`worlds.py` makes them).
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from operator import attrgetter
from types import SimpleNamespace
from typing import Any

from careplans.readers.steps.arms import judged_running
from careplans.reminders.requests import send_again, snooze
from careplans.rules.advisories import Given, answer_advisories
from careplans.services.arm_choice import choose_arm
from careplans.services.cases import add_prior_treatment, change_prior_treatment, withdraw_prior_treatment
from careplans.services.decisions import add_arm, add_decision, edit_arm, move_arm, remove_arm
from careplans.services.followups import (
    add_follow_up,
    cancel_follow_up,
    change_follow_up,
    complete_follow_up,
    record_missed_follow_up,
)
from careplans.services.plan_ending import complete_plan, hold_plan, mark_in_error, resume_plan, revoke_plan
from careplans.services.plans import (
    amend_plan,
    discard_draft,
    draft_plan,
    edit_plan,
    recall_plan,
    release_plan,
    submit_plan,
)
from careplans.services.proforma import save_proforma
from careplans.services.signatures import delegate_signature, dissent_from_plan, send_back_plan, sign_plan
from careplans.services.step_progress import (
    complete_step,
    hand_over_step,
    hold_step,
    replan_step,
    skip_step,
    start_step,
    stop_step,
)
from careplans.services.steps import add_step, edit_step, move_in_order, remove_step, reorder_steps
from careplans.services.superseded_guidance import keep_plan
from tests.careplans.makers import OUTCOME

TODAY, DAY, LATER, OMAR, RAVI, ARM = map(attrgetter, ("today", "day", "later", "omar", "ravi", "arm"))


def GO_ON(world: SimpleNamespace) -> dict[int, dict[str, Any]]:
    """Of each treatment that runs while an arm is chosen."""
    running = judged_running(world.decision, [world.running, world.paused])
    return {step.pk: {"goes_on": True, "reason": "", "reason_note": ""} for step in running}


CONTENT = {"expected_version": attrgetter("plan.content_version"), "expected_hash": attrgetter("plan.content_hash")}
JUDGED = Given(answer="clinical_judgement", note="The tumour threatens the bowel.")
BOOKED = {"until": DAY, "reason": "booked"}


@dataclass(frozen=True)
class Verb:
    """`with_` values that are functions are asked of the world. `settles`: it leaves nothing open behind, so it may still be
    carried out on an ended case; without it, what is left behind there could not be settled any more.
    """

    service: Callable[..., Any]
    row: str
    stage: str
    with_: dict[str, Any] = field(default_factory=dict)
    by: str = "ana"
    versioned: bool = False
    settles: bool = False

    def act(self, world: SimpleNamespace) -> Any:
        row, values = getattr(world, self.row), {"by": getattr(world, self.by)}
        values |= {name: value(world) if callable(value) else value for name, value in self.with_.items()}
        if self.versioned:
            values["expected_version"] = row.version
        words = (values.pop("values"),) if "values" in values else ()
        return self.service(row, *words, **values)


def step(service: Callable[..., Any], row: str, **values: Any) -> Verb:
    return Verb(service, row, "in force", values, versioned=True)


def content(service: Callable[..., Any], row: str = "plan", **values: Any) -> Verb:
    return Verb(service, row, "draft", values)


def signature(service: Callable[..., Any], row: str = "plan", **values: Any) -> Verb:
    return Verb(service, row, "in sign-off", values, by="omar")


def plan(service: Callable[..., Any], stage: str, *, by: str = "chloe", settles: bool = False, **values: Any) -> Verb:
    return Verb(service, "plan", stage, values, by=by, versioned=True, settles=settles)


def follow_up(service: Callable[..., Any], *, settles: bool = False, **values: Any) -> Verb:
    return Verb(service, "follow_up", "without a plan", values, versioned=True, settles=settles)


def of_case(service: Callable[..., Any], row: str = "case", **values: Any) -> Verb:
    return Verb(service, row, "without a plan", values)


def of_therapy(service: Callable[..., Any], **values: Any) -> Verb:
    return Verb(service, "therapy", "without a plan", values, versioned=True)


OF_PLAN = {
    # what becomes of a step of a plan in force
    "start a step": step(start_step, "planned", on=TODAY, why="early"),
    "complete a step": step(complete_step, "running", on=TODAY, fulfilment="full", **OUTCOME),
    "stop a step": step(stop_step, "running", on=TODAY, reason="toxicity_or_not_tolerated", **OUTCOME),
    "skip a step": step(skip_step, "planned", reason="progression"),
    "hold a step": step(hold_step, "planned", on=TODAY, due_on=DAY, reason="medical_reason"),
    "plan a step again": step(replan_step, "paused", due_on=DAY, why="well again"),
    "hand a step over": step(hand_over_step, "planned", assignee=OMAR, why="on leave"),
    "choose an arm": step(
        choose_arm, "decision", chosen_arm=ARM, on=TODAY, reason="CT", why="early", running=GO_ON, **OUTCOME
    ),
    "put off a step": Verb(snooze, "planned", "in force", BOOKED),
    "send again, of a step": Verb(send_again, "of_step", "in force"),
    # what a board answers about a plan
    "answer an advisory": Verb(answer_advisories, "plan", "in force", {"values": {("SUR-01", None): JUDGED}}),
    "keep a plan": Verb(keep_plan, "plan", "in force", {"reason": "tolerated", "seen": attrgetter("publications")}),
    # the content of a draft
    "edit a plan": content(edit_plan, values={"aim": "Cure"}),
    "add a step": content(add_step, phase="surveillance", modality_code="OSA"),
    "edit a step": content(edit_step, "planned", values={"rationale": "new"}),
    "add a decision": content(add_decision, description="second look", arms=[{"name": "operable"}]),
    "add an arm": content(add_arm, "decision", name="grows"),
    "edit an arm": content(edit_arm, "arm", values={"condition": "CR"}),
    "move an arm": content(move_arm, "arm", direction="down"),
    "take an arm out": content(remove_arm, "arm"),
    "reorder steps": content(reorder_steps, values=attrgetter("reversed")),
    "move a step": Verb(lambda one, **by: move_in_order(one.plan, one, "down", **by), "planned", "draft"),
    "remove a step": content(remove_step, "planned"),
    # sign-off
    "sign": signature(sign_plan, **CONTENT),
    "dissent": signature(dissent_from_plan, reason="the scan", **CONTENT),
    "send back": signature(send_back_plan, reason="the scan", **CONTENT),
    "delegate": signature(delegate_signature, "signature", to=RAVI),
    "send again, of a signature": Verb(send_again, "of_signature", "in sign-off"),
}
# A plan and a follow-up are children of their case: a follow-up goes on when its plan has been completed or superseded.
OF_CASE = OF_PLAN | {
    "begin a plan": of_case(draft_plan),
    "submit a plan": plan(submit_plan, "draft", by="ana"),
    "discard a draft": plan(discard_draft, "draft", settles=True, reason="-"),
    "take a plan back": plan(recall_plan, "in sign-off", settles=True, reason="-"),
    "release a plan": plan(release_plan, "signed", expected_hash=attrgetter("plan.content_hash")),
    "amend a plan": Verb(amend_plan, "plan", "in force", {"reason": "Progression"}),
    "hold a plan": plan(hold_plan, "in force", reason="-"),
    "resume a plan": plan(resume_plan, "on hold", reason="-"),
    "complete a plan": plan(complete_plan, "with ended steps", settles=True, **OUTCOME),
    "revoke a plan": plan(revoke_plan, "with ended steps", settles=True, reason_code="patient_choice", reason="-"),
    "mark a plan in error": plan(mark_in_error, "with ended steps", settles=True, reason="-"),
    "add a follow-up": of_case(add_follow_up, kind="echo", due_on=DAY, assignee=OMAR),
    "move a follow-up": follow_up(change_follow_up, due_on=DAY, reason="scanner"),
    "complete a follow-up": follow_up(complete_follow_up, done_on=TODAY),
    "record a missed follow-up": follow_up(record_missed_follow_up, new_due_on=LATER),
    "cancel a follow-up": follow_up(cancel_follow_up, settles=True, reason="-"),
    "put off a follow-up": of_case(snooze, "follow_up", **BOOKED),
    "send again, of a follow-up": of_case(send_again, "of_follow_up"),
    "save facts": of_case(save_proforma, values={"wishes": "At home."}),
    "add a prior treatment": of_case(add_prior_treatment, modality_code="OSA", response="stable"),
    "correct a prior treatment": of_therapy(change_prior_treatment, description="subtotal", response="stable"),
    "withdraw a prior treatment": of_therapy(withdraw_prior_treatment, reason="-"),
}
