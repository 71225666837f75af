"""How often something may be tried: counted in the database, for every process, page and API together.

A try is taken *before* what it is a try at, under a lock, so that many at once get no more than one after the other. Whoever
succeeds gets it back. Why not django-axes (8.3): it asks before a password is looked at and counts afterwards, so that forty
guesses at once are forty guesses; and it counts from the first failure or the last, where ten in any fifteen minutes are meant.
"""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import Limit
from common.writing import aside


@dataclass(frozen=True)
class Rule:
    """At most `most` tries `within` this time at what `about` names: an address, or an account from an address."""

    name: str
    about: tuple[str, ...]
    most: int
    within: timedelta

    @property
    def key(self) -> str:
        words = "\0".join((self.name, *self.about))
        return hmac.new(settings.SECRET_KEY.encode(), words.encode(errors="replace"), hashlib.sha256).hexdigest()


class TooMany(Exception):
    """Nothing was tried. `seconds`: when it may be tried again; `is_new`: whether nobody was told so before."""

    def __init__(self, rule: Rule, seconds: int, *, is_new: bool) -> None:
        super().__init__(rule.name)
        self.rule, self.seconds, self.is_new = rule, seconds, is_new

    @property
    def minutes(self) -> int:
        return -(-self.seconds // 60)


def take_try(rules: Sequence[Rule]) -> float:
    """Count one try under each of the rules and return its mark for `give_back`; or count none and raise TooMany."""
    taken = _take_try(rules)
    if isinstance(taken, TooMany):
        raise taken
    return taken


@aside
def _take_try(rules: Sequence[Rule]) -> float | TooMany:
    now = timezone.now()
    rows = _locked(rules, now)
    full = [_full(rule, rows[rule.key], now) for rule in rules if len(rows[rule.key].tries) >= rule.most]
    if full:
        Limit.objects.filter(key__in=[one.rule.key for one in full]).update(told_at=now.timestamp())
        longest: TooMany = max(full, key=lambda one: one.seconds)
        return longest
    for rule in rules:
        row = rows[rule.key]
        row.tries.append(now.timestamp())
        Limit.objects.filter(pk=row.pk).update(tries=row.tries, forget_at=now + rule.within)
    return now.timestamp()


@aside
def give_back(rules: Sequence[Rule], mark: float) -> None:
    """It went well: this try counts no more."""
    rows = _locked(rules, timezone.now())
    for row in rows.values():
        if mark in row.tries:
            row.tries.remove(mark)
            Limit.objects.filter(pk=row.pk).update(tries=row.tries)


@aside
def forget(rule: Rule) -> None:
    """Whoever has proved who they are begins anew."""
    Limit.objects.filter(key=rule.key).update(tries=[])


@aside
def remember(rule: Rule) -> None:
    """That it went well, for as long as the rule says."""
    until = timezone.now() + rule.within
    Limit.objects.update_or_create(key=rule.key, defaults={"forget_at": until})


def is_remembered(rule: Rule) -> bool:
    return Limit.objects.filter(key=rule.key, forget_at__gt=timezone.now()).exists()


def forget_old_limits() -> int:
    """Rows that limit nothing any more; a tick asks for it. One statement, of rows that nobody is at."""
    old = Limit.objects.filter(forget_at__lt=timezone.now() - timedelta(hours=1))
    deleted, _ = old.delete()
    return deleted


def _full(rule: Rule, row: Limit, now: datetime) -> TooMany:
    until = row.tries[-rule.most] + rule.within.total_seconds()
    return TooMany(rule, max(1, int(until - now.timestamp()) + 1), is_new=row.told_at < row.tries[-1])


def _locked(rules: Sequence[Rule], now: datetime) -> dict[str, Limit]:
    """The rows of these rules, made where there are none, taken in the order of their keys, with the tries that count."""
    within = {rule.key: rule.within for rule in rules}
    Limit.objects.bulk_create(
        (Limit(key=key, forget_at=now + within[key]) for key in sorted(within)), ignore_conflicts=True
    )  # fmt: skip
    rows = Limit.objects.filter(key__in=within).order_by("key")
    if connection.features.has_select_for_update:
        rows = rows.select_for_update(no_key=True)
    found = {row.key: row for row in rows}
    if len(found) < len(within):  # forgotten between the two statements
        return _locked(rules, now)
    for row in found.values():
        row.tries = [at for at in row.tries if at > (now - within[row.key]).timestamp()]
    return found
