from typing import Any, cast

from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm

from accounts.models import User
from accounts.services.limits import TooMany
from accounts.services.passwords import is_present_password
from common.addresses import as_kept
from common.forms import EmailAddressField, address_input

LENGTH_HINT = "At least 12 characters. A few unrelated words are easy to remember and hard to guess."


class AddressField(forms.CharField):
    """Django's own would bring it into a form in which it is not kept."""

    def to_python(self, value: Any) -> str:
        return as_kept(super().to_python(value) or "")


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "The e-mail address and the password do not match an account that may sign in. Check both.",
        "inactive": "The e-mail address and the password do not match an account that may sign in. Check both.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.too_many: TooMany | None = None
        self.fields["username"] = AddressField(label="E-mail address", max_length=254, widget=address_input("username"))
        self.fields["username"].widget.attrs["maxlength"] = 254

    def clean(self) -> dict[str, Any]:
        try:
            return super().clean()
        except TooMany as full:
            self.too_many = full
            raise forms.ValidationError(too_many_words(full)) from full


class PasswordLinkForm(forms.Form):
    email = EmailAddressField(label="E-mail address", autocomplete="username")


class NewPasswordForm(SetPasswordForm):
    error_messages = {"password_mismatch": "The two passwords differ. Type the same one twice."}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["new_password1"].label = "New password"
        self.fields["new_password1"].help_text = LENGTH_HINT
        self.fields["new_password2"].label = "The same password again"
        self.fields["new_password2"].help_text = ""

    def clean(self) -> dict[str, Any]:
        """As Django's, but a password that is too weak is told at the field where it was chosen."""
        self.validate_passwords("new_password1", "new_password2")
        self.validate_password_for_user(self.user, "new_password1")
        return self.cleaned_data


class PresentPasswordField(forms.CharField):
    """One's own present password, asked for before something that a stranger at an open screen must not do."""

    def __init__(self) -> None:
        widget = forms.PasswordInput(attrs={"autocomplete": "current-password"})
        super().__init__(label="Present password", strip=False, max_length=4096, widget=widget)

    def check_own(self, user: User, password: str, *, address: str, where: str) -> str:
        try:
            if not is_present_password(user, password, address=address, where=where):
                raise forms.ValidationError("This is not your present password.")
        except TooMany as full:
            raise forms.ValidationError(too_many_words(full)) from full
        return password


class ChangePasswordForm(NewPasswordForm):
    old_password = PresentPasswordField()
    field_order = ["old_password", "new_password1", "new_password2"]

    def __init__(self, user: User, *args: Any, address: str, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.address = address

    def clean_old_password(self) -> str:
        field = cast(PresentPasswordField, self.fields["old_password"])
        password = self.cleaned_data["old_password"]
        return field.check_own(self.user, password, address=self.address, where="accounts:password_change")


def too_many_words(full: TooMany) -> str:
    """The same for an account that there is and one that there is not."""
    wait = "a minute" if full.minutes == 1 else f"{full.minutes} minutes"
    return f"Too many wrong passwords. Wait {wait}, or set a new password by mail: “I have forgotten my password”."
