from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("careplans", "0002_waiting_steps"),
        ("modalities", "0002_revisions_never_change"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name="case",
            index=models.Index(fields=["board", "updated_at"], name="case_by_change"),
        ),
        migrations.AddIndex(
            model_name="followup",
            index=models.Index(fields=["board", "-id"], name="follow_up_newest"),
        ),
        migrations.AddIndex(
            model_name="patient",
            index=models.Index(fields=["board", "-id"], name="patient_newest"),
        ),
        migrations.AddIndex(
            model_name="plan",
            index=models.Index(fields=["board", "updated_at"], name="plan_by_change"),
        ),
        migrations.AddIndex(
            model_name="step",
            index=models.Index(fields=["board", "-id"], name="step_newest"),
        ),
    ]
