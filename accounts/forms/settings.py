from django import forms

from accounts.models import User
from accounts.services.settings import OWN_FIELDS


class SettingsForm(forms.ModelForm):
    class Meta:
        model = User
        fields = OWN_FIELDS
