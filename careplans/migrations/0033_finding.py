import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from common.folding import title_keys

BATCH = 1000


def write_keys(apps, schema_editor):
    """A batch at a time; what an older program writes meanwhile follows within minutes (`services.case_keys`)."""
    Case, Key = apps.get_model("careplans", "Case"), apps.get_model("careplans", "CaseKey")
    last = 0
    while rows := list(Case.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "title")[:BATCH]):
        last = rows[-1][0]
        keys = [Key(case_id=pk, key=key) for pk, title in rows for key in sorted(title_keys(title))]
        Key.objects.bulk_create(keys, batch_size=BATCH)
        Case.objects.filter(pk__in=[pk for pk, _ in rows]).update(keyed_title=models.F("title"))


class Migration(migrations.Migration):
    """By which words a case is found, and up to which event somebody has seen a case or plan."""

    dependencies = [
        ("accounts", "0010_single_keys"),
        ("careplans", "0032_recent_acts"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseKey",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("key", models.CharField(max_length=64)),
            ],
        ),
        migrations.CreateModel(
            name="LastLook",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("event_id", models.BigIntegerField()),
                ("seen_at", models.DateTimeField()),
            ],
        ),
        migrations.AddField(
            model_name="case",
            name="keyed_title",
            field=models.CharField(editable=False, max_length=160, null=True),
        ),
        migrations.AddIndex(
            model_name="case",
            index=models.Index(
                condition=models.Q(
                    ("keyed_title", None), models.Q(("keyed_title", models.F("title")), _negated=True), _connector="OR"
                ),
                fields=["id"],
                name="case_title_not_keyed",
            ),
        ),
        migrations.AddField(
            model_name="casekey",
            name="case",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="keys", to="careplans.case"
            ),
        ),
        migrations.AddField(
            model_name="lastlook",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="looks",
                to="careplans.case",
            ),
        ),
        migrations.AddField(
            model_name="lastlook",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="lastlook",
            name="plan",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="looks",
                to="careplans.plan",
            ),
        ),
        migrations.AddIndex(
            model_name="casekey",
            index=models.Index(
                fields=["key", "case"], name="case_key_prefix", opclasses=["varchar_pattern_ops", "int8_ops"]
            ),
        ),
        migrations.AddConstraint(
            model_name="casekey",
            constraint=models.UniqueConstraint(fields=("case", "key"), name="case_key_once"),
        ),
        migrations.AddConstraint(
            model_name="lastlook",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("case__isnull", False), ("plan", None)),
                    models.Q(("case", None), ("plan__isnull", False)),
                    _connector="OR",
                ),
                name="last_look_at_a_case_or_a_plan",
            ),
        ),
        migrations.AddConstraint(
            model_name="lastlook",
            constraint=models.UniqueConstraint(fields=("case", "person"), name="last_look_once_at_a_case"),
        ),
        migrations.AddConstraint(
            model_name="lastlook",
            constraint=models.UniqueConstraint(fields=("plan", "person"), name="last_look_once_at_a_plan"),
        ),
        migrations.RunPython(write_keys, migrations.RunPython.noop),
    ]
