"""Systems that sign in by themselves: registered, changed, suspended by an administrator, and given boards to read.

A system acts as an account of its own, on boards as an analyst or observer: so every list, report and export knows it as it knows
a person, it owns and signs nothing, and what it reads is in the audit trail under its name.
"""

import secrets
from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone
from oauth2_provider.models import AccessToken, Application

from accounts import audit
from accounts.models import Board, Membership, System, User
from accounts.permissions import require
from accounts.scopes import SCOPES
from accounts.services.memberships import add_membership, end_membership
from common.arriving import in_one_line
from common.writing import compare_and_set, take, transactional

OPEN_TO_SYSTEMS = tuple(one for one in SCOPES if not one.endswith(":write"))
# And how long each word may be.
WORDS = {"name": 80, "run_by": 120, "purpose": 300, "contact": 200}
TAKEN = "There is already a system of this name."


@transactional
def register_system(*, by: User, scopes: Collection[str], **words: str) -> System:
    """Without a secret, which is made beside it. `words`: name, run_by, purpose, contact. Raises ValidationError by field."""
    require(by, "people.manage")
    values = _checked(words, scopes)
    user = User.objects.create_user(
        f"system-{secrets.token_hex(8)}@systems.invalid", f"System: {values['name']}", None, is_system=True,
        mail_reminders=False, mail_overdue=False, mail_escalations=False, mail_signatures=False, mail_news=False,
    )  # fmt: skip
    application = Application.objects.create(
        name=values["name"], client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_CLIENT_CREDENTIALS,
    )  # fmt: skip
    try:
        with transaction.atomic():
            system = System.objects.create(user=user, application=application, made_by=by, **values)
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error
    data = {"scopes": values["scopes"], "user": user.pk}
    audit.record("system_registered", by=by, subject=system, label=system.name, data=data)
    return system


@transactional
def change_system(
    system: System, *, by: User, expected_version: int, scopes: Collection[str], **words: str
) -> None:  # fmt: skip
    """What it may no more, its tokens open no more from this moment on. Raises Conflict, ValidationError by field."""
    require(by, "people.manage")
    values = _checked(words, scopes)
    take(system, expected=expected_version)
    changed = {
        name: {"old": getattr(system, name), "new": new} for name, new in values.items() if getattr(system, name) != new
    }
    if not changed:
        return
    try:
        with transaction.atomic():
            compare_and_set(system, expected=expected_version, **values)
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error
    User.objects.filter(pk=system.user_id).update(name=f"System: {values['name']}")
    audit.record("system_changed", by=by, subject=system, label=system.name, data=changed)


@transactional
def suspend_system(system: System, *, by: User) -> None:
    """At once: the tokens that it has open nothing any more. Its boards and secrets stay. Twice changes nothing."""
    require(by, "people.manage")
    take(system)
    if system.suspended_at is not None:
        return
    compare_and_set(system, expected=system.version, suspended_at=timezone.now())
    ended = end_access_tokens(system)
    audit.record("system_suspended", by=by, subject=system, label=system.name, data={"tokens": ended})


@transactional
def resume_system(system: System, *, by: User) -> None:
    require(by, "people.manage")
    take(system)
    if system.suspended_at is None:
        return
    compare_and_set(system, expected=system.version, suspended_at=None)
    audit.record("system_resumed", by=by, subject=system, label=system.name)


@transactional
def add_board(system: System, board: Board, *, role: str, by: User) -> Membership:
    require(by, "people.manage")
    return add_membership(system.user, board, role=role, discipline="", by=by)


@transactional
def end_board(system: System, membership: Membership, *, by: User) -> None:
    """A system has no work that anybody would have to take over. Raises Conflict where it was ended meanwhile."""
    require(by, "people.manage")
    end_membership(membership, by=by)


def end_access_tokens(system: System) -> int:
    """How many it had. Whoever has a good secret fetches a new one."""
    _, ended = AccessToken.objects.filter(application=system.application_id).delete()
    count: int = ended.get(AccessToken._meta.label, 0)
    return count


def _checked(words: dict[str, str], scopes: Collection[str]) -> dict[str, Any]:
    values: dict[str, Any] = {name: in_one_line(words.get(name, "")) for name in WORDS}
    wrong = {
        name: f"Write 1 to {most} characters." for name, most in WORDS.items() if not 1 <= len(values[name]) <= most
    }
    if not scopes:
        wrong["scopes"] = "Choose at least one thing that it may read."
    elif odd := sorted(set(scopes) - set(OPEN_TO_SYSTEMS)):
        wrong["scopes"] = f"A system may not have: {', '.join(odd)}."
    if wrong:
        raise ValidationError(wrong)
    return values | {"scopes": [one for one in OPEN_TO_SYSTEMS if one in scopes]}
