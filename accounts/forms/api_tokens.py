from typing import Any, cast

from django import forms

from accounts.forms.passwords import PresentPasswordField
from accounts.models import User
from accounts.permissions import can, memberships_of
from accounts.scopes import CHOICES, OF_ACTION, SCOPES
from accounts.services.api_tokens import DAYS, LONGEST_DAYS, NAME_LENGTH
from common.forms import WholeNumber

ALL, READ, CHOSEN = "all", "read", "chosen"
# What is shown and not changed.
READING = tuple(one for one in SCOPES if not one.endswith(":write"))


# Beside a scope that a person may still tick: what they may do can change within the life of a token.
NOTHING = "opens nothing in your roles of today"


def opens(user: User, scope: str) -> bool:
    """Whether the rights of this person give anything of what the scope names. One that no action needs opens what others do."""
    actions = [action for action, needed in OF_ACTION.items() if needed == scope]
    return not actions or any(can(user, action) for action in actions)


class ScopesField(forms.MultipleChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        told: dict[str, Any] = {"choices": CHOICES, "required": False, "widget": forms.CheckboxSelectMultiple}
        super().__init__(**told | kwargs)


class ApiTokenForm(forms.Form):
    """A new token of the person who is signed in. An open session is not yet the person, so the password is asked for."""

    name = forms.CharField(
        label="What is it for?", max_length=NAME_LENGTH, help_text="For example “Monthly figures, my laptop”."
    )
    reach = forms.ChoiceField(
        label="What may it do?", widget=forms.RadioSelect,
        choices=[
            (READ, "Read everything that I may read, and change nothing"),
            (CHOSEN, "Only what I tick below"),
            (ALL, "Everything that I may do"),
        ],
        error_messages={"required": "Choose what it may do."},
    )  # fmt: skip
    scopes = ScopesField(label="If only some things, which?", help_text="To change something is to read it, too.")
    on_boards = forms.ChoiceField(
        label="On which boards?", widget=forms.RadioSelect,
        choices=[(ALL, "All of mine, later ones too"), (CHOSEN, "Only those that I tick below")],
        error_messages={"required": "Choose on which boards."},
    )  # fmt: skip
    boards = forms.TypedMultipleChoiceField(
        label="If only some boards, which?", required=False, widget=forms.CheckboxSelectMultiple, coerce=int
    )
    days = WholeNumber(
        label="How many days does it last?", initial=DAYS, min_value=1, max_value=LONGEST_DAYS,
        help_text=f"1 to {LONGEST_DAYS}. It ends earlier with a new password of yours, and whenever you revoke it.",
    )  # fmt: skip
    present_password = PresentPasswordField()

    def __init__(self, user: User, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.address = user, address
        scopes = cast(forms.MultipleChoiceField, self.fields["scopes"])
        scopes.choices = [(name, words if opens(user, name) else f"{words} ({NOTHING})") for name, words in CHOICES]
        boards = [(one.board_id, one.board.name) for one in memberships_of(user)]
        cast(forms.TypedMultipleChoiceField, self.fields["boards"]).choices = boards
        if not boards:
            del self.fields["on_boards"], self.fields["boards"]

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or self.cleaned_data
        for choice, which, words in (
            ("reach", "scopes", "Tick what it may do, or choose another answer above."),
            ("on_boards", "boards", "Tick its boards, or choose all of yours above."),
        ):
            if data.get(choice) == CHOSEN and not data.get(which) and which not in self.errors:
                self.add_error(which, words)
            elif data.get(which) and data.get(choice) not in (CHOSEN, None):
                self.add_error(choice, "You ticked some below. Choose “only”, or take the ticks off.")
        return data

    def clean_present_password(self) -> str:
        field = cast(PresentPasswordField, self.fields["present_password"])
        password = self.cleaned_data["present_password"]
        return field.check_own(self.user, password, address=self.address, where="accounts:api_tokens")

    def limits(self) -> dict[str, Any]:
        """As the service takes them."""
        data = self.cleaned_data
        scopes = {ALL: None, READ: READING, CHOSEN: data["scopes"]}[data["reach"]]
        boards = data["boards"] if data.get("on_boards") == CHOSEN else None
        return {"name": data["name"], "scopes": scopes, "boards": boards, "days": data["days"]}
