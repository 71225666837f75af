"""One published version of a reference page. It never changes: plans point at it."""

from datetime import date
from typing import NoReturn

from django.conf import settings
from django.db import models
from django.utils import timezone


class PublishedRevisionError(TypeError):
    """Raised when code tries to change or delete what a plan may rest on."""


class RevisionQuerySet(models.QuerySet["Revision"]):
    """Inserts and reads. The database refuses the rest too: see migration 0002."""

    def update(self, **kwargs: object) -> NoReturn:
        raise PublishedRevisionError("A published revision never changes: publish a new one.")

    def delete(self) -> NoReturn:
        raise PublishedRevisionError("A published revision is never deleted.")

    def for_history(self) -> "RevisionQuerySet":
        return self.select_related("published_by", "publication__written_by", "publication__withdrawn_by").order_by(
            "-number"
        )

    def may_be_in_force(self, today: date) -> "RevisionQuerySet":
        """Neither withdrawn nor waiting for a later day; the newest of a page's is the one in force."""
        unfit = models.Q(publication__withdrawn_at__isnull=False) | models.Q(publication__in_force_on__gt=today)
        return self.exclude(pk__in=self.model._base_manager.filter(unfit).values("pk")).order_by("-number")


class Revision(models.Model):
    modality = models.ForeignKey("modalities.Modality", on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField()
    title = models.CharField(max_length=160)
    what_it_is = models.TextField()
    indication = models.TextField()
    limits = models.TextField()
    goal = models.TextField()
    availability = models.TextField()
    references = models.TextField()
    change_note = models.CharField(max_length=500)
    # Empty until a clinician of the centre has reviewed the text.
    last_reviewed_on = models.DateField(null=True, blank=True)
    published_at = models.DateTimeField(default=timezone.now)
    # Empty when the text came from the content files and not from an editor.
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sha256 = models.CharField(max_length=64)

    objects = RevisionQuerySet.as_manager()

    # (field, heading), in reading order. One list for pages, forms, files and the hash.
    SECTIONS = (
        ("what_it_is", "What it is"),
        ("indication", "Indication"),
        ("limits", "Limits"),
        ("goal", "Goal"),
        ("availability", "Availability"),
        ("references", "References"),
    )

    class Meta:
        ordering = ["modality", "number"]
        constraints = [
            models.UniqueConstraint(fields=["modality", "number"], name="revision_number_once"),
            models.CheckConstraint(condition=models.Q(number__gte=1), name="revision_number_from_one"),
        ]

    def __str__(self) -> str:
        return f"{self.title}, revision {self.number}"

    @property
    def in_force_from(self) -> date:
        """The day from which it was to be in force; its publication must be loaded, unless it came with the application."""
        publication = getattr(self, "publication", None)
        return publication.in_force_on if publication else timezone.localdate(self.published_at)
