"""The advisories of a plan that somebody thinks about: evaluated, answered, not stored."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.models import User
from careplans.api.access import Door
from careplans.api.parsers import JSONParser
from careplans.rules.engine import Malformed, evaluate, read_draft
from careplans.rules.engine.documents import drafts_of
from careplans.rules.engine.shapes import keyed_once
from careplans.rules.plan_advice import rule_set


class AdviseBody(serializers.Serializer[Any]):
    """Facts by their names in the proforma, and steps as `manage.py advise` reads them; docs/advisories.md has both."""

    facts = serializers.DictField()
    steps = serializers.ListField(child=serializers.DictField())


class FiringSerializer(serializers.Serializer[Any]):
    rule = serializers.CharField()
    step = serializers.CharField(allow_null=True)
    severity = serializers.ChoiceField(choices=["info", "caution", "warning"])
    advice = serializers.CharField()
    statements = serializers.ListField(child=serializers.CharField())
    rule_set = serializers.CharField()


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
        rules = rule_set()
        try:
            if isinstance(request.data, list):
                drafts = drafts_of(request.data)
                return Response([[f.as_dict() for f in evaluate(rules, d.facts, d.steps)] for d in drafts])
            draft = read_draft(request.data)
        except Malformed as error:
            raise ValidationError({error.place or "body": error.text}) from error
        return Response([firing.as_dict() for firing in evaluate(rules, draft.facts, draft.steps)])
