"""One attempt: a signed POST to an address that was judged, without redirects, and ten seconds for all of it. A host may have
several addresses, of which one is down: each is tried until one takes the connection, and none after something was sent."""

import base64
import hashlib
import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from careplans.webhooks.places import Forbidden, Place, Unreachable, addresses_of, read_place

SECONDS = 10.0
# Of an answer nothing is kept; so much of it is read, so that the other side sees it taken.
READ = 4096
# Of the addresses of a host: with more of them, each would have too little of the time.
MOST_ADDRESSES = 4


@dataclass(frozen=True)
class Outcome:
    status: int | None = None
    error: str = ""

    @property
    def has_arrived(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    @property
    def is_final(self) -> bool:
        """The other side says that it wants nothing any more."""
        return self.status == 410


def sign(secrets: Sequence[bytes], *, message_id: str, timestamp: int, body: bytes) -> str:
    """As Standard Webhooks has it: HMAC-SHA256 over id, moment and body, one signature for each secret that is good."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    digests = (hmac.new(secret, signed, hashlib.sha256).digest() for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(digest).decode()}" for digest in digests)


def post(url: str, *, body: bytes, message_id: str, timestamp: int, secrets: Sequence[bytes]) -> Outcome:
    """What became of it. Raises nothing that the other side could cause."""
    headers = {
        "Content-Type": "application/json", "User-Agent": "Consilium-Webhooks", "Connection": "close",
        "webhook-id": message_id, "webhook-timestamp": str(timestamp),
        "webhook-signature": sign(secrets, message_id=message_id, timestamp=timestamp, body=body),
    }  # fmt: skip
    try:
        place = read_place(url)
        return _exchange(place, addresses_of(place), body, headers)
    except Forbidden as refusal:
        return Outcome(error=refusal.messages[0][:200])
    except Unreachable as fault:
        return Outcome(error=str(fault))
    except TimeoutError:
        return Outcome(error=f"No answer within {SECONDS:.0f} seconds.")
    except ssl.SSLError as fault:
        return Outcome(error=f"No secure connection: {fault.reason or 'TLS failed'}."[:200])
    except (OSError, http.client.HTTPException) as fault:
        return Outcome(error=f"No answer: {type(fault).__name__}.")


class _Connection(http.client.HTTPConnection):
    """To addresses that were looked at, and not to what the name may mean a moment later."""

    def __init__(self, place: Place, addresses: Sequence[str]) -> None:
        super().__init__(place.host, place.port, timeout=SECONDS)
        self.place, self.addresses = place, addresses[:MOST_ADDRESSES]

    def connect(self) -> None:
        """The first that takes it. Each has its share of what is left of the time, so that one that is silent leaves some to the
        next. Raises what the last one did."""
        until = monotonic() + SECONDS
        for left, address in zip(range(len(self.addresses), 0, -1), self.addresses, strict=True):
            try:
                self._reach(address, max(0.001, (until - monotonic()) / left))
            except OSError:
                if left == 1 or monotonic() >= until:
                    raise
            else:
                self.sock.settimeout(SECONDS)
                return

    def _reach(self, address: str, seconds: float) -> None:
        # Kept at once, so that the clock of `_exchange` can end a handshake that drips.
        self.sock = plain = socket.create_connection((address, self.place.port), timeout=seconds)
        if self.place.scheme != "https":
            return
        try:
            self.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=self.place.host)
        except BaseException:
            plain.close()
            raise


def _exchange(place: Place, addresses: Sequence[str], body: bytes, headers: dict[str, str]) -> Outcome:
    """Each step waits at most so long, and a clock beside them ends all of it: an answer may drip."""
    connection, is_late = _Connection(place, addresses), threading.Event()

    def end() -> None:
        is_late.set()
        with suppress(OSError, AttributeError):
            connection.sock.shutdown(socket.SHUT_RDWR)

    clock = threading.Timer(SECONDS, end)
    clock.daemon = True
    clock.start()
    try:
        connection.request("POST", place.path, body=body, headers=headers | {"Host": place.header})
        answer = connection.getresponse()
        with suppress(OSError, http.client.HTTPException):
            answer.read(READ)
        return Outcome(status=answer.status)
    except (OSError, http.client.HTTPException):
        if is_late.is_set():
            raise TimeoutError from None
        raise
    finally:
        clock.cancel()
        connection.close()
