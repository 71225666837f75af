from collections.abc import Sequence
from typing import Any

from django import forms

from accounts.models import Board
from careplans.forms.people import PersonField
from careplans.readers.deciding_facts import FactDifference
from common.forms import WholeNumber


class SignatureAnswerForm(forms.Form):
    """A signature, bound to the content that was on the screen."""

    content_version = WholeNumber(widget=forms.HiddenInput)
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    comment = forms.CharField(
        label="Comment or reason", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed for a dissent and for sending back.",
    )  # fmt: skip


class ReleasePlanForm(forms.Form):
    version = WholeNumber(widget=forms.HiddenInput)
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    note = forms.CharField(
        label="Note of the chair", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed when a dissent is on record: why the plan is released all the same.",
    )  # fmt: skip

    def __init__(self, *args: Any, changed: Sequence[FactDifference] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if changed:
            self.fields["acknowledged"] = forms.MultipleChoiceField(
                label="Changed since it was signed", widget=forms.CheckboxSelectMultiple, required=False,
                choices=[(fact.name, fact.sentence) for fact in changed],
                help_text="Tick each that you have seen. Your name is kept beside it.",
            )  # fmt: skip


class DelegateForm(forms.Form):
    to = PersonField(label="Delegate to")

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["to"]
        person.offer(board)
