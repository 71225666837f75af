from django import forms
from django.http import QueryDict

from accounts.models import Board, Discipline, Membership, Role


class MembershipFields(forms.Form):
    role = forms.ChoiceField(label="Role on the board", choices=[("", "Choose a role"), *Role.choices])
    discipline = forms.ChoiceField(
        label="Discipline", required=False, choices=[("", "None"), *Discipline.choices],
        help_text="What this person signs for. A member needs one.",
    )  # fmt: skip


class JoinForm(MembershipFields):
    board = forms.ModelChoiceField(Board.objects.filter(is_active=True), label="Board", empty_label="Choose a board")
    field_order = ["board", "role", "discipline"]


class ChangeMembershipForm(MembershipFields):
    """`seen_*` carry what the page showed, so that a colleague's change is not overwritten unseen."""

    seen_role = forms.CharField(widget=forms.HiddenInput)
    seen_discipline = forms.CharField(widget=forms.HiddenInput, required=False)

    @classmethod
    def of(cls, membership: Membership, data: QueryDict | None = None) -> "ChangeMembershipForm":
        shown = {"role": membership.role, "discipline": membership.discipline}
        initial = shown | {f"seen_{name}": value for name, value in shown.items()}
        return cls(data, initial=initial, prefix=f"m{membership.pk}")
