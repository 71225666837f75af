import careplans.models.figures
from django.db import migrations


class Migration(migrations.Migration):
    """No statement for the database: what can be is checked when it is written."""

    dependencies = [("careplans", "0017_continuous_courses")]

    operations = [
        migrations.AlterField(
            model_name="proforma",
            name="albumin_g_l",
            field=careplans.models.figures.FigureColumn(
                blank=True, help_text="In g/L: 38, where a report says 3.8 g/dL.", high=80, low=1, max_length=24, null=True,
                verbose_name="albumin", whole=False,
            ),
        ),
    ]  # fmt: skip
