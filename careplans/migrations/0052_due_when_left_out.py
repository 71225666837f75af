from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("careplans", "0051_exports_withheld"),
    ]

    operations = [
        migrations.AddField(
            model_name="step",
            name="due_when_left_out",
            field=models.DateField(editable=False, null=True),
        ),
    ]
