import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    """Programs from before write no board and a shorter text; careplans' own migration says of which board the notices are."""

    dependencies = [("accounts", "0004_nothing_ahead")]

    operations = [
        migrations.AddField(
            model_name="notice",
            name="board",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="accounts.board",
            ),
        ),
        migrations.AlterField(model_name="notice", name="text", field=models.TextField()),
    ]
