from django.db import migrations, models
from django.db.models import Max, OuterRef, Subquery


def told_of_moves(apps, schema_editor):
    moved = apps.get_model("careplans", "MovedCase").objects.filter(case=OuterRef("pk")).order_by()
    newest = moved.values("case").annotate(at=Max("move__decided_at")).values("at")
    apps.get_model("careplans", "Case").objects.filter(moved__isnull=False).update(moved_at=Subquery(newest))


class Migration(migrations.Migration):
    dependencies = [("careplans", "0024_signed_content_checked")]

    operations = [
        migrations.AddField(
            model_name="case", name="moved_at", field=models.DateTimeField(editable=False, null=True)
        ),
        migrations.RunPython(told_of_moves, migrations.RunPython.noop),
    ]
