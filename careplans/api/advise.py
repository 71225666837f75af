"""The advisories of a plan that somebody thinks about: evaluated, answered, not stored."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from careplans.api.access import Door
from careplans.api.http.parsers import JSONParser
from careplans.api.serializers.notes import NoteSerializer
from careplans.models import Advisory, Step
from careplans.rules.engine import Draft, Malformed, evaluate, read_draft
from careplans.rules.engine.documents import drafts_of
from careplans.rules.engine.shapes import keyed_once
from careplans.rules.engine.steps import ORDERS
from careplans.rules.engine.vocabulary import MM, STATUSES
from careplans.rules.notes import notes_for
from careplans.rules.plan_advice import Rules


class AdviseStep(serializers.Serializer[Any]):
    """A step as the rules look at it."""

    id = serializers.CharField(help_text="A text of your own, different for each step of the plan.")
    order = serializers.IntegerField(
        min_value=ORDERS[0], max_value=ORDERS[1], help_text="Its place in the order; equal numbers run in parallel."
    )
    modality = serializers.ChoiceField(choices=Step.ModalityCode.choices, help_text="What is done.")
    goals = serializers.ListField(
        child=serializers.ChoiceField(choices=Step.Goal.choices), help_text="What for: at least one."
    )
    target = serializers.ChoiceField(
        choices=Step.Target.choices,
        required=False,
        allow_null=True,
        help_text="What it is aimed at; null: not recorded.",
    )
    target_mm = serializers.IntegerField(
        min_value=MM[0], max_value=MM[1], required=False, allow_null=True,
        help_text="Diameter of the target in whole millimetres. Left out: the case's figure for that target; null: not recorded.",
    )  # fmt: skip
    status = serializers.ChoiceField(choices=STATUSES, required=False, help_text="Left out: planned.")


class AdviseBody(serializers.Serializer[Any]):
    """One plan; docs/advisories.md has its facts and steps."""

    facts = serializers.DictField(
        help_text="Values by their names in the proforma. What is missing or null is not recorded."
    )
    steps = AdviseStep(many=True, help_text="Of one plan; none is a plan without steps.")


class FiringSerializer(serializers.Serializer[Any]):
    """One rule that fires."""

    rule = serializers.CharField(help_text="Code of the rule, for example RFA-02.")
    step = serializers.CharField(
        allow_null=True, help_text="The `id` that you gave the step; null where it is about the plan."
    )
    severity = serializers.ChoiceField(choices=Advisory.Severity.choices, help_text="How much it matters.")
    advice = serializers.CharField(help_text="What the rule says, in words.")
    statements = serializers.ListField(
        child=serializers.CharField(), help_text="Codes of the statements that it rests on, for example S20."
    )
    rule_set = serializers.CharField(help_text="The rules by which it was judged, for example seed-1.")
    notes = NoteSerializer(many=True, help_text="Dated notes of the reference pages that speak to it in this case.")


class KeyedOnceParser(JSONParser):
    """Refuses a fact that is given twice, as the command does: the rules must not pick one of two answers."""

    def as_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return keyed_once(pairs)


ONE_OR_MANY = PolymorphicProxySerializer(
    "AdviseRequest", [AdviseBody, AdviseBody(many=True)], resource_type_field_name=None, many=False
)
ITS_OR_THEIRS = PolymorphicProxySerializer(
    "AdviseAnswer",
    # The stubs know no list as one of several answers; drf-spectacular does.
    [FiringSerializer(many=True), serializers.ListSerializer(child=FiringSerializer(many=True))],  # type: ignore[list-item]
    resource_type_field_name=None,
    many=False,
)


class AdviseViewSet(Door):
    noun = "advise"
    reads_by_post = ("advise",)
    of_no_patient = True
    parser_classes = (KeyedOnceParser,)
    queryset = User.objects.none()
    serializer_class = AdviseBody

    @extend_schema(request=ONE_OR_MANY, responses={200: ITS_OR_THEIRS})
    def advise(self, request: Request) -> Response:
        """What the sequencing rules in force say of one plan, as a list; or of each plan of a list, as a list of such lists.

        Stores nothing.
        """
        rules = Rules.in_force()
        try:
            if isinstance(request.data, list):
                return Response(answers(rules, drafts_of(request.data)))
            draft = read_draft(request.data)
        except Malformed as error:
            raise ValidationError({error.place or "body": error.text}) from error
        return Response(answers(rules, [draft])[0])


def answers(rules: Rules, drafts: Sequence[Draft]) -> list[list[dict[str, object]]]:
    """For each draft what fires, each with its notes. One query however many."""
    found = [(d, firing) for d in drafts for firing in evaluate(rules.rule_set, d.facts, d.steps, flags=rules.flags)]
    notes = notes_for([(firing, d.facts, d.steps) for d, firing in found])
    said: dict[int, list[dict[str, object]]] = {id(d): [] for d in drafts}
    for (d, firing), beside in zip(found, notes, strict=True):
        said[id(d)].append(firing.as_dict() | {"notes": [note.as_dict() for note in beside]})
    return [said[id(d)] for d in drafts]
