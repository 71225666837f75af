from typing import Any

from django import forms

from careplans.forms.partial import Text
from careplans.readers.facts.contradictions import Contradiction
from common.forms import WholeNumber


class ContradictionAnswerForm(forms.Form):
    """Checked, it is so, because … One for each question on the page; the key goes with it."""

    reason = Text(
        label="Checked, it is so, because", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        error_messages={"required": "Say what was checked and why it is so, or correct the facts."},
    )  # fmt: skip
    key = forms.CharField(max_length=60, widget=forms.HiddenInput)
    seen = WholeNumber(min_value=0, widget=forms.HiddenInput)

    @classmethod
    def of(cls, one: Contradiction) -> "ContradictionAnswerForm":
        start: dict[str, Any] = {"key": one.question.key, "seen": one.answer.pk if one.answer else 0}
        return cls(initial=start, auto_id=f"id_{one.question.key}_%s")
