"""What the end of a patient's care does to every case of theirs, on every board, in one transaction.

All cases first, by their keys, then plans, steps with their cycles, follow-ups, then reminders: the one lock order
(careplans/locks.py). Nothing is decided here about what happened: no outcome is written, and what was done stays as it was.
"""

from dataclasses import dataclass, field
from datetime import date

from django.db.models import F, Value
from django.db.models.functions import Concat

from accounts.models import Board, Membership, User
from accounts.permissions import BOARD_ACTIONS
from accounts.services.notices import add_notice
from careplans import history
from careplans.models import CareEnd, CareEnded, Case, FollowUp, Occurrence, Patient, PatientBoard, Plan, Reminder, Step
from careplans.models.step_values import TAKEN_BACK, Reason
from careplans.readers.care_ends import boards_done_after
from careplans.reminders.escalation import leads
from careplans.reminders.schedule import cancel
from careplans.services.nothing_ahead import overtake
from careplans.services.occurrences import end_occurrences
from careplans.services.plan_content_lock import return_to_draft
from careplans.services.plans import end_plan
from common.writing import compare_and_set, lock

REASONS = {
    CareEnd.Kind.DIED: (Case.CloseReason.DIED, Step.Reason.DIED),
    CareEnd.Kind.TRANSFERRED: (Case.CloseReason.TRANSFERRED, Step.Reason.MOVED_AWAY),
}

# Only to the board whose own it is.
LATE = "Something is recorded as done after that day on your board: look at both dates."


@dataclass
class Work:
    """One end of care on its way through the rows, and what it has ended so far."""

    end: CareEnd
    by: User
    ended: list[CareEnded] = field(default_factory=list)

    @property
    def words(self) -> str:
        return _words(self.end)

    @property
    def reason(self) -> Reason:
        return REASONS[CareEnd.Kind(self.end.kind)][1]

    @property
    def day(self) -> date | None:
        """The day, where it is known as one."""
        end = self.end
        return date(end.year, end.month, end.day) if end.year and end.month and end.day else None

    def keep(self, row: Case | Plan | Step | FollowUp, case_id: int, **what: object) -> None:
        """As it stood before, to be offered back."""
        due_on, assignee = getattr(row, "due_on", None), getattr(row, "assignee_id", None)
        self.ended.append(
            CareEnded(
                board_id=row.board_id,
                end=self.end,
                case_id=case_id,
                was=row.status,
                due_on=due_on,
                assignee_id=assignee,
                **what,
            )
        )


def _words(end: CareEnd) -> str:
    if end.kind == CareEnd.Kind.DIED:
        return f"The patient died ({end.on if end.year else 'date unknown'})."
    return f"Transferred to {end.to_centre} on {end.on}."


def end_care(patient: Patient, end: CareEnd, *, by: User) -> list[CareEnded]:
    """The patient is taken. Returns what it ended."""
    cases = lock(Case.objects.filter(patient=patient))
    plans = lock(Plan.objects.filter(case__in=cases).open())
    steps = lock(Step.objects.filter(plan__in=[plan.pk for plan in plans if plan.is_in_force], removed_at=None).open())
    lock(Occurrence.objects.filter(step__in=[step.pk for step in steps]).open())
    follow_ups = lock(FollowUp.objects.filter(case__in=cases).open())
    work = Work(end, by)
    said = "the patient died" if end.kind == CareEnd.Kind.DIED else "the patient was transferred"
    cancel(Reminder.objects.filter(case__in=cases), said)
    for case in cases:
        if case.is_open:
            work.keep(case, case.pk)
    # A draft first: it may amend the plan in force.
    for plan in sorted(plans, key=lambda plan: plan.is_in_force):
        _end_plan(plan, work)
    for follow_up in follow_ups:
        _end_follow_up(follow_up, work)
    for step in steps:
        _end_step(step, work)
    for case in cases:
        if case.is_open:
            _end_case(case, work)
    return CareEnded.objects.bulk_create(work.ended)


def _end_plan(plan: Plan, work: Work) -> None:
    """Revoked, as domain note D.3 has it: withdrawn from being carried out, with a reason. Completed would say that it was
    carried out, and would ask for an outcome. A draft has only one end, entered in error; its reason says what it was."""
    work.keep(plan, plan.case_id, plan=plan)
    if plan.status == Plan.Status.IN_SIGNOFF:
        return_to_draft(plan, by=work.by, expected_version=plan.version, reason=work.words)
    to = Plan.Status.REVOKED if plan.is_in_force else Plan.Status.ENTERED_IN_ERROR
    coded = {"end_reason_code": work.reason} if plan.is_in_force else {}
    end_plan(plan, to, by=work.by, expected_version=plan.version, reason=work.words, **coded)


def _end_step(step: Step, work: Work) -> None:
    work.keep(step, step.case_id, plan_id=step.plan_id, step=step)
    old, day = step.status, work.day
    begun = step.started_on is not None
    ended = {"ended_on": day, "fulfilment": step.fulfilment_when_stopped} if begun else {}
    if day and step.started_on and step.started_on > day:
        ended["ended_on"] = None
    to = Step.Status.STOPPED if begun else Step.Status.NOT_DONE
    reason = work.reason
    end_occurrences(step, by=work.by, on=day or step.board.today, reason=reason, reason_note=work.words)
    compare_and_set(step, expected=step.version, status=to, due_on=None, reason=reason, reason_note=work.words, **ended)
    history.record(step, "step_moved", by=work.by, old=old, new=to, reason=work.words)


def _end_follow_up(follow_up: FollowUp, work: Work) -> None:
    work.keep(follow_up, follow_up.case_id, follow_up=follow_up)
    to = FollowUp.Status.CANCELLED
    # Nobody decided that it is not needed: a plan that comes back writes its day again.
    compare_and_set(follow_up, expected=follow_up.version, status=to, reason=work.words, scheduled_for=None)
    history.record(follow_up, "follow_up_settled", by=work.by, old="planned", new=to, reason=work.words)


def _end_case(case: Case, work: Work) -> None:
    """From whatever state: a death waits for no triage."""
    old, to = case.status, Case.Status.CLOSED
    compare_and_set(case, expected=case.version, status=to, close_reason=REASONS[CareEnd.Kind(work.end.kind)][0])
    # Brought back, it is asked anew what lies ahead.
    overtake(case)
    history.record(case, "case_moved", by=work.by, old=old, new=to, reason=work.words)


def mark_taken_back(end: CareEnd) -> list[Case]:
    """What it ended stays ended; wherever its reason is read, it says from now on that this does not hold."""
    ended = CareEnded.objects.filter(end=end)
    cases = lock(Case.objects.filter(pk__in=ended.values("case")))
    said = Value(f" {TAKEN_BACK} {end.board.today:%-d %b %Y}.")
    counted, noted = {"version": F("version") + 1}, {"reason_note": Concat("reason_note", said)}
    Plan.objects.filter(pk__in=ended.filter(step=None).values("plan")).update(
        end_reason=Concat("end_reason", said), **counted
    )
    steps = ended.exclude(step=None).values("step")
    Step.objects.filter(pk__in=steps).update(**noted, **counted)
    Occurrence.objects.filter(step__in=steps, reason_note=_words(end)).update(**noted, **counted)
    FollowUp.objects.filter(pk__in=ended.values("follow_up")).update(reason=Concat("reason", said), **counted)
    return cases


def tell_boards(patient: Patient, words: str, end: CareEnd, what: str, *, by: User) -> None:
    """In the app: who leads a board that knows the patient, and whoever was to do something that has ended."""
    boards = Board.objects.filter(pk__in=PatientBoard.objects.filter(patient=patient).values("board"), is_active=True)
    asked = {user for board in boards for user in leads(board)}
    ended = CareEnded.objects.filter(end=end)
    asked |= set(ended.exclude(assignee=None).values_list("assignee", flat=True))
    asked |= set(ended.values_list("case__responsible", flat=True))
    # Whoever only counts cases now reads no names, whatever was theirs before.
    roles = BOARD_ACTIONS["patients.view"][0]
    on_boards = Membership.objects.filter(board__in=boards, ended_at=None, role__in=roles)
    there = on_boards.filter(user__in=asked - {by.pk}, user__is_active=True)
    last = end.last_day if end.withdrawn_at is None else None
    late = boards_done_after(patient, last) - {end.board_id} if last else set()
    # Somebody on several boards hears of it once: from one that has to look at its dates, or from the first.
    found = sorted(there.values_list("user", "board"), key=lambda one: (one[1] in late, -one[1]))
    from_board = dict(found)
    for user in User.objects.filter(pk__in=from_board).order_by("pk"):
        board = from_board[user.pk]
        add_notice(
            user, kind="care_end", text=f"{words} {LATE}" if board in late else words,
            path=f"/patients/{patient.pk}/ends/{end.pk}/", dedupe_key=f"care_end.{end.pk}.{what}.{user.pk}", board=board,
        )  # fmt: skip
