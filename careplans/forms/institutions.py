from django import forms

from accounts.models import Institution


class MoveBoardForm(forms.Form):
    institution = forms.ModelChoiceField(
        label="Institution", queryset=Institution.objects.order_by("name"), empty_label="Choose the institution"
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
