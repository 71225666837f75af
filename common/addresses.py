"""E-mail addresses in any script, on either side of the @ (RFC 6531 and 5890)."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.encoding import punycode

NO_ADDRESS = "This is no e-mail address. Type it whole, such as a.weber@hospital.example."


def as_kept(address: str) -> str:
    """The one form in which an address is kept, compared and counted, however it is typed.

    NFC and not NFKC, which would make one address of two: of o² an o2.
    """
    return unicodedata.normalize("NFC", address.strip().lower())


def in_ascii_domain(address: str) -> str:
    """With its domain as name servers know it. Raises ValueError where there is no such domain."""
    if address.isascii():
        return address
    name, at, domain = address.rpartition("@")
    return f"{name}{at}{punycode(domain)}"


def needs_utf8(address: str) -> bool:
    """Only a relay with SMTPUTF8 takes it: the part before the @ is not ASCII."""
    return not address.rpartition("@")[0].isascii()


def validate_address(address: str) -> None:
    """Django's rule, which takes other scripts behind the @ only, with letters and digits of any script before it."""
    name, at, domain = address.rpartition("@")
    if not all(char.isascii() or unicodedata.category(char)[0] in "LMN" for char in name):
        raise ValidationError(
            "This is no e-mail address. Type it whole, such as a.weber@hospital.example.", code="invalid"
        )
    plain = re.sub(r"[^\x00-\x7f]", "x", name)
    validate_email(f"{plain}{at}{domain}")
    try:
        in_ascii_domain(address)
    except ValueError as error:
        raise ValidationError(
            "This is no e-mail address. Type it whole, such as a.weber@hospital.example.", code="invalid"
        ) from error
