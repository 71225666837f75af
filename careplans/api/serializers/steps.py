from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.fields import ArmId, AsksAboutDays, Body, Day, Millimetres, PersonId, StepId, UpdatedAt, WholeNumber
from careplans.api.plainly import plain_rows
from careplans.api.serializers.arms import ArmSerializer
from careplans.api.serializers.contradictions import QuestionSerializer, question_row
from careplans.api.serializers.monitoring import MonitoringSerializer
from careplans.api.serializers.occurrences import LATER, BreakSerializer, OccurrenceInStep
from careplans.api.serializers.outcomes import (
    LaterOutcome,
    OutcomeBody,
    OutcomeCorrection,
    answered,
    past_day,
)
from careplans.api.serializers.people import PersonSerializer
from careplans.models import Plan, Step
from careplans.models.courses import LONGEST_INTERVAL, MOST_OCCURRENCES
from careplans.models.monitoring import monitoring_of
from careplans.models.outcomes import OUTCOME_FIELDS
from careplans.models.step_values import REASONS_GIVEN, REASONS_OFFERED
from careplans.readers.facts.step_checks import step_questions
from careplans.readers.steps.gates import State, gate_of
from careplans.services.steps import EDITABLE
from modalities.models import Revision

LINEAGE = (
    "The id of the first plan in the chain of amendments of its plan: count these, and an amended plan counts once."
)


class StepRevisionSerializer(serializers.ModelSerializer):
    """The revision of the reference page that the step was decided on."""

    modality = serializers.SlugField(source="modality.slug")
    number = serializers.IntegerField()

    class Meta:
        model = Revision
        fields = ("id", "modality", "number", "title")


class GateSerializer(serializers.Serializer):
    """Whether the step may begin today. `waiting`: for another step or a day; `failed`: what it waits for will not come."""

    state = serializers.ChoiceField(choices=State.choices)
    reason = serializers.CharField(
        help_text="Why it waits or has failed; while it is open, what whoever starts the step has to answer."
    )


class StepSerializer(serializers.ModelSerializer):
    plan_version = serializers.IntegerField(
        source="plan.version", help_text="The version of the plan, to add another step to it."
    )
    plan_status = serializers.ChoiceField(
        choices=Plan.Status.choices, source="plan.status", help_text="Where its plan stands."
    )
    plan_number = serializers.IntegerField(
        source="plan.number", help_text="Number of its plan among those of the case."
    )
    lineage = serializers.IntegerField(source="plan.lineage", help_text=LINEAGE)
    updated_at = UpdatedAt()
    title = serializers.CharField(help_text="Modality and what exactly, as a heading.")
    modality_revision = StepRevisionSerializer(allow_null=True)
    reference_page = serializers.SlugField(
        source="modality_revision.modality.slug", default=None, allow_null=True,
        help_text="The reference page that the step rests on; its revision is in `modality_revision`.",
    )  # fmt: skip
    goals = serializers.ListField(child=serializers.ChoiceField(choices=Step.Goal.choices))
    target = serializers.ChoiceField(choices=Step.Target.choices, allow_blank=True)
    fulfilment = serializers.ChoiceField(choices=Step.Fulfilment.choices, allow_blank=True)
    reason = serializers.ChoiceField(choices=Step.Reason.choices, allow_blank=True)
    reason_given = serializers.ChoiceField(
        choices=Step.Reason.choices, allow_blank=True,
        help_text="Of a step that ended with its plan, or that an amendment left out: the reason that a person gave for that. "
        "Empty where nobody was asked.",
    )  # fmt: skip
    owner = PersonSerializer(allow_null=True)
    assignee = PersonSerializer(allow_null=True)
    is_conditional = serializers.SerializerMethodField()
    gate = serializers.SerializerMethodField()
    arms = ArmSerializer(many=True, help_text="Of a decision: the ways on from it, in their order.")
    decided_by = PersonSerializer(allow_null=True)
    interval_unit = serializers.ChoiceField(choices=Step.IntervalUnit.choices, allow_blank=True)
    occurrences = OccurrenceInStep(many=True, help_text="What was and is still to be given, in order.")
    breaks = BreakSerializer(many=True)
    monitoring = serializers.SerializerMethodField(help_text="Follow-ups that hang on the step.")
    course_in_words = serializers.CharField(
        source="course_words", help_text="“4 cycles, every 8 weeks”; empty for what is done once."
    )

    contradictions = serializers.SerializerMethodField(
        help_text="Phase and goals that do not go together. Answered on the proforma; the answers stand on the pages."
    )

    class Meta:
        model = Step
        fields = (
            "id", "board", "case", "plan", "plan_version", "plan_status", "plan_number", "lineage",
            "position", "phase", "modality_code", "reference_page",
            "modality_revision", "title", "description", "goals", "target", "target_mm", "target_mm_unknown", "owner",
            "planned_start", "planned_end", "after_step", "after_event", "after_occurrence", "not_before", "only_if",
            "is_conditional", "stop_when", "gate", "is_decision", "arms", "arm", "chosen_arm", "choice_reason", "decided_by",
            "course", "occurrences_planned", "interval", "interval_unit", "agent", "session_names",
            "course_in_words", "occurrences", "breaks", "monitoring", "occurrences_given",
            "occurrences_omitted", "goes_on_with", "rationale", "alternatives",
            "carried_from", "status", "assignee", "due_on", "started_on", "ended_on", "fulfilment", "reason",
            "reason_note", "reason_given", *OUTCOME_FIELDS, "outcome", "contradictions", "removed_at", "version", "created_at",
            "updated_at",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(MonitoringSerializer(many=True))
    def get_monitoring(self, step: Step) -> Any:
        return plain_rows(MonitoringSerializer, monitoring_of(step))

    def get_is_conditional(self, step: Step) -> bool:
        return bool(step.only_if)

    @extend_schema_field(GateSerializer)
    def get_gate(self, step: Step) -> dict[str, str]:
        gate = gate_of(step, step.board.today)
        return {"state": gate.state, "reason": gate.reason}

    @extend_schema_field(QuestionSerializer(many=True))
    def get_contradictions(self, step: Step) -> Any:
        return plain_rows(QuestionSerializer, [question_row(one) for one in step_questions([step])])


class RecordedSerializer(serializers.Serializer):
    """A fact that a condition names. An empty `text` is never the same as “no”: it is not recorded."""

    name = serializers.CharField(help_text="Of the field in the proforma.")
    label = serializers.CharField()  # type: ignore[assignment]  # DRF has an attribute of that name
    text = serializers.CharField(allow_blank=True, help_text="The value with its unit, as the pages show it.")
    found = serializers.CharField(
        allow_blank=True, help_text="When and where it was found, as far as that is recorded."
    )
    changed_at = serializers.DateTimeField(allow_null=True, help_text="When it was last entered or changed.")


class ConditionSerializer(serializers.Serializer):
    """Whether a condition in words holds is for people to say, before the step begins and before each that is given."""

    only_if = serializers.CharField(allow_blank=True)
    recorded = RecordedSerializer(many=True)


class StepChanged(StepSerializer):
    message = serializers.CharField(help_text="What else the write did: for example, that it voided signatures.")

    class Meta(StepSerializer.Meta):
        fields = (*StepSerializer.Meta.fields, "message")  # type: ignore[assignment]  # one list longer


class StepBody(AsksAboutDays, Body):
    reference_page = serializers.SlugField(
        required=False, allow_blank=True, max_length=80,
        help_text="A reference page that counts as `modality_code`. Without it the main page of that code is meant.",
    )  # fmt: skip
    goals = serializers.ListField(
        child=serializers.ChoiceField(choices=Step.Goal.choices), required=False, max_length=len(Step.Goal)
    )
    target_mm = Millimetres(required=False, allow_null=True)
    owner = PersonId(required=False, allow_null=True)
    after_step = StepId(required=False, allow_null=True)
    arm = ArmId(required=False, allow_null=True)
    after_occurrence = WholeNumber(required=False, allow_null=True, min_value=1, max_value=MOST_OCCURRENCES)
    occurrences_planned = WholeNumber(required=False, allow_null=True, min_value=1, max_value=MOST_OCCURRENCES)
    interval = WholeNumber(required=False, allow_null=True, min_value=1, max_value=LONGEST_INTERVAL)

    class Meta:
        model = Step
        fields = (*EDITABLE, "reference_page", "confirmed_dates")

    def validate_goals(self, goals: list[str]) -> list[str]:
        return list(dict.fromkeys(goals))


class StepStart(AsksAboutDays):
    on = past_day("Say on which day it started.")
    due_on = Day(required=False, allow_null=True, help_text="By when it should have ended.")
    why = serializers.CharField(required=False, allow_blank=True, help_text="Needed when it starts out of order.")


class StepComplete(AsksAboutDays, OutcomeBody):
    on = past_day("Say on which day it was completed.")
    fulfilment = answered(Step.Fulfilment.choices, "Say whether the step was carried out in full or in part.")
    outcome = serializers.CharField(required=False, allow_blank=True, help_text="In words.")


class StepOutcome(AsksAboutDays, LaterOutcome):
    outcome = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="In words; they are added below those that are recorded, with the day.",
    )


class StepOutcomeCorrection(AsksAboutDays, OutcomeCorrection):
    outcome = serializers.CharField(
        required=False, allow_blank=True, help_text="In words, instead of those that are recorded."
    )


class StepSkip(serializers.Serializer):
    reason = answered(REASONS_GIVEN, "Choose the reason from the list.")
    reason_note = serializers.CharField(required=False, allow_blank=True, help_text="Needed for “other”.")


class StepStop(AsksAboutDays, StepSkip, OutcomeBody):
    on = past_day("Say on which day it was stopped.")
    outcome = serializers.CharField(required=False, allow_blank=True, help_text="In words.")


class StepHold(AsksAboutDays, StepSkip):
    on = past_day("Say from which day it is held.")
    until = Day(required=False, allow_null=True, help_text="As far as it is known.")
    due_on = Day(required=False, allow_null=True, help_text="When to look at it again; needed without `until`.")


class StepResume(AsksAboutDays):
    on = past_day("Say on which day it went on.")
    due_on = Day(help_text="The day of its next cycle, or by when it should have ended.")
    move_later = serializers.BooleanField(required=False, allow_null=True, help_text=LATER)
    why = serializers.CharField(required=False, allow_blank=True)


class StepDate(AsksAboutDays):
    due_on = Day()
    why = serializers.CharField()


class StepHandOver(AsksAboutDays):
    why = serializers.CharField()
    assignee = PersonId(required=False)
    due_on = Day(required=False)


class StepRemoval(serializers.Serializer):
    reason = serializers.CharField(
        required=False, allow_blank=True, help_text="Needed for a step of the plan in force."
    )
    reason_code = serializers.ChoiceField(
        choices=REASONS_OFFERED, required=False, help_text="Needed for a step of the plan in force, beside the words."
    )
