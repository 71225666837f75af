"""Addresses in any script: through a relay that takes them, and shown as failed where it does not; nothing else stops."""

import dataclasses

import pytest
from django.core.mail import get_connection

from accounts.forms.people import InviteForm
from accounts.models import User
from accounts.services import mails
from careplans.models import OutboxMessage
from careplans.outbox import sending
from careplans.outbox.smtp import SmtpTransport, TransportError, Trouble
from tests.careplans import makers
from tests.careplans.outbox.mail import LETTER, due_message, smtp_sink

OMAR = "ömar.oncologist@zürich.example"
ASKED = "ömar.oncologist@xn--zrich-kva.example"


@pytest.fixture(params=[True, False], ids=["SMTPUTF8", "ASCII only"])
def relay(request, settings):
    with smtp_sink(utf8=request.param) as (sink, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 5
        sink.utf8 = request.param
        yield sink


@pytest.mark.django_db
def test_a_reminder_goes_out_or_fails_with_words_and_the_next_one_goes(relay, board, ana, omar):
    User.objects.filter(pk=omar.pk).update(email=OMAR)
    case = makers.make_case(board, by=ana)
    row, other = due_message(case, by=ana, to=omar), due_message(case, by=ana)
    counts = sending.send_due(open_mail=SmtpTransport)
    row.refresh_from_db()
    received = [envelope.rcpt_tos for envelope in relay.received]
    assert [ana.email] in received
    assert ([ASKED] in received) == relay.utf8
    assert (row.status, counts.failed) == (("sent", 0) if relay.utf8 else ("failed", 1))
    assert relay.utf8 or "SMTPUTF8" in row.last_error
    assert OutboxMessage.objects.get(pk=other.pk).status == "sent"


def test_the_header_says_the_address_as_it_is_and_the_next_mail_is_ascii_again(relay):
    if not relay.utf8:
        pytest.skip("refused before")
    transport = SmtpTransport()
    for to in (OMAR, "omar@northgate.example"):
        transport.prepare(dataclasses.replace(LETTER, to=to))
        transport.commit()
    transport.close()
    assert f"To: {ASKED}".encode() in relay.received[0].content
    assert [envelope.smtp_utf8 for envelope in relay.received] == [True, False]


def test_a_sender_in_any_script_is_the_relays_trouble_where_it_cannot(relay):
    letter = dataclasses.replace(LETTER, sender="Tumorboard Zürich <böard@zürich.example>")
    transport = SmtpTransport()
    if relay.utf8:
        transport.prepare(letter)
        transport.commit()
        assert relay.received[0].mail_from == "böard@xn--zrich-kva.example"
    else:
        with pytest.raises(TransportError) as caught:
            transport.prepare(letter)
        assert caught.value.trouble == Trouble.RELAY
    transport.close()


@pytest.mark.django_db
def test_an_invitation_goes_there_or_says_that_it_was_not_sent(relay, omar, admin, settings, monkeypatch):
    omar.email = OMAR
    smtp = {"backend": "django.core.mail.backends.smtp.EmailBackend"}
    monkeypatch.setattr(mails, "get_connection", lambda: get_connection(**smtp))
    assert mails.send_invitation(omar, by=admin) is relay.utf8
    assert [envelope.rcpt_tos for envelope in relay.received] == ([[ASKED]] if relay.utf8 else [])


@pytest.mark.django_db
@pytest.mark.parametrize("address", [OMAR, "東京@例え.jp", "o'brien+mdt@hospital.example"])
def test_people_are_invited_with_an_address_in_any_script(address):
    form = InviteForm({"email": address, "name": "Dr Omar"})
    assert "email" not in form.errors, form.errors


@pytest.mark.django_db
@pytest.mark.parametrize(
    "address",
    ["ömar", "ö mar@hospital.example", "ö\u2028mar@hospital.example", "ömar@@hospital.example", "ömar@hospital..example",
     "ömar,x@hospital.example", "ö\u200bmar@hospital.example", "<ömar@hospital.example>"],
)  # fmt: skip
def test_what_is_no_address_in_any_script_is_refused(address):
    assert "email" in InviteForm({"email": address, "name": "Dr Omar"}).errors


@pytest.mark.django_db
def test_two_spellings_of_one_letter_are_one_address():
    form = InviteForm({"email": "o\u0308mar@hospital.example", "name": "Dr Omar"})
    form.is_valid()
    assert form.cleaned_data["email"] == "ömar@hospital.example"
