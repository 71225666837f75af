"""What another program wrote is brought in: as a file, or pasted; then looked at, and carried out."""

from typing import Any

from django import forms

from careplans.importing.outcomes import Outcome


class ImportForm(forms.Form):
    """The file, or its text. Whether it is a Bundle or a message is seen from its first character."""

    file = forms.FileField(
        required=False, label="File", widget=forms.FileInput(attrs={"accept": ".json,.hl7,.txt,.er7"}),
        help_text="A FHIR R4 Bundle (JSON) or one HL7 v2 message (ADT A01, A08 or A40), at most 500 kB.",
    )  # fmt: skip
    content = forms.CharField(
        required=False,
        strip=False,
        label="Or paste it",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
    )

    def clean(self) -> dict[str, Any]:
        values: dict[str, Any] = super().clean() or {}
        if bool(values.get("file")) == bool(values.get("content", "").strip()) and not self.errors:
            self.add_error("file", "Choose a file, or paste its text: one of the two.")
        return values


class CarryOutForm(forms.Form):
    """What was looked at, and what of it is confirmed."""

    content = forms.CharField(strip=False, widget=forms.HiddenInput)
    digest = forms.CharField(max_length=64, widget=forms.HiddenInput)
    confirmed = forms.MultipleChoiceField(
        label="Confirm what nobody but you can decide",
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Read each, then tick it."},
    )

    def __init__(self, data: Any = None, *, outcome: Outcome, content: str) -> None:
        super().__init__(data, initial={"content": content, "digest": outcome.digest})
        field: Any = self.fields["confirmed"]
        field.choices = [(one.key, one.words) for one in outcome.questions]
        if not outcome.questions:
            del self.fields["confirmed"]
