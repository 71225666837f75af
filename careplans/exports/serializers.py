"""What the API takes and answers about exports, and the data dictionary as it is served."""

from typing import Any, ClassVar

from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.exports.sources import CHOICES, TOLD
from careplans.models import Export

# A value or several, as each filter has them: a text, a number, true or false.
FILTERS = {"type": "object", "additionalProperties": {}}
MOST_VALUES, LONGEST_VALUE = 100, 200
HOW = 'Write filters as an object, as the address of the list has them: {"board": 1, "status": ["planned", "in_progress"]}.'


@extend_schema_field(FILTERS)
class Filters(serializers.Field):
    """The filters of the list, each a value or several."""

    def to_internal_value(self, data: Any) -> dict[str, list[str]]:
        if not isinstance(data, dict) or len(data) > MOST_VALUES:
            raise serializers.ValidationError(HOW)
        return {str(name): self._values(name, value) for name, value in data.items()}

    def _values(self, name: str, value: Any) -> list[str]:
        values = value if isinstance(value, list) else [value]
        if not 1 <= len(values) <= MOST_VALUES or not all(isinstance(one, str | int | bool) for one in values):
            raise serializers.ValidationError({name: [HOW]})
        texts = [str(one).lower() if isinstance(one, bool) else str(one) for one in values]
        # One figure for all, told by nothing: as the address of a report says it.
        if (name != "by" and any(not text.strip() for text in texts)) or any(
            len(text) > LONGEST_VALUE for text in texts
        ):
            raise serializers.ValidationError({name: ["Give a value, or leave this filter out."]})
        return texts

    def to_representation(self, value: dict[str, list[str]]) -> dict[str, list[str]]:
        return value


class ExportSerializer(serializers.ModelSerializer[Export]):
    """A file that was asked for, and how far it is."""

    what = serializers.ChoiceField(choices=CHOICES, help_text="The list or report that is taken out.")
    filters = Filters(
        help_text="As they were asked for; of a report with its moments and its period, said or not. "
        "Asked of no board, a report is of those that were yours then: where one is not any more it fails, and none joins."
    )
    estimate = serializers.IntegerField(
        help_text="How many rows there were when it was asked for; 0 of the figures of a report."
    )
    rows = serializers.IntegerField(help_text="How many rows are written; at the end, all.")
    counts = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many rows are written of each list."
    )
    bytes = serializers.IntegerField(help_text="How many bytes the file has; 0 before it is ready.")
    sha256 = serializers.CharField(help_text="Of the file, in hexadecimal; empty before it is ready.")
    reason = serializers.CharField(help_text="Why it failed, and what to do; else empty.")
    file = serializers.SerializerMethodField(help_text="Where it is downloaded; null as long as there is none.")

    class Meta:
        model = Export
        fields = (
            "id", "what", "form", "filters", "state", "estimate", "rows", "counts", "bytes", "sha256", "reason", "file",
            "requested_at", "started_at", "read_from", "read_until", "finished_at", "expires_at", "downloads", "downloaded_at",
        )  # fmt: skip
        read_only_fields = fields
        extra_kwargs: ClassVar[dict[str, Any]] = {
            "form": {"help_text": "How the rows are written."},
            "state": {"help_text": "How far it is."},
            "requested_at": {"help_text": "When it was asked for."},
            "started_at": {"help_text": "When its first rows were read; null before."},
            "read_from": {
                "help_text": "When the first of its rows were read; null before. Of a dataset: none was added later."
            },
            "read_until": {"help_text": "When the last of its rows were read; null before."},
            "finished_at": {"help_text": "When it was ready, failed or was cancelled; null before."},
            "expires_at": {"help_text": "When its file is removed; null as long as there is none."},
            "downloads": {"help_text": "How often it was fetched."},
            "downloaded_at": {"help_text": "When it was last fetched; null before."},
        }

    @extend_schema_field({"type": ["string", "null"], "format": "uri-reference"})
    def get_file(self, export: Export) -> str | None:
        return reverse("api:exports_file", args=[export.pk]) if export.has_file else None


class NewExport(serializers.Serializer[Any]):
    what = serializers.ChoiceField(
        choices=CHOICES,
        help_text="Which list; `report.{name}`, the figures of a report; `rows.{name}`, the rows behind them; `scorecard`; or "
        "`everything`, which comes as a dataset.",
    )
    form = serializers.ChoiceField(choices=Export.Form.choices, help_text="How the rows are written.")
    filters = Filters(
        required=False,
        help_text="Those of the list or report in `what`, of the rows behind a report also `measure`; of a dataset, `board` "
        "alone.",
    )
    mail = serializers.BooleanField(
        required=False, help_text="Whether a mail says that it is ready. It names nothing of it."
    )


class CodeSerializer(serializers.Serializer[Any]):
    code = serializers.CharField(help_text="As it is served.")
    label = serializers.CharField(help_text="What it means.")  # type: ignore[assignment]  # DRF has an attribute of that name


class EntrySerializer(serializers.Serializer[Any]):
    """One field of a list."""

    noun = serializers.ChoiceField(choices=TOLD, help_text="The list or report.")
    field = serializers.CharField(help_text="Its path: a dot goes into what is nested, `[]` into each row of a list.")
    type = serializers.CharField(help_text="What a value is.")
    unit = serializers.CharField(help_text="Of a number.")
    codes = CodeSerializer(many=True, help_text="Every value that it may have, where these are codes.")
    description = serializers.CharField(help_text="What it means.")
    source = serializers.CharField(help_text="Table and column, or that it is worked out.")  # type: ignore[assignment]  # as above
    analysts = serializers.BooleanField(help_text="Whether who may not read free text is told it.")
    nullable = serializers.BooleanField(help_text="Whether it may be null.")


class DictionarySerializer(serializers.Serializer[Any]):
    results = EntrySerializer(many=True, help_text="By list, in the order in which they are served. Not paged.")


# A file, of whatever form.
BINARY = OpenApiTypes.BINARY
