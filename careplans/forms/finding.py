from django import forms

from common.searches import PeopleSearch


class SearchForm(PeopleSearch):
    q = forms.CharField(
        label="Name, record number, tumour, plan, page or colleague", required=False, max_length=100,
        error_messages={"max_length": "Type at most 100 characters."},
        widget=forms.TextInput(
            attrs={"type": "search", "autocomplete": "off", "spellcheck": "false", "dir": "auto", "data-search": ""}
        ),
    )  # fmt: skip
