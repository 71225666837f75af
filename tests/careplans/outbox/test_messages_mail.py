"""An e-mail says that something is open and where; never about whom."""

import pytest

from accounts.services.email_addresses import ask_for_address, confirm_address
from accounts.tokens import email_tokens
from careplans.models import OutboxMessage, Reminder
from careplans.outbox.messages import SUBJECTS, mail_for, message_id, notice_text
from careplans.services.cases import open_case
from tests.careplans import makers

pytestmark = pytest.mark.django_db

NEW = "omar.new@southbank.example"


@pytest.fixture
def everything(board, ana, omar, chloe):
    """Reminders about a step, a follow-up and a signature of one patient whose every word is easily recognised."""
    makers.require_disciplines(board, "medical_oncology")
    patient = makers.make_patient(
        board, by=ana, record_number="RECORD-77", family_name="Quillfeather", given_name="Zebedee"
    )
    case = open_case(patient, by=ana, responsible=ana, title="Tumourtitle", status="accepted")
    plan = makers.submit(makers.make_plan(case, by=ana, owner=omar), by=ana)
    makers.sign(plan, by=omar)
    makers.release(plan, by=chloe)
    makers.make_follow_up(case, by=ana, assignee=omar, title="Quillfeather MRI")
    return list(OutboxMessage.objects.for_sending().filter(channel="email"))


def test_no_word_of_the_patient_is_in_any_mail(everything):
    assert {row.reminder.kind for row in everything} >= {"lead", "due", "overdue", "escalation", "signature"}
    for row in everything:
        text = mail_for(row).as_bytes().decode()
        for word in ("Quillfeather", "Zebedee", "RECORD-77", "1960", "Tumourtitle", "MRI", "Ileal", "systemic"):
            assert word not in text


def test_every_kind_of_reminder_has_its_subject():
    assert set(SUBJECTS) == set(Reminder.Kind.values)


def test_a_mail_that_waits_goes_to_the_address_that_its_reader_has_by_then(everything, omar):
    confirm_address(asked(omar, NEW), email_tokens.make_token(omar), by=omar)
    mine = [mail_for(row).to for row in OutboxMessage.objects.for_sending().filter(channel="email", recipient=omar)]
    assert set(mine) == {NEW}


def asked(user, email):
    ask_for_address(user, email, by=user)
    return user


def test_the_link_leads_to_where_one_can_act(everything, client, settings):
    settings.BASE_URL = "https://consilium.hospital.example"
    for row in everything:
        client.force_login(row.recipient)
        [link] = [line for line in mail_for(row).text.splitlines() if "/settings" not in line and "https" in line]
        path = link.removeprefix(settings.BASE_URL)
        assert client.get(path.partition("#")[0]).status_code == 200


def test_the_number_of_a_mail_stays_the_same_and_is_its_own(everything):
    numbers = [message_id(row) for row in everything]
    assert len(set(numbers)) == len(everything)
    assert numbers == [mail_for(row).message_id for row in everything]
    OutboxMessage.objects.update(attempts=4, ambiguous=2)
    assert numbers == [message_id(row) for row in OutboxMessage.objects.for_sending().filter(channel="email")]


def test_every_notice_in_the_app_begins_with_the_patients_name(everything):
    for row in everything:
        assert notice_text(row.reminder).startswith("Quillfeather, Zebedee")
