"""What is asked before a patient is added, and refusals about their further numbers, as the API tells them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.exceptions import ValidationError
from rest_framework import exceptions, serializers, status

from careplans.api.openapi.schema import ProblemSerializer
from careplans.models import Patient
from careplans.services.new_patients import AskedFirst


class AlikeSerializer(serializers.Serializer):
    id = serializers.IntegerField(
        help_text="Of the patient: read them, and name them in `another_than` if it is somebody else."
    )
    why = serializers.CharField(help_text="What is alike, in words.")


class KnownSerializer(serializers.ModelSerializer):
    """Whom the institution knows by the number and date of birth that were sent, and the board not yet."""

    class Meta:
        model = Patient
        fields = ("id", "record_number", "family_name", "given_name", "birth_date", "sex")


class AskedFirstSerializer(ProblemSerializer):
    """Nothing was saved: somebody has to be looked at first."""

    alike = AlikeSerializer(many=True, help_text="Patients of the board who look like this one. Empty: none.")
    known = KnownSerializer(allow_null=True, help_text="Send their id as `take_known` if it is them. Null: nobody.")


class Asked(exceptions.APIException):
    status_code = status.HTTP_409_CONFLICT
    default_code = "asked_first"

    def __init__(self, asked: AskedFirst) -> None:
        super().__init__(asked.messages[0])
        alike = [{"id": twin.patient.pk, "why": twin.why} for twin in asked.twins]
        self.extra: dict[str, Any] = {
            "alike": alike,
            "known": KnownSerializer(asked.known).data if asked.known else None,
        }


@contextmanager
def telling_who() -> Iterator[None]:
    try:
        yield
    except AskedFirst as asked:
        raise Asked(asked) from asked


@contextmanager
def telling_numbers() -> Iterator[None]:
    """What the form has a field for each system for, is one list here."""
    try:
        yield
    except ValidationError as error:
        if not hasattr(error, "error_dict"):
            raise
        told: dict[str, list[str]] = {}
        for name, words in error.message_dict.items():
            told.setdefault("identifiers" if name.startswith("number_") else name, []).extend(words)
        raise ValidationError(told) from error
