from typing import Any

from rest_framework import serializers

from careplans.models import Advisory


class RuleSerializer(serializers.Serializer[Any]):
    """A rule as one set has it. It names no patient and no board."""

    rule_set = serializers.CharField(help_text="The name of the set, as advisories give it in their `rule_set`.")
    rule = serializers.CharField(source="rule.id", help_text="Its id, as advisories give it in their `rule`.")
    place = serializers.IntegerField(help_text="Its place in the set, from 1.")
    scope = serializers.CharField(source="rule.scope", help_text="Whether it is asked of a plan or of each step.")
    severity = serializers.ChoiceField(
        choices=Advisory.Severity.choices, source="rule.severity", help_text="How much it matters."
    )
    basis = serializers.CharField(source="rule.basis", help_text="On what kind of ground it rests.")
    statements = serializers.ListField(
        child=serializers.CharField(), source="rule.statements", help_text="Numbers of the statements that it rests on."
    )
    advice = serializers.CharField(source="rule.advice", help_text="What it says.")
    when = serializers.DictField(source="rule.when", help_text="Its condition, as it is written.")
    off = serializers.CharField(
        source="rule.off", help_text="Why the centre has switched it off; empty while it is in use."
    )
    is_in_force = serializers.BooleanField(help_text="Whether its set is in force now.")
    in_force_from = serializers.DateTimeField(
        allow_null=True,
        help_text="Since when its set was in force; null: from the beginning, as the program brought it.",
    )
    in_force_until = serializers.DateTimeField(
        allow_null=True, help_text="When another set took its place; null: it is in force."
    )
