"""What goes out about a step whose gate waits or has failed, as it is when it goes out."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Notice
from careplans.models import OutboxMessage, Reminder, Step
from careplans.outbox import sending
from careplans.outbox.messages import mail_for, notice_text
from careplans.outbox.obstacles import obstacle_to, wants_mail
from careplans.services.cases import open_case
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering

pytestmark = pytest.mark.django_db
PAST = timedelta(days=60)


@pytest.fixture
def steps(board, ana, omar, chloe):
    patient = makers.make_patient(
        board, by=ana, record_number="RECORD-77", family_name="Quillfeather", given_name="Zebedee"
    )
    case = open_case(patient, by=ana, responsible=ana, title="Tumourtitle", status="accepted")
    return makers.make_gated_plan(case, by=ana, chair=chloe, owner=omar)


def fail(steps, by):
    first = Step.objects.get(pk=steps[0].pk)
    skip_step(first, by=by, expected_version=first.version, reason="patient_choice")


def messages(**reminder):
    wanted = {f"reminder__{name}": value for name, value in reminder.items()}
    return OutboxMessage.objects.for_sending().filter(**wanted)


@pytest.mark.parametrize("kind", ["lead", "due", "overdue"])
def test_nobody_is_asked_to_begin_a_step_that_waits(steps, kind):
    for message in messages(step=steps[1], kind=kind):
        assert obstacle_to(message) == "waits for step 1a (Other systemic agent)"


@pytest.mark.parametrize("kind", ["lead", "due", "overdue"])
def test_the_step_that_is_waited_for_is_reminded_of_as_ever(steps, kind):
    for message in messages(step=steps[0], kind=kind):
        assert obstacle_to(message) == ""


def test_what_escalates_goes_out_and_says_that_the_step_waits(steps):
    message = messages(
        step=steps[1],
        kind="escalation",
        recipient__email__startswith="ana",
    ).first()
    assert obstacle_to(message) == ""
    assert "Waits for step 1a (Other systemic agent)." in notice_text(message.reminder)


def test_a_reminder_written_before_the_gate_failed_does_not_go_out(steps):
    Step.objects.filter(pk=steps[0].pk).update(status="not_done", reason="patient_choice")
    message = messages(step=steps[1], kind="due").first()
    assert obstacle_to(message) == "its condition has failed: step 1a (Other systemic agent) was not done"


def test_a_warning_before_a_day_goes_out_and_the_day_itself_is_waited_for(board, ana, chloe):
    day = makers.TODAY() + timedelta(days=40)
    first, second, _ = makers.make_gated_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, not_before=day)
    Step.objects.filter(pk=first.pk).update(
        status="completed", fulfilment="full", started_on=makers.TODAY(), ended_on=makers.TODAY(), due_on=None
    )
    found = {message.reminder.kind: obstacle_to(message) for message in messages(step=second, recipient=ana)}
    assert (found["lead"], found["due"]) == ("", f"waits until {day:%-d %b %Y}")


def test_what_waits_is_withdrawn_with_its_reason_and_nothing_is_sent(steps, omar):
    messages(step=steps[1], kind="due").update(due_at=timezone.now() - PAST)
    mail = Remembering()
    sending.send_due(open_mail=mail)
    assert [sent for sent in mail.sent if "released" not in sent.subject] == []
    assert set(messages(step=steps[1], kind="due").values_list("status", "last_error")) == {
        ("cancelled", "waits for step 1a (Other systemic agent)")
    }


def test_owner_and_coordinator_get_a_notice_with_the_name_and_a_mail_without(steps, ana, omar):
    fail(steps, omar)
    mail = Remembering()
    sending.send_due(open_mail=mail)
    for person in (ana, omar):
        notice = Notice.objects.get(user=person, kind="gate")
        assert "Quillfeather" in notice.text
        assert "has failed: step 1a (Other systemic agent) was not done" in notice.text
        assert notice.path.endswith(f"#step-{steps[1].pk}")
    about_gates = [sent for sent in mail.sent if sent.subject == "Consilium: The condition of a step has failed"]
    assert {sent.to for sent in about_gates} == {ana.email, omar.email}
    for sent in about_gates:
        for word in ("Quillfeather", "Zebedee", "RECORD-77", "1960", "Tumourtitle", "systemic"):
            assert word not in sent.as_bytes().decode()


def test_the_step_that_has_begun_meanwhile_is_not_told_of(steps, omar):
    fail(steps, omar)
    Step.objects.filter(pk=steps[1].pk).update(status="in_progress", started_on=makers.TODAY())
    assert {obstacle_to(message) for message in messages(kind="gate")} == {"its condition has not failed any more"}


@pytest.mark.parametrize("wanted", [True, False])
def test_it_is_mailed_to_whom_wants_to_hear_of_what_escalates(omar, wanted):
    omar.mail_escalations = wanted
    assert wants_mail(omar, Reminder.Kind.GATE) is wanted


def test_the_settings_say_so(client, omar):
    client.force_login(omar)
    assert "or the condition of a step has failed" in client.get("/settings/").content.decode()


def test_a_deputy_reads_for_whom_they_are_told(steps, omar):
    fail(steps, omar)
    row = Reminder.objects.filter(kind="gate", recipient=omar).get()
    row.instead_of, row.why = row, "for Omar Oncologist, who is away until 3 Mar 2026"
    assert "told for Omar Oncologist, who is away until 3 Mar 2026" in notice_text(row)


def test_the_mail_of_a_failed_gate_leads_to_the_step(steps, omar, settings):
    settings.BASE_URL = "https://consilium.hospital.example"
    fail(steps, omar)
    assert f"/plans/{steps[1].plan_id}/#step-{steps[1].pk}" in mail_for(messages(kind="gate").first()).text
