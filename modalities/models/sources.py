"""What the centre adds to the source document: something published, with the day on which it was read."""

from django.conf import settings
from django.db import models
from django.utils import timezone

NEWEST_FIRST = ("-number",)


class Source(models.Model):
    number = models.PositiveIntegerField(unique=True)
    title = models.CharField(max_length=300)
    publisher = models.CharField(max_length=200)
    # As printed: many sources give a year only.
    published_on = models.CharField(max_length=40)
    link = models.URLField(max_length=500, blank=True)
    accessed_on = models.DateField()
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.marker}: {self.title}"

    @property
    def marker(self) -> str:
        return f"E{self.number}"
