"""Values that nobody but this server can read or make: in an address, where a row's place in a list may be its patient's name;
in a form; and in a row that is kept for a while, so that no copy of the database shows what was typed."""

import base64
import binascii
import json
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV
from django.utils.crypto import salted_hmac

# No place in a list, and no token of a form, is longer; what is longer is not looked at.
LONGEST = 2_000


def seal(values: list[Any], *, purpose: str) -> str:
    """The same values always give the same text, so that an address can be compared and kept."""
    sealed = _cipher().encrypt(json.dumps(values).encode(), [purpose.encode()])
    return base64.urlsafe_b64encode(sealed).decode().rstrip("=")


def unseal(text: str, *, purpose: str, longest: int = LONGEST) -> list[Any] | None:
    """What `seal` was given for the same purpose; None for anything else, whoever made it up."""
    if len(text) > longest or not text.isascii():
        return None
    try:
        sealed = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        values: list[Any] = json.loads(_cipher().decrypt(sealed, [purpose.encode()]))
    except (binascii.Error, ValueError, InvalidTag):
        return None
    return values


def _cipher() -> AESSIV:
    return AESSIV(salted_hmac("common.sealed", "", algorithm="sha512").digest())
