"""Asks the mail relay whether it has accepted a mail, before one that may have gone out is sent again.

A worker can die, or the line can break, between SMTP's final dot and the answer. Then only the relay knows. One small
interface; RELAY_LOOKUP chooses what stands behind it:

    postfix:/var/log/mail.log        a local Postfix's log
    exim:/var/log/exim4/mainlog      a local Exim's log
    https://relay/api/{message_id}   an HTTP API: 200 accepted, 404 never seen
    idempotency-key:                 a relay that drops what comes again under one Idempotency-Key header

Tested against logs and answers as their documentation describes them, and not against the programs themselves.
"""

import re
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

# A log is read from its end, so that a large one costs no more than this; what lies further back is not known.
READ_BYTES = 32 * 1024 * 1024
HTTP_SECONDS = 5.0


class Answer(Enum):
    ACCEPTED = "accepted"
    NEVER_SEEN = "never seen"
    # The relay or its log cannot be reached: it is asked again after a lease, for a while.
    NOT_NOW = "not now"
    # Nobody can tell: it is sent again under the same Message-ID, because a lost reminder is the worse harm.
    UNKNOWN = "unknown"
    # Sending it again does no harm, whether it went out or not.
    HARMLESS = "harmless"


class Relay(Protocol):
    can_tell: bool
    """Whether what may have gone out is found out later, or does no harm a second time."""

    def ask(self, message_id: str) -> Answer:
        """What the relay says of a mail; `message_id` with its angle brackets. Never raises."""
        ...

    def headers(self, dedupe_key: str) -> dict[str, str]:
        """What every mail carries so that this relay can tell."""
        ...


@dataclass(frozen=True)
class NoRelay:
    """No look-up is set up."""

    can_tell = False

    def ask(self, message_id: str) -> Answer:
        return Answer.UNKNOWN

    def headers(self, dedupe_key: str) -> dict[str, str]:
        return {}


@dataclass(frozen=True)
class IdempotencyKey(NoRelay):
    """A relay that keeps the key of what it accepted (draft-ietf-httpapi-idempotency-key-header)."""

    can_tell = True

    def ask(self, message_id: str) -> Answer:
        return Answer.HARMLESS

    def headers(self, dedupe_key: str) -> dict[str, str]:
        return {"Idempotency-Key": dedupe_key}


@dataclass(frozen=True)
class PostfixLog(NoRelay):
    """Postfix names a mail's Message-ID while it reads the headers (cleanup), and has accepted it only once the queue
    manager takes it up: two lines of one queue id."""

    can_tell = True
    path: Path = field(default_factory=Path)

    def ask(self, message_id: str) -> Answer:
        lines = _tail(self.path)
        if lines is None:
            return Answer.NOT_NOW
        named = re.compile(rf"postfix\S*/cleanup\[\d+\]: (\w+): message-id={re.escape(message_id)}\s*$")
        queued = re.compile(r"postfix\S*/qmgr\[\d+\]: (\w+): from=<[^>]*>, .*\(queue active\)")
        ids: set[str] = set()
        for line in lines:
            if found := named.search(line):
                ids.add(found[1])
            elif ids and (found := queued.search(line)) and found[1] in ids:
                return Answer.ACCEPTED
        return Answer.NEVER_SEEN


@dataclass(frozen=True)
class EximLog(NoRelay):
    """Exim writes an arrival line (`<=`) with `id=` once it has taken responsibility for a mail."""

    can_tell = True
    path: Path = field(default_factory=Path)

    def ask(self, message_id: str) -> Answer:
        lines = _tail(self.path)
        if lines is None:
            return Answer.NOT_NOW
        arrived = re.compile(rf" <= .* id={re.escape(message_id.strip('<>'))}(\s|$)")
        return Answer.ACCEPTED if any(arrived.search(line) for line in lines) else Answer.NEVER_SEEN


@dataclass(frozen=True)
class HttpApi(NoRelay):
    """GET of an address with the Message-ID in it, and a bearer token if RELAY_LOOKUP_TOKEN is set."""

    can_tell = True
    address: str = ""
    token: str = ""

    def ask(self, message_id: str) -> Answer:
        url = self.address.replace("{message_id}", urllib.parse.quote(message_id.strip("<>"), safe=""))
        request = urllib.request.Request(url, headers=self._authorization())  # noqa: S310  (http(s) by open_relay)
        try:
            with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as answer:  # noqa: S310
                return Answer.ACCEPTED if answer.status == 200 else Answer.NOT_NOW
        except urllib.error.HTTPError as error:
            return Answer.NEVER_SEEN if error.code == 404 else Answer.NOT_NOW
        except (OSError, ValueError):
            return Answer.NOT_NOW

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def open_relay() -> Relay:
    """What RELAY_LOOKUP names. Raises ImproperlyConfigured with what can be written there."""
    wanted: str = settings.RELAY_LOOKUP
    kind, _, rest = wanted.partition(":")
    if not wanted:
        return NoRelay()
    if kind in ("postfix", "exim") and rest:
        return PostfixLog(Path(rest)) if kind == "postfix" else EximLog(Path(rest))
    if kind in ("http", "https") and "{message_id}" in rest:
        return HttpApi(wanted, settings.RELAY_LOOKUP_TOKEN)
    if kind == "idempotency-key":
        return IdempotencyKey()
    raise ImproperlyConfigured(
        "RELAY_LOOKUP must be empty, postfix:/path, exim:/path, an http(s) address with {message_id}, or idempotency-key:"
    )


def _tail(path: Path) -> Iterator[str] | None:
    """The last lines of a log, with the one before it if it was just rotated; None when it cannot be read."""
    rotated = path.with_name(f"{path.name}.1")
    try:
        parts = [_last_bytes(path)]
    except OSError:
        return None
    with suppress(FileNotFoundError):  # not rotated yet
        parts.insert(0, _last_bytes(rotated))
    return (line for part in parts for line in part.splitlines())


def _last_bytes(path: Path) -> str:
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, 2) - READ_BYTES))
        return file.read().decode("utf-8", "replace")
