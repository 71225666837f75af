from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm, SetPasswordForm

LENGTH_HINT = "At least 12 characters. A few unrelated words are easy to remember and hard to guess."


class SignInForm(AuthenticationForm):
    error_messages = {
        "invalid_login": "The e-mail address and the password do not match an account that may sign in. Check both.",
        "inactive": "The e-mail address and the password do not match an account that may sign in. Check both.",
    }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].label = "E-mail address"
        self.fields["username"].widget = forms.EmailInput(attrs={"autocomplete": "username", "maxlength": 254})


class PasswordLinkForm(forms.Form):
    email = forms.EmailField(
        label="E-mail address", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


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


class ChangePasswordForm(NewPasswordForm):
    old_password = forms.CharField(
        label="Present password", strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    field_order = ["old_password", "new_password1", "new_password2"]

    def clean_old_password(self) -> str:
        password: str = self.cleaned_data["old_password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("This is not your present password.")
        return password
