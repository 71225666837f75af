"""What somebody sent after their session had ended: kept for that person alone, sealed, and for a day at most.

Whose it is says the token of the form, which was drawn for one person and which only this server can make.
"""

from collections.abc import Iterator

from django.utils import timezone

from accounts.carrying import Carried
from accounts.models import Typed, User
from accounts.models.typed import KEPT
from common import sealed

# Of one person: the newest; so whoever holds an old page cannot fill the table.
MOST = 5
PURPOSE = "typed"
LONGEST = 4_000_000


def keep_typed(person: int, carried: Carried, *, instead_of: int | None = None) -> None:
    """Not one of several rows that belong together, and before anybody is signed in: no transaction, no audit."""
    content = [carried.path, carried.page, carried.values, carried.files, carried.has_passwords]
    text = sealed.seal(content, purpose=PURPOSE)
    if len(text) > LONGEST or not User.objects.filter(pk=person, is_active=True).exists():
        return
    Typed.objects.filter(person=person, pk=instead_of or 0).delete()
    Typed.objects.create(person_id=person, content=text, at=timezone.now())
    newest = Typed.objects.filter(person=person).order_by("-pk").values_list("pk", flat=True)[:MOST]
    Typed.objects.filter(person=person).exclude(pk__in=list(newest)).delete()


def newest_typed(person: User) -> tuple[Typed, Carried] | None:
    return next(kept_typed(person), None)


def typed_at(person: User, address: str) -> tuple[Typed, Carried] | None:
    """The newest that was sent to this address, or that was typed on its page."""
    kept = list(kept_typed(person))
    sent = (one for one in kept if one[1].path == address)
    return next(sent, next((one for one in kept if one[1].page == address), None))


def kept_typed(person: User) -> Iterator[tuple[Typed, Carried]]:
    """Newest first."""
    rows = Typed.objects.filter(person=person, at__gte=timezone.now() - KEPT).order_by("-pk")
    for row in rows[:MOST]:
        values = sealed.unseal(row.content, purpose=PURPOSE, longest=LONGEST)
        if values:
            path, page, typed, files, has_passwords = values
            yield row, Carried(path, page, [(name, value) for name, value in typed], files, has_passwords)


def drop_typed(person: User, pk: int) -> None:
    """It was sent, or is not wanted."""
    Typed.objects.filter(person=person, pk=pk).delete()


def forget_old_typed() -> int:
    """A tick asks for it."""
    deleted, _ = Typed.objects.filter(at__lt=timezone.now() - KEPT).delete()
    return deleted
