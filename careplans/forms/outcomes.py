"""The outcome of a step or a plan, as a person records it. Nothing is chosen beforehand, least of all the best case."""

from typing import Any

from django import forms
from django.forms.boundfield import BoundField

from careplans.forms.nothing_ahead import own_fields
from careplans.models import Plan, Step
from careplans.models.outcomes import ASKED, PROGRESSIONS, RESPONSES, SYMPTOM_CONTROLS, TOXICITIES, Toxicity
from careplans.readers.steps.later_outcomes import toxicities_for
from common.forms import DateInput, Day, WholeNumber

# What belongs to an answer stands beside it.
BESIDE = {
    "response_on": "response", "progressed_on": "progression", "toxicity_term": "toxicity", "toxicity_on": "toxicity",
    "symptom_control_on": "symptom_control",
}  # fmt: skip
BEST = "The best response (RECIST) counts, from the beginning of the treatment until it progressed."
FIRST = "The first day counts."
DEATH = (
    "Grade 5, a death, is recorded on the page of the patient first: it ends all care. Then it is added to the outcome."
)
FATAL = "Grade 5 says that the patient died of this adverse event: not of the disease, nor of anything else."


def empty_choice(
    label: str, choices: list[tuple[str, str]], asked: str, *, help_text: str = "", radio: bool = False
) -> forms.ChoiceField:
    """A choice about what happened: empty at first, and required."""
    return forms.ChoiceField(
        label=label, choices=choices if radio else [("", "Choose"), *choices], help_text=help_text,
        error_messages={"required": asked},
        widget=forms.RadioSelect(attrs={"class": "nhsuk-radios--inline"}) if radio else None,
    )  # fmt: skip


def past_day(label: str, asked: str = "", *, help_text: str = "") -> Day:
    """The day of what happened: empty at first, because it is rarely the day on which it is written down."""
    return Day(
        label=label, required=bool(asked), widget=DateInput(), help_text=help_text, error_messages={"required": asked}
    )


class OutcomeFields(forms.Form):
    response = empty_choice("Response (RECIST)", RESPONSES, ASKED["response"], help_text=BEST)
    response_on = past_day("Assessed on", help_text="Needed unless it was not assessed.")
    progression = empty_choice("Progression", PROGRESSIONS, ASKED["progression"])
    progressed_on = past_day("Progressed on", help_text="Needed if it progressed.")
    toxicity = empty_choice(
        "Worst toxicity (CTCAE grade)", [choice for choice in TOXICITIES if choice[0] != Toxicity.GRADE_5], ASKED["toxicity"],
        help_text=DEATH,
    )  # fmt: skip
    toxicity_term = forms.CharField(
        label="CTCAE term", required=False, max_length=120,
        help_text="Needed from grade 1, for example: platelet count decreased.",
    )  # fmt: skip
    symptom_control = empty_choice("Symptom control", SYMPTOM_CONTROLS, ASKED["symptom_control"])

    @property
    def rows(self) -> list[list[BoundField]]:
        return rows_of(self)


def rows_of(form: forms.Form) -> list[list[BoundField]]:
    """The controls as they stand on the page: what belongs to an answer beside it."""
    rows: dict[str, list[BoundField]] = {}
    for field in own_fields(form):
        rows.setdefault(BESIDE.get(field.name, field.name), []).append(field)
    return list(rows.values())


def stays_unless(label: str, choices: list[tuple[str, str]]) -> forms.ChoiceField:
    """Of what is recorded already: nothing is chosen, and without a choice it stays."""
    return forms.ChoiceField(label=label, choices=[("", "As recorded"), *choices], required=False)


class LaterFields(forms.Form):
    """What both forms of an outcome that stands ask. `offer` says what is recorded, and which grades there are."""

    version = WholeNumber(widget=forms.HiddenInput)
    response = stays_unless("Response (RECIST)", RESPONSES)
    progression = stays_unless("Progression", PROGRESSIONS)
    progressed_on = past_day("Progressed on", help_text="Needed if it progressed.")
    toxicity = stays_unless("Worst toxicity (CTCAE grade)", TOXICITIES)
    toxicity_term = forms.CharField(
        label="CTCAE term", required=False, max_length=120,
        help_text="Needed with a grade from 1, for example: creatinine increased.",
    )  # fmt: skip
    symptom_control = stays_unless("Symptom control", SYMPTOM_CONTROLS)

    @property
    def rows(self) -> list[list[BoundField]]:
        return rows_of(self)

    def offer(self, row: Step | Plan) -> None:
        """The row comes with its case and patient."""
        said = {
            "response": row.response_words, "progression": row.progression_words, "toxicity": row.toxicity_words,
            "symptom_control": row.symptom_control_words,
        }  # fmt: skip
        hints = {"response": BEST, "progression": FIRST}
        patient = row.case.patient
        for name, words in said.items():
            field: Any = self.fields[name]
            grades = toxicities_for(patient) if name == "toxicity" else field.choices[1:]
            field.choices = [("", "As recorded"), *grades]
            # A control cuts what is long, and this is what one compares with.
            hint = (FATAL if patient.is_dead else DEATH) if name == "toxicity" else hints.get(name, "")
            field.help_text = f"Recorded: {words}. {hint}".strip()


class AddOutcomeForm(LaterFields):
    toxicity_term = forms.CharField(
        label="CTCAE term", required=False, max_length=120,
        help_text="Needed with a grade from 1. Another event of the grade that is recorded is put beside it.",
    )  # fmt: skip
    on = past_day(
        "Assessed on", "Say on which day it was assessed.", help_text="The day of each part that is said below; of a response "
        "that of the scan. What is left as recorded stays.",
    )  # fmt: skip
    words = forms.CharField(
        label="In words", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Added below what is recorded in words, with the day.",
    )  # fmt: skip
    field_order = [
        "on", "response", "progression", "progressed_on", "toxicity", "toxicity_term", "symptom_control", "words",
    ]  # fmt: skip


class CorrectOutcomeForm(LaterFields):
    response_on = past_day("Response assessed on", help_text="Empty: as recorded.")
    toxicity_on = past_day("Toxicity assessed on", help_text="Empty: as recorded. Needed where it becomes grade 5.")
    symptom_control_on = past_day("Symptom control assessed on", help_text="Empty: as recorded.")
    words = forms.CharField(
        label="Outcome in words", required=False, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="Instead of what is recorded in words.",
    )  # fmt: skip
    why = forms.CharField(
        label="Why it is corrected", widget=forms.Textarea(attrs={"rows": 2}),
        help_text="For example: the report was of another scan. It stays in the timeline with what was recorded before.",
    )  # fmt: skip
    field_order = [
        "response",
        "response_on",
        "progression",
        "progressed_on",
        "toxicity",
        "toxicity_term",
        "toxicity_on",
        "symptom_control",
        "symptom_control_on",
    ]


AFTER_END: dict[str, tuple[type[LaterFields], str, str]] = {
    # verb              form                words on the tab                         words on the button
    "add_outcome":     (AddOutcomeForm,     "Add what was found after its end", "Add to the outcome"),
    "correct_outcome": (CorrectOutcomeForm, "Correct the outcome",              "Correct the outcome"),
}  # fmt: skip


def outcome_form(verb: str, row: Step | Plan, data: Any = None) -> LaterFields:
    """The form of one verb, with ids of its own."""
    words = row.outcome if isinstance(row, Step) else row.outcome_note
    form = AFTER_END[verb][0](
        data, initial={"version": row.version} | ({"words": words} if verb == "correct_outcome" else {}),
        auto_id=f"id_{verb}_%s",
    )  # fmt: skip
    form.offer(row)
    if verb == "correct_outcome":
        # What becomes grade 5 has a day, too, which can be said of the dead alone.
        asked = {
            "toxicity_on": row.toxicity_on or row.case.patient.is_dead,
            "symptom_control_on": row.symptom_control_on,
        }
        for name in (name for name, day in asked.items() if not day):
            del form.fields[name]
    return form


def told_of(form: LaterFields, row: Step | Plan) -> dict[str, Any]:
    """What the service is told: without what was left as it is recorded."""
    values = {name: value for name, value in form.cleaned_data.items() if value not in ("", None)}
    words = form.cleaned_data["words"]
    values.pop("words", None)
    if words or isinstance(form, CorrectOutcomeForm):
        values["outcome" if isinstance(row, Step) else "outcome_note"] = words
    return values
