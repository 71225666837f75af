from rest_framework import serializers

from modalities.models import Modality, Revision


class RevisionSerializer(serializers.ModelSerializer):
    """One immutable version of a reference page, as Markdown with its statement numbers."""

    modality = serializers.SlugField(source="modality.slug")

    class Meta:
        model = Revision
        fields = (
            "id", "modality", "number", "title", "what_it_is", "indication", "limits", "goal", "availability", "references",
            "change_note", "last_reviewed_on", "published_at", "sha256",
        )  # fmt: skip
        read_only_fields = fields


class ModalitySerializer(serializers.ModelSerializer):
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
