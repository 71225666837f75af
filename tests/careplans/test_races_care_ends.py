"""A patient dies while somebody works on them: whatever comes first, nothing is left open, and nothing goes out."""

from datetime import timedelta

import pytest

from careplans.models import (
    CareEnd,
    CareEnded,
    Case,
    FollowUp,
    OutboxMessage,
    Patient,
    Plan,
    PlanSchedule,
    Reminder,
    Step,
)
from careplans.services.care_ends import record_death, record_transfer
from careplans.services.cases import close_case, open_case, reopen_case
from careplans.services.followups import add_follow_up
from careplans.services.patients import change_patient
from careplans.services.plans import amend_plan, draft_plan
from careplans.services.scheduled_follow_ups import extend_schedules
from careplans.services.step_progress import start_step
from tests import factories
from tests.careplans import makers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]

BOTH = ["transferred", "died"]


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def active(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe, schedule=makers.make_template(case.board))


def now(row):
    return type(row).objects.get(pk=row.pk)


def dies(case, by):
    def record():
        patient = Patient.objects.get(pk=case.patient_id)
        return record_death(
            patient, by=by, expected_version=patient.version, source="Ward", year=2026, month=None, day=None
        )

    return record


def left_open():
    """What somebody could still be asked for."""
    return [
        *Case.objects.open(), *Plan.objects.open(), *Step.objects.waiting(), *FollowUp.objects.open(),
        *Reminder.objects.scheduled(),
        *OutboxMessage.objects.filter(status__in=["pending", "collected"]),
    ]  # fmt: skip


def acting(verb, case, active, ana, chloe):
    step, today = active.steps.get(), case.board.today
    begun = {"by": ana, "expected_version": step.version, "on": today - timedelta(days=400), "due_on": today}
    return {
        "start": lambda: start_step(now(step), **begun),
        "amend": lambda: amend_plan(now(active), by=ana, reason="Progression"),
        "follow up": lambda: add_follow_up(now(case), by=ana, kind="echo", due_on=today, assignee=ana),
        "open": lambda: open_case(now(case.patient), by=ana, title="Second", responsible=ana, status="accepted"),
    }[verb]  # fmt: skip


@pytest.mark.parametrize("verb", ["start", "amend", "follow up", "open"])
def test_whoever_acts_while_a_patient_dies_leaves_nothing_open(track, case, active, ana, chloe, verb):
    act = acting(verb, case, active, ana, chloe)
    for met in track.rounds(act, dies(case, chloe), count=40):
        assert met.is_clean and met.won[1], met
        assert left_open() == [], met


def test_a_schedule_that_goes_on_while_a_patient_dies_leaves_nothing_open(track, case, active, chloe):
    def go_on():
        PlanSchedule.objects.filter(plan=active).update(written_until=case.board.today)
        return extend_schedules()

    for met in track.rounds(go_on, dies(case, chloe), count=40):
        assert met.is_clean and met.won[1], met
        assert left_open() == [], met


def test_two_record_it_at_once_and_it_is_recorded_once(track, case, active, ana, chloe):
    for met in track.rounds(dies(case, ana), dies(case, chloe), count=24):
        assert met.is_clean and sum(met.won) == 1, met
        assert CareEnd.objects.count() == 1 and left_open() == [], met


def test_a_death_and_a_transfer_at_once_leave_nothing_open(track, case, active, ana, chloe):
    def goes():
        patient = now(case.patient)
        told = {"to_centre": "Uppsala", "taken_over_by": "Dr Falk", "confirmed": "yes", "why": "seen"}
        return record_transfer(patient, by=ana, expected_version=patient.version, on=case.board.today, **told)

    for met in track.rounds(goes, dies(case, chloe), count=24):
        assert met.is_clean and any(met.won), met
        assert left_open() == [], met
        # Who was transferred can still die; nobody who has died is transferred. What ended has ended once.
        assert list(CareEnd.objects.order_by("pk").values_list("kind", flat=True)) in (
            ["died"],
            ["transferred"],
            BOTH,
        ), met
        assert CareEnded.objects.filter(plan=None, follow_up=None).count() == 1, met


def test_a_case_is_reopened_while_the_patient_dies(track, case, ana, chloe):
    close_case(case, by=ana, reason="discharged")
    for met in track.rounds(lambda: reopen_case(now(case), by=ana, reason="back"), dies(case, chloe), count=24):
        assert met.is_clean and met.won[1], met
        assert left_open() == [], met


def test_a_case_on_another_board_is_opened_while_the_patient_dies(track, case, active, ana, chloe):
    second = factories.make_board("Eastgate", institution=case.board.institution)
    factories.join(ana, second, "coordinator")
    case.patient.on_boards.create(board=second, created_by=ana)

    def open_there():
        patient = now(case.patient)
        return draft_plan(
            open_case(patient, by=ana, board=second, title="Lung", responsible=ana, status="accepted"), by=ana
        )

    for met in track.rounds(open_there, dies(case, chloe), count=40):
        assert met.is_clean and met.won[1], met
        assert left_open() == [], met


def test_a_name_is_changed_while_the_patient_dies(track, case, active, ana, chloe):
    def change():
        patient = now(case.patient)
        return change_patient(patient, by=ana, expected_version=patient.version, family_name="Birch")

    for met in track.rounds(change, dies(case, chloe), count=24):
        assert met.is_clean and any(met.won), met
        patient = now(case.patient)
        # Neither takes back what the other wrote.
        assert (patient.family_name == "Birch", patient.is_dead) == tuple(met.won), met
        assert not met.won[1] or left_open() == [], met
