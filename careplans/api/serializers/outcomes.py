"""What came of a step or a plan, as a caller says it. A missing key is asked about, and never stands for the best case."""

from typing import Any

from rest_framework import serializers

from careplans.api.fields import Day
from careplans.models.outcomes import ASKED, PROGRESSIONS, RESPONSES, SYMPTOM_CONTROLS, TOXICITIES


def answered(choices: Any, asked: str, **more: Any) -> serializers.ChoiceField:
    """A choice about what happened: required, and refused with the sentence that asks for it."""
    return serializers.ChoiceField(
        choices=choices, error_messages=dict.fromkeys(("required", "null", "invalid_choice"), asked), **more
    )


def past_day(asked: str) -> Day:
    return Day(error_messages=dict.fromkeys(("required", "null"), asked))


class OutcomeBody(serializers.Serializer):
    response = answered(RESPONSES, ASKED["response"])
    response_on = Day(
        required=False,
        allow_null=True,
        help_text="The day on which it was assessed. Needed unless it was not assessed.",
    )
    progression = answered(PROGRESSIONS, ASKED["progression"])
    progressed_on = Day(required=False, allow_null=True, help_text="Needed if it progressed.")
    # Grade 5 is refused by the service, which says where a death is recorded.
    toxicity = answered(TOXICITIES, ASKED["toxicity"])
    toxicity_term = serializers.CharField(
        required=False, allow_blank=True, max_length=120, help_text="The CTCAE term in words. Needed from grade 1."
    )
    symptom_control = answered(SYMPTOM_CONTROLS, ASKED["symptom_control"])
