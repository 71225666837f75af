"""What an editor types about a rule, and what an approver answers."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from careplans.models.rule_sets import RuleData
from careplans.rules.engine import Malformed, Rule
from careplans.rules.engine.documents import parse_json
from careplans.rules.engine.schema import parse_rule
from modalities.forms.workflow import VersionForm

GRADES = [
    ("info", "Note: asks for data or a thought"),
    ("caution", "Caution: departs from a hedged statement"),
    ("warning", "Warning: departs from a strong statement"),
]


class SeedRuleForm(VersionForm):
    severity = forms.ChoiceField(label="Grade", choices=GRADES, widget=forms.RadioSelect)
    advice = forms.CharField(
        label="Wording", max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="One sentence that a board can act on.",
    )  # fmt: skip

    def values(self) -> RuleData:
        return {"severity": self.cleaned_data["severity"], "advice": self.cleaned_data["advice"]}


class RuleForm(SeedRuleForm):
    """A rule of the centre's own. The names of the fields are those of docs/advisories.md."""

    id = forms.CharField(label="Number", max_length=16, help_text="Capital letters, a hyphen, two digits: OWN-01.")
    scope = forms.ChoiceField(
        choices=[("plan", "The whole plan, once"), ("step", "Each step")], label="Asked about", widget=forms.RadioSelect
    )
    basis = forms.ChoiceField(
        choices=[("direct", "Its sources say it"), ("inference", "Its sources imply it")], widget=forms.RadioSelect
    )
    seed = forms.CharField(
        label="Sources", max_length=300, help_text="Statements such as S20, or sources your centre added, such as E1."
    )
    when = forms.CharField(
        label="Condition", max_length=20_000, strip=False, widget=forms.Textarea(attrs={"rows": 12, "spellcheck": "false"}),
        help_text='For example {"all": [{"step": {"modality": ["RFA"]}}, {"step_num": {"field": "target_mm", "gt": 50}}]}',
    )  # fmt: skip

    def __init__(self, *args: Any, own: bool = False, **kwargs: Any) -> None:
        """`own`: the rule is there already, and keeps its number."""
        super().__init__(*args, **kwargs)
        if own:
            del self.fields["id"]
        self.order_fields(["id", "scope", "severity", "basis", "seed", "advice", "when"])

    def clean_seed(self) -> list[str]:
        return [number for number in re.split(r"[\s,;]+", self.cleaned_data["seed"].upper()) if number]

    def clean_when(self) -> object:
        try:
            return parse_json(self.cleaned_data["when"].encode())
        except Malformed as error:
            raise ValidationError(str(error)) from error

    def values(self) -> RuleData:
        names = ("id", "scope", "severity", "basis", "seed", "when", "advice")
        return {name: self.cleaned_data[name] for name in names if name in self.fields}

    def read(self) -> Rule | None:
        """The rule as typed, to be shown in words before it is saved; None while it cannot be read."""
        try:
            return parse_rule({"id": "OWN-00", **self.values(), "blocks": False}, "rule")
        except (Malformed, KeyError):
            return None


class SwitchOffForm(VersionForm):
    reason = forms.CharField(
        label="Why does your centre not want this rule?", max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Everybody reads it beside the rule.",
    )  # fmt: skip
