"""Fields that bodies share. A row is named by its id; one that the caller may not see does not exist."""

from typing import Any

from django.db.models import DateField, Model, QuerySet
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.models import User
from accounts.permissions import memberships_of
from careplans.models import Arm, FollowUpSchedule, Step
from careplans.models.partial_dates import PartialDateColumn
from common.figures import HOW_TO_WRITE, WHOLE, NotAFigure, question_about, read_figure
from common.local_time import check_meant, not_meant
from common.partial_dates import NotADate, PartialDate

MILLIMETRES = "Use whole millimetres: 25, not 2.5 cm."
LARGEST_ID = 2**63 - 1
BOUNDS = {"format": "int64", "minimum": 1, "maximum": LARGEST_ID}
ROW_ID = {"type": "integer", **BOUNDS}
PARTIAL_DATE = {
    "type": "string", "pattern": r"^\d{4}(-\d{2}(-\d{2})?)?$", "examples": ["2019-05-17", "2019-05", "2019"],
}  # fmt: skip
FIGURE = {"oneOf": [{"type": "string", "maxLength": 24}, {"type": "number"}], "examples": ["<1", ">95", "3-5", 6]}


class UpdatedAt(serializers.DateTimeField):
    """When the row or anything that is served in it was last changed; a colleague's name and what only the calendar moves apart.
    The rows must come with `changed_at`."""

    def __init__(self, **kwargs: Any) -> None:
        told = {"help_text": "When the row, or anything that is served in it, was last changed."}
        super().__init__(**told | kwargs | {"source": "changed_at", "read_only": True})


class WholeNumber(serializers.IntegerField):
    """Every whole number that a body takes; tests/test_numbers.py finds those that are none."""

    default_error_messages = {"invalid": WHOLE}

    def to_internal_value(self, data: Any) -> Any:
        check_one_reading(data, whole=True)
        return super().to_internal_value(data)


class Day(serializers.DateField):
    """Every day that a body takes: one that anybody can mean. tests/test_days.py finds those that are none."""

    default_validators = [check_meant]


@extend_schema_field(PARTIAL_DATE)
class PartialDay(serializers.Field):
    """A day as far as it is known, as FHIR writes a date: 2019, 2019-05 or 2019-05-17."""

    def to_internal_value(self, data: Any) -> PartialDate:
        try:
            day = PartialDate.read(data if isinstance(data, str) else "")
        except NotADate as error:
            raise serializers.ValidationError(str(error), code="invalid") from error
        if words := not_meant(day.earliest):
            raise serializers.ValidationError(words, code="not_meant")
        return day

    def to_representation(self, value: PartialDate) -> str:
        return value.isoformat()


# Not a docstring: it would describe each body in the document of the API.
# A body with a day that is asked about where it is unlikely (`common.asked`): tests/test_days_asked.py lists every day.
class AsksAboutDays(serializers.Serializer):
    confirmed_dates = serializers.ListField(
        child=serializers.CharField(max_length=80), required=False, max_length=40,
        help_text="Unlikely dates that are right all the same, each as the refusal named it in `confirmed_dates`.",
    )  # fmt: skip


# Not a docstring: it would describe each body in the document of the API.
# A body whose fields are those of a table: its days can be meant, too.
class Body(serializers.ModelSerializer):
    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        DateField: Day,
        PartialDateColumn: PartialDay,
    }


class DecimalNumber(serializers.DecimalField):
    """Every number with decimals. As a text it may have a comma."""

    def to_internal_value(self, data: Any) -> Any:
        check_one_reading(data, whole=False)
        return super().to_internal_value(data.replace(",", ".") if isinstance(data, str) else data)


def check_one_reading(data: Any, *, whole: bool) -> None:
    """`1.000` is never silently 1, be it a text or a number of JSON: whoever sent it is asked."""
    question = question_about(getattr(data, "written", str(data)), whole=whole)
    if question:
        raise serializers.ValidationError(question, code="ambiguous")


@extend_schema_field(FIGURE)
class FigureField(serializers.Field):
    """A figure as a report gives it, kept as written: 6, "<1", ">95", "3-5", "2,5"."""

    def __init__(self, *, least: int, most: int, whole: bool, unit: str = "", **kwargs: Any) -> None:
        self.least, self.most, self.whole, self.unit = least, most, whole, unit
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> str | None:
        if isinstance(data, bool) or not isinstance(data, str | int | float):
            raise serializers.ValidationError(HOW_TO_WRITE, code="invalid")
        text = str(getattr(data, "written", data)).strip()
        try:
            return (
                read_figure(text, low=self.least, high=self.most, whole=self.whole, unit=self.unit).written
                if text
                else None
            )
        except NotAFigure as error:
            raise serializers.ValidationError(str(error), code="invalid") from error

    def to_representation(self, value: str) -> str:
        return value


@extend_schema_field(ROW_ID)
class RowId(WholeNumber):
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


class Millimetres(WholeNumber):
    default_error_messages = {"invalid": MILLIMETRES}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**{"min_value": 1, "max_value": 500} | kwargs)
