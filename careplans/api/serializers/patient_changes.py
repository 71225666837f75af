from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.serializers.people import PersonSerializer
from careplans.models import PatientChange

VALUE = {"type": ["string", "integer", "boolean", "null"]}


@extend_schema_field(VALUE)
class ValueField(serializers.JSONField):
    """A value as it stood in its field."""


class PatientChangeSerializer(serializers.ModelSerializer):
    """One field of a patient, from one value to another."""

    old = ValueField(
        help_text="The value before: a text, a day, a number without a unit, true or false; null or empty where there was none."
    )
    new = ValueField(help_text="The value after: likewise, a number without a unit.")
    by = PersonSerializer(allow_null=True, help_text="Who changed it.")

    class Meta:
        model = PatientChange
        fields = ("id", "patient", "board", "field", "old", "new", "by", "at")
        read_only_fields: Any = fields
