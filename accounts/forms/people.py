from typing import Any

from django import forms

from accounts.forms.memberships import MembershipFields
from accounts.models import Board, User
from accounts.services.people import FLAGS
from common.forms import EmailAddressField, HiddenJSON
from common.searches import PeopleSearch


class PeopleSearchForm(PeopleSearch):
    q = forms.CharField(
        label="Name or e-mail address", required=False, max_length=120, widget=forms.TextInput(attrs={"type": "search"})
    )


class InviteForm(MembershipFields):
    email = EmailAddressField(label="E-mail address", help_text="The invitation goes here.")
    name = forms.CharField(label="Name", max_length=120, help_text="As colleagues read it, for example Dr Ana Weber.")
    is_administrator = forms.BooleanField(
        label="Administrator", required=False, help_text="Manages people and boards. Sees no patient by this."
    )
    is_content_editor = forms.BooleanField(label="Editor of the reference pages", required=False)
    is_content_approver = forms.BooleanField(label="Approver of the reference pages", required=False)
    board = forms.ModelChoiceField(
        Board.objects.filter(is_active=True), label="Board", required=False, empty_label="None yet"
    )
    field_order = ["email", "name", "board", "role", "discipline", *FLAGS]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].required = False

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        if (data.get("role") or data.get("discipline")) and not data.get("board"):
            self.add_error("board", "Choose the board that this role or discipline is for.")
        return data


class PersonForm(forms.ModelForm):
    """`seen` carries what the page showed, so that only what this administrator changed is written."""

    seen = HiddenJSON()

    class Meta:
        model = User
        fields = ("name", *FLAGS)
        labels = {
            "is_administrator": "Administrator",
            "is_content_editor": "Editor of the reference pages",
            "is_content_approver": "Approver of the reference pages",
        }
        help_texts = {"is_administrator": "Manages people and boards. Sees no patient by this."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = {field: getattr(self.instance, field) for field in self._meta.fields or ()}

    def clean_seen(self) -> dict[str, object]:
        seen: dict[str, object] = self.cleaned_data["seen"]
        complete = isinstance(seen, dict) and set(seen) == {"name", *FLAGS}
        if not complete or not isinstance(seen["name"], str) or any(not isinstance(seen[f], bool) for f in FLAGS):
            raise forms.ValidationError("This page was incomplete. Open it again.")
        return seen
