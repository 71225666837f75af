from django import forms


class SearchForm(forms.Form):
    q = forms.CharField(
        label="Search the reference pages", required=False, max_length=200,
        error_messages={"max_length": "Search for fewer words: at most 200 characters."},
        widget=forms.TextInput(attrs={"type": "search"}),
    )  # fmt: skip
