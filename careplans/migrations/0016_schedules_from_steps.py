"""Schedules that count from a step; and what the migration to schedules in rows had changed of what was signed and cancelled."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.migrations.recorder import MigrationRecorder
from django.db.models import Exists, OuterRef, Q

# By which follow-ups were cancelled when a plan or a schedule ended or replaced them, and nobody decided that they are not needed.
TAKEN_BACK = Q(reason__startswith="Replaced by the schedule of plan ") | (
    Q(reason__startswith="The schedule “", reason__endswith="” was changed")
    | Q(reason__regex=r"^Plan [0-9]+ was revoked: ")
)


def free_their_days(apps, schema_editor):
    """A later plan may ask for the same day again."""
    FollowUp = apps.get_model("careplans", "FollowUp")
    FollowUp.objects.filter(TAKEN_BACK, status="cancelled", scheduled_for__isnull=False).update(scheduled_for=None)


def keep_only_what_is_signed(apps, schema_editor):
    """The columns still hold what plans had said before. They are read again only where that was signed without a schedule, and
    not signed anew since."""
    Plan = apps.get_model("careplans", "Plan")
    rows = apps.get_model("careplans", "PlanSchedule").objects.filter(plan=OuterRef("pk"))
    unsigned = Q(content_hash="") | Q(submitted_at=None) | Exists(rows)
    applied = MigrationRecorder(schema_editor.connection).migration_qs
    for done in applied.filter(app="careplans", name="0010_schedule_lines"):
        unsigned |= Q(submitted_at__gt=done.applied)
    said = Q(follow_up_from__isnull=False) | Q(follow_up_assignee__isnull=False)
    Plan.objects.filter(unsigned, said).update(follow_up_from=None, follow_up_assignee=None)


class Migration(migrations.Migration):
    dependencies = [
        ("careplans", "0015_notices_of_boards"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        # In the database they never went (0010).
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AddField(
                    model_name="plan",
                    name="follow_up_from",
                    field=models.DateField(editable=False, null=True),
                ),
                migrations.AddField(
                    model_name="plan",
                    name="follow_up_assignee",
                    field=models.ForeignKey(
                        editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ]
        ),
        migrations.AddField(
            model_name="planschedule",
            name="from_step",
            field=models.ForeignKey(
                blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="careplans.step",
                verbose_name="counts from the day of step",
            ),
        ),
        migrations.AddField(
            model_name="planschedule",
            name="from_event",
            field=models.CharField(
                blank=True, choices=[("ended", "has ended"), ("begun", "has begun")], db_default="", default="",
                max_length=5, verbose_name="when that step",
            ),
        ),
        migrations.AddConstraint(
            model_name="planschedule",
            constraint=models.CheckConstraint(
                condition=Q(("from_event", ""), ("from_step", None))
                | Q(("counts_from", None), ("from_event__in", ["ended", "begun"]), ("from_step__isnull", False)),
                name="plan_schedule_counts_from_one",
            ),
        ),
        migrations.RunPython(free_their_days, migrations.RunPython.noop),
        migrations.RunPython(keep_only_what_is_signed, migrations.RunPython.noop),
    ]
