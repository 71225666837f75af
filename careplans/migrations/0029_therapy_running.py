from django.db import migrations, models


def say_what_a_day_said(apps, schema_editor):
    """A therapy with a day of its end has ended. Of the others nobody has said it."""
    apps.get_model("careplans", "PriorTreatment").objects.exclude(ended_on=None).update(ended="ended")


class Migration(migrations.Migration):

    dependencies = [
        ("careplans", "0028_confirmed_birth_dates"),
    ]

    operations = [
        migrations.AddField(
            model_name="priortreatment",
            name="ended",
            field=models.CharField(
                choices=[("running", "Still running"), ("ended", "Ended"), ("not_known", "Not known")],
                db_default="not_known", default="not_known", max_length=12, verbose_name="whether it has ended",
            ),
        ),
        migrations.RunPython(say_what_a_day_said, migrations.RunPython.noop),
    ]
