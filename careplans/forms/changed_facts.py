from typing import Any

from django import forms

from careplans.models.fact_groups import GROUPS
from careplans.models.proforma import FIELDS, READ_BY_RULES
from careplans.readers.facts.proforma import label_of
from common.forms import WholeNumber


class KeepOnFactsForm(forms.Form):
    """Keep a plan as it is although deciding facts have changed. `facts_version` is that of the facts on the screen."""

    reason = forms.CharField(label="Keep the plan, because", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    facts_version = WholeNumber(widget=forms.HiddenInput)


class DecidingFactsForm(forms.Form):
    """What the board watches besides what rules read, in the groups of the proforma."""

    names = forms.MultipleChoiceField(label="Watch these too", required=False, widget=forms.CheckboxSelectMultiple)
    version = WholeNumber(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names: Any = self.fields["names"]
        names.choices = [(name, label_of(name)) for name in FIELDS if name not in READ_BY_RULES]


def watched_anyway() -> list[str]:
    """What rules read, by its labels, for the reader."""
    return [label_of(name) for _, _, fields in GROUPS for name in fields if name in READ_BY_RULES]
