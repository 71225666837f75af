"""What narrows the list of rules. Each choice says how many rules it leaves."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from careplans.rules.index import GRADES, STATES, Entry, counts_of, fitting, modality_names

GRADE_NAMES = {"warning": "Warning", "caution": "Caution", "info": "Note"}


class RuleFilterForm(forms.Form):
    modality = forms.ChoiceField(label="Treatment", required=False, choices=[("", "All")])
    grade = forms.ChoiceField(required=False, choices=[("", "All")])
    state = forms.ChoiceField(required=False, choices=[("", "All")])
    words = forms.CharField(label="Words or number", required=False, max_length=100)

    def __init__(self, entries: Sequence[Entry], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.entries = entries
        counts = counts_of(entries)
        names = {
            "modality": modality_names([*counts["modality"]]),
            "grade": {one: GRADE_NAMES[one] for one in GRADES}, "state": STATES,
        }  # fmt: skip
        for name, told in names.items():
            field: Any = self.fields[name]
            field.choices = [("", "All"), *_choices(told, counts[name])]

    def found(self) -> list[Entry]:
        """Nothing of what cannot be read: a list that ignored a choice would look complete."""
        return fitting(self.entries, **self.cleaned_data) if self.is_valid() else []


def _choices(names: Mapping[str, str], counts: Counter[str]) -> list[tuple[str, str]]:
    """In the order of the names, only what there is."""
    return [(code, f"{name} ({counts[code]})") for code, name in names.items() if counts[code]]
