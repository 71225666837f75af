"""Before a patient's care ends as a whole: what would end, and what is recorded of later than that day; or, of a birth date, of
earlier."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from accounts.models import User
from accounts.permissions import boards_where
from careplans.models import (
    Case,
    FollowUp,
    Occurrence,
    Patient,
    Plan,
    PriorTreatment,
    Proforma,
    Signature,
    Specimen,
    Step,
    StepBreak,
)
from careplans.models.outcomes import Toxicity
from careplans.models.proforma import DAYS
from careplans.readers.facts.proforma import label_of
from common.partial_dates import PartialDate
from common.shown import mark
from common.unlikely_days import When, is_before, said_of


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


def done_after(of: Patient | Case, day: When, by: User) -> list[str]:
    """What the boards that this person sees have recorded of later than that day, as sentences. Of others, nothing is said."""
    return _seen(by, (one for one in _dated(_cases(of)) if is_before(day, one.day)))


def recorded_before(of: Patient | Case, day: When, by: User) -> list[str]:
    """The same of earlier than that day: what cannot be if the patient was born on it."""
    return _seen(by, (one for one in _dated(_cases(of)) if is_before(one.day, day)))


def boards_done_after(patient: Patient, day: date) -> set[int]:
    """The boards that have recorded something of later than that day: each is told of its own."""
    return {one.board for one in _dated(_cases(patient)) if is_before(day, one.day)}


@dataclass(frozen=True)
class Dated:
    """Something that happened, or was found, on a day."""

    board: int
    day: When
    words: str


def _seen(by: User, found: Iterable[Dated]) -> list[str]:
    seen = boards_where(by, "patients.view")
    # An amended plan and its successor tell the same of a step.
    return list(dict.fromkeys(one.words for one in found if one.board in seen))


def _cases(of: Patient | Case) -> QuerySet[Case]:
    return Case.objects.filter(patient=of) if isinstance(of, Patient) else Case.objects.filter(pk=of.pk)


def _dated(cases: QuerySet[Case]) -> Iterator[Dated]:
    """All of it. As many queries, however much there is."""
    yield from _done(cases)
    yield from _outcomes(cases)
    yield from _found(cases)


def _done(cases: QuerySet[Case]) -> Iterator[Dated]:
    steps = Step.objects.filter(case__in=cases, removed_at=None).order_by("pk")
    for step in steps:
        yield from _on(step.board_id, f"{step.heading} began", step.started_on)
        yield from _on(step.board_id, f"{step.heading} ended", step.ended_on)
    given = Occurrence.objects.filter(step__in=steps, given_on__isnull=False)
    for one in given.select_related("step").order_by("step", "number"):
        yield from _on(one.board_id, f"{one.step.heading}: {one.heading} was given", one.given_on)
    for held in StepBreak.objects.filter(step__in=steps).select_related("step").order_by("pk"):
        yield from _as(held.board_id, f"{held.step.heading} was held from", held.held_from)
    for row in FollowUp.objects.filter(case__in=cases, done_on__isnull=False).order_by("done_on", "pk"):
        yield from _on(row.board_id, f"{row.heading} was done", row.done_on)


def _outcomes(cases: QuerySet[Case]) -> Iterator[Dated]:
    steps = Step.objects.filter(case__in=cases, removed_at=None).order_by("pk")
    for row in (*steps, *Plan.objects.filter(case__in=cases).order_by("pk")):
        name = row.heading if isinstance(row, Step) else f"Plan {row.number}"
        yield from _on(row.board_id, f"{name}: the response was assessed", row.response_on)
        yield from _on(row.board_id, f"{name}: it progressed", row.progressed_on)
        yield from _on(row.board_id, f"{name}: the symptoms were assessed", row.symptom_control_on)
        if row.toxicity != Toxicity.GRADE_5:  # which is judged after the death
            yield from _on(row.board_id, f"{name}: the toxicity was assessed", row.toxicity_on)


def _found(cases: QuerySet[Case]) -> Iterator[Dated]:
    for facts in Proforma.objects.filter(case__in=cases).select_related("case").order_by("pk"):
        for name in DAYS:
            yield from _as(facts.case.board_id, f"{label_of(name)}:", getattr(facts, name))
    for specimen in Specimen.objects.filter(case__in=cases, removed_at=None).order_by("pk"):
        yield from _on(specimen.board_id, "A specimen was taken, or reported,", specimen.taken_on)
    therapies = PriorTreatment.objects.filter(case__in=cases, removed_at=None).select_related("case")
    for row in therapies.order_by("pk"):
        name = f"Previous therapy ({Step.ModalityCode(row.modality_code).label})"
        yield from _on(row.case.board_id, f"{name} began", row.started_on)
        yield from _on(row.case.board_id, f"{name} ended", row.ended_on)


def _on(board: int, words: str, day: When | None) -> Iterator[Dated]:
    """“… on 17 May 2019.”, “… in 2019.”"""
    if day is not None:
        yield Dated(board, day, f"{words} {PartialDate.of(day).when}.")


def _as(board: int, words: str, day: When | None) -> Iterator[Dated]:
    """Behind words that need neither “on” nor “in”."""
    if day is not None:
        yield Dated(board, day, f"{words} {said_of(day)}.")
