"""Images and PDFs beside a page. Never changed: a revision that shows one shows it forever."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    def live(self) -> "AttachmentQuerySet":
        return self.filter(withdrawn_at=None)

    def for_list(self) -> "AttachmentQuerySet":
        """Without the bytes: they can be megabytes, and a list shows none of them."""
        return self.defer("content").select_related("uploaded_by", "withdrawn_by").order_by("pk")


class Attachment(models.Model):
    class ContentType(models.TextChoices):
        PNG = "image/png", "PNG image"
        JPEG = "image/jpeg", "JPEG image"
        WEBP = "image/webp", "WebP image"
        PDF = "application/pdf", "PDF"

    EXTENSIONS = {ContentType.PNG: "png", ContentType.JPEG: "jpg", ContentType.WEBP: "webp", ContentType.PDF: "pdf"}

    modality = models.ForeignKey("modalities.Modality", on_delete=models.PROTECT, related_name="attachments")
    title = models.CharField(max_length=160)
    alternative_text = models.CharField(max_length=500, blank=True)
    # What stands inside a marker: "S20", "S28, E1" or "—" for our own.
    source = models.CharField(max_length=80)
    # Decided by what the file holds, never by its name.
    content_type = models.CharField(max_length=20, choices=ContentType)
    # In the database, so that one backup has everything and every web process can serve it.
    content = models.BinaryField()
    size = models.PositiveIntegerField(help_text="Bytes.")
    width = models.PositiveIntegerField(null=True, help_text="Pixels; of images.")
    height = models.PositiveIntegerField(null=True, help_text="Pixels; of images.")
    sha256 = models.CharField(max_length=64)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    withdrawn_reason = models.TextField(blank=True)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(content_type="application/pdf") | ~Q(alternative_text=""),
                name="attachment_image_has_alternative_text",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at=None) | ~Q(withdrawn_reason=""), name="attachment_withdrawn_with_reason"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.get_content_type_display()})"

    @property
    def is_image(self) -> bool:
        return self.content_type != self.ContentType.PDF

    @property
    def marker(self) -> str:
        """How a draft places it."""
        return f"[{'image' if self.is_image else 'file'} {self.pk}]"

    @property
    def extension(self) -> str:
        return self.EXTENSIONS[self.ContentType(self.content_type)]
