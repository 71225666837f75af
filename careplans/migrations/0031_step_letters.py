from django.db import migrations, models

# Up to 26 side by side, as nobody has planned more: the next change of the order writes those that are further.
LETTERS = """
    UPDATE careplans_step SET letter = {chr}(CAST(96 + placed.nth AS integer))
    FROM (
        SELECT id, row_number() OVER side AS nth, count(*) OVER (PARTITION BY plan_id, position) AS beside
        FROM careplans_step WHERE removed_at IS NULL
        WINDOW side AS (PARTITION BY plan_id, position ORDER BY id)
    ) AS placed
    WHERE placed.id = careplans_step.id AND placed.beside > 1 AND placed.nth <= 26
"""

RECORDED = "not_recorded"
NEITHER = [("not_done", "Not done so far"), (RECORDED, "Not recorded")]
FDG = [("positive", "Positive"), ("negative", "Negative"), ("mixed", "Mixed"), *NEITHER]
MIBG = [("avid", "Avid"), ("partly", "Partly avid"), ("not_avid", "Not avid"), *NEITHER]


def write_letters(apps, schema_editor):
    """No version moves: nothing changed that anybody has typed."""
    name = "chr" if schema_editor.connection.vendor == "postgresql" else "char"
    schema_editor.execute(LETTERS.format(chr=name))


class Migration(migrations.Migration):
    """Old code beside this one leaves letters as they are; the next change of a plan's order puts them right."""

    dependencies = [
        ("careplans", "0030_indexes_of_what_is_counted"),
    ]

    operations = [
        migrations.AddField(
            "step", "letter", models.CharField(blank=True, db_default="", default="", editable=False, max_length=2)
        ),
        migrations.RunPython(write_letters, migrations.RunPython.noop),
        # Words alone; the database knows nothing of them.
        migrations.AlterField("proforma", "fdg_result", models.CharField("FDG PET", choices=FDG, default=RECORDED, max_length=24)),
        migrations.AlterField(
            "proforma",
            "mibg_avidity",
            models.CharField("MIBG avidity", choices=MIBG, db_default=RECORDED, default=RECORDED, max_length=24),
        ),
    ]
