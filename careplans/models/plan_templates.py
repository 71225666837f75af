"""Templates of plans, owned by the centre: versioned, reviewed and approved like the rules."""

from typing import Any, Self

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

TemplateData = dict[str, Any]


class PlanTemplateQuerySet(models.QuerySet["PlanTemplate"]):
    def for_reviews(self) -> Self:
        """Those that somebody has to read again some day: what is out of use needs no review."""
        in_force = PlanTemplateVersion.objects.in_force().values("template")
        return self.filter(pk__in=in_force).select_related("responsible")


class PlanTemplate(models.Model):
    """What stays of a template from version to version."""

    slug = models.SlugField(max_length=60, unique=True)
    review_due_on = models.DateField("read again by", null=True, blank=True)
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+",
        verbose_name="who reads it again",
    )  # fmt: skip
    # Empty: it came with the program.
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    objects = PlanTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug

    @property
    def is_supplied(self) -> bool:
        return self.created_by_id is None


class PlanTemplateVersionQuerySet(models.QuerySet["PlanTemplateVersion"]):
    def open(self) -> Self:
        return self.filter(state__in=PlanTemplateVersion.OPEN)

    def in_force(self) -> Self:
        return self.filter(state=PlanTemplateVersion.State.PUBLISHED)

    def ever_published(self) -> Self:
        return self.filter(state__in=PlanTemplateVersion.PAST)

    def for_list(self) -> Self:
        """With what an index tells, in its order."""
        return self.select_related("template__responsible", "published_by").order_by("title", "pk")

    def for_page(self) -> Self:
        people = ("author", "changed_by", "published_by", "ended_by", "template__responsible", "template__created_by")
        return self.select_related("template", *people)


class PlanTemplateVersion(models.Model):
    """`content` is what `careplans/plan_templates/content.py` reads: the steps, the schedules and for whom they are."""

    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PUBLISHED = "published", "In force"
        SUPERSEDED = "superseded", "Superseded"
        WITHDRAWN = "withdrawn", "Withdrawn"
        DISCARDED = "discarded", "Discarded"

    OPEN = (State.DRAFT, State.IN_REVIEW)
    PAST = (State.PUBLISHED, State.SUPERSEDED, State.WITHDRAWN)
    TRANSITIONS: dict[str, tuple[str, ...]] = {
        State.DRAFT: (State.IN_REVIEW, State.DISCARDED),
        State.IN_REVIEW: (State.DRAFT, State.PUBLISHED),
        State.PUBLISHED: (State.SUPERSEDED, State.WITHDRAWN),
        State.SUPERSEDED: (),
        State.WITHDRAWN: (),
        State.DISCARDED: (),
    }
    # What never changes once it was in force.
    KEPT = (
        "template", "number", "base", "title", "content", "content_hash", "change_note", "author", "published_by",
        "published_at",
    )  # fmt: skip

    template = models.ForeignKey(PlanTemplate, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    # What it was begun from; empty: from nothing, from a plan, or it came with the program.
    base = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    title = models.CharField(max_length=120)
    content = models.JSONField()
    content_hash = models.CharField(max_length=64)
    change_note = models.CharField(max_length=500, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    # Both empty where it came with the program.
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    published_at = models.DateTimeField(null=True)
    # Withdrawn, or replaced by a later one.
    ended_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField(null=True)
    ended_reason = models.TextField(blank=True)

    objects = PlanTemplateVersionQuerySet.as_manager()

    class Meta:
        ordering = ["template", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["template", "number"], name="template_version_number_once"),
            models.UniqueConstraint(
                fields=["template"], condition=Q(state="published"), name="template_one_version_in_force"
            ),
            # Draft and in review count as one: whatever is open, there is one of it.
            models.UniqueConstraint(
                fields=["template"], condition=Q(state__in=["draft", "in_review"]), name="template_one_version_open"
            ),
            models.CheckConstraint(condition=Q(number__gte=1), name="template_version_number_from_one"),
            models.CheckConstraint(
                condition=~Q(state__in=["published", "superseded", "withdrawn"])
                | (Q(published_at__isnull=False) & ~Q(change_note="")),
                name="template_version_published_with_note",
            ),
            models.CheckConstraint(
                condition=~Q(state="withdrawn") | ~Q(ended_reason=""), name="template_version_withdrawn_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title}, version {self.number}"

    @property
    def is_writable(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class PlanTemplateEvent(models.Model):
    """What happened to a version, and to which part of it. It also says who wrote on it and so may not approve it."""

    class Kind(models.TextChoices):
        BEGUN = "begun", "Begun"
        FROM_PLAN = "from_plan", "Begun from a plan"
        CHANGED = "changed", "Changed"
        SENT = "sent", "Sent to review"
        RECALLED = "recalled", "Taken back from review"
        SENT_BACK = "sent_back", "Sent back"
        PUBLISHED = "published", "Put into force"
        WITHDRAWN = "withdrawn", "Withdrawn"
        DISCARDED = "discarded", "Discarded"

    WRITING = (Kind.BEGUN, Kind.FROM_PLAN, Kind.CHANGED, Kind.SENT)

    row = models.ForeignKey(PlanTemplateVersion, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind)
    what = models.CharField(max_length=160, blank=True)
    comment = models.TextField(blank=True)
    # Empty where it came with the program.
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"


class TemplatedStep(models.Model):
    """From which step of a template a step of a plan came: what the report of departures compares. Not signed."""

    step = models.OneToOneField("careplans.Step", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey(PlanTemplateVersion, on_delete=models.PROTECT, related_name="+")
    key = models.CharField(max_length=12)

    class Meta:
        constraints = [models.CheckConstraint(condition=~Q(key=""), name="templated_step_has_key")]

    def __str__(self) -> str:
        return f"{self.step_id}: {self.key} of {self.version_id}"
