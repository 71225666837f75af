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
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import Enum
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from common.relay_lookup import relay_lookup

# A log is read from its end, so that a large one costs no more than this; what lies further back is not known.
READ_BYTES = 32 * 1024 * 1024
HTTP_SECONDS = 5.0
ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:Z|[+-]\d\d:?\d\d)?")
SYSLOG = re.compile(r"([A-Z][a-z]{2}) +(\d{1,2}) (\d\d:\d\d:\d\d) ")
FARTHEST_ZONE = timedelta(hours=14)


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

    def ask(self, message_id: str, since: datetime) -> Answer:
        """What the relay says of a mail that may have gone out `since` then; `message_id` with its angle brackets. Never raises.

        Who does not look back so far says that nobody knows, and never that the mail was not seen.
        """
        ...

    def headers(self, dedupe_key: str) -> dict[str, str]:
        """What every mail carries so that this relay can tell."""
        ...


@dataclass(frozen=True)
class NoRelay:
    """No look-up is set up."""

    can_tell = False

    def ask(self, message_id: str, since: datetime) -> Answer:
        return Answer.UNKNOWN

    def headers(self, dedupe_key: str) -> dict[str, str]:
        return {}


@dataclass(frozen=True)
class IdempotencyKey(NoRelay):
    """A relay that keeps the key of what it accepted (draft-ietf-httpapi-idempotency-key-header)."""

    can_tell = True

    def ask(self, message_id: str, since: datetime) -> Answer:
        return Answer.HARMLESS if _is_remembered(since) else Answer.UNKNOWN

    def headers(self, dedupe_key: str) -> dict[str, str]:
        return {"Idempotency-Key": dedupe_key}


@dataclass(frozen=True)
class PostfixLog(NoRelay):
    """Postfix names a mail's Message-ID while it reads the headers (cleanup), and has accepted it only once the queue
    manager takes it up: two lines of one queue id."""

    can_tell = True
    path: Path = field(default_factory=Path)

    def ask(self, message_id: str, since: datetime) -> Answer:
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
        return Answer.NEVER_SEEN if _reaches_back(lines, since) else Answer.UNKNOWN


@dataclass(frozen=True)
class EximLog(NoRelay):
    """Exim writes an arrival line (`<=`) with `id=` once it has taken responsibility for a mail."""

    can_tell = True
    path: Path = field(default_factory=Path)

    def ask(self, message_id: str, since: datetime) -> Answer:
        lines = _tail(self.path)
        if lines is None:
            return Answer.NOT_NOW
        arrived = re.compile(rf" <= .* id={re.escape(message_id.strip('<>'))}(\s|$)")
        if any(arrived.search(line) for line in lines):
            return Answer.ACCEPTED
        return Answer.NEVER_SEEN if _reaches_back(lines, since) else Answer.UNKNOWN


@dataclass(frozen=True)
class HttpApi(NoRelay):
    """GET of an address with the Message-ID in it, and a bearer token if RELAY_LOOKUP_TOKEN is set."""

    can_tell = True
    address: str = ""
    token: str = ""

    def ask(self, message_id: str, since: datetime) -> Answer:
        url = self.address.replace("{message_id}", urllib.parse.quote(message_id.strip("<>"), safe=""))
        request = urllib.request.Request(url, headers=self._authorization())  # noqa: S310  (http(s) by open_relay)
        try:
            with urllib.request.urlopen(request, timeout=HTTP_SECONDS) as answer:  # noqa: S310
                return Answer.ACCEPTED if answer.status == 200 else Answer.NOT_NOW
        except urllib.error.HTTPError as error:
            if error.code != 404:
                return Answer.NOT_NOW
            return Answer.NEVER_SEEN if _is_remembered(since) else Answer.UNKNOWN
        except (OSError, ValueError):
            return Answer.NOT_NOW

    def _authorization(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"} if self.token else {}


def open_relay() -> Relay:
    """What RELAY_LOOKUP names. Raises ImproperlyConfigured with what can be written there."""
    kind, where = relay_lookup(settings.RELAY_LOOKUP) or (None, "")
    match kind:
        case "":
            return NoRelay()
        case "postfix":
            return PostfixLog(Path(where))
        case "exim":
            return EximLog(Path(where))
        case "http":
            return HttpApi(where, settings.RELAY_LOOKUP_TOKEN)
        case "idempotency-key":
            return IdempotencyKey()
    raise ImproperlyConfigured(
        "RELAY_LOOKUP must be empty, postfix:/path, exim:/path, an http(s) address with {message_id}, or idempotency-key:"
    )


def _is_remembered(since: datetime) -> bool:
    """Whether a relay that is not a log still knows what it took then."""
    return timezone.now() - since < timedelta(days=settings.RELAY_LOOKUP_DAYS)


def _reaches_back(lines: Sequence[str], since: datetime) -> bool:
    """Whether the log begins before that. One whose lines bear no time that is understood does not."""
    first = next((found for line in lines[:100] if (found := _time_of(line))), None)
    return first is not None and first <= since


def _time_of(line: str) -> datetime | None:
    """When it was written at the latest: “2026-11-24T08:00:01+01:00”, the same without a zone, or “Nov 24 08:00:01” of the
    last twelve months. A clock of which nobody knows the zone may be behind by so many hours."""
    if found := ISO.match(line):
        at = datetime.fromisoformat(found[0])
        return at if at.tzinfo else at.replace(tzinfo=UTC) + FARTHEST_ZONE
    if not (found := SYSLOG.match(line)):
        return None
    now = timezone.now()
    for year in (now.year, now.year - 1):
        with suppress(ValueError):  # 29 February
            at = datetime.strptime(f"{year} {found[1]} {found[2]} {found[3]}", "%Y %b %d %H:%M:%S").replace(tzinfo=UTC)
            if at <= now + FARTHEST_ZONE:
                return at + FARTHEST_ZONE
    return None


def _tail(path: Path) -> list[str] | None:
    """The last lines of a log, with the one before it if it was just rotated; None when it cannot be read."""
    rotated = path.with_name(f"{path.name}.1")
    try:
        text, is_whole = _last_bytes(path)
    except OSError:
        return None
    parts = [text]
    # Of a log that is not read from its beginning, the one before it is not the part that comes before.
    if is_whole:
        with suppress(OSError):  # not rotated yet, or compressed
            parts.insert(0, _last_bytes(rotated)[0])
    return [line for part in parts for line in part.splitlines()]


def _last_bytes(path: Path) -> tuple[str, bool]:
    with path.open("rb") as file:
        start = max(0, file.seek(0, 2) - READ_BYTES)
        file.seek(start)
        return file.read().decode("utf-8", "replace"), start == 0
