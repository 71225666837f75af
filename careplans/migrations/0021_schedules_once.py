from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("careplans", "0020_rolling_schedules"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(
                condition=models.Q(("follow_up_template__isnull", False)),
                fields=["status", "follow_ups_until"],
                name="plan_by_schedule",
            ),
        ),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("scheduled_for__isnull", False)),
                fields=("plan", "template", "kind", "scheduled_for"),
                name="follow_up_scheduled_once",
            ),
        ),
    ]
