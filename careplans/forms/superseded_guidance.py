from django import forms


class KeepForm(forms.Form):
    """Keep a plan as it is although guidance under it was superseded. `seen` are the publications on the screen."""

    reason = forms.CharField(label="Keep the plan, because", max_length=2000, widget=forms.Textarea(attrs={"rows": 2}))
    seen = forms.CharField(max_length=400, widget=forms.HiddenInput)

    def clean_seen(self) -> set[int]:
        return {int(word) for word in self.cleaned_data["seen"].split(",") if word.isdecimal() and len(word) < 18}
