"""The advisories of a plan that somebody thinks about: evaluated, answered, not stored."""

from collections.abc import Sequence
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from careplans.api.access import Door
from careplans.api.parsers import JSONParser
from careplans.api.serializers.notes import NoteSerializer
from careplans.models import Advisory
from careplans.rules.engine import Draft, Malformed, evaluate, read_draft
from careplans.rules.engine.documents import drafts_of
from careplans.rules.engine.shapes import keyed_once
from careplans.rules.notes import notes_for
from careplans.rules.plan_advice import Rules


class AdviseBody(serializers.Serializer[Any]):
    """Facts by their names in the proforma, and steps as `manage.py advise` reads them; docs/advisories.md has both."""

    facts = serializers.DictField()
    steps = serializers.ListField(child=serializers.DictField())


class FiringSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    step = serializers.CharField(allow_null=True)
    severity = serializers.ChoiceField(choices=Advisory.Severity.choices)
    advice = serializers.CharField()
    statements = serializers.ListField(child=serializers.CharField())
    rule_set = serializers.CharField()
    notes = NoteSerializer(many=True, help_text="Dated notes of the reference pages that speak to it in this case.")


class KeyedOnceParser(JSONParser):
    """Refuses a fact that is given twice, as the command does: the rules must not pick one of two answers."""

    def as_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return keyed_once(pairs)


class AdviseViewSet(Door):
    noun = "advise"
    parser_classes = (KeyedOnceParser,)
    queryset = User.objects.none()
    serializer_class = AdviseBody

    @extend_schema(request=AdviseBody, responses={200: FiringSerializer(many=True)}, filters=False)
    def advise(self, request: Request) -> Response:
        """What the sequencing rules say of one plan, or of each plan of a list. Stores nothing."""
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
