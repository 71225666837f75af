#!/usr/bin/env python
import os
import secrets
import sys

# Enough to start with where nothing is signed, served or sent.
BARE = {
    "ALLOWED_HOSTS": "localhost",
    "BASE_URL": "http://localhost:8000",
    "HTTPS": "off",
    "BEHIND_PROXY": "off",
    "MAIL_FROM": "Consilium <consilium@localhost>",
}


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    if sys.argv[1:2] == ["advise"]:
        # It signs nothing and opens no database, so a bare checkout can run it.
        os.environ.update(BARE | {"SECRET_KEY": secrets.token_urlsafe(50)})
    from django.core.management import execute_from_command_line

    from config.start import WITHOUT_DATABASE, WITHOUT_MIGRATIONS, start

    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    start(
        database=command not in WITHOUT_DATABASE,
        waits=command == "run_reminders",
        migrated=command not in WITHOUT_MIGRATIONS,
    )
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
