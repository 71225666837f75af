from django import forms

from accounts.models import Board, User


class PersonField(forms.ModelChoiceField):
    """People of a board who may act, so that whatever is theirs reaches somebody."""

    def __init__(
        self, *, required: bool = True, label: str = "", help_text: str = "", empty_label: str = "Choose"
    ) -> None:
        super().__init__(
            User.objects.none(), required=required, label=label, help_text=help_text, empty_label=empty_label
        )

    def offer(self, board: Board) -> None:
        self.queryset = (
            User.objects.filter(
                memberships__board=board, memberships__ended_at=None, is_active=True,
                memberships__role__in=("coordinator", "chair", "member"),
            ).order_by("name", "id")
        )  # fmt: skip
