"""What became of a step. One small form for each verb; which are shown depends on the step's state."""

from datetime import date
from typing import Any

from django import forms

from careplans.forms.arms import ChooseArmForm, CorrectDecisionForm, DecidedFields
from careplans.forms.outcomes import OutcomeFields, empty_choice, past_day
from careplans.forms.people import PersonField
from careplans.models import Step
from careplans.models.step_values import REASONS_OFFERED
from careplans.readers.steps.arms import judged_running
from careplans.readers.steps.gates import gate_of
from common.forms import DateInput, Day, WholeNumber


class VersionedForm(forms.Form):
    version = WholeNumber(widget=forms.HiddenInput)


def whether_later_move() -> forms.TypedChoiceField:
    """Of cycles that follow one on another day: nothing moves silently, so neither answer is chosen beforehand."""
    choices = [("", "Choose"), ("yes", "They move by as much"), ("no", "They keep their days")]
    return forms.TypedChoiceField(
        label="Those after it", choices=choices, required=False, coerce=lambda said: said == "yes", empty_value=None,
        help_text="Needed where it is on another day than planned.",
    )  # fmt: skip


class StartForm(VersionedForm):
    on = past_day("Started on", "Say on which day it started.")
    due_on = Day(label="Expected to end by", widget=DateInput(), help_text="The owner is reminded then.")
    why = forms.CharField(
        label="Why now", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed when it starts out of order or before its condition holds.",
    )  # fmt: skip


class CompleteForm(OutcomeFields, VersionedForm):
    on = past_day("Completed on", "Say on which day it was completed.")
    fulfilment = empty_choice(
        "Carried out", Step.Fulfilment.choices, "Say whether the step was carried out in full or in part.", radio=True
    )
    outcome = forms.CharField(label="Outcome in words", required=False, widget=forms.Textarea(attrs={"rows": 2}))
    field_order = ["on", "fulfilment"]


class CodedReasonForm(VersionedForm):
    # A death belongs to the patient: recorded there, it ends this and all else.
    reason = empty_choice(
        "Reason", REASONS_OFFERED,
        "Choose the reason from the list.", help_text="A death is recorded on the page of the patient: it ends all care.",
    )  # fmt: skip
    reason_note = forms.CharField(
        label="In words", required=False, widget=forms.Textarea(attrs={"rows": 2}), help_text="Needed for “other”."
    )


class SkipForm(CodedReasonForm):
    pass


class StopForm(OutcomeFields, CodedReasonForm):
    on = past_day("Stopped on", "Say on which day it was stopped.")
    outcome = forms.CharField(
        label="Outcome so far, in words", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    field_order = ["on", "reason", "reason_note"]


class HoldStepForm(CodedReasonForm):
    on = past_day("Held from", "Say from which day it is held.")
    until = Day(label="Until", required=False, widget=DateInput(), help_text="Empty if it is not known yet.")
    due_on = Day(
        label="Look at it again on", required=False, widget=DateInput(),
        help_text="Needed where the end is not known. The owner is reminded then.",
    )  # fmt: skip
    field_order = ["on", "until", "due_on", "reason", "reason_note"]


class ResumeForm(VersionedForm):
    on = past_day("It went on on", "Say on which day it went on.")
    due_on = Day(label="Next date", widget=DateInput(), help_text="Of its next cycle; or by when it should have ended.")
    move_later = whether_later_move()
    why = forms.CharField(label="In words", required=False, widget=forms.Textarea(attrs={"rows": 2}))


class ReplanForm(VersionedForm):
    due_on = Day(label="Planned for", widget=DateInput())
    why = forms.CharField(label="Why it can go on", widget=forms.Textarea(attrs={"rows": 2}))


class HandOverForm(VersionedForm):
    assignee = PersonField(label="Person responsible", required=False, empty_label="No change")
    due_on = Day(label="Next date", required=False, widget=DateInput())
    why = forms.CharField(label="Why", widget=forms.Textarea(attrs={"rows": 2}))


class RediscussForm(VersionedForm):
    title = forms.CharField(label="What the board is to discuss", max_length=160)
    due_on = Day(label="Discuss it on", widget=DateInput())
    assignee = PersonField(label="Person responsible", help_text="They are reminded.")


VERBS: dict[str, tuple[type[forms.Form], str, str]] = {
    # verb        form            words on the tab             words on the button
    "start":     (StartForm,     "It has started",            "Record the start"),
    "complete":  (CompleteForm,  "It is completed",           "Record the completion"),
    "stop":      (StopForm,      "It was stopped early",      "Record the stop"),
    "skip":      (SkipForm,      "It will not be done",       "Record why not"),
    "hold":      (HoldStepForm,      "Put it on hold",            "Put on hold"),
    "resume":    (ResumeForm,    "It goes on after the break", "Record that it goes on"),
    "replan":    (ReplanForm,    "Plan it again",             "Plan again"),
    "choose":    (ChooseArmForm, "The decision is made",      "Record the decision"),
    "correct":   (CorrectDecisionForm, "Correct the decision", "Correct the decision"),
    "hand_over": (HandOverForm,  "Another person or date",    "Hand over"),
    "rediscuss": (RediscussForm, "Propose a re-discussion", "Plan the re-discussion"),
}  # fmt: skip

POSSIBLE: dict[str, tuple[str, ...]] = {
    Step.Status.PLANNED: ("start", "skip", "hold", "hand_over"),
    Step.Status.IN_PROGRESS: ("complete", "stop", "hold", "hand_over"),
    Step.Status.ON_HOLD: ("start", "replan", "skip", "hand_over"),
}
OF_DECISION: dict[str, tuple[str, ...]] = {
    Step.Status.PLANNED: ("choose", "skip", "hold", "hand_over"),
    Step.Status.ON_HOLD: ("choose", "replan", "skip", "hand_over"),
    Step.Status.COMPLETED: ("correct",),
}
HELD_WHILE_RUNNING = ("resume", "stop", "hand_over")


def possible(step: Step, today: date) -> tuple[str, ...]:
    """What may be recorded now. The step comes with what it waits for."""
    if step.awaits_decision:
        return ("hand_over",)
    held = step.status == Step.Status.ON_HOLD and step.started_on is not None
    verbs = HELD_WHILE_RUNNING if held else (OF_DECISION if step.is_decision else POSSIBLE).get(step.status, ())
    if step.is_repeated:
        # The first of its cycles begins it, on the page of that one.
        verbs = tuple(verb for verb in verbs if verb != "start")
    failed = gate_of(step, today).has_failed or step.asks_for_rediscussion
    return ("rediscuss", *verbs) if failed else verbs


def verb_form(verb: str, step: Step, today: date, data: Any = None) -> forms.Form:
    """The form of one verb; each has ids of its own, because several stand on one page."""
    initial: dict[str, Any] = {"version": step.version}
    if verb == "start":
        # A planned end that has passed would be refused: somebody says by when instead.
        initial["due_on"] = step.planned_end if step.planned_end and step.planned_end >= today else ""
    if verb == "rediscuss":
        title = f"Re-discuss: {gate_of(step, today).coded or f'step {step.number}, which no arm follows'}"
        initial |= {"assignee": step.assignee_id, "title": title[:160]}
    form = VERBS[verb][0](data, initial=initial, auto_id=f"id_{verb}_%s")
    if verb == "complete" and step.was_left_out_in_part:
        form.fields["fulfilment"].help_text = f"{step.delivered_words}: that is not in full."
    if verb == "start" and step.course == step.Course.CONTINUOUS:
        form.fields["due_on"].label = "Look at it again on"
    if isinstance(form, HandOverForm | RediscussForm):
        person: Any = form.fields["assignee"]
        person.offer(step.board)
    if isinstance(form, DecidedFields):
        waiting = (Step.Status.PLANNED, Step.Status.SET_ASIDE)
        steps = [one for one in step.plan.steps.all() if one.removed_at is None and one.status in waiting]
        form.offer(step, steps, today)
        form.ask_of_running(judged_running(step, step.plan.steps.all()))
    return form
