"""A way of treating, and its place in the tree of reference pages."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q

from common.centre_day import centre_today


class ModalityQuerySet(models.QuerySet["Modality"]):
    def known(self) -> "ModalityQuerySet":
        """Groups, and pages that have ever been in force: what a reader may know of, retired or not."""
        return self.filter(Q(is_group=True) | Q(current_revision__isnull=False) | Q(first_in_force_at__isnull=False))

    def live(self) -> "ModalityQuerySet":
        return self.filter(retired_at=None)

    def main(self) -> "ModalityQuerySet":
        """The page that a code means by itself: the one that came with the application."""
        return self.filter(added_by=None).exclude(code="")

    def for_tree(self) -> "ModalityQuerySet":
        return self.select_related("current_revision").order_by("order", "slug")

    def for_page(self) -> "ModalityQuerySet":
        return self.select_related(
            "current_revision__published_by",
            "current_revision__publication__written_by",
            "parent__parent",
            "responsible",
            "retired_by",
        )

    def for_reviews(self) -> "ModalityQuerySet":
        """Pages, the longest overdue first; those without a day at the end."""
        dated = F("review_due_on").asc(nulls_last=True)
        return self.live().filter(is_group=False).select_related("responsible").order_by(dated, "order", "slug")

    def treatments(self) -> "ModalityQuerySet":
        """What a new plan step may name: live pages with a code and a revision in force."""
        return self.live().exclude(code="").filter(current_revision__isnull=False).order_by("order", "slug")


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
        # Domain note B.2: such a step counts by its goals, never as a modality. Only added pages have it.
        OTHER = "OTHER", "Other: counts by its goals"

    # First parts of addresses under /reference/ that are not pages.
    RESERVED_SLUGS = ("attachments", "pages", "reviews", "search", "sources", "statements", "trials")

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
    # Empty: readers have never seen it, and only editors and approvers know of it.
    first_in_force_at = models.DateTimeField(null=True, blank=True)
    # Empty for a page that came with the application. Such a page is the main one of its code.
    added_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    # Counts changes of its place and of whether it is retired; the text has versions of its own.
    version = models.PositiveIntegerField(default=1)
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    retired_reason = models.TextField(blank=True)
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
            models.UniqueConstraint(
                fields=["code"], condition=Q(added_by=None) & ~Q(code=""), name="modality_main_page_once"
            ),
            models.CheckConstraint(
                condition=Q(retired_at=None) | ~Q(retired_reason=""), name="modality_retired_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(is_group=False) | Q(current_revision__isnull=True, code=""),
                name="modality_group_has_no_page",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_known(self) -> bool:
        """Whether a reader may know of it; like `known()`, for a row that `settle()` has seen."""
        return self.is_group or self.current_revision_id is not None or self.first_in_force_at is not None

    @property
    def is_supplied(self) -> bool:
        return self.added_by_id is None

    @property
    def days_to_review(self) -> int | None:
        return (self.review_due_on - centre_today()).days if self.review_due_on else None
