from django import forms

from careplans.forms.outcomes import OutcomeFields
from careplans.forms.partial import Text
from careplans.models import Plan
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


class ReasonForm(forms.Form):
    """A reason, and the version of the plan that was on the screen."""

    reason = forms.CharField(label="Reason", widget=forms.Textarea(attrs={"rows": 2}))
    version = WholeNumber(widget=forms.HiddenInput)


class OutcomeForm(OutcomeFields):
    """What came of the plan as a whole. Nothing is taken over from its steps."""

    outcome_note = forms.CharField(label="Outcome in words", required=False, widget=forms.Textarea(attrs={"rows": 3}))
    version = WholeNumber(widget=forms.HiddenInput)
