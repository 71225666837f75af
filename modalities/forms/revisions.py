from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone

from modalities.markup import numbers_in, unsourced_blocks
from modalities.models import Modality, Revision, Statement
from modalities.services import Draft

SECTION_HELP = {
    "what_it_is": "",
    "indication": "For whom the source considers it.",
    "limits": "For whom it does not, or where its use ends.",
    "goal": "What it is meant to achieve.",
    "availability": "Say when it was written: availability ages fastest.",
    "references": "The numbers as the source prints them.",
}


class RevisionForm(forms.Form):
    expected_revision = forms.IntegerField(widget=forms.HiddenInput)
    title = forms.CharField(max_length=160)
    change_note = forms.CharField(
        max_length=500, label="What you changed and why", help_text="Colleagues read this in the history of the page."
    )
    last_reviewed_on = forms.DateField(
        required=False,
        label="Last reviewed on",
        help_text="The day on which a clinician of your centre last read the whole page against its sources.",
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
    )
    review_due_on = forms.DateField(
        required=False, label="Next review due on", widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in Revision.SECTIONS:
            self.fields[name] = forms.CharField(
                label=label,
                help_text=SECTION_HELP[name],
                max_length=20_000,
                widget=forms.Textarea(attrs={"rows": 4 if name == "references" else 7}),
            )
        self.order_fields(["expected_revision", "title", *SECTION_HELP])

    @classmethod
    def initial_from(cls, modality: Modality, revision: Revision) -> dict[str, Any]:
        return {
            "expected_revision": revision.pk,
            "title": revision.title,
            "last_reviewed_on": revision.last_reviewed_on,
            "review_due_on": modality.review_due_on,
            **{name: getattr(revision, name) for name, _ in Revision.SECTIONS},
        }

    def clean_last_reviewed_on(self) -> Any:
        day = self.cleaned_data["last_reviewed_on"]
        if day is not None and day > timezone.localdate():
            raise ValidationError("A review cannot lie in the future. Enter today or an earlier day.")
        return day

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        for name, _ in Revision.SECTIONS:
            if name in data:
                data[name] = "\n".join(data[name].splitlines())
                self._check_sources(name, data[name])
        return data

    def draft(self) -> Draft:
        """Of a valid form."""
        return Draft(
            title=self.cleaned_data["title"],
            sections=self.sections(),
            change_note=self.cleaned_data["change_note"],
            last_reviewed_on=self.cleaned_data["last_reviewed_on"],
        )

    def sections(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name, _ in Revision.SECTIONS}

    def rebase(self, base: Revision | None, current: Revision) -> None:
        """Start from what stands now. Every word typed here stays; what was not touched here becomes theirs."""
        data = {**dict(self.data.items()), "expected_revision": str(current.pk)}
        for name in ("title", *SECTION_HELP):
            if base is not None and self.cleaned_data[name] == getattr(base, name):
                data[name] = getattr(current, name)
        self.data = data

    def _check_sources(self, name: str, text: str) -> None:
        for block in unsourced_blocks(text):
            start = block if len(block) <= 60 else f"{block[:60]}…"
            self.add_error(
                name,
                f"“{start}” names no source. End it with the statement behind it, such as [S20], or with [—] "
                "if it is a sentence of your own.",
            )
        numbers = numbers_in(text)
        known = set(Statement.objects.filter(number__in=numbers).values_list("number", flat=True))
        for number in numbers:
            if number not in known:
                self.add_error(name, f"There is no statement {number}. The source has S01 to S37.")
