"""What was sent and carried out, kept for a day: sent again, it is answered as the first time, and not done again.

One table for pages and API. A key belongs to the person who sent it: another person's equal key is another key.
"""

import hashlib
import time
from dataclasses import dataclass
from datetime import timedelta

from django.db import IntegrityError
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models import Sent, User
from common import sealed
from common.once import AlreadySent

KEPT = timedelta(days=1)
# So long the second of two at once waits for the answer of the first, whose change it has seen.
ANSWER_SECONDS = 5.0
PURPOSE = "sent"
# An answer of the API is one row; a longer one is not kept, and the caller reads the row instead.
LONGEST = 500_000


@dataclass(frozen=True)
class Answer:
    """How the first one was answered. `status` 0: it is done, and nobody knows how it was answered."""

    status: int = 0
    location: str = ""
    body: str = ""
    etag: str = ""


class OtherBody(Exception):
    """The key was used for something else: nothing was done, since one of the two is a mistake."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("other body")
        self.answer = answer


class Claimed:
    """One key of one person, with what was sent under it (`common.once.Claim`)."""

    def __init__(self, person: User, key: str, body: bytes) -> None:
        self.person, self.is_claimed = person, False
        self.key = hashlib.sha256(key.encode()).hexdigest()
        self.body = salted_hmac("accounts.sent", body, algorithm="sha256").hexdigest()

    def take(self) -> None:
        now = timezone.now()
        Sent.objects.filter(person=self.person, key=self.key, at__lt=now - KEPT).delete()
        try:
            Sent.objects.create(person=self.person, key=self.key, body=self.body, at=now)
        except IntegrityError as error:
            raise AlreadySent from error

    def answered_before(self) -> Answer | None:
        """The answer of the first one; None where there was none. Raises OtherBody."""
        row = self._row()
        waited = 0.0
        while row is not None and not row.status and waited < ANSWER_SECONDS:
            if waited == 0.0 and row.at < timezone.now() - timedelta(seconds=60):
                break  # Whoever was to write the answer down has died.
            time.sleep(0.1)
            waited += 0.1
            row = self._row()
        if row is None:
            return None
        answer = _opened(row)
        if row.body != self.body:
            raise OtherBody(answer)
        return answer

    def keep(self, answer: Answer) -> None:
        """Once it is carried out."""
        text = sealed.seal([answer.location, answer.body, answer.etag], purpose=PURPOSE)
        rows = Sent.objects.filter(person=self.person, key=self.key)
        rows.update(status=answer.status, answer=text if len(text) <= LONGEST else "")

    def _row(self) -> Sent | None:
        rows = Sent.objects.filter(person=self.person, key=self.key, at__gte=timezone.now() - KEPT)
        return rows.first()


def forget_old_sent() -> int:
    """A tick asks for it."""
    deleted, _ = Sent.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return deleted


def _opened(row: Sent) -> Answer:
    values = sealed.unseal(row.answer, purpose=PURPOSE, longest=LONGEST)
    return Answer(row.status, *values) if values else Answer(row.status)
