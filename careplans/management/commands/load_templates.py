from typing import Any

from django.core.management.base import BaseCommand, CommandError

from careplans.plan_templates.loading import TemplateFileError, load_templates


class Command(BaseCommand):
    help = "Load the plan templates that come with the program. Safe to repeat: a template that people have changed is kept."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_templates()
        except TemplateFileError as error:
            raise CommandError(str(error)) from error
        written = [one for one in loaded if one.outcome in ("created", "updated")]
        for one in written:
            self.stdout.write(f"{one.slug}: {one.outcome}")
        for one in loaded:
            if one.outcome == "kept":
                self.stdout.write(f"{one.slug}: kept as your centre has it; the file holds another text")
        self.stdout.write(f"{len(loaded)} templates, {len(written)} written.")
