"""Against a real SMTP server: what leaves the house, and what certainly does not."""

import dataclasses
from email.parser import BytesParser
from email.policy import default

import pytest

from careplans.models import OutboxMessage
from careplans.outbox import sending
from careplans.outbox.smtp import AmbiguousError, SmtpTransport, TransportError, Trouble
from tests.careplans import makers
from tests.careplans.outbox.mail import LETTER, Clock, due_message, smtp_sink


@pytest.fixture
def sink(settings):
    with smtp_sink() as (sink, port):
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        settings.EMAIL_TIMEOUT = 5
        yield sink


@pytest.fixture
def transport(sink):
    transport = SmtpTransport()
    yield transport
    transport.close()


def letter(text="Hello"):
    return dataclasses.replace(LETTER, text=text)


def body(envelope):
    return BytesParser(policy=default).parsebytes(envelope.content).get_content().replace("\r\n", "\n")


def test_before_the_dot_nothing_is_sent(sink, transport):
    transport.prepare(letter())
    transport.abort()
    assert sink.received == []


def test_after_the_dot_it_is(sink, transport):
    transport.prepare(letter())
    transport.commit()
    assert sink.received[0].rcpt_tos == ["omar@northgate.example"]


def test_lines_that_begin_with_a_dot_arrive_as_they_were(sink, transport):
    text = ".\n..two\n.one\nlast\n"
    transport.prepare(letter(text))
    transport.commit()
    assert body(sink.received[0]) == text


def test_words_in_any_script_arrive_as_they_were(sink, transport):
    transport.prepare(letter("Grüße von Łukasz, 東京\n"))
    transport.commit()
    assert body(sink.received[0]) == "Grüße von Łukasz, 東京\n"


def test_blank_lines_at_the_end_arrive(sink, transport):
    for text in ("last\n\n\n", ""):
        transport.prepare(letter(text))
        transport.commit()
    assert [envelope.content.partition(b"\r\n\r\n")[2] for envelope in sink.received] == [b"last\r\n\r\n\r\n", b""]


def test_a_domain_in_any_script_is_asked_for_as_name_servers_know_it(sink, transport):
    transport.prepare(dataclasses.replace(LETTER, to="omar@nørthgate.example"))
    transport.commit()
    assert sink.received[0].rcpt_tos == ["omar@xn--nrthgate-54a.example"]


@pytest.mark.parametrize("address", ["omar@nørth..gate.example", "ömar@nørth..gate.example"])
def test_an_address_that_no_relay_takes_is_not_tried_again(sink, transport, address):
    with pytest.raises(TransportError) as caught:
        transport.prepare(dataclasses.replace(LETTER, to=address))
    assert caught.value.permanent
    transport.prepare(letter("the next\n"))
    transport.commit()
    assert [body(envelope) for envelope in sink.received] == ["the next\n"]


def test_one_connection_carries_several_mails(sink, transport):
    for number in range(3):
        transport.prepare(letter(f"{number}\n"))
        transport.commit()
    assert [body(envelope) for envelope in sink.received] == ["0\n", "1\n", "2\n"]


def test_after_a_mail_that_was_taken_back_the_next_one_goes(sink, transport):
    transport.prepare(letter("first\n"))
    transport.abort()
    transport.prepare(letter("second\n"))
    transport.commit()
    assert [body(envelope) for envelope in sink.received] == ["second\n"]


@pytest.mark.parametrize(("answer", "permanent"), [("550 no such user", True), ("451 try later", False)])
def test_a_refused_recipient(sink, transport, answer, permanent):
    sink.rcpt_answer = answer
    with pytest.raises(TransportError, match=answer[:3]) as caught:
        transport.prepare(letter())
    assert caught.value.permanent is permanent
    assert sink.received == []


@pytest.mark.parametrize(("answer", "permanent"), [("554 refused", True), ("452 full", False)])
def test_a_refused_text(sink, transport, answer, permanent):
    sink.data_answer = answer
    transport.prepare(letter())
    with pytest.raises(TransportError, match=answer[:3]) as caught:
        transport.commit()
    assert caught.value.permanent is permanent
    sink.data_answer = None
    transport.prepare(letter())
    transport.commit()
    assert len(sink.received) == 1


def test_no_answer_to_the_dot_is_a_doubt(sink, transport):
    sink.hang_up = True
    transport.prepare(letter())
    with pytest.raises(AmbiguousError):
        transport.commit()


def test_no_server_is_a_temporary_refusal(settings):
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    with pytest.raises(TransportError, match="takes no mail") as caught:
        SmtpTransport().prepare(letter())
    assert caught.value.trouble == Trouble.RELAY


@pytest.fixture
def due(board, ana):
    return due_message(makers.make_case(board, by=ana), by=ana)


@pytest.mark.django_db
def test_a_due_reminder_arrives(sink, due):
    assert sending.send_due(open_mail=SmtpTransport).sent == 1
    [envelope] = sink.received
    assert envelope.rcpt_tos == ["ana@northgate.example"]
    assert f"<reminder.{due.dedupe_key}@" in envelope.content.decode()


@pytest.mark.django_db
def test_a_refused_address_has_failed_at_once(sink, due):
    sink.rcpt_answer = "550 5.1.1 no such user"
    assert sending.send_due(open_mail=SmtpTransport).failed == 1
    due.refresh_from_db()
    assert due.last_error == "the mail server answered 550 5.1.1 no such user"


@pytest.mark.django_db
def test_past_the_deadline_the_dot_is_not_sent(sink, due, monkeypatch):
    clock = Clock(monkeypatch)

    class Late(SmtpTransport):
        def prepare(self, message):
            super().prepare(message)
            clock.now += 500

    sending.send_due(open_mail=Late)
    assert sink.received == []
    assert OutboxMessage.objects.get(pk=due.pk).marked_at is None


@pytest.mark.django_db
def test_an_address_that_smtp_cannot_carry_stops_nobody_else(sink, due, ana, omar, board):
    other = due_message(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana, to=omar)
    ana.email = "änne@northgate.example"
    ana.save()
    sending.send_due(open_mail=SmtpTransport)
    other.refresh_from_db()
    assert other.status == "sent"
