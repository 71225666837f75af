from typing import Any

from rest_framework import serializers

from careplans.api.fields import AsksAboutDays, UpdatedAt
from careplans.api.serializers.figures import FigureFields, WithBounds
from careplans.api.serializers.people import PersonSerializer
from careplans.models import Specimen
from careplans.models.specimens import SPECIMEN_FIELDS


class SpecimenBody(AsksAboutDays, FigureFields):
    """A specimen as its pathologist describes it; a correction names only what changes."""

    class Meta:
        model = Specimen
        fields = (*SPECIMEN_FIELDS, "confirmed_dates")


class NewSpecimen(SpecimenBody):
    decides = serializers.BooleanField(
        help_text="True: grade, Ki-67 and differentiation of the case are this specimen's.",
        error_messages={"required": "Say whether grade and Ki-67 of the case are this specimen's."},
    )

    class Meta(SpecimenBody.Meta):
        fields = (*SPECIMEN_FIELDS, "decides", "confirmed_dates")


class SpecimenSerializer(WithBounds, SpecimenBody):
    created_by = PersonSerializer()
    updated_at = UpdatedAt()
    decides = serializers.SerializerMethodField()

    def get_decides(self, specimen: Specimen) -> bool:
        return bool(specimen.case.proforma.deciding_specimen_id == specimen.pk)

    class Meta(SpecimenBody.Meta):
        fields = (
            "id", "board", "case", *SPECIMEN_FIELDS, "bounds", "decides", "removed_at", "removed_reason", "version", "created_at",
            "created_by", "updated_at",
        )  # fmt: skip
        read_only_fields: Any = fields
