"""What editors are writing: one open draft per page, sent to review, and approved by somebody else."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from modalities.models.revisions import Revision


class DraftQuerySet(models.QuerySet["Draft"]):
    def open(self) -> "DraftQuerySet":
        return self.filter(state__in=Draft.OPEN)

    def for_work(self) -> "DraftQuerySet":
        return self.open().select_related("modality", "author").order_by("changed_at", "pk")


class Draft(models.Model):
    class State(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        SENT_BACK = "sent_back", "Sent back"
        APPROVED = "approved", "Approved"
        DISCARDED = "discarded", "Discarded"

    OPEN = (State.DRAFT, State.IN_REVIEW, State.SENT_BACK)
    WRITABLE = (State.DRAFT, State.SENT_BACK)
    TRANSITIONS = {
        State.DRAFT: (State.IN_REVIEW, State.DISCARDED),
        State.IN_REVIEW: (State.DRAFT, State.SENT_BACK, State.APPROVED),
        State.SENT_BACK: (State.IN_REVIEW, State.DISCARDED),
    }
    # What an editor types; the same names as on a revision, so that a draft can be read like one.
    TEXTS = ("title", *(name for name, _ in Revision.SECTIONS))
    EDITABLE = (*TEXTS, "change_note", "last_reviewed_on")

    modality = models.ForeignKey("modalities.Modality", on_delete=models.PROTECT, related_name="drafts")
    # Empty for a page that has nothing in force.
    base_revision = models.ForeignKey(
        "modalities.Revision", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    title = models.CharField(max_length=160)
    what_it_is = models.TextField(blank=True)
    indication = models.TextField(blank=True)
    limits = models.TextField(blank=True)
    goal = models.TextField(blank=True)
    availability = models.TextField(blank=True)
    references = models.TextField(blank=True)
    change_note = models.CharField(max_length=500, blank=True)
    last_reviewed_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    version = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = DraftQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["modality"],
                condition=models.Q(state__in=["draft", "in_review", "sent_back"]),
                name="draft_one_open_per_page",
            ),
        ]

    def __str__(self) -> str:
        return f"Draft of {self.title}"

    @property
    def is_writable(self) -> bool:
        return self.state in self.WRITABLE


class DraftEvent(models.Model):
    """What happened to a draft. `edited` is written once per writer: it says who may not approve."""

    class Kind(models.TextChoices):
        BEGUN = "begun", "Begun"
        EDITED = "edited", "Written on"
        SENT = "sent", "Sent to review"
        RECALLED = "recalled", "Taken back from review"
        SENT_BACK = "sent_back", "Sent back"
        APPROVED = "approved", "Approved"
        DISCARDED = "discarded", "Discarded"
        REBASED = "rebased", "Brought up to the page in force"

    WRITING = (Kind.BEGUN, Kind.EDITED, Kind.SENT, Kind.REBASED)

    draft = models.ForeignKey(Draft, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=10, choices=Kind.choices)
    comment = models.TextField(blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.at:%Y-%m-%d %H:%M}"
