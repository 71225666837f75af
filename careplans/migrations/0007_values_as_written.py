import careplans.models.figures
from django.db import migrations


def without_needless_noughts(apps, schema_editor):
    """A database that kept two decimals gives 6.00 where somebody typed 6."""
    proformas = apps.get_model("careplans", "Proforma").objects
    for name in ("ki67_percent", "mitoses_per_2mm2"):
        written = proformas.filter(**{f"{name}__contains": "."}).values_list(name, flat=True).distinct()
        for text in list(written):
            proformas.filter(**{name: text}).update(**{name: text.rstrip("0").rstrip(".")})


class Migration(migrations.Migration):

    dependencies = [
        ('careplans', '0006_news'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='proforma',
            name='facts_ki67_percent',
        ),
        migrations.AlterField(
            model_name='proforma',
            name='egfr_ml_min',
            field=careplans.models.figures.FigureColumn(blank=True, help_text='For example: 58.4 or >90.', high=250, low=0, max_length=24, null=True, verbose_name='eGFR', whole=False),
        ),
        migrations.AlterField(
            model_name='proforma',
            name='flushing_per_day',
            field=careplans.models.figures.FigureColumn(blank=True, high=200, low=0, max_length=24, null=True, verbose_name='flushing', whole=True),
        ),
        migrations.AlterField(
            model_name='proforma',
            name='ki67_cells_counted',
            field=careplans.models.figures.FigureColumn(blank=True, high=100000, low=1, max_length=24, null=True, verbose_name='cells counted for Ki-67', whole=True),
        ),
        migrations.AlterField(
            model_name='proforma',
            name='ki67_percent',
            field=careplans.models.figures.FigureColumn(blank=True, help_text='As the report gives it: 6, <1, >95 or 3-5.', high=100, low=0, max_length=24, null=True, verbose_name='Ki-67', whole=False),
        ),
        migrations.AlterField(
            model_name='proforma',
            name='liver_lesion_count',
            field=careplans.models.figures.FigureColumn(blank=True, help_text='For example: 4 or >10.', high=500, low=0, max_length=24, null=True, verbose_name='number of liver lesions', whole=True),
        ),
        migrations.AlterField(
            model_name='proforma',
            name='mitoses_per_2mm2',
            field=careplans.models.figures.FigureColumn(blank=True, high=1000, low=0, max_length=24, null=True, verbose_name='mitoses', whole=False),
        ),
        migrations.AlterField(
            model_name='proforma',
            name='nt_probnp_ng_l',
            field=careplans.models.figures.FigureColumn(blank=True, high=200000, low=0, max_length=24, null=True, verbose_name='NT-proBNP', whole=False),
        ),
        migrations.AlterField(
            model_name='proforma',
            name='stool_volume_ml',
            field=careplans.models.figures.FigureColumn(blank=True, high=30000, low=0, max_length=24, null=True, verbose_name='stool volume', whole=True),
        ),
        migrations.AlterField(
            model_name='proforma',
            name='stools_per_day',
            field=careplans.models.figures.FigureColumn(blank=True, high=100, low=0, max_length=24, null=True, verbose_name='stools', whole=True),
        ),
        # Last: PostgreSQL alters no table that has rows of this transaction to check.
        migrations.RunPython(without_needless_noughts, migrations.RunPython.noop, elidable=True),
    ]
