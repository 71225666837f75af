"""Schedules in lines, and several schedules on a plan.

What schedules and plans said in columns of their own becomes rows. The columns stay in the database, so that code from before
this can still write while a release is rolled out; the models know them no more.
"""

import django.core.validators
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


def take_over(apps, schema_editor):
    Schedule = apps.get_model("careplans", "FollowUpSchedule")
    Line = apps.get_model("careplans", "ScheduleLine")
    for schedule in Schedule.objects.exclude(kinds=[]).filter(lines=None):
        Line.objects.create(
            schedule=schedule, position=1, kinds=schedule.kinds, interval=schedule.interval_months, unit="months",
            ends_after=max(schedule.interval_months, schedule.duration_months), ends_unit="months",
            window_days=schedule.window_days, source=schedule.source,
        )  # fmt: skip
        schedule.then = "Discuss how follow-up goes on"
        schedule.save(update_fields=["then"])
    Plan = apps.get_model("careplans", "Plan")
    PlanSchedule = apps.get_model("careplans", "PlanSchedule")
    for plan in Plan.objects.filter(follow_up_schedule__isnull=False, schedules=None).iterator():
        PlanSchedule.objects.create(
            plan=plan, schedule_id=plan.follow_up_schedule_id, counts_from=plan.follow_up_from,
            assignee_id=plan.follow_up_assignee_id, done_with_id=plan.follow_ups_with_id, board_id=plan.board_id,
            case_id=plan.case_id, written_until=plan.follow_ups_until,
        )  # fmt: skip


UNITS = [("days", "days"), ("weeks", "weeks"), ("months", "months"), ("years", "years")]
LEAST, MOST = django.core.validators.MinValueValidator(1), django.core.validators.MaxValueValidator(600)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0001_initial"),
        ("careplans", "0009_leaving"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="PlanSchedule",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("counts_from", models.DateField(blank=True, null=True, verbose_name="counts from")),
                (
                    "overlap",
                    models.CharField(
                        blank=True, max_length=8, verbose_name="where schedules ask for the same",
                        choices=[("one", "One follow-up is enough"), ("both", "Both are needed")],
                    ),
                ),
                ("past", models.JSONField(default=list, verbose_name="dates in the past")),
                ("written_until", models.DateField(editable=False, null=True)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "board",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.board"
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="careplans.case"
                    ),
                ),
                (
                    "done_with",
                    models.ForeignKey(
                        editable=False, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "assignee",
                    models.ForeignKey(
                        blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+",
                        to=settings.AUTH_USER_MODEL, verbose_name="done by",
                    ),
                ),
                (
                    "plan",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="schedules", to="careplans.plan"
                    ),
                ),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="careplans.followupschedule"
                    ),
                ),
            ],
            options={"verbose_name": "schedule of the plan", "ordering": ["id"]},
        ),
        migrations.CreateModel(
            name="ScheduleLine",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("position", models.PositiveSmallIntegerField()),
                ("kinds", models.JSONField(default=list, verbose_name="what to do")),
                ("title", models.CharField(blank=True, max_length=120, verbose_name="in words")),
                (
                    "interval",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[LEAST, MOST], verbose_name="every"
                    ),
                ),
                (
                    "unit",
                    models.CharField(
                        choices=UNITS, default="months", max_length=8, verbose_name="interval counted in"
                    ),
                ),
                (
                    "starts_after",
                    models.PositiveSmallIntegerField(blank=True, null=True, validators=[MOST], verbose_name="from"),
                ),
                (
                    "starts_unit",
                    models.CharField(choices=UNITS, default="months", max_length=8, verbose_name="start counted in"),
                ),
                (
                    "ends_after",
                    models.PositiveSmallIntegerField(
                        blank=True, null=True, validators=[LEAST, MOST], verbose_name="until"
                    ),
                ),
                (
                    "ends_unit",
                    models.CharField(choices=UNITS, default="years", max_length=8, verbose_name="end counted in"),
                ),
                (
                    "window_days",
                    models.PositiveSmallIntegerField(
                        default=14, validators=[django.core.validators.MaxValueValidator(180)],
                        verbose_name="may be late by so many days",
                    ),
                ),
                ("source", models.CharField(blank=True, max_length=300, verbose_name="source")),
                (
                    "schedule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="lines",
                        to="careplans.followupschedule",
                    ),
                ),
            ],
            options={"ordering": ["position", "id"]},
        ),
        migrations.AddIndex(
            model_name="planschedule",
            index=models.Index(
                condition=models.Q(("removed_at", None)), fields=["written_until"], name="plan_schedule_to_extend"
            ),
        ),
        migrations.AddConstraint(
            model_name="planschedule",
            constraint=models.UniqueConstraint(
                condition=models.Q(("removed_at", None)), fields=("plan", "schedule"),
                name="plan_schedule_once_per_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduleline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("interval__gte", 1),
                    models.Q(("ends_after", None), ("interval", None), ("starts_after__isnull", False)),
                    _connector="OR",
                ),
                name="schedule_line_interval_or_once",
            ),
        ),
        migrations.AddField(
            model_name="followupschedule",
            name="is_none",
            field=models.BooleanField(db_default=False, default=False, verbose_name="no follow-up is needed"),
        ),
        migrations.AddField(
            model_name="followupschedule",
            name="then",
            field=models.CharField(
                blank=True, db_default="", default="", max_length=120, verbose_name="what comes when it ends"
            ),
        ),
        migrations.AlterField(
            model_name="followupschedule",
            name="source",
            field=models.CharField(blank=True, max_length=300, verbose_name="source"),
        ),
        migrations.AddConstraint(
            model_name="followupschedule",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_none", False), models.Q(("source", ""), _negated=True), _connector="OR"
                ),
                name="follow_up_schedule_none_has_source",
                violation_error_message="Say in “source” what “no follow-up is needed” rests on.",
            ),
        ),
        migrations.RemoveConstraint(model_name="followup", name="follow_up_scheduled_once"),
        migrations.AddConstraint(
            model_name="followup",
            constraint=models.UniqueConstraint(
                condition=models.Q(("scheduled_for__isnull", False)),
                fields=("plan", "schedule", "kind", "title", "scheduled_for"),
                name="follow_up_scheduled_once_each",
            ),
        ),
        # From here on the code leaves these columns out: each has a value of its own.
        migrations.RemoveConstraint(model_name="followupschedule", name="follow_up_schedule_interval"),
        migrations.AlterField(
            model_name="followupschedule",
            name="kinds",
            field=models.JSONField(
                db_default=models.Value([], output_field=models.JSONField()), default=list, verbose_name="what to do"
            ),
        ),
        migrations.AlterField(
            model_name="followupschedule",
            name="interval_months",
            field=models.PositiveSmallIntegerField(db_default=12, default=12),
        ),
        migrations.AlterField(
            model_name="followupschedule",
            name="window_days",
            field=models.PositiveSmallIntegerField(db_default=14, default=14),
        ),
        migrations.AlterField(
            model_name="followupschedule",
            name="duration_months",
            field=models.PositiveSmallIntegerField(db_default=24, default=24),
        ),
        migrations.RemoveIndex(model_name="plan", name="plan_by_schedule"),
        migrations.RunPython(take_over, migrations.RunPython.noop),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                *(
                    migrations.RemoveField(model_name="followupschedule", name=name)
                    for name in ("kinds", "interval_months", "window_days", "duration_months")
                ),
                *(
                    migrations.RemoveField(model_name="plan", name=name)
                    for name in (
                        "follow_up_schedule", "follow_up_from", "follow_up_assignee", "follow_ups_with", "follow_ups_until",
                    )
                ),
            ]
        ),
    ]
