"""The acts about a plan: drafting, sign-off, release, amendment, its end."""

from datetime import timedelta
from typing import Any, cast

from careplans.demo.acts import Act, ahead_of
from careplans.demo.clock import at
from careplans.demo.story import StoryEntry
from careplans.models import Arm, FollowUpSchedule, Plan, Signature, Step
from careplans.models.outcomes import OUTCOME_FIELDS
from careplans.rules import advisories
from careplans.services import decisions, monitoring, plan_ending, plan_schedules, plans, signatures, steps
from careplans.services.outcomes import Recorded

# What a case file calls a field of a step, and what the field is.
STEP_WORDS = {
    "phase": "phase", "modality": "modality_code", "what": "description", "goals": "goals", "target": "target",
    "mm": "target_mm", "size_unknown": "target_mm_unknown",
    "course": "course", "number": "occurrences_planned", "every": "interval", "unit": "interval_unit", "agent": "agent",
    "sessions": "session_names", "after_event": "after_event", "after_number": "after_occurrence",
    "only_if": "only_if", "stop_when": "stop_when", "why": "rationale", "instead": "alternatives",
}  # fmt: skip
STEP_DAYS = {"start": "planned_start", "end": "planned_end", "not_before": "not_before"}


def draft(entry: StoryEntry) -> None:
    plan = plans.draft_plan(entry.case, by=entry.actor, aim=entry.args.get("aim", "").strip())
    _fill(entry, plan)


def amend(entry: StoryEntry) -> None:
    """A new version: steps left out by their number, changed by their number, and added at the end."""
    plan = plans.amend_plan(in_force(entry), by=entry.actor, reason=entry.args["reason"])
    copied = live_steps(plan)
    for number, told in entry.args.get("change", {}).items():
        steps.edit_step(copied[number - 1], _step_values(entry, told), by=entry.actor)
    for number in entry.args.get("leave_out", []):
        steps.remove_step(copied[number - 1], by=entry.actor, reason=entry.args["reason"])
    _fill(entry, plan)


def _fill(entry: StoryEntry, plan: Plan) -> None:
    values: dict[str, Any] = {}
    if "no_treatment" in entry.args:
        values |= {"no_treatment": True, "no_treatment_reason": entry.args["no_treatment"].strip()}
    if values:
        plans.edit_plan(plan, values, by=entry.actor)
    for told in entry.args.get("steps", []):
        _add_step(entry, plan, told)
    # After the steps, from which a schedule may count.
    if "follow_up" in entry.args:
        told = entry.args["follow_up"]
        for one in told if isinstance(told, list) else [told]:
            _add_schedule(entry, plan, one)


def _add_schedule(entry: StoryEntry, plan: Plan, told: dict[str, Any]) -> None:
    schedule = FollowUpSchedule.objects.get(board=plan.board_id, name=told["schedule"])
    values: dict[str, Any] = {"overlap": told.get("overlap", "")}
    if not schedule.is_none:
        values["assignee"] = entry.person(told["to"])
        if "from_step" in told:
            step = plan.steps.get(position=told["from_step"], removed_at=None)
            values |= {"from_step": step, "from_event": told["event"]}
        else:
            values["counts_from"] = entry.telling.calendar.date(told["from"])
    plan_schedules.add_schedule(plan, by=entry.actor, schedule=schedule, **values)


def _add_step(entry: StoryEntry, plan: Plan, told: dict[str, Any]) -> None:
    values = _step_values(entry, told)
    if "decision" in told:
        phase, what = values.pop("phase"), values.pop("description")
        step = decisions.add_decision(plan, by=entry.actor, phase=phase, description=what, arms=told["decision"])
        steps.edit_step(step, values, by=entry.actor)
        return
    if "arm" in told:
        values["arm"] = Arm.objects.get(decision__plan=plan, name=told["arm"])
    if "after" in told:
        values["after_step"] = live_steps(plan)[told["after"] - 1]
    step = steps.add_step(plan, by=entry.actor, **values)
    for line in told.get("hangs", []):
        monitoring.add_monitoring(step, by=entry.actor, **line)
    if told.get("beside_the_one_before"):
        steps.move_in_order(plan, step, "join", by=entry.actor)


def _step_values(entry: StoryEntry, told: dict[str, Any]) -> dict[str, Any]:
    values = {STEP_WORDS[word]: value for word, value in told.items() if word in STEP_WORDS}
    values |= {STEP_DAYS[word]: entry.telling.calendar.date(day) for word, day in told.items() if word in STEP_DAYS}
    if "owner" in told:
        values["owner"] = entry.person(told["owner"])
    unknown = (
        set(told)
        - set(STEP_WORDS)
        - set(STEP_DAYS)
        - {"owner", "after", "beside_the_one_before", "hangs", "decision", "arm"}
    )
    if unknown:
        raise KeyError(f"{entry.telling.record}: a step has no {', '.join(sorted(unknown))}")
    return values


def edit_step(entry: StoryEntry) -> None:
    step = live_steps(in_work(entry))[entry.args["step"] - 1]
    steps.edit_step(step, _step_values(entry, entry.args["to"]), by=entry.actor)


def submit(entry: StoryEntry) -> None:
    plan = in_work(entry)
    plans.submit_plan(plan, by=entry.actor, expected_version=plan.version)


def sign(entry: StoryEntry) -> None:
    """`by` signs; or everybody in `who`, one after the other; or all who are still awaited."""
    plan = in_work(entry)
    comments = entry.args.get("comments", {})
    for place, key in enumerate(_signers(entry, plan)):
        with at(entry.moment + timedelta(minutes=6 * place)):
            signatures.sign_plan(
                plan, by=entry.person(key), expected_version=plan.content_version, expected_hash=plan.content_hash,
                comment=comments.get(key, ""),
            )  # fmt: skip


def _signers(entry: StoryEntry, plan: Plan) -> list[str]:
    if "who" in entry.args:
        return list(entry.args["who"])
    keys = {user.pk: key for key, user in entry.telling.people.items()}
    if entry.by is not None:
        return [keys[entry.by.pk]]
    awaited = Signature.objects.filter(plan=plan).awaited().order_by("id")
    return [keys[signatures.people_for(signature)[0].pk] for signature in awaited]


def dissent(entry: StoryEntry) -> None:
    plan = in_work(entry)
    signatures.dissent_from_plan(
        plan, by=entry.actor, expected_version=plan.content_version, expected_hash=plan.content_hash,
        reason=entry.args["reason"],
    )  # fmt: skip


def send_back(entry: StoryEntry) -> None:
    plan = in_work(entry)
    signatures.send_back_plan(
        plan, by=entry.actor, expected_version=plan.content_version, expected_hash=plan.content_hash,
        reason=entry.args["reason"],
    )  # fmt: skip


def delegate(entry: StoryEntry) -> None:
    awaited = Signature.objects.filter(plan=in_work(entry)).awaited().select_related("plan", "board")
    signature = next(s for s in awaited if entry.args["discipline"] in s.disciplines)
    signatures.delegate_signature(signature, by=entry.actor, to=entry.person(entry.args["to"]))


def release(entry: StoryEntry) -> None:
    plan = in_work(entry)
    plans.release_plan(
        plan, by=entry.actor, expected_version=plan.version, expected_hash=plan.content_hash,
        note=entry.args.get("note", ""), ahead=ahead_of(entry),
    )  # fmt: skip


def discard(entry: StoryEntry) -> None:
    plan = in_work(entry)
    plans.discard_draft(plan, by=entry.actor, expected_version=plan.version, reason=entry.args["reason"])


def answer(entry: StoryEntry) -> None:
    """An advisory is answered: of the plan in work, or of the one in force."""
    plan = Plan.objects.filter(case=entry.case).open().select_related("board").order_by("-number")[0]
    told = dict(entry.args)
    rule, number = told.pop("rule"), told.pop("step", None)
    step = live_steps(plan)[number - 1].pk if number else None
    advisories.answer_advisories(plan, {(rule, step): advisories.Given(**told)}, by=entry.actor)


def hold(entry: StoryEntry) -> None:
    plan = in_force(entry)
    plan_ending.hold_plan(plan, by=entry.actor, expected_version=plan.version, reason=entry.args["reason"])


def resume(entry: StoryEntry) -> None:
    plan = in_force(entry)
    plan_ending.resume_plan(plan, by=entry.actor, expected_version=plan.version, reason=entry.args["reason"])


def complete(entry: StoryEntry) -> None:
    plan = in_force(entry)
    plan_ending.complete_plan(
        plan,
        by=entry.actor,
        expected_version=plan.version,
        outcome_note=entry.args["outcome_note"],
        ahead=ahead_of(entry),
        **outcome_of(entry),
    )


def outcome_of(entry: StoryEntry) -> Recorded:
    """What the file says came of it; what it leaves out, the service asks for."""
    told = {name: entry.args[name] for name in OUTCOME_FIELDS if name in entry.args}
    days = {name: entry.telling.calendar.date(told[name]) for name in ("response_on", "progressed_on") if name in told}
    return cast(Recorded, told | days)


def revoke(entry: StoryEntry) -> None:
    plan = in_force(entry)
    plan_ending.revoke_plan(
        plan, by=entry.actor, expected_version=plan.version, reason=entry.args["reason"], reason_code=entry.args["code"],
        ahead=ahead_of(entry),
    )  # fmt: skip


def in_work(entry: StoryEntry) -> Plan:
    plan: Plan = Plan.objects.filter(case=entry.case).working().select_related("case", "board").get()
    return plan


def in_force(entry: StoryEntry) -> Plan:
    plan: Plan = Plan.objects.filter(case=entry.case).in_force().select_related("case", "board").get()
    return plan


def live_steps(plan: Plan) -> list[Step]:
    return list(Step.objects.filter(plan=plan).for_plan().select_related("plan", "board"))


PLAN_ACTS: dict[str, Act] = {
    "draft": draft,
    "amend": amend,
    "edit step": edit_step,
    "submit": submit,
    "sign": sign,
    "dissent": dissent,
    "send back": send_back,
    "delegate": delegate,
    "release": release,
    "discard": discard,
    "answer": answer,
    "hold plan": hold,
    "resume plan": resume,
    "complete plan": complete,
    "revoke plan": revoke,
}
