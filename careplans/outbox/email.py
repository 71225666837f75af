"""A plain e-mail before it is handed to the relay: its few headers, its text, and the bytes of both.

Composed by hand, because a backlog pays for it with every mail: the e-mail classes of the standard library parse and
fold each header anew, and take ten times as long.
"""

import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.header import Header
from email.utils import format_datetime, formataddr, parseaddr
from functools import lru_cache


@dataclass(frozen=True)
class OutgoingEmail:
    """What one person is sent."""

    sender: str
    to: str
    subject: str
    message_id: str
    sent_on: datetime
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def as_bytes(self) -> bytes:
        """As RFC 5322 and RFC 2045 have it, in ASCII, with bare line feeds. Raises ValueError for a header with a line
        break."""
        text = self.text.encode()
        encoding, body = ("7bit", text) if text.isascii() else ("quoted-printable", binascii.b2a_qp(text, istext=True))
        headers = {
            "From": address_of(self.sender).written,
            "To": self.to,
            "Subject": self.subject,
            "Message-ID": self.message_id,
            "Date": format_datetime(self.sent_on),
            "Auto-Submitted": "auto-generated",
            "MIME-Version": "1.0",
            "Content-Type": "text/plain; charset=utf-8",
            "Content-Transfer-Encoding": encoding,
            **self.headers,
        }
        head = "".join(f"{name}: {_in_ascii(name, value)}\n" for name, value in headers.items())
        return head.encode("ascii") + b"\n" + body


def _in_ascii(name: str, value: str) -> str:
    if "\n" in value or "\r" in value:
        raise ValueError(f"The header {name} holds a line break.")
    return value if value.isascii() else Header(value, "utf-8", header_name=name).encode()


@dataclass(frozen=True)
class Address:
    """Of a sender: as it stands in the header, without its name, and what is right of the @."""

    written: str
    plain: str
    domain: str


@lru_cache(maxsize=16)
def address_of(sender: str) -> Address:
    """Of “Consilium <consilium@hospital.example>”; there are few senders, and every mail has one."""
    name, plain = parseaddr(sender)
    return Address(formataddr((name, plain)), plain, plain.rpartition("@")[2] or "localhost")
