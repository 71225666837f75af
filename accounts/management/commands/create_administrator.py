from argparse import ArgumentParser

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from accounts.services.mails import invitation_link
from accounts.services.people import create_administrator
from common.addresses import validate_address


class Command(BaseCommand):
    help = "Create the first administrator and print the link that sets their password (run again for a new link)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name", help='for example "Dr Ana Weber"')

    def handle(self, *args: object, email: str, name: str, **options: object) -> None:
        try:
            validate_address(email)
            user = create_administrator(email, name)
        except ValidationError as error:
            raise CommandError(error.messages[0]) from error
        self.stdout.write(f"Open this link once, within three days, to set the password of {user.email}:")
        self.stdout.write(invitation_link(user))
