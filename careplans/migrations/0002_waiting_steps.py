from django.conf import settings
from django.db import migrations, models


def mark_carried(apps, schema_editor):
    """Open steps of an amended plan went on in the next one, and nobody had written it on the step."""
    steps = apps.get_model("careplans", "Step").objects
    carried = steps.filter(plan__status="superseded", status__in=["planned", "in_progress", "on_hold"])
    ended_at = apps.get_model("careplans", "Plan").objects.filter(pk=models.OuterRef("plan")).values("ended_at")
    carried.update(carried_at=models.Subquery(ended_at))


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("careplans", "0001_initial"),
        ("modalities", "0002_revisions_never_change"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="signature",
            name="signature_awaited",
        ),
        migrations.RemoveIndex(
            model_name="step",
            name="step_open_by_person",
        ),
        migrations.RemoveIndex(
            model_name="step",
            name="step_open_by_board",
        ),
        migrations.AddField(
            model_name="step",
            name="carried_at",
            field=models.DateTimeField(editable=False, null=True),
        ),
        migrations.RunPython(mark_carried, migrations.RunPython.noop, elidable=True),
        migrations.AddIndex(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("signed_at", None)), fields=["board", "discipline"], name="signature_awaited"
            ),
        ),
        migrations.AddIndex(
            model_name="signature",
            index=models.Index(
                condition=models.Q(("signed_at", None)), fields=["delegated_to"], name="signature_delegated"
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("carried_at", None), ("due_on__isnull", False)),
                fields=["assignee", "board", "due_on", "id"],
                name="step_open_by_person",
            ),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(
                condition=models.Q(("carried_at", None), ("due_on__isnull", False)),
                fields=["board", "due_on", "id"],
                name="step_open_by_board",
            ),
        ),
    ]
