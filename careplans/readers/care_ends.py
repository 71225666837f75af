"""Before a patient's care ends as a whole: what would end, and what is recorded as done after that day."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from accounts.models import User
from accounts.permissions import boards_where
from careplans.models import Case, FollowUp, Occurrence, Patient, Plan, Signature, Step, StepBreak
from common.shown import mark


@dataclass(frozen=True)
class Ending:
    """What is open on one board. Of other boards, nothing: not even whether there is anything."""

    cases: list[Case]
    plans: list[Plan]
    steps: list[Step]
    follow_ups: list[FollowUp]
    signatures: int

    @property
    def mark(self) -> str:
        """Of all that the page says of it."""
        return mark(
            [(case.pk, case.title) for case in self.cases], [(plan.pk, plan.status) for plan in self.plans],
            [(step.pk, step.heading, step.status, step.started_on, step.assignee_id) for step in self.steps],
            [(row.pk, row.heading, row.due_on, row.assignee_id) for row in self.follow_ups], self.signatures,
        )  # fmt: skip


def what_ends(patient: Patient) -> Ending:
    """On the board from which the patient is looked at. Five queries."""
    here = Case.objects.filter(patient=patient, board=patient.board_id).open()
    plans = Plan.objects.filter(case__in=here).open()
    steps = Step.objects.filter(plan__in=plans.in_force(), removed_at=None).open().for_work_list()
    follow_ups = FollowUp.objects.filter(case__in=here).open().for_work_list()
    return Ending(
        list(here.order_by("pk")), list(plans.order_by("pk")), list(steps.order_by("plan", "position", "pk")),
        list(follow_ups.order_by("due_on", "pk")), Signature.objects.filter(plan__in=plans).awaited().count(),
    )  # fmt: skip


def done_after(patient: Patient, day: date, by: User) -> list[str]:
    """What the boards that this person sees have recorded as done after that day, as sentences. Of others, nothing is said."""
    seen = boards_where(by, "patients.view")
    # An amended plan and its successor tell the same of a step.
    return list(dict.fromkeys(words for board, words in _done(patient, day) if board in seen))


def boards_done_after(patient: Patient, day: date) -> set[int]:
    """The boards that have recorded something as done after that day: each is told of its own."""
    return {board for board, _ in _done(patient, day)}


def _done(patient: Patient, day: date) -> Iterator[tuple[int, str]]:
    steps = Step.objects.filter(case__patient=patient, removed_at=None).order_by("pk")
    for step in steps:
        for word, on in (("began", step.started_on), ("ended", step.ended_on)):
            if on is not None and on > day:
                yield step.board_id, f"{step.heading} {word} on {on:%-d %B %Y}."
    given = Occurrence.objects.filter(step__in=steps, given_on__gt=day)
    for one in given.select_related("step").order_by("step", "number"):
        yield one.board_id, f"{one.step.heading}: {one.heading} was given on {one.given_on:%-d %B %Y}."
    for held in StepBreak.objects.filter(step__in=steps, held_from__gt=day).select_related("step").order_by("pk"):
        yield held.board_id, f"{held.step.heading} was held from {held.held_from:%-d %B %Y}."
    for row in FollowUp.objects.filter(case__patient=patient, done_on__gt=day).order_by("done_on", "pk"):
        yield row.board_id, f"{row.heading} was done on {row.done_on:%-d %B %Y}."
