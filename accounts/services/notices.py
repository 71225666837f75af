from django.core.exceptions import PermissionDenied
from django.utils import timezone
from django.utils.text import Truncator

from accounts.models import Notice, User


def add_notice(user: User, kind: str, text: str, path: str, dedupe_key: str) -> bool:
    """Write a notice once, inside the caller's transaction. False when this key was written before.

    Two workers may race for one key: the loser waits for the winner's transaction and then finds its row.
    """
    words = Truncator(text).chars(Notice._meta.get_field("text").max_length or 300)
    _, is_new = Notice.objects.get_or_create(
        dedupe_key=dedupe_key, defaults={"user": user, "kind": kind, "text": words, "path": path}
    )
    return is_new


def mark_read(notice: Notice, *, by: User) -> None:
    if notice.user_id != by.pk:
        raise PermissionDenied("Only the person a notice is for can mark it as read.")
    Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=timezone.now())


def mark_all_read(*, by: User) -> int:
    """How many were unread."""
    return Notice.objects.filter(user=by, read_at=None).update(read_at=timezone.now())
