from django import forms

from modalities.models import StatementFlag


class NoteForm(forms.Form):
    about = forms.ChoiceField(label="About", choices=StatementFlag.About.choices, initial=StatementFlag.About.STATEMENT)
    state = forms.ChoiceField(label="State", choices=StatementFlag.State.choices)
    note = forms.CharField(label="Note", max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    source = forms.CharField(
        label="Where that stands", help_text="One source on a line.", max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
