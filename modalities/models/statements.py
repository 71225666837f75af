"""What the source document says, sentence by sentence, and notes on its age."""

from django.conf import settings
from django.db import models


class StatementQuerySet(models.QuerySet["Statement"]):
    def with_flags(self) -> "StatementQuerySet":
        return self.prefetch_related("flags__noted_by").order_by("number")


class Statement(models.Model):
    number = models.CharField(max_length=3, unique=True)
    # The line or lines of the source document, as "13" or "15, 18".
    line = models.CharField(max_length=20)
    kind = models.CharField(max_length=80)
    text = models.TextField()
    reference = models.CharField(max_length=80)

    objects = StatementQuerySet.as_manager()

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number

    @property
    def prints_a_number(self) -> bool:
        return any(sign.isdigit() for sign in self.reference)

    @property
    def can_age(self) -> bool:
        """Whether it says anything about treatment. Headings, furniture and a lost link cannot become wrong."""
        return self.kind not in ("sponsor", "page furniture", "heading", "broken link")

    @property
    def notes(self) -> "list[StatementFlag]":
        """On what it says, the newest first. Needs `with_flags()`."""
        about = [flag for flag in self.flags.all() if flag.about == StatementFlag.About.STATEMENT]
        return sorted(about, key=lambda flag: (flag.noted_on, flag.pk), reverse=True)

    @property
    def mark(self) -> str:
        """What stands at its number in a running text: how its newest note left it, and whether a person looked. Needs
        `with_flags()`. Empty where nothing about treatment is said."""
        newest = next(iter(self.notes), None)
        if newest is not None:
            return newest.mark
        return str(StatementFlag.State.NOT_CHECKED.label) if self.can_age else ""


class StatementFlag(models.Model):
    """A dated note beside a statement. It never rewrites the statement."""

    class State(models.TextChoices):
        CURRENT = "current", "Current"
        CHECK = "check", "Check"
        OUTDATED = "outdated", "Outdated"
        UNSUPPORTED = "unsupported", "Unsupported"
        # Nobody has looked; what stands there is no finding.
        NOT_CHECKED = "not_checked", "Not checked"

    class About(models.TextChoices):
        STATEMENT = "statement", "What it says"
        REFERENCE = "reference", "Its reference"

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, related_name="flags")
    about = models.CharField(max_length=10, choices=About.choices, default=About.STATEMENT)
    state = models.CharField(max_length=11, choices=State.choices)
    note = models.TextField()
    source = models.TextField()
    noted_on = models.DateField()
    # Empty when the note came from the content files and not from an editor.
    noted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    class Meta:
        ordering = ["statement", "about", "-noted_on", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["statement", "about", "noted_on"],
                condition=models.Q(noted_by=None),
                name="flag_of_file_once_a_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.statement_id}: {self.get_state_display()}"

    @property
    def is_check(self) -> bool:
        """A person looked and found something. What came with the application, or still asks for a look, is none."""
        return self.noted_by_id is not None and self.state not in (self.State.CHECK, self.State.NOT_CHECKED)

    @property
    def who(self) -> str:
        """By whom and when, so that a finding reads differently from what nobody looked at. `noted_by` must be loaded."""
        day = f"{self.noted_on:%-d %b %Y}"
        if self.noted_by is None:
            return f"Came with the application, {day}; checked by nobody since"
        return f"{'Checked' if self.is_check else 'Noted'} by {self.noted_by.name}, {day}"

    @property
    def mark(self) -> str:
        """The same in a few words: “Current, checked 3 Mar 2026 by Edda Editor”. `noted_by` must be loaded."""
        label = str(self.get_state_display())
        if self.is_check and self.noted_by is not None:
            return f"{label}, checked {self.noted_on:%-d %b %Y} by {self.noted_by.name}"
        return f"{label}, checked by nobody" if self.state == self.State.CURRENT else label
