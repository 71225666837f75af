from typing import Any

from django import forms
from django.db.models import Prefetch
from django.utils.functional import cached_property

from accounts.models import Absence, Board, User
from accounts.models.boards import ACTING


class PersonField(forms.ModelChoiceField):
    """People of a board who may act, so that whatever is theirs reaches somebody. Who is away says so."""

    def __init__(
        self, *, required: bool = True, label: str = "", help_text: str = "", empty_label: str = "Choose"
    ) -> None:
        super().__init__(
            User.objects.none(), required=required, label=label, help_text=help_text, empty_label=empty_label
        )

    def offer(self, board: Board) -> None:
        away = Absence.objects.on(board.today).select_related("deputy")
        self.queryset = (
            User.objects.filter(
                memberships__board=board, memberships__ended_at=None, is_active=True, memberships__role__in=ACTING
            ).order_by("name", "id").prefetch_related(Prefetch("absences", queryset=away, to_attr="away_now"))
        )  # fmt: skip

    def offer_as(self, other: "PersonField") -> None:
        """The same people as another field of the page, which has read them."""
        self.queryset, self.choices = other.queryset, [("", other.empty_label or ""), *other.people]

    @cached_property
    def people(self) -> list[tuple[Any, str]]:
        """Read once."""
        return [(self.prepare_value(one), self.label_from_instance(one)) for one in self.queryset or []]

    def label_from_instance(self, obj: Any) -> str:
        away = getattr(obj, "away_now", [])
        if not away:
            return str(obj)
        return f"{obj} (away until {away[0].last_day:%-d %b}, {away[0].deputy.name} stands in)"
