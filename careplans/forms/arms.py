"""Decisions and their arms: drafted, then chosen or corrected. Nothing is chosen beforehand."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from careplans.forms.outcomes import BESIDE, OutcomeFields, empty_choice, past_day
from careplans.forms.steps import PHASES
from careplans.models import Arm, Step
from careplans.models.step_values import REASONS_OFFERED
from careplans.readers.steps.arms import start_in_question, words_for_judged
from common.forms import DateInput, Day, WholeNumber

# A step that was planned to begin on a day that is past gets a new one where its arm is chosen.
START = "start_"
# What becomes of a treatment that still runs: its fate, and the reason where it is stopped.
RUNNING, RUNNING_REASON, RUNNING_NOTE = "running_", "running_reason_", "running_note_"
NONE = "none"
GOES_ON = "goes_on"
FATES = [(GOES_ON, "It goes on"), ("stopped", "It is stopped")]
SAME_ARM = "Choose the same arm again to correct its day or its reason alone."
STAYS_STOPPED = (
    "A treatment that was stopped with the first decision stays stopped: amend the plan if it is to go on after all."
)


class NewDecisionForm(forms.Form):
    """The least that makes a decision: at what, and between which two. More arms are added on its own page."""

    phase = forms.ChoiceField(label="Phase", choices=[("", "Choose"), *PHASES])
    description = forms.CharField(
        label="The board decides at", max_length=200, help_text="For example: re-staging after three months."
    )
    first_name = forms.CharField(label="First arm", max_length=80, help_text="For example: responds.")
    first_condition = forms.CharField(
        label="When", max_length=200, required=False, help_text="For example: partial response or better."
    )
    second_name = forms.CharField(label="Second arm", max_length=80, help_text="For example: else.")
    second_condition = forms.CharField(label="When", max_length=200, required=False)

    @property
    def arms(self) -> list[dict[str, str]]:
        found = self.cleaned_data
        return [{"name": found[f"{one}_name"], "condition": found[f"{one}_condition"]} for one in ("first", "second")]


class ArmForm(forms.Form):
    """One arm. Saved while it is typed."""

    name = forms.CharField(label="Name", max_length=80)
    condition = forms.CharField(
        label="When", max_length=200, required=False, help_text="For example: partial response or better on CT."
    )
    no_step = forms.CharField(
        label="If no step follows: what happens then", max_length=200, required=False,
        help_text="Leave it empty where steps follow.",
    )  # fmt: skip

    @classmethod
    def of(cls, arm: Arm) -> "ArmForm":
        return cls(initial={name: getattr(arm, name) for name in cls.base_fields}, auto_id=f"id_arm_{arm.pk}_%s")


class DecidedFields(forms.Form):
    """What both a choice and its correction need. `offer()` names the arms and the days that have to be said anew."""

    refused_at = {"starts": "chosen_arm"}

    version = WholeNumber(widget=forms.HiddenInput)
    chosen_arm = forms.ChoiceField(
        label="How the plan goes on", choices=[], widget=forms.RadioSelect,
        error_messages={"required": "Choose one of the arms, or none of them."},
    )  # fmt: skip
    on = past_day("Decided on", "Say on which day this was decided.")
    reason = forms.CharField(
        label="Why", widget=forms.Textarea(attrs={"rows": 2}), error_messages={"required": "Say why this arm."},
        help_text="For example: partial response on CT of 3 May.",
    )  # fmt: skip

    def offer(self, decision: Step, steps: Iterable[Step], today: date) -> None:
        """Its arms, and the days of their steps that are in question. Which arm is chosen, and on which day, is not known yet."""
        self.arms = {str(arm.pk): arm for arm in decision.arms.live()}
        self.starts_of: dict[str, set[str]] = {key: set() for key in self.arms}
        field: Any = self.fields["chosen_arm"]
        field.choices = [
            *((key, arm.words) for key, arm in self.arms.items()),
            (NONE, "None of the arms: discuss it again"),
        ]
        for step in steps:
            arm = self.arms.get(str(step.arm_id))
            words = [start_in_question(step, decision, on=on, today=today) for on in (today, self._typed_day(today))]
            if arm is not None and any(words):
                self.starts_of[str(arm.pk)].add(f"{START}{step.pk}")
                self.fields[f"{START}{step.pk}"] = Day(
                    label=f"Step {step.number} ({step.title}) starts on", required=False, widget=DateInput(),
                    help_text=f"Needed for the arm “{arm.name}”: it {words[0] or words[1]}.",
                )  # fmt: skip

    def ask_of_running(self, judged: Iterable[Step]) -> None:
        """Whether each treatment that still runs goes on. Empty at first, and required."""
        for step in judged:
            name = f"Step {step.number} ({step.title})"
            self.refused_at = {**self.refused_at, "running": f"{RUNNING}{step.pk}"}
            self.fields[f"{RUNNING}{step.pk}"] = empty_choice(
                f"{name}, which still runs", FATES, words_for_judged(step), radio=True,
                help_text="Stopped, it ends on the day of the decision, with what was found; what was still to come is left out.",
            )  # fmt: skip
            self.fields[f"{RUNNING_REASON}{step.pk}"] = forms.ChoiceField(
                label=f"Why {name[:1].lower()}{name[1:]} is stopped", choices=[("", "Choose"), *REASONS_OFFERED], required=False,
                help_text="Needed if it is stopped.",
            )  # fmt: skip
            self.fields[f"{RUNNING_NOTE}{step.pk}"] = forms.CharField(
                label="In words", required=False, help_text="Needed for “other”."
            )

    def _typed_day(self, today: date) -> date:
        """The day of the decision as far as it can be read; whether it can be is for the field to say."""
        field = self.fields["on"]
        typed = field.widget.value_from_datadict(self.data, self.files, self.add_prefix("on"))
        try:
            return field.to_python(typed) or today
        except forms.ValidationError:
            return today

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        days = {name: found.pop(name) for name in list(found) if name.startswith(START)}
        mine = self.starts_of.get(found.get("chosen_arm", ""), set())
        found["starts"] = {int(name.removeprefix(START)): day for name, day in days.items() if day and name in mine}
        found["running"] = self._fates(found)
        if "chosen_arm" in found:
            found["chosen_arm"] = self.arms.get(found["chosen_arm"])
        return found

    def _fates(self, found: dict[str, Any]) -> dict[int, dict[str, Any]]:
        """By the key of each step; those parts leave `found`."""
        reasons = {name: found.pop(name) for name in list(found) if name.startswith((RUNNING_REASON, RUNNING_NOTE))}
        said = {name: found.pop(name) for name in list(found) if name.startswith(RUNNING)}
        fates = {}
        for name, fate in said.items():
            pk = name.removeprefix(RUNNING)
            why = {
                "reason": reasons.get(f"{RUNNING_REASON}{pk}", ""),
                "reason_note": reasons.get(f"{RUNNING_NOTE}{pk}", ""),
            }
            fates[int(pk)] = {"goes_on": fate == GOES_ON, **why}
        return fates


class ChooseArmForm(DecidedFields, OutcomeFields):
    outcome = forms.CharField(
        label="What was found, in words", required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    why = forms.CharField(
        label="Why now", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Needed when it is decided out of order or before its condition holds.",
    )  # fmt: skip
    field_order = ["chosen_arm", "on", "reason", "why"]

    @property
    def rows(self) -> list[list[BoundField]]:
        """The new days stand below the arms that they belong to."""
        rows: dict[str, list[BoundField]] = {}
        for field in self.visible_fields():
            key = "chosen_arm" if field.name.startswith((START, RUNNING)) else BESIDE.get(field.name, field.name)
            rows.setdefault(key, []).append(field)
        arm = rows.pop("chosen_arm")
        return [*([field] for field in arm), *rows.values()]


class CorrectDecisionForm(DecidedFields):
    field_order = ["chosen_arm"]

    def offer(self, decision: Step, steps: Iterable[Step], today: date) -> None:
        super().offer(decision, steps, today)
        self.fields["chosen_arm"].help_text = SAME_ARM

    def ask_of_running(self, judged: Iterable[Step]) -> None:
        super().ask_of_running(judged)
        self.fields["chosen_arm"].help_text = f"{SAME_ARM} {STAYS_STOPPED}"
