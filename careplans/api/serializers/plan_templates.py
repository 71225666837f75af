from rest_framework import serializers

from careplans.models import PlanTemplateVersion


class PlanTemplateSerializer(serializers.ModelSerializer):
    """One version of a template, as `template_version` of a plan names it by its `id`."""

    slug = serializers.CharField(source="template.slug", help_text="The address of the template, which never changes.")
    review_due_on = serializers.DateField(
        source="template.review_due_on",
        allow_null=True,
        help_text="By when it is read again; null where nobody has said.",
    )
    content = serializers.DictField(
        help_text="For whom it is, its steps in their order, and its schedules. Whoever sees to a step is a discipline, and its "
        "days are counted from the release or from another step. What is left out is not said."
    )

    class Meta:
        model = PlanTemplateVersion
        fields = ("id", "slug", "number", "title", "content", "change_note", "published_at", "review_due_on")
        read_only_fields = fields
