from django.db import migrations, models


class Migration(migrations.Migration):
    """Whether analysts read free text and names; old code leaves it out."""

    dependencies = [("accounts", "0006_door")]

    operations = [
        migrations.AddField(
            model_name="board",
            name="analysts_read_text",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Without it, they are given codes, figures and days alone: on the board's pages and over the API.",
                verbose_name="analysts read free text and names",
            ),
        ),
    ]
