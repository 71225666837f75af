from typing import Self

from django.db import models
from knox.models import AuthToken

from accounts.reach import Reach
from accounts.scopes import SCOPES

SIGNED_IN = "Signed in with password"


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def for_list(self) -> Self:
        """With expiry and person, the newest first."""
        return self.select_related("token__user").order_by("-token__created", "-pk")


class ApiToken(models.Model):
    """What is said of a token of a program: its name and how far it reaches. The secret's hash, the person and the expiry are in
    the row of knox that it belongs to and goes with.

    A token without such a row was made by a release that knew none, and gets one when it is used next.
    """

    # The database does not hold it: an older release beside this one ends tokens and knows nothing of these rows.
    token = models.OneToOneField(AuthToken, on_delete=models.CASCADE, related_name="said", db_constraint=False)
    name = models.CharField("name", max_length=80)
    scopes = models.JSONField(null=True)
    """Of `accounts.scopes`; null: all that the person may."""
    boards = models.JSONField(null=True)
    """Ids of boards; null: all of the person's, later ones too."""
    last_used_at = models.DateTimeField(null=True)
    last_address = models.CharField(max_length=64, blank=True, default="")

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return self.name

    @property
    def reach(self) -> Reach:
        return Reach(
            scopes=None if self.scopes is None else frozenset(self.scopes),
            boards=None if self.boards is None else frozenset(self.boards),
            token=f"token {self.pk}",
        )

    @property
    def has_all_scopes(self) -> bool:
        return self.scopes is None

    @property
    def opens(self) -> list[str]:
        """What its scopes open, in words; a scope that is none any more opens nothing."""
        return [SCOPES[one] for one in SCOPES if one in (self.scopes or ())]
