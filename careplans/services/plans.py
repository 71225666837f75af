from collections.abc import Collection, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Prefetch, prefetch_related_objects
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_reason, check_transition
from careplans.locks import take_case, take_people, take_plan, take_right
from careplans.models import Case, Plan, PlanSchedule, Proforma, Step
from careplans.models.monitoring import monitoring_of
from careplans.models.plan_content import content_hash
from careplans.readers.schedules.plan_schedules import Shown, missing_in_schedules, shown_schedules
from careplans.readers.steps.arms import missing_in_arms
from careplans.readers.steps.courses import course_faults, fewer_than_given, loose_monitoring, missing_in_course
from careplans.reminders.news import cancel_in_signoff, tell_of_plan
from careplans.reminders.schedule import Kind, schedule_step
from careplans.rules import advisories
from careplans.services import (
    changed_facts,
    plan_content_lock,
    plan_handover,
    plan_people,
    plan_schedules,
    schedule_starts,
    scheduled_follow_ups,
    signatures,
)
from careplans.services.cases import enter_care
from careplans.services.followups import answer_ahead
from careplans.services.nothing_ahead import ComesNext, overtake, person_of
from careplans.services.plan_content_lock import Edited
from careplans.services.proforma import snapshot
from careplans.services.signature_requests import request_signatures
from careplans.services.steps import pin_steps
from common.merging import merge
from common.writing import compare_and_set, note_change, transactional

EDITABLE = ("aim", "no_treatment", "no_treatment_reason", "amendment_reason")


@transactional
def draft_plan(
    case: Case, *, by: User, aim: str = "", no_treatment: bool = False, no_treatment_reason: str = ""
) -> Plan:  # fmt: skip
    """Begin the first plan of a case. Where one is in force, amend it instead. One draft at a time."""
    require(by, "plans.draft", case.board_id)
    take_case(case)
    check_may_begin(case)
    plan = create_version(
        case, by=by, aim=aim, no_treatment=no_treatment, no_treatment_reason=no_treatment_reason
    )  # fmt: skip
    if no_treatment:
        # Without a step the rules have something to say of it at once.
        advisories.refresh_plan(plan.pk)
    return plan


def check_may_begin(case: Case) -> None:
    """Whether a case that is taken may have a plan that amends none."""
    check_open(case)
    if Plan.objects.filter(case=case).in_force().exists():
        raise ValidationError("This case has a plan in force. Amend that plan instead of starting another.")


@transactional
def amend_plan(plan: Plan, *, by: User, reason: str, expected_version: int | None = None) -> Plan:
    """A new version of a plan in force, with its open and past steps copied. The old one stays as it was.

    With `expected_version` (the API) any change of the plan in force since then raises Conflict.
    """
    require(by, "plans.draft", plan.board_id)
    take_plan(plan, expected=expected_version)
    check_open(plan.case)
    if not plan.is_in_force:
        raise ValidationError("Only a plan in force can be amended. Edit the draft, or start a new plan.")
    reason = check_reason(reason, what="the amendment")
    new = create_version(
        plan.case, by=by, aim=plan.aim, amends=plan, amendment_reason=reason,
        no_treatment=plan.no_treatment, no_treatment_reason=plan.no_treatment_reason,
    )  # fmt: skip
    plan_schedules.copy_schedules(plan, new, plan_handover.copy_steps(plan, new))
    advisories.refresh_plan(new.pk)
    history.record(new, "plan_amends", by=by, reason=reason, amends=plan.number)
    return new


def create_version(case: Case, *, by: User, **fields: Any) -> Plan:
    last = Plan.objects.filter(case=case).order_by("-number").first()
    try:
        with transaction.atomic():
            plan = Plan.objects.create(
                board_id=case.board_id, case=case, number=last.number + 1 if last else 1, created_by=by, **fields
            )
    except IntegrityError as error:
        raise ValidationError(
            "Somebody is already drafting a plan for this case. Open that draft and work on it together."
        ) from error
    history.record(plan, "plan_drafted", by=by, new=plan.status)
    return plan


@transactional
def edit_plan(
    plan: Plan, values: Mapping[str, Any], *, by: User, base: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> tuple[Edited, dict[str, Any]]:  # fmt: skip
    """Save fields of the plan itself; fields in dispute come back with the colleague's value and are not saved.

    With `expected_version` (the API) any change since then raises Conflict instead.
    """
    plan = plan_content_lock.lock_for_editing(plan, by=by, expected_version=expected_version)
    posted = {name: value for name, value in values.items() if name in EDITABLE}
    result = merge(current={name: getattr(plan, name) for name in posted}, base=base, posted=posted)
    if not result.changes:
        return Edited(plan=plan), result.conflicts
    note_change(plan, result.changes)
    Plan.objects.filter(pk=plan.pk).update(**result.changes)
    for name, value in result.changes.items():
        setattr(plan, name, value)
    edited = plan_content_lock.content_changed(plan, by=by)
    history.record(plan, "plan_edited", by=by, fields=sorted(result.changes))
    return edited, result.conflicts


@transactional
def submit_plan(plan: Plan, *, by: User, expected_version: int) -> Plan:
    """Put the plan to sign-off: facts and content are fixed, each required discipline is asked.

    Its steps then rest on the revisions of the reference pages that are in force at this moment.
    """
    require(by, "plans.draft", plan.board_id)
    take_people(plan.board_id, *plan_people.work_given(plan))
    take_plan(plan, expected=expected_version)
    check_transition(Plan.TRANSITIONS, plan.status, Plan.Status.IN_SIGNOFF, noun="plan")
    check_open(plan.case)
    check_amends_in_force(plan)
    steps = list(Step.objects.filter(plan=plan).for_plan())
    prefetch_related_objects([plan], Prefetch("schedules", PlanSchedule.objects.live()))
    problems = missing_for_signoff(plan, steps) + plan_people.left_before_signoff(plan, steps)
    if problems:
        raise ValidationError(problems)
    facts = Proforma.objects.get(case_id=plan.case_id)
    pin_steps(steps, by=by)
    compare_and_set(
        plan, expected=expected_version, status=Plan.Status.IN_SIGNOFF, submitted_at=timezone.now(), submitted_by=by,
        content_hash=content_hash(plan, steps, plan.standing_schedules), facts_snapshot=snapshot(facts), facts_changed_at=None,
    )  # fmt: skip
    history.record(plan, "plan_moved", by=by, old="draft", new="in_signoff", content_version=plan.content_version)
    request_signatures(plan, steps, facts, by=by)
    return plan


def check_amends_in_force(plan: Plan) -> None:
    """An amendment goes on from the plan in force. When that has ended meanwhile, its copied steps rest on nothing."""
    old = Plan.objects.filter(pk=plan.amends_id).first() if plan.amends_id else None
    if old is not None and not old.is_in_force:
        raise ValidationError(
            f"Plan {old.number}, which this one amends, is {old.get_status_display().lower()} meanwhile, and its steps have "
            "ended with it. Discard this draft and start a new plan, so that every step is planned anew."
        )


def missing_for_signoff(plan: Plan, steps: list[Step], shown: Sequence[Shown] | None = None) -> list[str]:
    """What still has to be filled in before sign-off, as sentences. The plan comes with its schedules; those that are `shown`
    already cost no query."""
    problems: list[str] = []
    if plan.no_treatment and not plan.no_treatment_reason.strip():
        problems.append("Say why there is no treatment now.")
    if plan.no_treatment and steps:
        problems.append("The plan says “no treatment now” and also has steps. Remove one or the other.")
    if not plan.no_treatment and not steps:
        problems.append("Add at least one step, or choose “no treatment now” with a reason.")
    if shown is None:
        shown = shown_schedules(plan, plan.standing_schedules, plan.board.today)
    problems += missing_in_schedules(shown)
    return problems + [sentence for step in steps for sentence in missing_in_step(step)] + missing_in_arms(steps)


def missing_in_step(step: Step) -> list[str]:
    """What a step still needs before sign-off, and what in it does not fit, as sentences. No query."""
    return [f"Step {step.number} ({step.title}) {words}" for words in needs_of(step)]


def needs_of(step: Step) -> list[str]:
    """The same, for the row of the step itself: “needs a goal.” In an arm its start may follow from the decision."""
    missing = [
        words
        for value, words in (
            (step.goals, "a goal"), (step.owner_id, "an owner"), (step.planned_start or step.arm_id, "a planned start"),
            (step.description or step.reference_page_title or step.modality_code != "OTHER",
             "a description, because its modality is “other”"),
        )
        if not value
    ]  # fmt: skip
    missing += missing_in_course(step)
    faults = [*course_faults(step), loose_monitoring(step, monitoring_of(step)), fewer_than_given(step)]
    return ([f"needs {', '.join(missing)}."] if missing else []) + [words for words in faults if words]


@transactional
def recall_plan(plan: Plan, *, by: User, expected_version: int, reason: str) -> int:
    """Take a plan in sign-off back to draft. Returns how many signatures were voided."""
    require(by, "plans.draft", plan.board_id)
    reason = check_reason(reason, what="taking the plan back")
    take_plan(plan, expected=expected_version)
    return plan_content_lock.return_to_draft(plan, by=by, expected_version=expected_version, reason=reason)


@transactional
def release_plan(
    plan: Plan, *, by: User, expected_version: int, expected_hash: str, note: str = "", acknowledged: Collection[str] = (),
    instead: Mapping[int, User] | None = None, passed: str = "", passed_on: date | None = None, ahead: ComesNext | None = None,
) -> Plan:  # fmt: skip
    """The chair makes a signed plan the plan in force.

    Supersedes the old one, carries over what its steps have become, schedules follow-ups and reminders and puts the
    case in care. With a dissent on record the chair says in `note` why the plan is released all the same. `acknowledged`
    names every deciding fact that has changed since the plan was sent to sign-off; nothing else releases it then. `instead`
    says who does what the plan gives to somebody (by key) who cannot do it any more, `passed` what becomes of dates of its
    schedules that have passed meanwhile. Where the plan leaves nothing dated ahead of the case, `ahead` says what comes next, or
    why nothing.
    """
    instead = instead or {}
    named = _given_work(plan, instead, ahead)
    take_right(by, "plans.release", plan.board_id, naming=named)
    take_plan(plan, expected=expected_version)
    _check_release(plan, expected_hash=expected_hash, note=note, by=by)
    plan_people.check_all_there(plan, instead, taken=named)
    changed_facts.acknowledge(plan, by=by, named=acknowledged, note=note)
    plan_handover.supersede_old(plan, by=by)
    compare_and_set(
        plan, expected=plan.version, status=Plan.Status.ACTIVE, released_at=timezone.now(), released_by=by,
        release_note=note.strip(),
    )  # fmt: skip
    history.record(plan, "plan_moved", by=by, old="in_signoff", new="active", reason=note.strip())
    for step in plan_handover.activate_steps(plan, by=by, instead=instead):
        schedule_step(step)
    plan_handover.hand_over_schedules(plan, instead)
    scheduled_follow_ups.schedule_for_plan(plan, by=by, passed=passed, passed_on=passed_on)
    schedule_starts.follow_steps(plan, by=by)
    enter_care(plan.case, by=by)
    overtake(plan.case)
    answer_ahead(plan.case, ahead, by=by)
    cancel_in_signoff(plan, reason="the plan was released")
    tell_of_plan(Kind.RELEASED, plan, by=by)
    return plan


def _given_work(plan: Plan, instead: Mapping[int, User], ahead: ComesNext | None) -> set[int]:
    """Everybody whom the release may give work: their memberships are taken before the case."""
    people = {*plan_people.work_given(plan), *(user.pk for user in instead.values())}
    following = person_of(ahead)
    others = {following.pk if following else None, *schedule_starts.people_waiting(plan.pk)}
    return people | {pk for pk in others if pk is not None}


def _check_release(plan: Plan, *, expected_hash: str, note: str, by: User) -> None:
    check_transition(Plan.TRANSITIONS, plan.status, Plan.Status.ACTIVE, noun="plan")
    check_open(plan.case)
    check_amends_in_force(plan)
    signatures.check_signed(plan, expected_hash=expected_hash, note=note)
    signatures.check_not_alone(plan, by=by)


@transactional
def discard_draft(plan: Plan, *, by: User, expected_version: int, reason: str) -> Plan:
    """A draft that should not exist is kept as entered in error."""
    require(by, "plans.draft", plan.board_id)
    take_plan(plan, expected=expected_version)
    if plan.status != Plan.Status.DRAFT:
        raise ValidationError(
            f"Only a draft is discarded, and this plan is {plan.get_status_display().lower()}. Take it back to draft first, or "
            "ask the chair to revoke it."
        )
    return end_plan(plan, Plan.Status.ENTERED_IN_ERROR, by=by, expected_version=expected_version, reason=reason)


def end_plan(plan: Plan, to: str, *, by: User, expected_version: int, reason: str, **outcome: Any) -> Plan:
    """Shared by the verbs that end a plan: check the move, compare and set the row, write both records."""
    check_transition(Plan.TRANSITIONS, plan.status, to, noun="plan")
    if to != Plan.Status.COMPLETED:
        reason = check_reason(reason, what="ending the plan")
    old = plan.status
    compare_and_set(
        plan,
        expected=expected_version,
        status=to,
        ended_at=timezone.now(),
        end_reason=reason,
        facts_changed_at=None,
        **outcome,
    )
    history.record(plan, "plan_moved", by=by, old=old, new=to, reason=reason)
    return plan
