"""A way of treating, and its place in the tree of reference pages."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone


class ModalityQuerySet(models.QuerySet["Modality"]):
    def for_tree(self) -> "ModalityQuerySet":
        return self.select_related("current_revision").order_by("order", "slug")

    def for_page(self) -> "ModalityQuerySet":
        return self.select_related(
            "current_revision__published_by",
            "current_revision__publication__written_by",
            "parent__parent",
            "responsible",
        )

    def for_reviews(self) -> "ModalityQuerySet":
        """Pages, the longest overdue first; those without a day at the end."""
        dated = F("review_due_on").asc(nulls_last=True)
        return self.filter(is_group=False).select_related("responsible").order_by(dated, "order", "slug")

    def treatments(self) -> "ModalityQuerySet":
        """What a plan step may name: pages with a code and a revision in force."""
        return self.exclude(code="").filter(current_revision__isnull=False).order_by("order", "slug")


class Modality(models.Model):
    class Code(models.TextChoices):
        SURGERY = "SURG", "Surgery"
        CHEMOTHERAPY = "CHEMO", "Chemotherapy"
        OTHER_SYSTEMIC = "OSA", "Other systemic agent"
        RADIOFREQUENCY = "RFA", "Radiofrequency ablation"
        MIBG = "MIBG", "131I-MIBG"
        PRRT = "PRRT", "Peptide receptor radionuclide therapy"
        BLAND_EMBOLIZATION = "TAE", "Transcatheter arterial embolization"
        CHEMOEMBOLIZATION = "TACE", "Chemoembolization"
        SIRT = "SIRT", "Selective internal radiation therapy"
        TRIAL = "TRIAL", "Clinical trial"

    code = models.CharField(max_length=6, choices=Code.choices, blank=True)
    slug = models.SlugField(max_length=80, unique=True)
    title = models.CharField(max_length=160)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="children")
    order = models.PositiveSmallIntegerField(default=0)
    # A group is a heading in the tree. It has no text and so no revision.
    is_group = models.BooleanField(default=False)
    current_revision = models.ForeignKey(
        "modalities.Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    review_due_on = models.DateField(null=True, blank=True)
    # Of the trials page: where trials are registered.
    register_url = models.URLField(max_length=500, blank=True)
    # Who is asked when the review is due.
    responsible = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = ModalityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "modalities"
        ordering = ["order", "slug"]
        constraints = [
            models.UniqueConstraint(fields=["code"], condition=~Q(code=""), name="modality_code_once"),
            models.CheckConstraint(
                condition=Q(is_group=False) | Q(current_revision__isnull=True, code=""),
                name="modality_group_has_no_page",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def days_to_review(self) -> int | None:
        return (self.review_due_on - timezone.localdate()).days if self.review_due_on else None
