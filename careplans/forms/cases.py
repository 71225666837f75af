from typing import Any
from urllib.parse import urlencode

from django import forms

from accounts.models import Board, User
from careplans.forms.outcomes import empty_choice
from careplans.forms.people import PersonField
from careplans.models import Case
from careplans.readers.case_moves import Move
from common.forms import WholeNumber

S = Case.Status


class CaseFilterForm(forms.Form):
    status = forms.ChoiceField(
        label="Status", required=False, choices=[("", "Open cases"), ("all", "All cases"), *S.choices]
    )

    def wanted(self) -> str:
        """A wrong value in an old bookmark shows the open cases."""
        return str(self.cleaned_data.get("status", "")) if self.is_valid() else ""

    def exported(self) -> str:
        """The same filter in the words of the API, for a file of these rows."""
        wanted = self.wanted()
        open_ones = [status for status in S if status not in Case.ENDED]
        return "" if wanted == "all" else urlencode({"status": [wanted] if wanted else open_ones}, doseq=True)


class CaseForm(forms.Form):
    title = forms.CharField(
        label="Tumour in a few words", max_length=160, help_text="For example: ileal NET with liver metastases."
    )
    question = forms.CharField(label="Question to the board", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    responsible = PersonField(
        label="Responsible on the board", help_text="Sees to it that the case moves on; not always the treating doctor."
    )

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["responsible"]
        person.offer(board)


class NewCaseForm(CaseForm):
    # What the board has decided: nobody's default.
    status = forms.ChoiceField(
        label="It starts as", widget=forms.RadioSelect,
        error_messages={"required": "Say whether the board has accepted the case, or it still needs triage."},
        choices=[(S.ACCEPTED, "Accepted: the board takes it on"), (S.REFERRED, "Referred: still needs triage")],
    )  # fmt: skip


class CaseEditForm(CaseForm):
    version = WholeNumber(widget=forms.HiddenInput)

    @classmethod
    def of(cls, case: Case, board: Board) -> "CaseEditForm":
        return cls(board=board, initial={name: getattr(case, name) for name in cls.base_fields})


def new_case_form(board: Board, user: User, data: Any = None) -> NewCaseForm:
    """Whoever opens a case is offered as the responsible person, and may choose another."""
    return NewCaseForm(data, board=board, initial={"responsible": user.pk})


class MoveCaseForm(forms.Form):
    to = forms.CharField(widget=forms.HiddenInput)
    reason = forms.CharField(widget=forms.Textarea(attrs={"rows": 2}))


class CloseForm(forms.Form):
    to = forms.CharField(widget=forms.HiddenInput)
    # A death belongs to the patient: it is recorded there, and closes every case.
    reason = empty_choice(
        "Reason", [choice for choice in Case.CloseReason.choices if choice[0] != Case.CloseReason.DIED],
        "Choose one of the listed reasons for closing.",
    )  # fmt: skip
    note = forms.CharField(label="In words", required=False, widget=forms.Textarea(attrs={"rows": 2}))


def move_form(move: Move, to: str, data: Any = None) -> forms.Form:
    """The form of one move, with ids of its own: several stand on one page."""
    kind = CloseForm if to == S.CLOSED else MoveCaseForm
    form = kind(data, initial={"to": to}, auto_id=f"id_{to}_%s")
    if to != S.CLOSED:
        if move.reason:
            form.fields["reason"].label = move.reason
        else:
            del form.fields["reason"]
    return form
