import unicodedata
from typing import Any

from django import forms

from common.addresses import validate_address


class AddressField(forms.EmailField):
    """An e-mail address in any script, in the one spelling of it that is kept."""

    default_validators = [validate_address]
    # A browser's own rule refuses other scripts before the @.
    widget = forms.TextInput(attrs={"inputmode": "email", "autocapitalize": "none", "spellcheck": "false"})

    def to_python(self, value: Any) -> str:
        return unicodedata.normalize("NFC", super().to_python(value) or "")
