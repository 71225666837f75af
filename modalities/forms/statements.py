from django import forms

from modalities.models import StatementFlag


class NoteForm(forms.Form):
    # What was found when somebody checked: neither begins with an answer, least of all with “current”.
    about = forms.ChoiceField(
        label="About", choices=[("", "Choose"), *StatementFlag.About.choices],
        error_messages={"required": "Say whether the note is about the statement or about its reference."},
    )  # fmt: skip
    state = forms.ChoiceField(
        label="State", choices=[("", "Choose"), *(one for one in StatementFlag.State.choices if one[0] != "not_checked")],
        error_messages={"required": "Say what you found; “check” where somebody still has to look."},
    )  # fmt: skip
    note = forms.CharField(label="Note", max_length=4000, widget=forms.Textarea(attrs={"rows": 4}))
    source = forms.CharField(
        label="Where that stands", help_text="One source on a line.", max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )  # fmt: skip
