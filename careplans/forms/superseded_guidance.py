from django import forms

from common.figures import read_key


class KeepForm(forms.Form):
    """Keep a plan as it is although guidance under it was superseded. `seen` are the publications on the screen."""

    reason = forms.CharField(label="Keep the plan, because", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    seen = forms.CharField(max_length=400, widget=forms.HiddenInput)

    def clean_seen(self) -> set[int]:
        return {key for word in self.cleaned_data["seen"].split(",") if (key := read_key(word)) is not None}
