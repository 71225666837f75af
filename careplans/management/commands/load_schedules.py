from typing import Any

from django.core.management.base import BaseCommand

from careplans.services.schedule_library import give_new_boards_the_library


class Command(BaseCommand):
    help = "Give every board that has no follow-up schedule yet those that a board begins with. Safe to run at every start."

    def handle(self, *args: Any, **options: Any) -> None:
        boards = give_new_boards_the_library()
        self.stdout.write(f"{boards} board{'' if boards == 1 else 's'} received the follow-up schedules to begin with.")
