"""The outcome of a step or a plan, as a person records it. Nothing is chosen beforehand, least of all the best case."""

from django import forms
from django.forms.boundfield import BoundField

from careplans.forms.nothing_ahead import own_fields
from careplans.models.outcomes import ASKED, PROGRESSIONS, RESPONSES, SYMPTOM_CONTROLS, TOXICITIES, Toxicity
from common.forms import DateInput, Day

# What belongs to an answer stands beside it.
BESIDE = {"response_on": "response", "progressed_on": "progression", "toxicity_term": "toxicity"}


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
    response = empty_choice("Response (RECIST)", RESPONSES, ASKED["response"])
    response_on = past_day("Assessed on", help_text="Needed unless it was not assessed.")
    progression = empty_choice("Progression", PROGRESSIONS, ASKED["progression"])
    progressed_on = past_day("Progressed on", help_text="Needed if it progressed.")
    toxicity = empty_choice(
        "Worst toxicity (CTCAE grade)", [choice for choice in TOXICITIES if choice[0] != Toxicity.GRADE_5], ASKED["toxicity"],
        help_text="Grade 5, a death, is recorded on the page of the patient: it ends all care.",
    )  # fmt: skip
    toxicity_term = forms.CharField(
        label="CTCAE term", required=False, max_length=120,
        help_text="Needed from grade 1, for example: platelet count decreased.",
    )  # fmt: skip
    symptom_control = empty_choice("Symptom control", SYMPTOM_CONTROLS, ASKED["symptom_control"])

    @property
    def rows(self) -> list[list[BoundField]]:
        """The controls as they stand on the page: what belongs to an answer beside it."""
        rows: dict[str, list[BoundField]] = {}
        for field in own_fields(self):
            rows.setdefault(BESIDE.get(field.name, field.name), []).append(field)
        return list(rows.values())
