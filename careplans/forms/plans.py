from typing import Any

from django import forms

from accounts.models import Board
from careplans.forms.outcomes import OutcomeFields
from careplans.forms.partial import Text
from careplans.forms.people import PersonField
from careplans.models import FollowUpSchedule, Plan
from common.forms import DateInput, WholeNumber


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
    follow_up_schedule = forms.ModelChoiceField(
        FollowUpSchedule.objects.none(), label="Follow-up schedule", required=False, empty_label="None",
        help_text="Its dates are set when the plan is released.",
    )  # fmt: skip
    follow_up_from = forms.DateField(label="Follow-up counts from", required=False, widget=DateInput())
    follow_up_assignee = PersonField(label="Follow-up is done by", required=False)

    def __init__(self, *args: Any, board: Board, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        schedules: Any = self.fields["follow_up_schedule"]
        schedules.queryset = FollowUpSchedule.objects.filter(board=board, is_active=True)
        person: Any = self.fields["follow_up_assignee"]
        person.offer(board)

    @classmethod
    def of(cls, plan: Plan, board: Board) -> "PlanForm":
        form = cls(board=board, initial={name: getattr(plan, name) for name in cls.base_fields})
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
