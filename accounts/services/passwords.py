from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import User
from accounts.services.api_tokens import end_tokens
from accounts.services.signin import Proof
from common.errors import Conflict
from common.writing import compare_seen_and_set, told_of, transactional


def is_present_password(user: User, password: str, *, address: str, where: str) -> bool:
    """Asked of whoever is signed in: an open session is not yet the person. Counted as signing in is; raises TooMany."""
    proof = Proof(user.email, user, address=address, where=where)
    if not user.check_password(password) or not proof.counts:
        proof.failed()
        return False
    proof.succeeded()
    return True


@transactional
def change_password(user: User, password: str, *, by: User) -> None:
    """Ends every other session of this person, and every token."""
    if user.pk != by.pk:
        raise PermissionDenied("Only the person themself can change a password.")
    _set_password(user, password, by=by)
    audit.record("password_changed", by=by, subject=user, label=user.name, data=told_of(user))


@transactional
def set_forgotten_password(user: User, password: str) -> None:
    """Behind a link from a mail: the link is the proof, so there is nobody signed in to name."""
    if not user.is_active or user.joined_at is None:
        raise ValidationError("This account may not sign in. Ask an administrator.")
    _set_password(user, password, by=user)
    audit.record("password_reset", by=user, subject=user, label=user.name, data=told_of(user))


@transactional
def accept_invitation(user: User, password: str) -> None:
    """The first password of an invited person."""
    user.set_password(password)
    user.joined_at = timezone.now()
    # The link was good for the address as it was read: corrected meanwhile, it is void.
    accepted = User.objects.filter(pk=user.pk, email=user.email, joined_at=None, is_active=True).update(
        password=user.password, joined_at=user.joined_at
    )
    if accepted != 1:
        raise Conflict("This invitation was already used, or sent again. Sign in, or look for the newest mail.")
    audit.record("invitation_accepted", by=user, subject=user, label=user.name)


def _set_password(user: User, password: str, *, by: User) -> None:
    """Whoever has come in meanwhile by another address was not who is asking; and a link to confirm a new one is void."""
    user.set_password(password)
    changes = {"password": user.password, "new_email": "", "new_email_at": None}
    told = "Your account was changed meanwhile. Nothing was saved: sign in again."
    compare_seen_and_set(user, {"email": user.email, "is_active": True}, changes, message=told)
    end_tokens(user, by=by)
