"""Before a patient's care ends as a whole: what would end, and what is recorded as done after that day."""

from dataclasses import dataclass
from datetime import date

from accounts.models import User
from accounts.permissions import boards_where
from careplans.models import Case, FollowUp, Patient, Plan, Signature, Step

ELSEWHERE = "Another board of the institution has recorded something as done after this day."


@dataclass(frozen=True)
class Ending:
    """What is open on one board. Of other boards only whether there is anything."""

    cases: list[Case]
    plans: list[Plan]
    steps: list[Step]
    follow_ups: list[FollowUp]
    signatures: int
    elsewhere: bool


def what_ends(patient: Patient) -> Ending:
    """On the board from which the patient is looked at. Six queries."""
    cases = Case.objects.filter(patient=patient).open()
    here = cases.filter(board=patient.board_id)
    plans = Plan.objects.filter(case__in=here).open()
    steps = Step.objects.filter(plan__in=plans.in_force(), removed_at=None).open().for_work_list()
    follow_ups = FollowUp.objects.filter(case__in=here).open().for_work_list()
    return Ending(
        list(here.order_by("pk")), list(plans.order_by("pk")), list(steps.order_by("plan", "position", "pk")),
        list(follow_ups.order_by("due_on", "pk")), Signature.objects.filter(plan__in=plans).awaited().count(),
        cases.exclude(board=patient.board_id).exists(),
    )  # fmt: skip


def done_after(patient: Patient, day: date, by: User) -> list[str]:
    """What is recorded as done after that day, as sentences; of boards that this person does not see, only that there is."""
    seen = boards_where(by, "patients.view")
    found, elsewhere = [], False
    for step in Step.objects.filter(case__patient=patient, removed_at=None).order_by("pk"):
        days = [("began", step.started_on), ("ended", step.ended_on)]
        late = [(word, on) for word, on in days if on is not None and on > day]
        elsewhere |= bool(late) and step.board_id not in seen
        if step.board_id in seen:
            found += [f"{step.heading} {word} on {on:%-d %B %Y}." for word, on in late]
    for row in FollowUp.objects.filter(case__patient=patient, done_on__gt=day).order_by("done_on", "pk"):
        elsewhere |= row.board_id not in seen
        if row.board_id in seen:
            found.append(f"{row.heading} was done on {row.done_on:%-d %B %Y}.")
    # An amended plan and its successor tell the same of a step.
    return [*dict.fromkeys(found), *([ELSEWHERE] if elsewhere else [])]
