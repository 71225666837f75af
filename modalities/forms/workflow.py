"""What every editorial workflow asks: of reference pages, of the rules, of the templates of plans."""

from django import forms

from common.forms import WholeNumber


class VersionForm(forms.Form):
    """Of a button: which version of the draft the person saw."""

    version = WholeNumber(widget=forms.HiddenInput)


class SendForm(VersionForm):
    change_note = forms.CharField(
        label="What you changed and why", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Approvers and boards read it.",
    )  # fmt: skip


class SendBackForm(VersionForm):
    comment = forms.CharField(label="What should change?", max_length=4000, widget=forms.Textarea(attrs={"rows": 3}))


class PublishForm(VersionForm):
    comment = forms.CharField(
        label="Comment (optional)", required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 2})
    )
