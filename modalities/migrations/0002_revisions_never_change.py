from django.db import migrations

from modalities import triggers


class Migration(migrations.Migration):
    dependencies = [("modalities", "0001_initial")]

    operations = [migrations.RunPython(triggers.install_forwards, triggers.remove_backwards)]
