import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

BATCH = 2000
RECORD_NUMBER = "Record number"


def give_institutions(apps, schema_editor):
    """Boards whose institution reads the same become boards of one: unless a record number stands on two of them, which may
    be two people. Then each keeps an institution of its own, named for the board, and nothing is merged or lost."""
    Board = apps.get_model("accounts", "Board")
    groups = {}
    for board in Board.objects.order_by("pk"):
        text = board.institution_name.strip()
        groups.setdefault(text.casefold() or ("board", board.pk), []).append(board)
    for boards in groups.values():
        name = boards[0].institution_name.strip() or boards[0].name
        if len(boards) > 1 and _clash(apps, boards):
            for board in boards:
                _join(apps, f"{name} ({board.name})", [board])
        else:
            _join(apps, name, boards)


def _clash(apps, boards):
    Patient = apps.get_model("careplans", "Patient")
    found = Patient.objects.filter(added_on__in=boards).values("record_key").annotate(n=models.Count("pk"))
    return found.filter(n__gt=1).exists()


def _join(apps, name, boards):
    Institution = apps.get_model("accounts", "Institution")
    name, number = name[:160], 1
    while Institution.objects.filter(name=name).exists():
        number += 1
        name = f"{name[:150]} {number}"
    institution = Institution.objects.create(name=name)
    apps.get_model("accounts", "IdentifierSystem").objects.create(
        institution=institution, name=RECORD_NUMBER, is_main=True
    )
    for board in boards:
        board.institution = institution
        board.save(update_fields=["institution"])
        apps.get_model("careplans", "Patient").objects.filter(added_on=board).update(institution=institution)


def let_boards_know(apps, schema_editor):
    """Each patient is known to the board that added them, and to those that have a case of theirs."""
    PatientBoard = apps.get_model("careplans", "PatientBoard")
    Patient, Case = apps.get_model("careplans", "Patient"), apps.get_model("careplans", "Case")
    for rows in (
        Patient.objects.order_by("pk").values_list("pk", "added_on_id", "created_by_id"),
        Case.objects.exclude(board=models.F("patient__added_on")).values_list("patient_id", "board_id", "created_by_id"),
    ):
        batch = []
        for patient, board, by in rows.iterator(BATCH):
            batch.append(PatientBoard(patient_id=patient, board_id=board, created_by_id=by))
            if len(batch) == BATCH:
                PatientBoard.objects.bulk_create(batch, ignore_conflicts=True)
                batch = []
        PatientBoard.objects.bulk_create(batch, ignore_conflicts=True)


def nothing(apps, schema_editor):
    """The tables go with the step back."""


def key(to, **values):
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=to, **values)


def number(**values):
    return models.PositiveSmallIntegerField(null=True, **values)


def own_id():
    return models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")


class Migration(migrations.Migration):
    """Programs from before go on writing `board_id` of a patient, and neither institution nor `PatientBoard`: what they write
    meanwhile is taken in by `services.institutions.give_institutions` at every tick."""

    dependencies = [
        ("accounts", "0003_institutions"),
        ("careplans", "0007_values_as_written"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex("patient", "patient_by_name"),
        migrations.RemoveIndex("patient", "patient_by_birth_date"),
        migrations.RemoveIndex("patient", "patient_newest"),
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("patient", "patient_record_number_once_per_board"),
                migrations.RenameField("patient", "board", "added_on"),
                migrations.AlterField(
                    "patient",
                    "added_on",
                    key("accounts.board", db_column="board_id", editable=False, related_name="patients_added"),
                ),
                migrations.AddConstraint(
                    "patient",
                    models.UniqueConstraint(
                        fields=("added_on", "record_key"), name="patient_record_number_once_per_board"
                    ),
                ),
            ],
        ),
        migrations.AddField(
            "patient", "institution", key("accounts.institution", editable=False, null=True, related_name="patients")
        ),
        migrations.AddField("patient", "died_day", number(editable=False)),
        migrations.AddField("patient", "died_month", number(editable=False)),
        migrations.AddField("patient", "died_year", number(editable=False)),
        migrations.AddField(
            "patient", "is_dead", models.BooleanField(db_default=False, default=False, editable=False)
        ),
        migrations.AddField("patient", "transferred_on", models.DateField(editable=False, null=True)),
        migrations.AddField(
            "patient",
            "transferred_to",
            models.CharField(blank=True, db_default="", default="", editable=False, max_length=160),
        ),
        migrations.AddIndex("patient", models.Index(fields=["family_key", "id"], name="patient_by_family_name")),
        migrations.AddIndex("patient", models.Index(fields=["birth_date"], name="patient_born_on")),
        migrations.AddIndex(
            "patient",
            models.Index(condition=models.Q(("institution", None)), fields=["id"], name="patient_of_no_institution"),
        ),
        migrations.AddConstraint(
            "patient",
            models.UniqueConstraint(
                fields=("institution", "record_key"), name="patient_record_number_once_per_institution"
            ),
        ),
        migrations.AddConstraint(
            "patient",
            models.CheckConstraint(
                condition=models.Q(is_dead=True) | models.Q(died_year=None, died_month=None, died_day=None),
                name="patient_died_is_dead",
            ),
        ),
        migrations.CreateModel(
            name="PatientBoard",
            fields=[
                ("id", own_id()),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("board", key("accounts.board", db_index=False, related_name="knows")),
                ("created_by", key(settings.AUTH_USER_MODEL, related_name="+")),
                ("patient", key("careplans.patient", related_name="on_boards")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("board", "patient"), name="patient_once_per_board")
                ]
            },
        ),
        migrations.CreateModel(
            name="PatientIdentifier",
            fields=[
                ("id", own_id()),
                ("value", models.CharField(max_length=64)),
                ("key", models.CharField(editable=False, max_length=64)),
                ("removed_at", models.DateTimeField(editable=False, null=True)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("created_by", key(settings.AUTH_USER_MODEL, related_name="+")),
                ("patient", key("careplans.patient", related_name="identifiers")),
                ("system", key("accounts.identifiersystem", related_name="+")),
            ],
            options={
                "ordering": ["system__name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("system", "key"),
                        name="patient_identifier_once_per_system",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("removed_at", None)),
                        fields=("patient", "system"),
                        name="patient_identifier_one_per_system",
                    ),
                ],
                "indexes": [
                    models.Index(
                        fields=["key"], name="patient_identifier_prefix", opclasses=["varchar_pattern_ops"]
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CareEnd",
            fields=[
                ("id", own_id()),
                (
                    "kind",
                    models.CharField(
                        choices=[("died", "Died"), ("transferred", "Transferred to another centre")], max_length=12
                    ),
                ),
                ("year", number()),
                ("month", number()),
                ("day", number()),
                ("source", models.CharField(blank=True, max_length=200, verbose_name="known from")),
                ("to_centre", models.CharField(blank=True, max_length=160, verbose_name="to which centre")),
                ("taken_over_by", models.CharField(blank=True, max_length=160, verbose_name="who takes over there")),
                (
                    "confirmed",
                    models.CharField(
                        blank=True,
                        choices=[("yes", "Yes, they have confirmed it"), ("not_yet", "Not yet")],
                        max_length=8,
                        verbose_name="confirmed there",
                    ),
                ),
                ("why", models.TextField(blank=True, verbose_name="why the date holds")),
                ("recorded_at", models.DateTimeField(auto_now_add=True)),
                ("withdrawn_at", models.DateTimeField(null=True)),
                ("withdrawn_reason", models.TextField(blank=True)),
                ("board", key("accounts.board", related_name="+")),
                ("patient", key("careplans.patient", related_name="care_ends")),
                ("recorded_by", key(settings.AUTH_USER_MODEL, related_name="+")),
                ("withdrawn_by", key(settings.AUTH_USER_MODEL, null=True, related_name="+")),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("withdrawn_at", None)),
                        fields=("patient", "kind"),
                        name="care_end_one_standing",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(withdrawn_at=None, withdrawn_by=None)
                        | (
                            models.Q(withdrawn_at__isnull=False)
                            & ~models.Q(withdrawn_by=models.F("recorded_by"))
                            & ~models.Q(withdrawn_reason="")
                        ),
                        name="care_end_taken_back_by_another",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(year__isnull=False) | models.Q(month=None, day=None),
                        name="care_end_month_has_year",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(month__isnull=False) | models.Q(day=None), name="care_end_day_has_month"
                    ),
                    models.CheckConstraint(
                        condition=~models.Q(kind="transferred") | ~models.Q(to_centre=""),
                        name="care_end_transfer_has_centre",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CareEnded",
            fields=[
                ("id", own_id()),
                ("was", models.CharField(max_length=16)),
                ("due_on", models.DateField(null=True)),
                ("brought_back_at", models.DateTimeField(null=True)),
                ("assignee", key(settings.AUTH_USER_MODEL, null=True, related_name="+")),
                ("board", key("accounts.board", related_name="+")),
                ("brought_back_by", key(settings.AUTH_USER_MODEL, null=True, related_name="+")),
                ("case", key("careplans.case", related_name="+")),
                ("end", key("careplans.careend", related_name="ended")),
                ("follow_up", key("careplans.followup", null=True, related_name="+")),
                ("plan", key("careplans.plan", null=True, related_name="+")),
                ("step", key("careplans.step", null=True, related_name="+")),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.RunPython(give_institutions, nothing, elidable=True),
        migrations.RunPython(let_boards_know, nothing, elidable=True),
    ]
