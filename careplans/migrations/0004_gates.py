from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("careplans", "0003_facts_that_decide"),
    ]

    operations = [
        migrations.AlterField(
            model_name="reminder",
            name="kind",
            field=models.CharField(
                choices=[
                    ("lead", "Coming up"),
                    ("due", "Due"),
                    ("overdue", "Overdue"),
                    ("escalation", "Escalated"),
                    ("signature", "Signature awaited"),
                    ("snoozed", "Asked to be reminded again"),
                    ("gate", "Condition failed"),
                    ("digest", "Daily e-mail"),
                ],
                max_length=12,
            ),
        ),
    ]
