"""The centre's own versions of the rules. A published one never changes; without any, the set of the program is in force."""

from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Case, Q, Value, When
from django.utils import timezone

RuleData = dict[str, object]


class RuleSetQuerySet(models.QuerySet["RuleSetVersion"]):
    def open(self) -> Self:
        return self.filter(state__in=RuleSetVersion.OPEN)

    def in_force(self) -> Self:
        return self.filter(state=RuleSetVersion.State.PUBLISHED)

    def ever_published(self) -> Self:
        """Newest first, without their rules."""
        past = (RuleSetVersion.State.PUBLISHED, RuleSetVersion.State.SUPERSEDED)
        return self.filter(state__in=past).select_related("author", "published_by").defer("rules").order_by("-number")


class RuleSetVersion(models.Model):
    """`rules` is the list of a rule set's rules as written (docs/advisories.md), in the order in which they are asked."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PUBLISHED = "published", "In force"
        SUPERSEDED = "superseded", "Superseded"
        DISCARDED = "discarded", "Discarded"

    OPEN = (State.DRAFT, State.IN_REVIEW)
    TRANSITIONS: dict[str, tuple[str, ...]] = {
        State.DRAFT: (State.IN_REVIEW, State.DISCARDED),
        State.IN_REVIEW: (State.DRAFT, State.PUBLISHED),
        State.PUBLISHED: (State.SUPERSEDED,),
        State.SUPERSEDED: (),
        State.DISCARDED: (),
    }

    number = models.PositiveIntegerField(unique=True)
    # What it was begun from; empty: the rules that came with the program.
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    rules = models.JSONField()
    # SHA-256 over the rules: what a trial has tried, and what a parsed copy is kept under.
    content_hash = models.CharField(max_length=64)
    change_note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)

    objects = RuleSetQuerySet.as_manager()

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(fields=["state"], condition=Q(state="published"), name="rule_set_one_in_force"),
            # Draft and in review count as one: whatever is open, there is one of it.
            models.UniqueConstraint(
                Case(When(state__in=["draft", "in_review"], then=Value(1)), output_field=models.SmallIntegerField()),
                name="rule_set_one_open",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "superseded"])
                | (Q(published_at__isnull=False, published_by__isnull=False) & ~Q(change_note="")),
                name="rule_set_published_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"Rule set {self.label}"

    @property
    def label(self) -> str:
        """The name of the set on every advisory that it gives."""
        return f"centre-{self.number}"

    @property
    def is_writable(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class RuleSetEvent(models.Model):
    """What happened to a version, and to which of its rules. It also says who wrote on it and so may not approve it."""

    class Kind(models.TextChoices):
        BEGUN = "begun", "Begun"
        CHANGED = "changed", "Changed a rule"
        ADDED = "added", "Added a rule"
        REMOVED = "removed", "Removed a rule"
        SWITCHED_OFF = "switched_off", "Switched a rule off"
        SWITCHED_ON = "switched_on", "Switched a rule on"
        SENT = "sent", "Sent to review"
        RECALLED = "recalled", "Taken back from review"
        SENT_BACK = "sent_back", "Sent back"
        PUBLISHED = "published", "Published"
        DISCARDED = "discarded", "Discarded"

    WRITING = (Kind.BEGUN, Kind.CHANGED, Kind.ADDED, Kind.REMOVED, Kind.SWITCHED_OFF, Kind.SWITCHED_ON, Kind.SENT)

    rule_set = models.ForeignKey(RuleSetVersion, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    rule = models.CharField(max_length=20, blank=True)
    comment = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"
