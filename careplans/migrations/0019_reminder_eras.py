from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("careplans", "0018_albumin_from_1")]

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
    ]
