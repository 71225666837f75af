from django import forms


class HoldSendingForm(forms.Form):
    note = forms.CharField(label="Why", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))


class ReleaseSendingForm(forms.Form):
    note = forms.CharField(label="What you checked", max_length=500, widget=forms.Textarea(attrs={"rows": 2}))
    resend = forms.TypedChoiceField(
        label="E-mails that this database believes unsent", widget=forms.RadioSelect, coerce=lambda text: text == "yes",
        choices=[
            ("yes", "Ask the relay where it can tell, and send what it never saw, under the old number"),
            ("no", "They were sent: withdraw them"),
        ],
    )  # fmt: skip
