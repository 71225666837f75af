from typing import Any

from django import forms

from accounts.models import IdentifierSystem, Institution
from common.forms import WholeNumber


class InstitutionForm(forms.ModelForm):
    """A new institution, or the name of one; `version` is the one that was shown."""

    version = WholeNumber(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Institution
        fields = ("name",)

    def validate_unique(self) -> None:
        """The service asks the database, which two people at once cannot get past."""


class SystemForm(forms.ModelForm):
    """A further system: a national number, the number of another hospital."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.is_main:
            del self.fields["is_asked"]

    class Meta:
        model = IdentifierSystem
        fields = ("name", "uri", "format_hint", "is_asked")

    def validate_unique(self) -> None:
        """As above."""
