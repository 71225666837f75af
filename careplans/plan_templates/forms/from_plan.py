"""What of a plan goes into a template: nothing in words unless somebody says so, text by text."""

from collections.abc import Sequence
from typing import Any

from django import forms

from careplans.plan_templates.forms.drafts import NewTemplateForm
from careplans.plan_templates.from_plan import FreeText


class FromPlanForm(NewTemplateForm):
    """No box is ticked beforehand: a text may name the patient, or somebody else."""

    def __init__(self, *args: Any, texts: Sequence[FreeText], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.texts = texts
        for one in texts:
            self.fields[one.key] = forms.BooleanField(label=f"{one.where}, {one.label.lower()}", required=False)

    @property
    def asked(self) -> list[tuple[FreeText, Any]]:
        return [(one, self[one.key]) for one in self.texts]

    @property
    def taken(self) -> set[str]:
        return {one.key for one in self.texts if self.cleaned_data.get(one.key)}
