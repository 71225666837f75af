from datetime import date
from functools import cached_property
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from careplans.api.plainly import plain_rows
from careplans.models.step_values import ModalityCode
from modalities.markup import numbers_in
from modalities.models import Modality, Revision, Statement, StatementFlag
from modalities.reading import texts_of


class StatementSerializer(serializers.ModelSerializer):
    """What the source says, how its newest dated note left it, and whether a person has checked it."""

    state = serializers.SerializerMethodField(help_text="Of the newest note; `not_checked` where there is none.")
    noted_on = serializers.SerializerMethodField()
    who = serializers.SerializerMethodField(help_text="By whom and when it was checked or noted, or that nobody has.")
    is_checked = serializers.SerializerMethodField(help_text="Whether a person looked and found something.")
    note = serializers.SerializerMethodField()
    note_source = serializers.SerializerMethodField()

    class Meta:
        model = Statement
        fields = (
            "number",
            "kind",
            "text",
            "reference",
            "state",
            "noted_on",
            "who",
            "is_checked",
            "note",
            "note_source",
        )
        read_only_fields = fields

    def get_state(self, statement: Statement) -> str:
        newest = _newest(statement)
        return str(newest.state if newest else StatementFlag.State.NOT_CHECKED)

    def get_noted_on(self, statement: Statement) -> date | None:
        newest = _newest(statement)
        return newest.noted_on if newest else None

    def get_who(self, statement: Statement) -> str:
        newest = _newest(statement)
        return newest.who if newest else "Nobody has noted whether this still holds"

    def get_is_checked(self, statement: Statement) -> bool:
        newest = _newest(statement)
        return newest is not None and newest.is_check

    def get_note(self, statement: Statement) -> str:
        newest = _newest(statement)
        return newest.note if newest else ""

    def get_note_source(self, statement: Statement) -> str:
        newest = _newest(statement)
        return newest.source if newest else ""


def _newest(statement: Statement) -> StatementFlag | None:
    return next(iter(statement.notes), None)


class RevisionSerializer(serializers.ModelSerializer):
    """One immutable version of a reference page, as Markdown with its statement numbers."""

    modality = serializers.SlugField(source="modality.slug")
    statements = serializers.SerializerMethodField(
        help_text="Those behind its sentences, as they stand today and not as they stood when it was published."
    )

    class Meta:
        model = Revision
        fields = (
            "id", "modality", "number", "title", "what_it_is", "indication", "limits", "goal", "availability", "references",
            "change_note", "last_reviewed_on", "published_at", "sha256", "statements",
        )  # fmt: skip
        read_only_fields = fields

    @extend_schema_field(StatementSerializer(many=True))
    def get_statements(self, revision: Revision) -> Any:
        numbers = numbers_in(*texts_of(revision).values())
        return plain_rows(StatementSerializer, [self.known[number] for number in numbers if number in self.known])

    @cached_property
    def known(self) -> dict[str, Statement]:
        """Three queries for an answer, however many revisions it holds."""
        return {one.number: one for one in Statement.objects.with_flags()}


class ModalitySerializer(serializers.ModelSerializer):
    code = serializers.ChoiceField(choices=ModalityCode.choices, allow_blank=True)
    parent = serializers.SlugField(source="parent.slug", default=None, allow_null=True)  # type: ignore[assignment]  # the stubs know a `parent` of fields
    order = serializers.IntegerField(help_text="Its place among its neighbours in the tree.")
    current_revision = RevisionSerializer(allow_null=True)

    class Meta:
        model = Modality
        fields = (
            "id",
            "code",
            "slug",
            "title",
            "parent",
            "order",
            "is_group",
            "review_due_on",
            "retired_at",
            "current_revision",
        )
