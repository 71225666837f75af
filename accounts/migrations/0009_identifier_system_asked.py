from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0008_sent_once")]

    operations = [
        migrations.AddField(
            model_name="identifiersystem",
            name="is_asked",
            field=models.BooleanField(
                db_default=True,
                default=True,
                help_text="A field for it stands on the form of every patient.",
                verbose_name="ask for it",
            ),
        ),
    ]
