from typing import Any

from django import forms
from django.utils.text import slugify

from common.forms import WholeNumber
from common.slugs import free_address
from modalities.models import Modality

CODE_HELP = (
    "What a plan step on this page counts as for the advisories and the reports. “Other” counts by its goals only. "
    "A change concerns new steps: steps that exist keep what they were made with."
)


class PlaceForm(forms.Form):
    """Where a page stands. The title is asked until the page is published; afterwards it changes with its text."""

    title = forms.CharField(max_length=160)
    parent = forms.ModelChoiceField(Modality.objects.none(), label="Below", empty_label="Choose")
    order = WholeNumber(
        label="Order", min_value=0, max_value=30_000, initial=100,
        help_text="Pages below the same one stand by this number, the smallest first.",
        widget=forms.TextInput(attrs={"class": "nhsuk-input--width-5"}),
    )  # fmt: skip
    code = forms.ChoiceField(
        label="Counts as", required=False, help_text=CODE_HELP,
        choices=[("", "None: no plan step names it"), *Modality.Code.choices],
    )  # fmt: skip
    version = WholeNumber(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, page: Modality | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.page = page
        parent: Any = self.fields["parent"]
        others = Modality.objects.exclude(pk=page.pk) if page else Modality.objects.all()
        parent.queryset = others.live().order_by("title")
        if page is not None and page.is_group:
            del self.fields["code"]
        if page is not None and page.current_revision_id is not None:
            del self.fields["title"]

    def place(self) -> dict[str, Any]:
        """What was typed, over what stands where nothing was asked."""
        typed = self.cleaned_data
        title = typed["title"] if "title" in self.fields or self.page is None else self.page.title
        return {"title": title, "parent": typed["parent"], "order": typed["order"], "code": typed.get("code", "")}


class NewPageForm(PlaceForm):
    slug = forms.SlugField(
        max_length=80, required=False, label="Address (optional)",
        help_text="The last part of the page's address; it never changes. Left empty, it follows the title, or is a number.",
        error_messages={"invalid": "Use letters without accents, digits and hyphens only: microwave-ablation."},
    )  # fmt: skip
    is_group = forms.BooleanField(required=False, label="A group: a heading in the tree, without a page of its own")

    field_order = ("title", "slug", "is_group", "parent", "order", "code")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        title = cleaned.get("title", "")
        cleaned["slug"] = (cleaned.get("slug") or slugify(title)[:80]).strip("-").lower()
        if title and not cleaned["slug"] and "slug" not in self.errors:
            # A title in another script has none of the letters of an address.
            cleaned["slug"] = free_address("reference-page", Modality.objects.values_list("slug", flat=True))
        return cleaned


class RetireForm(forms.Form):
    reason = forms.CharField(
        label="Why is it retired?", max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Readers of older plans see this on the page. It stays readable.",
    )  # fmt: skip
    version = WholeNumber(widget=forms.HiddenInput)
