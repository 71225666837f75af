import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Programs from before go on writing the column `institution` of a board as text; this one writes both."""

    dependencies = [("accounts", "0002_news")]

    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameField("board", "institution", "institution_name"),
                migrations.AlterField(
                    "board",
                    "institution_name",
                    models.CharField(
                        blank=True, db_column="institution", default="", editable=False, max_length=160
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Institution",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=160, unique=True, verbose_name="name")),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
            ],
            options={"ordering": ["name", "id"]},
        ),
        migrations.CreateModel(
            name="IdentifierSystem",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "name",
                    models.CharField(
                        help_text="As people say it, for example: NHS number.", max_length=80, verbose_name="name"
                    ),
                ),
                (
                    "uri",
                    models.CharField(
                        blank=True,
                        help_text="Names the system to other programs, for example https://fhir.nhs.uk/Id/nhs-number.",
                        max_length=200,
                        verbose_name="address (URI)",
                    ),
                ),
                (
                    "format_hint",
                    models.CharField(
                        blank=True,
                        help_text="Shown beside the field, for example: ten digits.",
                        max_length=120,
                        verbose_name="how it is written",
                    ),
                ),
                ("is_main", models.BooleanField(default=False, editable=False)),
                ("version", models.PositiveIntegerField(default=1, editable=False)),
                (
                    "institution",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="systems", to="accounts.institution"
                    ),
                ),
            ],
            options={
                "ordering": ["-is_main", "name", "id"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("institution", "name"), name="identifier_system_once_per_institution"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_main", True)),
                        fields=("institution",),
                        name="identifier_system_one_main",
                    ),
                ],
            },
        ),
        migrations.AddField(
            model_name="board",
            name="institution",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="boards",
                to="accounts.institution",
                verbose_name="institution",
            ),
        ),
    ]
