"""Answers to the advisories of a plan: one small form for each, sent together."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import QueryDict

from careplans.forms.partial import Text
from careplans.models import Advisory
from careplans.rules.plan_advice import Item
from common.forms import WholeNumber


class AdvisoryAnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label="Answer", choices=[("", "Not answered yet"), *Advisory.Answer.choices], required=False
    )
    note = Text(
        label="In words", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed for clinical judgement: what it rests on.",
    )  # fmt: skip
    citation = forms.CharField(
        label="Which newer guidance", required=False, max_length=300,
        help_text="Title, publisher, year. Editors of the rules read this: no patient data.",
    )  # fmt: skip
    version = WholeNumber(widget=forms.HiddenInput)

    def __init__(self, item: Item, data: QueryDict | None = None) -> None:
        self.item, kept = item, item.kept
        initial: dict[str, Any] = {"version": kept.version if kept else 0}
        if kept is not None:
            initial |= {"answer": kept.answer, "note": kept.note, "citation": kept.citation}
        super().__init__(data, prefix=item.anchor, initial=initial, auto_id="id_%s")

    @property
    def is_given(self) -> bool:
        """Whether somebody answered here just now."""
        return self.has_changed() and bool(self.cleaned_data.get("answer"))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.has_changed() and not cleaned.get("answer"):
            words = cleaned.get("note") or cleaned.get("citation")
            kept = self.item.kept
            if words or (kept and kept.is_answered):
                self.add_error("answer", "Choose an answer. One that was given can be changed, and not taken back.")
        return cleaned


def answer_forms(items: Sequence[Item], data: QueryDict | None = None) -> list[AdvisoryAnswerForm]:
    """What was posted for an advisory that meanwhile no longer fires has no form any more; it needs no answer."""
    return [
        AdvisoryAnswerForm(item, data if data is not None and f"{item.anchor}-version" in data else None)
        for item in items
    ]
