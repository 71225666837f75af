from typing import Any

from django import forms

from accounts.forms.api_tokens import ScopesField
from accounts.models import Board, Role, System
from accounts.scopes import SCOPES
from accounts.services.system_secrets import DAYS, LONGEST_DAYS, LONGEST_OVERLAP_DAYS, OVERLAP_DAYS
from accounts.services.systems import OPEN_TO_SYSTEMS, WORDS
from common.forms import WholeNumber


class SystemForm(forms.Form):
    """A new system, or what is said of one; `version` is the one that was shown."""

    name = forms.CharField(label="Name", max_length=WORDS["name"], help_text="For example “Regional cancer registry”.")
    run_by = forms.CharField(
        label="Who runs it?", max_length=WORDS["run_by"], help_text="The institution that answers for it."
    )
    purpose = forms.CharField(
        label="What for?", max_length=WORDS["purpose"], widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Why it reads, and on which ground: whoever looks through the systems decides by it.",
    )  # fmt: skip
    contact = forms.CharField(
        label="Whom to call", max_length=WORDS["contact"], help_text="A person, with telephone or e-mail."
    )
    scopes = ScopesField(
        label="What may it read?", required=True, choices=[(one, SCOPES[one]) for one in OPEN_TO_SYSTEMS],
        error_messages={"required": "Choose at least one thing that it may read."},
    )  # fmt: skip
    version = WholeNumber(widget=forms.HiddenInput, required=False)

    @classmethod
    def of(cls, system: System, data: Any = None) -> "SystemForm":
        shown = {name: getattr(system, name) for name in (*WORDS, "scopes", "version")}
        return cls(data, initial=shown)


class SystemBoardForm(forms.Form):
    board = forms.ModelChoiceField(Board.objects.filter(is_active=True), label="Board", empty_label="Choose a board")
    role = forms.ChoiceField(
        label="As", widget=forms.RadioSelect,
        choices=[
            (Role.ANALYST, "Analyst: codes, figures and days, no patients and no free text"),
            (Role.OBSERVER, "Observer: all that people on the board read, patients by name"),
        ],
    )  # fmt: skip


class SecretForm(forms.Form):
    days = WholeNumber(label="How many days is it good?", initial=DAYS, min_value=1, max_value=LONGEST_DAYS)
    overlap_days = WholeNumber(
        label="How many days is the one before good beside it?", initial=OVERLAP_DAYS, min_value=0,
        max_value=LONGEST_OVERLAP_DAYS, help_text="So long whoever runs the system has to put the new one in place.",
    )  # fmt: skip
