from collections.abc import Iterable
from typing import Any

from django import forms

from careplans.forms.outcomes import OutcomeFields, empty_choice
from careplans.forms.partial import Text
from careplans.models import Plan, Step
from careplans.models.step_values import REASONS_OFFERED
from careplans.readers.steps.courses import words_for_running
from common.forms import WholeNumber


class PlanForm(forms.Form):
    """The plan itself, apart from its steps. Saved while it is typed."""

    aim = Text(
        label="What the board wants to achieve", required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="In two or three sentences; it heads the plan.",
    )  # fmt: skip
    amendment_reason = Text(label="Why the plan is amended", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    no_treatment = forms.BooleanField(
        label="No treatment now", required=False, help_text="A plan without steps. Say why below."
    )
    no_treatment_reason = Text(label="Why no treatment now", required=False, widget=forms.Textarea(attrs={"rows": 2}))

    @classmethod
    def of(cls, plan: Plan) -> "PlanForm":
        form = cls(initial={name: getattr(plan, name) for name in cls.base_fields})
        if plan.amends_id is None:
            del form.fields["amendment_reason"]
        return form


class GoesOnFields(forms.Form):
    """Under whose care each ongoing step goes on that the plan leaves running."""

    def ask_about(self, running: Iterable[Step]) -> None:
        for step in running:
            self.fields[f"goes_on_{step.pk}"] = forms.CharField(
                label=f"Step {step.number} ({step.title}) goes on under the care of", max_length=200,
                help_text="Or record first that it was stopped, or amend the plan, which carries it into the next.",
                error_messages={"required": words_for_running(step)},
            )  # fmt: skip

    def clean(self) -> dict[str, Any]:
        """What goes on, by the key of its step."""
        cleaned = super().clean() or {}
        said = {name: cleaned.pop(name) for name in list(cleaned) if name.startswith("goes_on_")}
        return cleaned | {"goes_on": {int(name.removeprefix("goes_on_")): words for name, words in said.items()}}


class ReasonForm(forms.Form):
    """A reason, and the version of the plan that was on the screen."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2}))
    version = WholeNumber(widget=forms.HiddenInput)


class RevokeForm(GoesOnFields, ReasonForm):
    # A death belongs to the patient: recorded there, it ends this and all else.
    reason_code = empty_choice(
        "Reason", REASONS_OFFERED, "Choose the reason for revoking the plan from the list.",
        help_text="A death is recorded on the page of the patient: it ends all care.",
    )  # fmt: skip
    reason = forms.CharField(label="In words", widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ["reason_code", "reason"]


class OutcomeForm(GoesOnFields, OutcomeFields):
    """What came of the plan as a whole. Nothing is taken over from its steps."""

    outcome_note = forms.CharField(label="Outcome in words", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = WholeNumber(widget=forms.HiddenInput)
