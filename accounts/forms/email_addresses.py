from typing import Any, cast

from django import forms

from accounts.forms.passwords import PresentPasswordField
from accounts.models import User
from common.forms import EmailAddressField


class NewAddressForm(forms.Form):
    email = EmailAddressField(
        label="New e-mail address",
        help_text="We send a link to it. Until you open that, everything stays as it is.",
        widget=forms.TextInput(attrs={"autocomplete": "email", "inputmode": "email"}),
    )
    present_password = PresentPasswordField()

    def __init__(self, user: User, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.address = user, address

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email == self.user.email:
            raise forms.ValidationError("You already sign in with this address.")
        return email

    def clean_present_password(self) -> str:
        field = cast(PresentPasswordField, self.fields["present_password"])
        password = self.cleaned_data["present_password"]
        return field.check_own(self.user, password, address=self.address, where="accounts:email_change")


class CorrectAddressForm(forms.Form):
    """`seen` is the address that the page showed."""

    email = EmailAddressField(label="Right e-mail address", help_text="A new invitation goes here.")
    seen = forms.CharField(max_length=254, widget=forms.HiddenInput)
