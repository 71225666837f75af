"""How a mail leaves the house, in two phases: everything that can still be taken back, and the moment that cannot.

`prepare` does all that is certainly unsent when it fails. `commit` is the irrevocable part: SMTP's final dot.
"""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from time import monotonic
from typing import Protocol

from django.conf import settings

from accounts.models import Mail
from careplans.outbox.email import OutgoingEmail, address_of
from common.addresses import in_ascii_domain, needs_utf8

# A line that took a mail so lately is used again without asking whether it lives; if it does not, nothing is lost.
FRESH_SECONDS = 10.0


class Trouble(Enum):
    """Whose fault it is that a mail did not go out, and so what is done about it (RFC 5321, 4.2 and 4.5.4)."""

    # The relay does not take anything from us now: no connection, 421, refused sign-in or sender. Nobody's attempt counts.
    RELAY = "relay"
    # Not this mail, not now: 4xx, or the line broke in the middle. Tried again with growing pauses, so many times.
    BUSY = "busy"
    # Never to this address: 5xx at RCPT.
    ADDRESS = "address"
    # Never this mail: 5xx to the text.
    MESSAGE = "message"


class TransportError(Exception):
    """Not sent, for certain."""

    def __init__(self, message: str, trouble: Trouble = Trouble.BUSY) -> None:
        super().__init__(message)
        self.trouble = trouble

    @property
    def permanent(self) -> bool:
        """Trying again is of no use: somebody has to look at it."""
        return self.trouble in (Trouble.ADDRESS, Trouble.MESSAGE)


class AmbiguousError(Exception):
    """The final dot went out and no answer came back: it may have been sent."""


class Transport(Protocol):
    def prepare(self, letter: OutgoingEmail) -> None: ...

    def commit(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


@dataclass
class MailboxTransport:
    """The demo's: mail becomes a row that the mailbox page shows, once per Message-ID and recipient."""

    letter: OutgoingEmail | None = None

    def prepare(self, letter: OutgoingEmail) -> None:
        self.letter = letter

    def commit(self) -> None:
        if self.letter is None:
            raise TransportError("nothing was prepared")
        Mail.objects.get_or_create(
            message_id=self.letter.message_id,
            recipient=self.letter.to,
            defaults={"sender": self.letter.sender, "subject": self.letter.subject, "body": self.letter.text},
        )

    def abort(self) -> None:
        self.letter = None

    def close(self) -> None:
        self.letter = None


class SmtpTransport:
    """One kept-open connection to the relay of EMAIL_URL. The answer to every command before the text is awaited; the text
    and its final dot leave together, so that the relay has to look once."""

    def __init__(self) -> None:
        self._smtp: smtplib.SMTP | None = None
        self._text = b""
        self._fresh_until = 0.0

    def prepare(self, letter: OutgoingEmail) -> None:
        """Up to the text. Raises TransportError, after which nothing has been sent."""
        try:
            recipient = in_ascii_domain(letter.to)
        except ValueError as error:
            raise TransportError("no mail server takes this address", Trouble.ADDRESS) from error
        self._text = _dot_stuffed(letter.as_bytes())
        try:
            smtp = self._connection()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            code = getattr(error, "smtp_code", "")
            raise TransportError(
                f"the mail server takes no mail ({type(error).__name__} {code})", Trouble.RELAY
            ) from error
        try:
            # Refused here, it is the sender or the sign-in that does not please: every other mail would fare alike.
            option = _utf8_option(smtp, letter)
            sender = f"FROM:<{address_of(letter.sender).plain}>{option}"
            self._expect(smtp.docmd("MAIL", sender), 250, refused=Trouble.RELAY)
            self._expect(smtp.docmd("RCPT", f"TO:<{recipient}>"), 250, 251, refused=Trouble.ADDRESS)
            self._expect(smtp.docmd("DATA"), 354, refused=Trouble.MESSAGE)
        except TransportError:
            self.close()
            raise
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise TransportError(f"the line to the mail server broke ({type(error).__name__})") from error

    def commit(self) -> None:
        """The text, to its final dot. Raises TransportError when the relay refuses it, AmbiguousError when no answer comes."""
        if self._smtp is None:
            raise TransportError("nothing was prepared")
        try:
            self._smtp.send(self._text + b".\r\n")
            reply = self._smtp.getreply()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            raise AmbiguousError(f"{type(error).__name__} after the end of the mail") from error
        if reply[0] == -1:
            self.close()
            raise AmbiguousError("the mail server closed the connection after the end of the mail")
        self._expect(reply, 250, refused=Trouble.MESSAGE)
        self._fresh_until = monotonic() + FRESH_SECONDS

    def abort(self) -> None:
        """Leave a message that was begun: dropping the line is the only way to unsay DATA."""
        self.close()

    def close(self) -> None:
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.close()
            self._smtp = None

    def _connection(self) -> smtplib.SMTP:
        """The kept-open one, asked whether it still lives unless it has just taken a mail."""
        if self._smtp is not None:
            if monotonic() < self._fresh_until:
                return self._smtp
            with suppress(OSError, smtplib.SMTPException):
                if self._smtp.rset()[0] == 250:
                    return self._smtp
            self.close()
        smtp = self._new_line()
        self._smtp = smtp
        if smtp.sock is not None:
            # Each command is a small write right behind another: without this it waits for the other side's kernel.
            smtp.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if settings.EMAIL_USE_TLS:
            smtp.starttls(context=ssl.create_default_context())
        if settings.EMAIL_HOST_USER:
            smtp.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
        smtp.ehlo_or_helo_if_needed()
        return smtp

    @staticmethod
    def _new_line() -> smtplib.SMTP:
        where = (settings.EMAIL_HOST, settings.EMAIL_PORT)
        if not settings.EMAIL_USE_SSL:
            return smtplib.SMTP(*where, timeout=settings.EMAIL_TIMEOUT)
        context = ssl.create_default_context()
        return smtplib.SMTP_SSL(*where, timeout=settings.EMAIL_TIMEOUT, context=context)

    @staticmethod
    def _expect(reply: tuple[int, bytes], *codes: int, refused: Trouble) -> None:
        code, words = reply
        if code in codes:
            return
        text = words.decode("ascii", "replace")[:120]
        raise TransportError(f"the mail server answered {code} {text}", trouble_of(code, refused))


def _utf8_option(smtp: smtplib.SMTP, letter: OutgoingEmail) -> str:
    """RFC 6531: asked for with the sender, where an address needs it. Without it the mail is for certain unsent."""
    smtp.command_encoding = "utf-8" if letter.needs_utf8 else "ascii"
    if not letter.needs_utf8:
        return ""
    if smtp.has_extn("smtputf8"):
        return " SMTPUTF8"
    words = (
        "the mail server takes only addresses of ASCII letters before the @ (it has no SMTPUTF8): use another address"
    )
    # Of the sender, every mail would fare alike.
    trouble = Trouble.ADDRESS if needs_utf8(letter.to) else Trouble.RELAY
    raise TransportError(words, trouble)


def trouble_of(code: int, refused: Trouble) -> Trouble:
    """What an answer means. 421 ends the line whatever it answers; 53x asks us to sign in; any 4xx is for later; a 5xx
    refuses what was just offered, which is `refused`; anything else is an answer that makes no sense, and for later."""
    if code == 421 or 530 <= code <= 538:
        return Trouble.RELAY
    return refused if 500 <= code < 600 else Trouble.BUSY


def _dot_stuffed(data: bytes) -> bytes:
    """The message with CRLF line ends and doubled leading dots (RFC 5321, 4.5.2), ending in CRLF."""
    lines = data.removesuffix(b"\n").split(b"\n")
    return b"".join((b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines)


def open_transport() -> Transport:
    return MailboxTransport() if settings.MAIL_TRANSPORT == "mailbox" else SmtpTransport()
