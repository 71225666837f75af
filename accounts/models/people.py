from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.models.boards import Membership
from common.addresses import as_kept


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str | None) -> "User":
        """E-mail addresses are kept in lower case, so signing in does not depend on how one is typed."""
        return self.get(email=as_kept(username or ""))

    def create_user(self, email: str, name: str, password: str | None = None, **extra: Any) -> "User":
        if password is not None:
            extra.setdefault("joined_at", timezone.now())
        user = self.model(email=as_kept(email), name=name, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def for_list(self, words: str) -> models.QuerySet["User"]:
        """People whose name or address holds every word, each with `current`: memberships with their boards. Systems have a list
        of their own."""
        rows = self.get_queryset().filter(is_system=False)
        for word in words.split():
            rows = rows.filter(models.Q(name__icontains=word) | models.Q(email__icontains=word))
        current = Membership.objects.filter(ended_at=None).select_related("board").order_by("board__name")
        return rows.prefetch_related(models.Prefetch("memberships", queryset=current, to_attr="current"))

    def create_superuser(self, email: str, name: str, password: str | None = None, **extra: Any) -> "User":
        """The first administrator of an installation: manages people and boards, sees no clinical row."""
        return self.create_user(email, name, password, is_administrator=True, **extra)


class User(AbstractBaseUser):
    """A person who signs in. Clinical access comes from memberships only, never from the flags here."""

    email = models.EmailField("e-mail address", unique=True)
    name = models.CharField("name", max_length=120)
    is_active = models.BooleanField("may sign in", default=True)
    is_administrator = models.BooleanField("administrator: people and boards", default=False)
    is_content_editor = models.BooleanField("editor of the reference pages", default=False)
    is_content_approver = models.BooleanField("approver of the reference pages", default=False)
    # Of a program that signs in by itself (`accounts.models.systems`): it has no password and no site role.
    is_system = models.BooleanField(default=False, db_default=False, editable=False)
    invited_at = models.DateTimeField(null=True, editable=False)
    joined_at = models.DateTimeField("set a password on", null=True, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    # Up to when they have said that they have seen what “My work” shows; what became so later is called new there.
    work_seen_at = models.DateTimeField(null=True, editable=False)
    # Asked for, and not yet confirmed by a link that was mailed to it.
    new_email = models.EmailField("new e-mail address", blank=True, default="", db_default="", editable=False)
    new_email_at = models.DateTimeField(null=True, editable=False)

    mail_reminders = models.BooleanField("E-mail me when something of mine is coming up or due", default=True)
    mail_overdue = models.BooleanField("E-mail me when something of mine is overdue", default=True)
    mail_escalations = models.BooleanField("E-mail me when something on my boards escalates to me", default=True)
    mail_signatures = models.BooleanField("E-mail me when a plan waits for my signature", default=True)
    mail_news = models.BooleanField(
        "E-mail me what happens to my plans: a dissent, ready to release, released, sent back, a step stopped or not done, "
        "changed facts", default=True, db_default=True,
    )  # fmt: skip

    quiet_from = models.TimeField("no e-mail from", null=True, blank=True)
    quiet_until = models.TimeField("until", null=True, blank=True)
    digest_at = models.TimeField("one e-mail a day at", null=True, blank=True)
    signatures_at_once = models.BooleanField("E-mail me at once when a plan waits for my signature", default=True)

    single_keys = models.BooleanField(
        "Single keys do things: / opens the search from any page", default=True, db_default=True
    )

    objects: ClassVar[UserManager] = UserManager()

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="user_email_lower_case"),
            models.CheckConstraint(
                condition=models.Q(quiet_from=None, quiet_until=None)
                | models.Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="user_quiet_hours_have_two_ends",
            ),
            models.CheckConstraint(
                condition=models.Q(is_system=False)
                | models.Q(is_administrator=False, is_content_editor=False, is_content_approver=False, joined_at=None),
                name="user_system_is_no_person",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """As Django's, and of the address too: a session ends with either. Django asks it for each key that is still good."""
        held = f"{self.password}\0{self.email}"
        return salted_hmac("accounts.models.User.session", held, secret=secret, algorithm="sha256").hexdigest()

    @property
    def state(self) -> str:
        """What the list of people shows: deactivated, invited, active or a system."""
        if self.is_system:
            return "system"
        if not self.is_active:
            return "deactivated"
        return "active" if self.joined_at else "invited"
