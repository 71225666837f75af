"""The API of Consilium, as the two scripts beside this file ask it. Python's own library is enough for it.

    export CONSILIUM_URL=https://consilium.example CONSILIUM_TOKEN=4f1e…

The token comes from the page “API access”, and is never written into a script.
"""

import json
import os
import sys
import time
from collections.abc import Iterator
from http.client import HTTPResponse, IncompleteRead
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

PATIENCE = 5
"""So often a call is made again that was refused because there were too many in the minute."""


class Refused(SystemExit):
    """Ends the script with a sentence that says what to do, unless somebody catches it."""

    def __init__(self, words: str, status: int = 0) -> None:
        super().__init__(words)
        self.status = status


def ask(path: str, body: Any = None, *, accept: str = "application/json") -> HTTPResponse:
    """A call of `/api/v1/…`, or of an address that an answer gave. With a body it is a POST."""
    base, token = _base(), _setting("CONSILIUM_TOKEN")
    address = base + (path if path.startswith("/api/") else f"/api/v1/{path}")
    headers = {"Authorization": f"Token {token}", "Accept": accept, "Content-Type": "application/json"}
    data = None if body is None else json.dumps(body).encode()
    for _ in range(PATIENCE):
        try:
            answer: HTTPResponse = urlopen(Request(address, data, headers))  # noqa: S310  (the address is the user's own)
        except HTTPError as error:
            if error.code != 429:
                raise Refused(_words(error), error.code) from None
            wait = int(error.headers.get("Retry-After", "60"))
            print(f"Too many calls in this minute: going on in {wait} seconds.", file=sys.stderr)
            time.sleep(wait)
        except URLError as error:
            raise Refused(f"{base} does not answer ({error.reason}). Is CONSILIUM_URL right?") from None
        else:
            return answer
    raise Refused("There are too many calls with this account. Try again later, or have one program ask less.")


def read(path: str, body: Any = None) -> Any:
    with ask(path, body) as answer:
        return json.load(answer)


def lines(path: str) -> Iterator[dict[str, Any]]:
    """Every row of a list, one after the other, in one call. Ends the script where the answer breaks off."""
    with ask(path, accept="application/x-ndjson") as answer:
        try:
            for line in answer:
                yield json.loads(line)
        except (IncompleteRead, ConnectionError, json.JSONDecodeError):
            raise Refused(f"{path} broke off: these are not all of its rows. Run this again.") from None


def _setting(name: str) -> str:
    if not os.environ.get(name):
        raise Refused(f"Set {name} first: see the beginning of {__file__}.")
    return os.environ[name]


def _base() -> str:
    base = _setting("CONSILIUM_URL").rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise Refused(f"CONSILIUM_URL is “{base}”: write it with https:// before it, as https://consilium.example.")
    return base


def _words(error: HTTPError) -> str:
    if error.code == 401:
        return "401: the token does not hold (any more). Make a new one on the page “API access”."
    try:
        said = " ".join(one["detail"] for one in json.load(error)["errors"])
    except (ValueError, KeyError, TypeError):
        said = str(error.reason)
    return f"{error.code} at {error.url}: {said}"
