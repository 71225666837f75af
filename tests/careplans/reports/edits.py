"""A story of some weeks on one board, and what may happen to it afterwards: each act as its service does it, on what stands."""

from datetime import timedelta
from types import SimpleNamespace

from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Board, Membership, User
from accounts.services.boards import change_board, requirements_of
from accounts.services.people import change_person
from careplans.demo.clock import at
from careplans.models import (
    Advisory,
    Case,
    FollowUp,
    Occurrence,
    OutboxMessage,
    Patient,
    Plan,
    RecordMove,
    Reminder,
    Step,
)
from careplans.outbox.bounces import _mark
from careplans.outbox.settle import update_statuses_from_channels
from careplans.services.arm_choice import correct_decision
from careplans.services.care_ends import correct_death, record_death
from careplans.services.cases import close_case, move_case, reopen_case
from careplans.services.done_follow_ups import correct_done_day, take_back_done
from careplans.services.later_outcomes import add_outcome, add_plan_outcome, correct_outcome
from careplans.services.leaving import change_membership, end_membership
from careplans.services.occurrence_corrections import correct_as_given, correct_as_omitted, take_back_occurrence
from careplans.services.occurrence_progress import give_occurrence, give_otherwise, postpone_occurrence
from careplans.services.plan_ending import mark_in_error
from careplans.services.plans import amend_plan, release_plan, submit_plan
from careplans.services.proforma import save_proforma
from careplans.services.record_moves import ask_merge, ask_move_case, confirm, undo
from careplans.services.step_progress import complete_step, hand_over_step, start_step
from careplans.services.steps import edit_step
from common.errors import Conflict
from modalities.models import Modality, Publication
from tests.careplans import makers
from tests.careplans.test_superseded_guidance import publish
from tests.careplans.verbs import OF_CASE
from tests.careplans.worlds import make_world, read

STAGES = ("in sign-off", "signed", "on hold", "with ended steps")
REFUSED = (
    ValidationError, PermissionDenied, Conflict, IntegrityError, AttributeError, TypeError, KeyError, IndexError,
    ObjectDoesNotExist,
)  # fmt: skip
CHANGED_FACTS = {"grade": "G2", "extent": "metastatic", "surgery_option": "no", "primary_site": "ileum"}


def steps(w, *states, **more):
    rows = Step.objects.select_related("plan__case", "case__patient", "board", "assignee")
    return rows.filter(case=w.case, removed_at=None, status__in=states, **more).order_by("pk")


def cycles(w, *states):
    return Occurrence.objects.for_page().filter(case=w.case, status__in=states).order_by("pk")


def follow_ups(w, state):
    return FollowUp.objects.select_related("case__patient", "plan", "board", "assignee").filter(
        case=w.case, status=state
    )


def patient_of(w):
    return Patient.objects.get(pk=w.case.patient_id)


def versioned(service, row, by, **values):
    return service(row, by=by, expected_version=row.version, **values)


def deliver(state):
    """What is due, as a worker leaves it."""

    def act(w):
        due = OutboxMessage.objects.filter(due_at__lte=timezone.now(), status="pending").order_by("pk")
        rows = list(due.values_list("pk", "reminder"))[:60]
        sent = {"sent_at": timezone.now()} if state == "sent" else {}
        OutboxMessage.objects.filter(pk__in=[key for key, _ in rows]).update(status=state, **sent)
        update_statuses_from_channels([reminder for _, reminder in rows])

    return act


def amended(w):
    plan = Plan.objects.select_related("case", "board").filter(case=w.case, status="active").order_by("-number")[0]
    new = amend_plan(plan, by=w.ana, reason="as discussed")
    moved = new.steps.filter(removed_at=None, status="planned").order_by("-pk").first()
    if moved is not None:
        moved.plan.steps.filter(pk=moved.pk).update(rationale="changed")
    submit_plan(new, by=w.ana, expected_version=new.version)
    release(w, new)


def release(w, plan):
    plan = Plan.objects.select_related("case", "board").get(pk=plan.pk)
    if plan.signatures.filter(status="pending").exists():
        makers.sign(plan, by=w.omar)
    plan = Plan.objects.select_related("case", "board").get(pk=plan.pk)
    release_plan(plan, by=w.chloe, expected_version=plan.version, expected_hash=plan.content_hash)


def merged(w):
    other = Patient.objects.exclude(pk=w.case.patient_id).filter(merged_into=None).order_by("pk")[0]
    confirmed(w, ask_merge(patient_of(w), by=w.ana, into=other.pk, reason="One person"))


def case_moved(w):
    other = Patient.objects.exclude(pk=w.case.patient_id).filter(merged_into=None).order_by("-pk")[0]
    confirmed(w, ask_move_case(w.case, by=w.ana, to=other.pk, reason="Not theirs"))


def confirmed(w, move):
    move = RecordMove.objects.get(pk=move.pk)
    versions = {"from_version": move.from_patient.version, "to_version": move.to_patient.version}
    confirm(move, by=w.chloe, expected_version=move.version, **versions)


def board_changed(**fields):
    def act(w):
        board = Board.objects.get(pk=w.case.board_id)
        versioned(change_board, board, w.chloe, fields=fields, requirements=requirements_of(board))

    return act


def role_changed(w):
    member = Membership.objects.select_related("board", "user").get(user=w.omar, ended_at=None)
    seen = member.role, member.discipline
    change_membership(member, seen=seen, role="member", discipline="surgery", by=w.admin)


def left(w):
    member = Membership.objects.select_related("board", "user").get(user=w.ravi, ended_at=None)
    to = dict.fromkeys(("steps", "follow_ups", "cases", "signatures"), w.ana)
    end_membership(member, by=w.admin, successors=to)


def renamed(w):
    person = User.objects.get(pk=w.omar.pk)
    flags = {
        name: getattr(person, name)
        for name in ("is_administrator", "is_editor", "is_approver")
        if hasattr(person, name)
    }
    change_person(
        person, by=w.admin, seen={"name": person.name, **flags}, wanted={"name": "Omar O. Oncologist", **flags}
    )


def withdrawn(w):
    row = Publication.objects.filter(withdrawn_at=None, matters_to_plans=True).order_by("-pk")[0]
    told = {"withdrawn_at": timezone.now(), "withdrawn_reason": "wrong"}
    Publication.objects.filter(pk=row.pk).update(**told)


def arm_corrected(w):
    decision = steps(w, "completed", is_decision=True)[0]
    other = decision.arms.exclude(pk=decision.chosen_arm_id).filter(removed_at=None)[0]
    versioned(correct_decision, decision, w.chloe, chosen_arm=other, on=w.today, reason="seen again")


def next_revision(w):
    publish(Modality.objects.get(code="OSA").revisions.count() + 1, matters=True)


# Beside the verbs of one plan and case (`OF_CASE`): corrections, and what concerns more than one case.
FURTHER = {
    "begin earlier than today": lambda w: versioned(
        start_step, steps(w, "planned")[0], w.ana, on=w.today - timedelta(days=9), due_on=w.day, why="recorded late"
    ),
    "complete earlier than today": lambda w: versioned(
        complete_step,
        steps(w, "in_progress", course="once")[0],
        w.ana,
        on=w.today - timedelta(days=1),
        fulfilment="partial",
        **(makers.OUTCOME | {"response": "partial"}),
    ),
    "hand a step to ravi": lambda w: versioned(
        hand_over_step, steps(w, "planned")[0], w.ana, assignee=w.ravi, why="leave"
    ),
    "give a cycle": lambda w: versioned(
        give_occurrence, cycles(w, "planned", "postponed")[0], w.ana, on=w.today, move_later=False, why="early"
    ),
    "give a cycle otherwise": lambda w: versioned(
        give_otherwise, cycles(w, "planned")[0], w.ana, on=w.today, reason="medical_reason", move_later=False
    ),
    "postpone a cycle": lambda w: versioned(
        postpone_occurrence, cycles(w, "planned")[0], w.ana, to=w.day, reason="deterioration", move_later=False
    ),
    "correct the day of a cycle": lambda w: versioned(
        correct_as_given,
        cycles(w, "given", "given_otherwise").last(),
        w.ana,
        on=w.today - timedelta(days=2),
        why="typed wrong",
        move_later=False,
    ),
    "correct a cycle as left out": lambda w: versioned(
        correct_as_omitted,
        cycles(w, "given", "given_otherwise").last(),
        w.ana,
        reason="patient_choice",
        why="not given",
        move_later=False,
    ),
    "take a cycle back": lambda w: versioned(
        take_back_occurrence, cycles(w, "given", "given_otherwise").last(), w.ana, why="not given", move_later=False
    ),
    "correct a follow-up's day": lambda w: versioned(
        correct_done_day, follow_ups(w, "done")[0], w.ana, done_on=w.today - timedelta(days=3), reason="typed wrong"
    ),
    "take a follow-up back": lambda w: versioned(take_back_done, follow_ups(w, "done")[0], w.ana, reason="not done"),
    "correct an arm": arm_corrected,
    "amend and release": amended,
    "sign and release": lambda w: release(w, Plan.objects.filter(case=w.case, status="in_signoff")[0]),
    "enter a plan in error": lambda w: versioned(
        mark_in_error,
        Plan.objects.select_related("case", "board").filter(case=w.case).latest("number"),
        w.chloe,
        reason="Another patient",
        ahead=makers.NOTHING_AHEAD,
    ),
    "add to the outcome of a step": lambda w: versioned(
        add_outcome,
        steps(w, "completed", "stopped", is_decision=False)[0],
        w.ana,
        on=w.today,
        response="stable",
        toxicity="grade_4",
        toxicity_term="Creatinine increased",
    ),
    "say that a treatment was fatal": lambda w: versioned(
        add_outcome,
        steps(w, "stopped", reason="died")[0],
        w.ana,
        on=w.today,
        toxicity="grade_5",
        toxicity_term="Sepsis",
    ),
    "correct the outcome of a step": lambda w: versioned(
        correct_outcome, steps(w, "completed", "stopped")[0], w.ana, why="another scan", symptom_control="yes"
    ),
    "add to the outcome of a plan": lambda w: versioned(
        add_plan_outcome,
        Plan.objects.select_related("case", "board").filter(case=w.case, status="completed").latest("number"),
        w.chloe,
        on=w.today,
        response="partial",
    ),
    "record a death": lambda w: versioned(
        record_death, patient_of(w), w.ana, source="Ward", year=w.today.year, month=w.today.month, day=w.today.day
    ),
    "correct a death": lambda w: versioned(correct_death, patient_of(w), w.chloe, reason="Another patient"),
    "change facts that decide": lambda w: save_proforma(w.case, CHANGED_FACTS, by=w.ana),
    "change the site": lambda w: save_proforma(w.case, {"primary_site": "pancreas", "ki67_percent": "7"}, by=w.ana),
    "merge": merged,
    "move a case": case_moved,
    "undo a merge": lambda w: versioned(
        undo, RecordMove.objects.filter(status="confirmed").latest("pk"), w.chloe, reason="Sisters"
    ),
    "discuss a case": lambda w: move_case(w.case, Case.Status.DISCUSSED, by=w.ana),
    "close a case": lambda w: close_case(w.case, by=w.chloe, reason="cured", note="-"),
    "open a case again": lambda w: reopen_case(w.case, by=w.chloe, reason="back"),
    "longer grace": board_changed(grace_days=30, escalate_days=2),
    "another clock": board_changed(time_zone="Pacific/Auckland"),
    "another discipline": role_changed,
    "leave the board": left,
    "another name": renamed,
    "a newer page": next_revision,
    "withdraw a page": withdrawn,
    "send what is due": deliver("sent"),
    "fail what is due": deliver("failed"),
    "a mail came back": lambda w: _mark(
        OutboxMessage.objects.for_sending().filter(channel="email", status="sent").latest("pk"), "no such mailbox"
    ),
    "call reminders off": lambda w: Reminder.objects.filter(case=w.case, status="scheduled").update(
        status="cancelled", cancel_reason="-"
    ),
    "an advisory ends": lambda w: Advisory.objects.filter(case=w.case, ended_at=None, answer="").update(
        state="obsolete", ended_at=timezone.now()
    ),
}
EVERY = sorted([*OF_CASE, *FURTHER])


class Story:
    """Cases at several stages on one board. `now` only goes on; what is asked between two acts is asked by the clock of then."""

    def __init__(self, board, people):
        self.board, self.people = board, people
        self.now = timezone.now() + timedelta(minutes=5)
        self.cases, self.done, self.refused = [], [], []

    def begin(self):
        keys = {name: self.people[name] for name in ("ana", "omar", "chloe")}
        for number, stage in enumerate(STAGES, 1):
            with at(self.now):
                self.cases.append(make_world(self.board, stage, record_number=f"SYN-{number}", **keys))
            self.now += timedelta(hours=3)
        with at(self.now):
            self.cases.append(self._with_cycles(**keys))
        return self

    def _with_cycles(self, ana, omar, chloe):
        plan = makers.make_plan(makers.make_case(self.board, by=ana, record_number="SYN-5"), by=ana, steps=2)
        edit_step(plan.steps.get(position=1), {"planned_start": makers.TODAY(), **makers.CYCLES}, by=ana)
        makers.submit(plan, by=ana)
        release(SimpleNamespace(omar=omar, chloe=chloe), plan)
        return plan.case

    def act(self, name, case=0, minutes=0):
        """Whether it was done. What does not fit is refused, and leaves nothing behind."""
        self.now += timedelta(minutes=minutes, milliseconds=1)
        try:
            with at(self.now), transaction.atomic():
                world = read(self.cases[case % len(self.cases)], **self.people)
                FURTHER[name](world) if name in FURTHER else OF_CASE[name].act(world)
        except REFUSED as error:
            self.refused.append((name, case, repr(error)[:300]))
            return False
        self.done.append(name)
        return True
