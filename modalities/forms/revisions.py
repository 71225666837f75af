from django import forms


class WithdrawForm(forms.Form):
    reason = forms.CharField(
        label="Why is it withdrawn?",
        help_text="Readers see this beside the revision. It stays readable.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
