from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.models import Board, User
from careplans.forms.people import PersonField
from careplans.models import PlanSchedule
from careplans.readers.facts.deciding_facts import FactDifference
from careplans.readers.schedules.schedule_dates import Due
from common.forms import DateInput, Day, WholeNumber


class SignatureAnswerForm(forms.Form):
    """A signature, bound to the content and the facts that were on the screen."""

    content_version = WholeNumber(widget=forms.HiddenInput)
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    facts_version = WholeNumber(required=False, widget=forms.HiddenInput)
    # Up to where the page told what had changed: what came later stays new to whoever signs.
    seen_event = WholeNumber(required=False, widget=forms.HiddenInput)
    comment = forms.CharField(
        label="Comment or reason", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed for a dissent and for sending back.",
    )  # fmt: skip


class ReleasePlanForm(forms.Form):
    ticked_as_seen = ("acknowledged",)

    version = WholeNumber(widget=forms.HiddenInput)
    content_hash = forms.CharField(max_length=64, widget=forms.HiddenInput)
    note = forms.CharField(
        label="Note of the chair", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed when a dissent is on record: why the plan is released all the same.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, board: Board, changed: Sequence[FactDifference] = (), gone: Mapping[int, str] | None = None,
        passed: Sequence[Due] = (), **kwargs: Any,
    ) -> None:  # fmt: skip
        """`gone`: what the plan gives, as a sentence, to people (by key) who cannot do it any more. `passed`: dates of its
        schedules that have passed since it was sent to sign-off."""
        super().__init__(*args, **kwargs)
        self.gone = gone or {}
        for pk, sentence in self.gone.items():
            person = PersonField(label="Who does it instead", help_text=sentence)
            person.offer(board)
            self.fields[f"instead_{pk}"] = person
        if changed:
            self.fields["acknowledged"] = forms.MultipleChoiceField(
                label="Changed since it was signed", widget=forms.CheckboxSelectMultiple, required=False,
                choices=[(fact.name, fact.sentence) for fact in changed],
                help_text="Tick each that you have seen. Your name is kept beside it.",
            )  # fmt: skip
        if passed:
            days = ", ".join(f"{due.heading.lower()} on {due.day:%-d %b %Y}" for due in passed[:5])
            self.fields["passed"] = forms.ChoiceField(
                label="Follow-up dates that have passed meanwhile", required=False, help_text=f"{days}.",
                choices=[("", "Choose what becomes of them"), *PlanSchedule.Fate.choices],
            )  # fmt: skip
            self.fields["passed_on"] = Day(label="Planned for", required=False, widget=DateInput())

    @property
    def stand_ins(self) -> list[forms.BoundField]:
        return [self[f"instead_{pk}"] for pk in self.gone]

    @property
    def instead(self) -> dict[int, User]:
        return {pk: self.cleaned_data[f"instead_{pk}"] for pk in self.gone}


class DelegateForm(forms.Form):
    to = PersonField(label="Delegate to")

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        person: Any = self.fields["to"]
        person.offer(board)
