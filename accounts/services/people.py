"""Inviting people, and what the site lets them do. Nobody is deleted: an account is deactivated."""

from collections.abc import Mapping

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts import audit
from accounts.gaps import keys_of, tell_new_gaps
from accounts.models import Board, CalendarKey, User
from accounts.permissions import require
from accounts.services.api_tokens import end_tokens
from accounts.services.memberships import add_membership, follow_leads_of
from common.addresses import as_kept
from common.writing import compare_seen_and_set, lock, told_of, transactional

FLAGS = ("is_administrator", "is_content_editor", "is_content_approver")


@transactional
def invite_person(
    *, by: User, email: str, name: str, flags: Mapping[str, bool], board: Board | None = None, role: str = "",
    discipline: str = "",
) -> User:  # fmt: skip
    """A new account without a password, and a first membership if a board is given. The caller sends the mail."""
    require(by, "people.manage")
    user = _new_account(email, name, {flag: bool(flags.get(flag)) for flag in FLAGS})
    audit.record("invited", by=by, subject=user, label=user.name, data={flag: getattr(user, flag) for flag in FLAGS})
    if board is not None:
        add_membership(user, board, role=role, discipline=discipline, by=by)
    return user


@transactional
def renew_invitation(user: User, *, by: User) -> None:
    """Voids the link mailed before. The caller sends the new one."""
    require(by, "people.manage")
    _renew(user)
    audit.record("invitation_renewed", by=by, subject=user, label=user.name)


@transactional
def create_administrator(email: str, name: str) -> User:
    """The first administrator, from the command line. Again for the same address: a new link, nothing else."""
    user = User.objects.filter(email=as_kept(email)).first()
    if user is None:
        user = _new_account(email, name, {"is_administrator": True})
    elif not user.is_administrator or user.joined_at is not None:
        raise ValidationError(f"{user.email} already has an account. Sign in with it, or use another address.")
    else:
        _renew(user)
    audit.record("administrator_created", by=None, subject=user, label=user.name)
    return user


@transactional
def change_person(user: User, *, by: User, seen: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    """Change name and flags. Only what differs from what the page showed is written, and only onto what it showed."""
    require(by, "people.manage")
    _guard_person(user)
    changed = {field: wanted[field] for field in ("name", *FLAGS) if wanted[field] != seen[field]}
    if not changed:
        return
    if changed.get("is_administrator") is False:
        _guard_administrators(user)
    _set(user, {field: seen[field] for field in changed}, changed)
    data = {field: {"old": seen[field], "new": value} for field, value in changed.items()}
    audit.record("person_changed", by=by, subject=user, label=user.name, data=data)


@transactional
def deactivate_person(user: User, *, by: User) -> None:
    """Ends their tokens and calendar now and their sessions with the next click.

    Memberships stay, so that what they signed keeps its discipline. What they had to do passes on around this
    (`leaving` among the services of whoever gives people work); it is not called alone.
    """
    require(by, "people.manage")
    if user.pk == by.pk:
        raise ValidationError("You cannot deactivate your own account. Ask another administrator.")
    _guard_person(user)
    _guard_administrators(user)
    boards = list(Board.objects.filter(memberships__user=user, memberships__ended_at=None).order_by("pk"))
    before = keys_of(boards)
    _set(user, {"is_active": True}, {"is_active": False, "new_email": "", "new_email_at": None})
    tell_new_gaps(boards, before)
    follow_leads_of(user)
    end_tokens(user, by=by)
    CalendarKey.objects.filter(user=user).delete()
    audit.record("deactivated", by=by, subject=user, label=user.name, data=told_of(user))


@transactional
def activate_person(user: User, *, by: User) -> None:
    require(by, "people.manage")
    _guard_person(user)
    _set(user, {"is_active": False}, {"is_active": True})
    follow_leads_of(user)
    audit.record("activated", by=by, subject=user, label=user.name, data=told_of(user))


def _new_account(email: str, name: str, flags: Mapping[str, bool]) -> User:
    try:
        with transaction.atomic():
            return User.objects.create_user(email, name, None, invited_at=timezone.now(), **flags)
    except IntegrityError as error:
        raise ValidationError({"email": "Somebody with this address is already here; search for them."}) from error


def _renew(user: User) -> None:
    _guard_person(user)
    if user.joined_at is not None:
        raise ValidationError(f"{user.name} has already set a password. The sign-in page helps those who forgot it.")
    if not user.is_active:
        raise ValidationError(f"{user.name} may not sign in. Activate the account first.")
    user.invited_at = timezone.now()
    user.save(update_fields=["invited_at"])


def _guard_person(user: User) -> None:
    if user.is_system:
        raise ValidationError(f"{user.name} is no person. It is changed, and suspended, under Systems.")


def _guard_administrators(user: User) -> None:
    """Two administrators who remove each other at once must not leave none: both wait here for the same rows."""
    active = lock(User.objects.filter(is_administrator=True, is_active=True))
    is_one = any(found.pk == user.pk for found in active)
    if is_one and not any(found.pk != user.pk and found.joined_at is not None for found in active):
        raise ValidationError(
            f"{user.name} is the last administrator who can sign in. Make somebody else administrator first."
        )


def _set(user: User, seen: Mapping[str, object], wanted: Mapping[str, object]) -> None:
    told = f"Somebody else changed the account of {user.name} after you opened it. Open it again."
    compare_seen_and_set(user, seen, wanted, message=told)
