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
    # Grade 5 is refused by the service, which says where a death is recorded, and how it is added then.
    toxicity = answered(TOXICITIES, ASKED["toxicity"])
    toxicity_term = serializers.CharField(
        required=False, allow_blank=True, max_length=120, help_text="The CTCAE term in words. Needed from grade 1."
    )
    symptom_control = answered(SYMPTOM_CONTROLS, ASKED["symptom_control"])


STAYS = "Left out, it stays as it is recorded."
BEST = "The best one since the treatment began counts, up to a progression: one that is not better is refused."


class LaterOutcome(serializers.Serializer):
    """What was found after the end; what is left out stays as it is recorded."""

    on = past_day("Say on which day it was assessed.")
    response = answered(RESPONSES, ASKED["response"], required=False, help_text=f"Of that day. {BEST} {STAYS}")
    progression = answered(PROGRESSIONS, ASKED["progression"], required=False, help_text=STAYS)
    progressed_on = Day(
        required=False,
        allow_null=True,
        help_text="Needed if it progressed. The first day counts: another one is refused.",
    )
    toxicity = answered(
        TOXICITIES, ASKED["toxicity"], required=False,
        help_text=f"The worst grade, so never lower than is recorded; grade 5 once the patient's death is recorded. {STAYS}",
    )  # fmt: skip
    toxicity_term = serializers.CharField(
        required=False,
        allow_blank=True,
        max_length=120,
        help_text="The CTCAE term in words. Needed with a grade from 1. Of the recorded grade it is put beside its term.",
    )
    symptom_control = answered(SYMPTOM_CONTROLS, ASKED["symptom_control"], required=False, help_text=STAYS)


class OutcomeCorrection(serializers.Serializer):
    """What is right of an outcome that was recorded wrongly; what is left out stays as it is recorded."""

    why = serializers.CharField(help_text="Why it is corrected. It stays in the history with what was recorded before.")
    response = answered(RESPONSES, ASKED["response"], required=False, help_text=STAYS)
    response_on = Day(required=False, allow_null=True, help_text=STAYS)
    progression = answered(PROGRESSIONS, ASKED["progression"], required=False, help_text=STAYS)
    progressed_on = Day(required=False, allow_null=True, help_text=STAYS)
    toxicity = answered(TOXICITIES, ASKED["toxicity"], required=False, help_text=STAYS)
    toxicity_term = serializers.CharField(required=False, allow_blank=True, max_length=120, help_text=STAYS)
    toxicity_on = Day(
        required=False, allow_null=True, help_text=f"Only where it has a day; needed where it becomes grade 5. {STAYS}"
    )
    symptom_control = answered(SYMPTOM_CONTROLS, ASKED["symptom_control"], required=False, help_text=STAYS)
    symptom_control_on = Day(required=False, allow_null=True, help_text=f"Only where it has a day. {STAYS}")
