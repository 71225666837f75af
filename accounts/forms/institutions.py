from django import forms

from accounts.models import IdentifierSystem, Institution


class InstitutionForm(forms.ModelForm):
    """A new institution, or the name of one; `version` is the one that was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Institution
        fields = ("name",)

    def validate_unique(self) -> None:
        """The service asks the database, which two people at once cannot get past."""


class SystemForm(forms.ModelForm):
    """A further system: a national number, the number of another hospital."""

    class Meta:
        model = IdentifierSystem
        fields = ("name", "uri", "format_hint")

    def validate_unique(self) -> None:
        """As above."""
