from typing import Any

from django.core.management.base import BaseCommand, CommandError

from modalities.content import ContentError
from modalities.services import load_pages


class Command(BaseCommand):
    help = "Load the reference pages from the content files. Safe to repeat: a page that an editor changed is kept."

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            loaded = load_pages()
        except ContentError as error:
            raise CommandError(str(error)) from error
        changed = [page for page in loaded if page.outcome in {"created", "updated"}]
        for page in changed:
            self.stdout.write(f"{page.slug}: {page.outcome}")
        for page in loaded:
            if page.outcome == "kept":
                self.stdout.write(f"{page.slug}: kept as edited; the content file holds another text")
        pages = sum(page.outcome != "group" for page in loaded)
        self.stdout.write(f"{pages} reference pages, {len(changed)} written.")
