from collections.abc import Sequence
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.fields import AsksAboutDays, Day, PersonId, UpdatedAt, WholeNumber
from careplans.api.plainly import plain_rows
from careplans.api.serializers.nothing_ahead import AheadBody, ReasonAndNext
from careplans.api.serializers.outcomes import LaterOutcome, OutcomeBody, OutcomeCorrection, answered
from careplans.api.serializers.people import PersonSerializer
from careplans.api.serializers.plan_schedules import PlanScheduleSerializer
from careplans.api.serializers.steps import StepSerializer
from careplans.models import Plan, PlanSchedule, Signature
from careplans.models.outcomes import OUTCOME_FIELDS
from careplans.models.step_values import REASONS_OFFERED, Reason
from careplans.readers.facts.deciding_facts import FactDifference, answered_under, changes_between, changes_under
from careplans.readers.signed_content import differs_since
from careplans.services.plans import EDITABLE


class SignatureSerializer(serializers.ModelSerializer):
    content_version = serializers.IntegerField(help_text="The content version that was asked about or answered.")
    signer = PersonSerializer(allow_null=True)
    delegated_to = PersonSerializer(allow_null=True)

    class Meta:
        model = Signature
        fields = (
            "id", "discipline", "alternative", "is_required", "status", "voided_status", "content_version", "content_hash",
            "delegated_to", "signer", "signed_discipline", "comment", "signed_at", "requested_at",
        )  # fmt: skip


class FactSinceSigned(serializers.Serializer):
    """One fact of the proforma, by its name there."""

    name = serializers.CharField()
    signed = serializers.JSONField(allow_null=True)
    now = serializers.JSONField(allow_null=True)
    signed_from = serializers.CharField(help_text="Specimen or scan, and day, as far as the proforma asks for them.")
    now_from = serializers.CharField()


class AnsweredFact(serializers.Serializer):
    name = serializers.CharField()
    signed = serializers.JSONField(allow_null=True)
    now = serializers.JSONField(allow_null=True)


class FactsAnswered(serializers.Serializer):
    """Somebody acknowledged changed facts at the release, or kept the plan on them: who, when, why, and which."""

    by = PersonSerializer(source="answer.by")
    at = serializers.DateTimeField(source="answer.at")
    reason = serializers.CharField(source="answer.reason")
    facts_version = serializers.IntegerField(
        source="answer.facts_version", help_text="The `version` of the proforma that was answered for."
    )
    facts = AnsweredFact(many=True)


class PlanSerializer(serializers.ModelSerializer):
    """`version` counts every change of the plan; `content_version` and `content_hash` are what a signature binds."""

    lineage = serializers.IntegerField(
        help_text="The id of the first plan of the chain of amendments that it stands in; its own where it begins one."
    )
    schedules = PlanScheduleSerializer(many=True, source="standing_schedules")
    updated_at = UpdatedAt()
    created_by = PersonSerializer()
    submitted_by = PersonSerializer(allow_null=True)
    released_by = PersonSerializer(allow_null=True)
    steps = StepSerializer(many=True)
    signatures = SignatureSerializer(many=True)
    content_differs_since = serializers.SerializerMethodField(
        help_text="Since when the rows of a plan that was released do not say any more what was signed: do not act on it, read "
        "the signed copy. Empty where they match."
    )
    facts_since_signed = serializers.SerializerMethodField(
        help_text="Deciding facts that are other now than when the plan was sent to sign-off. Empty for drafts and ended plans."
    )

    facts_answered = serializers.SerializerMethodField(
        help_text="Who answered for changed facts, the newest first; of plans that have ended, too."
    )
    facts_since_amended = serializers.SerializerMethodField(
        help_text="Of an amendment: deciding facts on which the plan that it amends was signed (`signed`), and on which it rests "
        "itself (`now`), where they differ."
    )

    def get_content_differs_since(self, plan: Plan) -> datetime | None:
        return differs_since(plan)

    @extend_schema_field(FactSinceSigned(many=True))
    def get_facts_since_signed(self, plan: Plan) -> Any:
        return _facts(changes_under(plan))

    @extend_schema_field(FactSinceSigned(many=True))
    def get_facts_since_amended(self, plan: Plan) -> Any:
        return _facts(changes_between(plan.amends, plan) if plan.amends else [])

    @extend_schema_field(FactsAnswered(many=True))
    def get_facts_answered(self, plan: Plan) -> Any:
        return plain_rows(FactsAnswered, answered_under(plan))

    end_reason_code = serializers.ChoiceField(
        choices=Reason.choices, allow_blank=True,
        help_text="Why it was revoked, out of the list of a step. Empty where nobody was asked, and of what ended otherwise.",
    )  # fmt: skip

    class Meta:
        model = Plan
        fields = (
            "id", "board", "case", "number", "status", "aim", "no_treatment", "no_treatment_reason",
            "schedules", "steps", "signatures", "amends", "lineage",
            "amendment_reason", "template_version", "version", "content_version", "content_hash", "content_differs_since",
            "created_at", "created_by", "updated_at",
            "submitted_at", "submitted_by", "released_at", "released_by", "release_note", "ended_at", "end_reason",
            "end_reason_code", *OUTCOME_FIELDS, "outcome_note", "facts_since_signed", "facts_answered", "facts_since_amended",
        )  # fmt: skip
        read_only_fields = fields


def _facts(found: Sequence[FactDifference]) -> Any:
    return plain_rows(FactSinceSigned, found)


class PlanChanged(PlanSerializer):
    message = serializers.CharField(help_text="What else the write did: for example, that it voided signatures.")

    class Meta(PlanSerializer.Meta):
        fields = (*PlanSerializer.Meta.fields, "message")  # type: ignore[assignment]  # one list longer


class NewPlan(serializers.ModelSerializer):
    class Meta:
        model = Plan
        fields = ("aim", "no_treatment", "no_treatment_reason")


class PlanBody(serializers.ModelSerializer):
    class Meta:
        model = Plan
        fields = EDITABLE


class Seen(serializers.Serializer):
    """The content that the signer read: a signature binds exactly this."""

    content_version = WholeNumber(min_value=1)
    content_hash = serializers.RegexField(r"^[0-9a-f]{64}$")
    facts_version = WholeNumber(
        min_value=1, required=False,
        help_text="The `version` of the proforma that was read: 409 when a fact that decides was changed since. Without it "
        "nothing is checked of the facts.",
    )  # fmt: skip


class Agreement(Seen):
    comment = serializers.CharField(required=False, allow_blank=True)


class Objection(Seen):
    reason = serializers.CharField()


class StandIn(serializers.Serializer):
    """Who does what the plan gives to somebody who cannot do it any more. What was signed stays."""

    of = WholeNumber(min_value=1, help_text="The id of the person who has left, or only reads now.")
    to = PersonId()


class Release(AheadBody):
    content_hash = serializers.RegexField(r"^[0-9a-f]{64}$")
    note = serializers.CharField(required=False, allow_blank=True, help_text="Needed when a dissent is on record.")
    acknowledged = serializers.ListField(
        child=serializers.CharField(max_length=40), required=False, max_length=100,
        help_text="Every fact of `facts_since_signed`, by its name: the chair has seen that it changed.",
    )  # fmt: skip
    passed = serializers.ChoiceField(
        choices=PlanSchedule.Fate.choices, required=False, allow_blank=True,
        help_text="Needed when dates of a schedule have passed since the plan was sent to sign-off: what becomes of them.",
    )  # fmt: skip
    passed_on = Day(required=False, allow_null=True, help_text="With `planned`: for which day, from today on.")
    instead = StandIn(many=True, required=False, help_text="One entry for each person who cannot do it any more.")


class GoesOn(serializers.Serializer):
    """An ongoing step that the plan leaves running, and who sees to it from then on."""

    step = WholeNumber(min_value=1)
    under_the_care_of = serializers.CharField(max_length=200)


class Revocation(ReasonAndNext):
    reason_code = answered(
        REASONS_OFFERED,
        "Choose the reason for revoking the plan from the list. A death is recorded of the patient: it ends all care.",
        help_text="Why the plan is revoked, from the list; `reason` says it in words.",
    )
    goes_on = GoesOn(many=True, required=False, help_text="One for each ongoing step that still runs.")


class Outcome(AsksAboutDays, AheadBody, OutcomeBody):
    """What came of the plan as a whole: never worked out from its steps."""

    outcome_note = serializers.CharField(required=False, allow_blank=True)
    goes_on = GoesOn(many=True, required=False, help_text="One for each ongoing step that still runs.")


class PlanOutcome(AsksAboutDays, LaterOutcome):
    outcome_note = serializers.CharField(
        required=False,
        allow_blank=True,
        help_text="In words; they are added below those that are recorded, with the day.",
    )


class PlanOutcomeCorrection(AsksAboutDays, OutcomeCorrection):
    outcome_note = serializers.CharField(
        required=False, allow_blank=True, help_text="In words, instead of those that are recorded."
    )


class StepOrder(serializers.Serializer):
    """The whole order: groups of step ids, one after the other; steps of one group run in parallel."""

    order = serializers.ListField(
        child=serializers.ListField(child=WholeNumber(min_value=1), max_length=100), max_length=100
    )
