import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from careplans.models.patient_keys import keys_of
from common.folding import FOLDING, name_key, number_key

BATCH = 1000


def fold_numbers(apps, schema_editor):
    """The record numbers and other numbers as they are compared from now on. Two that read the same from now on may be two
    people: the second keeps the key that it has, and `check_patient_keys` names both."""
    Patient, Identifier = apps.get_model("careplans", "Patient"), apps.get_model("careplans", "PatientIdentifier")
    _fold(Patient.objects.all(), "record_number", "record_key", ("institution_id", "added_on_id"), longest=32)
    _fold(Identifier.objects.filter(removed_at=None), "value", "key", ("system_id",), longest=64)


def _fold(rows, text, column, within, *, longest):
    """Whether a key is taken is asked of those that keep theirs, and of those that were given one before."""
    taken, changing = set(), []
    for row in rows.order_by("pk").values("pk", text, column, *within).iterator(BATCH):
        key = number_key(row[text], longest=longest)
        if key and key != row[column]:
            changing.append((row["pk"], key, [(name, row[name], key) for name in within]))
        else:
            taken |= {(name, row[name], row[column]) for name in within}
    free = []
    for pk, key, places in changing:
        if taken.isdisjoint(places):
            taken |= set(places)
            free.append(rows.model(pk=pk, **{column: key}))
    for start in range(0, len(free), BATCH):
        rows.model.objects.bulk_update(free[start : start + BATCH], [column], batch_size=BATCH // 4)


def write_keys(apps, schema_editor):
    """A batch at a time, by the folding of today; what an older program writes meanwhile follows within minutes."""
    Patient, Key = apps.get_model("careplans", "Patient"), apps.get_model("careplans", "PatientKey")
    Identifier = apps.get_model("careplans", "PatientIdentifier")
    last = 0
    while rows := list(Patient.objects.filter(pk__gt=last, folding__lt=FOLDING).order_by("pk")[:BATCH]):
        last = rows[-1].pk
        numbers = {row.pk: [row.record_number] for row in rows}
        for patient, value in Identifier.objects.filter(patient__in=numbers, removed_at=None).values_list(
            "patient", "value"
        ):
            numbers[patient].append(value)
        Key.objects.bulk_create(
            [
                Key(patient_id=row.pk, kind=kind, key=key)
                for row in rows
                for kind, key in sorted(keys_of([(row.family_name, row.given_name)], numbers[row.pk]))
            ],
            batch_size=BATCH,
        )
        for row in rows:
            row.folding = FOLDING
            row.family_key = name_key(row.family_name, longest=100)
            row.given_key = name_key(row.given_name, longest=100)
        Patient.objects.bulk_update(rows, ["folding", "family_key", "given_key"], batch_size=BATCH // 4)


def nothing(apps, schema_editor):
    pass


def own_id():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_notices_of_boards"),
        ("careplans", "0018_albumin_from_1"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(model_name="patient", name="patient_family_prefix"),
        migrations.RemoveIndex(model_name="patient", name="patient_given_prefix"),
        migrations.RemoveIndex(model_name="patient", name="patient_record_prefix"),
        migrations.RemoveIndex(model_name="patientidentifier", name="patient_identifier_prefix"),
        migrations.AddField(
            model_name="patient",
            name="folding",
            field=models.PositiveSmallIntegerField(db_default=0, default=0, editable=False),
        ),
        migrations.AlterField(
            model_name="patient",
            name="given_name",
            field=models.CharField(blank=True, max_length=80, verbose_name="given name"),
        ),
        migrations.AddIndex(
            model_name="patient", index=models.Index(fields=["folding", "id"], name="patient_by_folding")
        ),
        migrations.CreateModel(
            name="PatientKey",
            fields=[
                ("id", own_id()),
                (
                    "patient",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="keys",
                        to="careplans.patient",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("w", "From a word of a name"),
                            ("n", "From a word of a number"),
                            ("a", "A whole name, its words in the order of the alphabet"),
                        ],
                        max_length=1,
                    ),
                ),
                ("key", models.CharField(max_length=64)),
            ],
            options={
                "indexes": [
                    models.Index(
                        fields=["key", "patient"],
                        name="patient_key_prefix",
                        opclasses=["varchar_pattern_ops", "int8_ops"],
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=["patient", "key", "kind"], name="patient_key_once"),
                ],
            },
        ),
        migrations.CreateModel(
            name="PatientName",
            fields=[
                ("id", own_id()),
                (
                    "kind",
                    models.CharField(
                        choices=[("former", "Former name"), ("alias", "Also known as")],
                        max_length=8,
                        verbose_name="what it is",
                    ),
                ),
                ("family_name", models.CharField(max_length=80, verbose_name="family name")),
                ("given_name", models.CharField(blank=True, max_length=80, verbose_name="given name")),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "created_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "patient",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="names", to="careplans.patient"
                    ),
                ),
                (
                    "removed_by",
                    models.ForeignKey(
                        editable=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["kind", "id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=~models.Q(family_name=""), name="patient_name_says_something"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(removed_at=None, removed_by=None)
                        | models.Q(removed_at__isnull=False, removed_by__isnull=False),
                        name="patient_name_removed_by_somebody",
                    ),
                ],
            },
        ),
        migrations.RunPython(fold_numbers, nothing, elidable=True),
        migrations.RunPython(write_keys, nothing, elidable=True),
    ]
