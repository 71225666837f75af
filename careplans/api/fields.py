"""Fields that bodies share. A row is named by its id; one that the caller may not see does not exist."""

from typing import Any

from django.db.models import Model, QuerySet
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.permissions import memberships_of
from careplans.models import Arm, FollowUpSchedule, Step

MILLIMETRES = "Use whole millimetres: 25, not 2.5 cm."


@extend_schema_field(OpenApiTypes.INT)
class RowId(serializers.IntegerField):
    default_error_messages = {"missing": "There is no such row on your boards."}

    def rows(self, user: User) -> QuerySet[Any]:
        raise NotImplementedError

    def to_internal_value(self, data: Any) -> Model:  # type: ignore[override]  # an id comes in, a row goes on
        number = super().to_internal_value(data)
        row: Model | None = self.rows(self.context["request"].user).filter(pk=number).first()
        if row is None:
            self.fail("missing")
        return row


class PersonId(RowId):
    default_error_messages = {"missing": "There is no such person on your boards."}

    def rows(self, user: User) -> QuerySet[User]:
        boards = [membership.board_id for membership in memberships_of(user)]
        return User.objects.filter(memberships__board__in=boards, memberships__ended_at=None).distinct()


class TemplateId(RowId):
    default_error_messages = {"missing": "There is no such follow-up schedule on your boards."}

    def rows(self, user: User) -> QuerySet[FollowUpSchedule]:
        return FollowUpSchedule.objects.all().visible_to(user)


class StepId(RowId):
    default_error_messages = {"missing": "There is no such step on your boards."}

    def rows(self, user: User) -> QuerySet[Step]:
        return Step.objects.all().visible_to(user)


class ArmId(RowId):
    default_error_messages = {"missing": "There is no such arm on your boards."}

    def rows(self, user: User) -> QuerySet[Arm]:
        return Arm.objects.select_related("decision").visible_to(user)


class WholeNumber(serializers.IntegerField):
    """A count. What could mean two numbers, as "1.000" does, is asked about and never guessed."""

    default_error_messages = {"invalid": "Use a whole number in digits, for example 4."}

    def to_internal_value(self, data: Any) -> int:
        if isinstance(data, str) and not data.strip().isdecimal():
            self.fail("invalid")
        return super().to_internal_value(data)


class Millimetres(serializers.IntegerField):
    default_error_messages = {"invalid": MILLIMETRES}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": 500} | kwargs)
