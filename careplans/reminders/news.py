"""What has happened to a plan or a step, told to those who answer for it: in the app with the patient's name, by e-mail without.

Who did it is not told. Everybody else of: who drafted the plan, the board's chairs and coordinators, and whom the case asks for
(who signed, whose step it is).
"""

from collections.abc import Iterable

from accounts.models import Membership, User
from accounts.permissions import BOARD_ACTIONS
from careplans.models import Plan, Proforma, Reminder, Signature, Step
from careplans.readers.facts.deciding_facts import FactDifference, deciding_names, differences
from careplans.reminders.backlog import untold_before
from careplans.reminders.escalation import leads
from careplans.reminders.schedule import Kind, ReminderSpec, cancel, write
from careplans.reminders.working_days import Hour

# What is told of a plan in sign-off is over when it leaves it.
IN_SIGNOFF = (Kind.DISSENT, Kind.READY)


def tell_of_plan(kind: str, plan: Plan, *, by: User | None, why: str = "", also: Iterable[int | None] = ()) -> None:
    """Inside the transaction of what happened, which holds the plan. Told anew, what has not gone out is replaced."""
    cancel(Reminder.objects.filter(plan=plan, kind=kind), "replaced")
    _write(plan, kind, [plan.created_by_id, *also], by=by, why=why)


def tell_of_step(step: Step, *, by: User) -> None:
    """A step was stopped or is not done: also to who sees to it and who answers for it."""
    _write(step, Kind.STEP_ENDED, [step.plan.created_by_id, step.assignee_id, step.owner_id], by=by)


def tell_of_outcome(row: Plan | Step, *, by: User) -> None:
    """It has progressed, or did severe harm, and that came out after the end: also to who answers for the case."""
    plan = row.plan if isinstance(row, Step) else row
    doers = [row.assignee_id, row.owner_id] if isinstance(row, Step) else []
    about = {"step": row} if isinstance(row, Step) else {"plan": row}
    cancel(Reminder.objects.filter(kind=Kind.OUTCOME, **about), "replaced")
    _write(row, Kind.OUTCOME, [plan.created_by_id, row.case.responsible_id, *doers], by=by)


def tell_of_facts(plan: Plan, *, by: User) -> None:
    """Also to everybody who signed what stands."""
    signers = Signature.objects.filter(plan=plan, content_version=plan.content_version, signer__isnull=False)
    tell_of_plan(Kind.FACTS, plan, by=by, also=signers.values_list("signer", flat=True))


def cancel_in_signoff(plan: Plan, *, reason: str) -> None:
    """The plan left sign-off: that it was ready, or dissented from, is not told any more."""
    cancel(Reminder.objects.filter(plan=plan, kind__in=IN_SIGNOFF), reason)


def _write(subject: Plan | Step, kind: str, people: Iterable[int | None], *, by: User | None, why: str = "") -> None:
    board = subject.board
    asked = {*people, *leads(board)} - {by.pk if by else None, None}
    roles = BOARD_ACTIONS["patients.view"][0]
    there = Membership.objects.filter(user__in=asked, board=board, ended_at=None, user__is_active=True, role__in=roles)
    told = there.order_by("user").values_list("user", flat=True).distinct()
    specs = [ReminderSpec(subject, user, kind, board.today, why) for user in told]
    write(specs, Hour.of(board), board=board, at_once=True)


def obstacle_to_news(reminder: Reminder) -> str:
    """Why it is no news any more; empty when it may go out."""
    plan, step, kind = reminder.plan, reminder.step, reminder.kind
    if kind == Kind.OUTCOME:
        return "" if _ended(reminder).bad_news else "it was put right"
    if step is not None:
        return "" if step.status in Step.FAILED else "the step goes on"
    if plan is None:
        return "already settled"
    if kind in IN_SIGNOFF and plan.status != Plan.Status.IN_SIGNOFF:
        return "the plan is not in sign-off any more"
    if kind == Kind.READY and Signature.objects.filter(plan=plan).awaited().exists():
        return "another answer is awaited"
    if kind == Kind.SENT_BACK and plan.status != Plan.Status.DRAFT:
        return "the plan is not a draft any more"
    if kind == Kind.RELEASED and not plan.is_in_force:
        return "the plan is not in force any more"
    if kind == Kind.DIFFERS and plan.content_differs_since is None:
        return "it says again what was signed"
    if kind == Kind.FACTS and not _changed_facts(plan):
        return "the facts are again those that it was signed on, or the plan has ended"
    return ""


def news_text(reminder: Reminder) -> str:
    """One line for the app, the patient's name first. What changed facts are is read now, so that it is true when it is told."""
    patient = reminder.case.patient if reminder.case else "A patient"
    for_whom = f" Told {reminder.why}." if reminder.instead_of_id else ""
    if reminder.kind == Kind.OUTCOME:
        row = _ended(reminder)
        what = row.heading if isinstance(row, Step) else f"Plan {row.number}"
        return f"{patient}: {what}, which has ended. {'. '.join(row.bad_news)}.{for_whom}{_how_late(reminder)}"
    if reminder.step is not None:
        step = reminder.step
        words = "stopped" if step.status == Step.Status.STOPPED else "not done"
        why = step.get_reason_display().lower()
        return f"{patient}: step {step.number} ({step.title}) was {words}: {why}.{for_whom}{_how_late(reminder)}"
    if reminder.plan is None:
        return f"{patient}: there is news.{for_whom}"
    return f"{patient}: plan {reminder.plan.number} {_what_happened(reminder, reminder.plan)}{for_whom}{_how_late(reminder)}"


def _ended(reminder: Reminder) -> Plan | Step:
    row = reminder.step or reminder.plan
    assert row is not None  # noqa: S101 - a constraint of the table, as the kind is written of nothing else
    return row


def _how_late(reminder: Reminder) -> str:
    """What is told on a later day says when it happened, and what happened before of which nobody was told."""
    if reminder.board is None:
        return ""
    late = f" That was on {_day(reminder)}." if reminder.local_day < reminder.board.today else ""
    before = [f"{row.get_kind_display().lower()} ({_day(row)})" for row in untold_before(reminder)]
    return f"{late} Before that, and not told then: {', '.join(before)}." if before else late


def _day(reminder: Reminder) -> str:
    return f"{reminder.local_day:%-d %b %Y}"


def _what_happened(reminder: Reminder, plan: Plan) -> str:
    whom = "" if reminder.instead_of_id else reminder.why
    if reminder.kind == Kind.DISSENT:
        return f"has a dissent{f' of {whom}' if whom else ''}. The chair decides and says why."
    if reminder.kind == Kind.SENT_BACK:
        return f"was sent back{f' by {whom}' if whom else ''} and is a draft again."
    if reminder.kind == Kind.READY:
        return "has every answer that it needs. It is ready to release."
    if reminder.kind == Kind.RELEASED:
        return "has been released and is in force."
    if reminder.kind == Kind.ENDED:
        state = plan.get_status_display().lower()
        return f"is {state}: {plan.end_reason} What was still open of it is not done any more, and its follow-ups are cancelled."
    if reminder.kind == Kind.DIFFERS:
        return "does not say what was signed any more. Read the signed copy before anybody acts on it, and tell an administrator."
    return f"rests on facts that have changed. {'; '.join(one.sentence for one in _changed_facts(plan))}"


def _changed_facts(plan: Plan) -> list[FactDifference]:
    """Read now. Somebody's answer for them ends nothing: who signed is to hear of it all the same."""
    return differences(plan, Proforma.objects.get(case=plan.case_id), deciding_names(plan.board_id))
