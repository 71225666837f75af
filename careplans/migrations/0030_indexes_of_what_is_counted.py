from django.db import migrations, models

HAS_GATE = models.Q(after_step__isnull=False) | models.Q(arm__isnull=False) | models.Q(not_before__isnull=False)


class Migration(migrations.Migration):
    """Few of many rows each: what is counted on every page of a board, and by every scrape; and the numbers of messages, which triggers write."""

    dependencies = [
        ("careplans", "0029_therapy_running"),
    ]

    operations = [
        migrations.CreateModel(
            name="MessageCount",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("channel", models.CharField(max_length=8)),
                ("status", models.CharField(max_length=12)),
                ("number", models.IntegerField()),
            ],
        ),
        migrations.AddIndex(
            "outboxmessage",
            models.Index(fields=["id"], condition=models.Q(ambiguous__gt=0), name="outbox_ambiguous"),
        ),
        migrations.AddIndex(
            "outboxmessage",
            models.Index(fields=["id"], condition=models.Q(looked_up__gt=0), name="outbox_looked_up"),
        ),
        migrations.AddIndex(
            "step",
            models.Index(
                fields=["board", "due_on", "id"],
                condition=models.Q(HAS_GATE, due_on__isnull=False, carried_over_at=None, started_on=None),
                name="step_gated",
            ),
        ),
    ]
