"""Where a step stands in the order of its plan, as a number that a clinician says: 2, or 2a and 2b side by side."""

from collections.abc import Iterable
from string import ascii_lowercase

from django.db import models


class InOrder(models.Model):
    position = models.PositiveSmallIntegerField("order", help_text="Steps with the same number run in parallel.")
    # Of steps side by side, by their key; empty where a step stands alone. Follows from the order, so no signature covers it.
    letter = models.CharField(max_length=2, blank=True, default="", db_default="", editable=False)

    class Meta:
        abstract = True

    @property
    def number(self) -> str:
        """Its place as pages, mails and prints say it: “2”, “2a”."""
        return f"{self.position}{self.letter}"


def places_of(groups: Iterable[Iterable[int]]) -> dict[int, tuple[int, str]]:
    """Place and letter of each step by its key; groups of keys, one after the other, those of one group side by side. Pure."""
    filled = [sorted(group) for group in groups]
    found: dict[int, tuple[int, str]] = {}
    for place, group in enumerate((group for group in filled if group), start=1):
        for index, pk in enumerate(group):
            found[pk] = (place, _letter(index) if len(group) > 1 else "")
    return found


def _letter(index: int) -> str:
    """a to z, then aa, ab: nobody has planned so many side by side, and no order may fail for it."""
    before, last = divmod(index, len(ascii_lowercase))
    return f"{ascii_lowercase[before - 1] if before else ''}{ascii_lowercase[last]}"
