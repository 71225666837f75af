"""Nothing goes out about a patient who has died or gone to another centre: not what was claimed, nor what was written late."""

from datetime import timedelta

import pytest
from django.utils import timezone

from careplans.models import OutboxMessage, Patient, Reminder, Step
from careplans.outbox import sending
from careplans.outbox.obstacles import CARE_ENDED, obstacle_to
from careplans.reminders.news import tell_of_step
from careplans.services.care_ends import correct_death, record_death, record_transfer
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering

pytestmark = pytest.mark.django_db


@pytest.fixture
def step(board, ana, chloe, omar):
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, owner=omar)
    makers.make_follow_up(case, by=ana, due_on=board.today, assignee=omar)
    return plan.steps.get()


def die(by):
    patient = Patient.objects.get()
    return record_death(
        patient, by=by, expected_version=patient.version, source="Ward", year=2026, month=None, day=None
    )


def all_due():
    OutboxMessage.objects.filter(status="pending").update(due_at=timezone.now() - timedelta(minutes=1))


def sent(open_mail):
    while sending.send_due(open_mail=open_mail).worked:
        pass


def test_nothing_that_was_due_goes_out(step, chloe):
    all_due()
    die(chloe)
    mail = Remembering()
    sent(lambda: mail)
    assert mail.sent == [] and not OutboxMessage.objects.filter(status="sent").exists()
    assert set(Reminder.objects.values_list("cancel_reason", flat=True)) >= {"the patient died"}


def test_a_mail_whose_patient_dies_while_it_is_being_sent_does_not_go_out(step, chloe):
    """The worker has claimed it, looked at it, and told the relay all but the final dot."""
    all_due()

    class Dying(Remembering):
        def prepare(self, mail):
            super().prepare(mail)
            if not Patient.objects.get().is_dead:
                die(chloe)

    mail = Dying()
    sent(lambda: mail)
    assert mail.sent == [] and not OutboxMessage.objects.filter(status="sent", channel="email").exists()


def test_news_written_after_a_death_stays_in_the_house(step, ana, chloe):
    """What looks at the step alone still finds that it was stopped."""
    die(chloe)
    tell_of_step(Step.objects.select_related("plan", "board").get(pk=step.pk), by=ana)
    for message in OutboxMessage.objects.for_sending().filter(status="pending"):
        assert obstacle_to(message) == CARE_ENDED
    mail = Remembering()
    sent(lambda: mail)
    assert mail.sent == []


def test_the_same_news_of_who_is_in_care_goes_out(step, ana):
    skip_step(Step.objects.get(pk=step.pk), by=ana, expected_version=step.version, reason="progression")
    news = OutboxMessage.objects.for_sending().filter(reminder__kind="step_ended", channel="in_app")
    assert news and {obstacle_to(message) for message in news} == {""}


def test_a_transfer_stops_what_is_due_too(step, board, ana):
    all_due()
    patient = Patient.objects.get()
    record_transfer(
        patient, by=ana, expected_version=patient.version, to_centre="Uppsala", on=board.today, taken_over_by="Dr Falk",
        confirmed="yes",
    )  # fmt: skip
    mail = Remembering()
    sent(lambda: mail)
    assert mail.sent == []


def test_after_a_correction_what_is_planned_anew_goes_out_again(step, board, ana, chloe):
    die(chloe)
    patient = Patient.objects.get()
    correct_death(patient, by=ana, expected_version=patient.version, reason="Namesake")
    case = makers.open_case(Patient.objects.get(), by=ana, title="Lung", responsible=ana, status="accepted")
    makers.make_follow_up(case, by=ana, due_on=board.today)
    messages = OutboxMessage.objects.for_sending().filter(reminder__case=case, channel="in_app", reminder__kind="due")
    assert messages and {obstacle_to(message) for message in messages} == {""}
