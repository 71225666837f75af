from django import forms

from careplans.models import Change
from careplans.webhooks.places import LONGEST

WORDS = {
    Change.Noun.BOARDS: "The board itself",
    Change.Noun.PATIENTS: "Patients",
    Change.Noun.CASES: "Cases and their proforma",
    Change.Noun.PRIOR_TREATMENTS: "Previous therapies",
    Change.Noun.SPECIMENS: "Specimens",
    Change.Noun.PLANS: "Plans and their signatures",
    Change.Noun.STEPS: "Steps",
    Change.Noun.ARMS: "Arms of a decision",
    Change.Noun.OCCURRENCES: "Cycles and sessions",
    Change.Noun.FOLLOW_UPS: "Follow-ups",
    Change.Noun.ADVISORIES: "Advisories",
    Change.Noun.SIGNATURES: "Signatures",
    Change.Noun.EVENTS: "Entries of the timeline",
    Change.Noun.FACT_CHANGES: "Changes of deciding facts",
    Change.Noun.STEP_BREAKS: "Steps on hold",
    Change.Noun.NOTHING_AHEAD: "Cases with nothing ahead",
    Change.Noun.RECORD_MOVES: "Merged and moved records",
}


class WebhookForm(forms.Form):
    name = forms.CharField(label="Name", max_length=80, help_text="For example “Hospital data warehouse”.")
    url = forms.CharField(
        label="Address", max_length=LONGEST, help_text="Begins with https://. Nothing inside the own network.",
        widget=forms.URLInput(attrs={"spellcheck": "false", "autocomplete": "off"}),
    )  # fmt: skip
    nouns = forms.MultipleChoiceField(
        label="It is told when one of these changes", choices=[(noun.value, words) for noun, words in WORDS.items()],
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose at least one of them."},
    )  # fmt: skip
