"""The key of a project's pseudonyms: made of SECRET_KEY and the project's own nonce, and kept nowhere.

So a copy of the database alone undoes nothing. Where SECRET_KEY was changed, the key cannot be made any more; nothing is read in
the project then, rather than under other pseudonyms, until somebody renews them knowingly. SECRET_KEY_FALLBACKS are tried.
"""

import hmac
from hashlib import blake2b

from django.conf import settings
from django.utils.encoding import force_bytes

from accounts.models import ReportingProject
from common.errors import Conflict

LOST = (
    "The secret of this server was changed, and with it every pseudonym of the project would. Whoever manages the project has to "
    "renew its pseudonyms first; what was read before cannot be joined with what is read then."
)  # fmt: skip


def key_of(project: ReportingProject) -> bytes:
    """32 bytes. Raises Conflict where the secret that made the project's pseudonyms is gone."""
    for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        key = _made_of(secret, project.nonce)
        if hmac.compare_digest(check_of(key), project.key_check):
            return key
    raise Conflict(LOST)


def check_for(nonce: str) -> str:
    """What a new project keeps, to know its key again."""
    return check_of(_made_of(settings.SECRET_KEY, nonce))


def check_of(key: bytes) -> str:
    return blake2b(b"check", key=key, digest_size=8).hexdigest()


def _made_of(secret: str | bytes, nonce: str) -> bytes:
    return hmac.digest(force_bytes(secret), b"consilium.project." + nonce.encode(), "sha256")
