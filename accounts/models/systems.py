from datetime import timedelta
from typing import Self

from django.db import models
from django.utils import timezone

from accounts.models.boards import Membership
from accounts.scopes import SCOPES

# An open secret shows in the list as running out so long before it does.
SOON = timedelta(days=30)


class SystemQuerySet(models.QuerySet["System"]):
    def for_list(self) -> Self:
        """With the boards that each reads and its secrets that are good."""
        current = Membership.objects.filter(ended_at=None).select_related("board").order_by("board__name")
        return self.select_related("user", "application").prefetch_related(
            models.Prefetch("user__memberships", queryset=current, to_attr="current"),
            models.Prefetch("secrets", queryset=SystemSecret.objects.good(), to_attr="good_secrets"),
        )


class System(models.Model):
    """A program of a hospital or a registry that signs in by itself (OAuth 2, client credentials). It acts as an account of its
    own, which is on boards as a person is, to read alone, and which nobody signs in with."""

    user = models.OneToOneField("accounts.User", on_delete=models.PROTECT, related_name="system")
    application = models.OneToOneField("oauth2_provider.Application", on_delete=models.PROTECT, related_name="system")
    name = models.CharField("name", max_length=80, unique=True)
    run_by = models.CharField("run by", max_length=120)
    purpose = models.CharField("purpose", max_length=300)
    contact = models.CharField("contact", max_length=200)
    scopes = models.JSONField(default=list)
    """Of `accounts.scopes`: the most that a token of it may have."""
    suspended_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    last_address = models.CharField(max_length=64, blank=True, default="")
    made_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    version = models.PositiveIntegerField(default=1)

    objects = SystemQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def opens(self) -> list[str]:
        return [SCOPES[one] for one in SCOPES if one in self.scopes]

    @property
    def client_id(self) -> str:
        client_id: str = self.application.client_id
        return client_id


class SystemSecretQuerySet(models.QuerySet["SystemSecret"]):
    def good(self) -> Self:
        """Those with which it may sign in now, the newest first."""
        return self.filter(ended_at=None, expires_at__gt=timezone.now()).order_by("-pk")


class SystemSecret(models.Model):
    """One secret of a system; only its hash is kept. Two may be good at once, so that it is changed without a gap."""

    system = models.ForeignKey(System, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey("accounts.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)

    objects = SystemSecretQuerySet.as_manager()

    def __str__(self) -> str:
        return f"secret {self.pk}"

    @property
    def runs_out_soon(self) -> bool:
        return self.expires_at < timezone.now() + SOON
