from django.db import migrations, models


def follow_leads(apps, schema_editor):
    """What escalates later was written for whoever led a board by then: a tick moves it to who does now."""
    apps.get_model("accounts", "Board").objects.update(timing=models.F("timing") + 1)


class Migration(migrations.Migration):
    dependencies = [("careplans", "0020_kept")]

    operations = [
        migrations.AddField(
            model_name="outboxmessage", name="era", field=models.CharField(max_length=12, null=True)
        ),
        migrations.AddField(
            model_name="sendinghold",
            name="server",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="sendinghold",
            name="era",
            field=models.CharField(blank=True, db_default="", default="", max_length=12),
        ),
        migrations.AddField(model_name="sendinghold", name="doubt_until", field=models.DateTimeField(null=True)),
        migrations.AddField(
            model_name="sendinghold", name="unwitnessed_since", field=models.DateTimeField(null=True)
        ),
        migrations.RunPython(follow_leads, migrations.RunPython.noop),
    ]
