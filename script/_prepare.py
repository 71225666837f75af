"""Bring the demo's static files, database and board up to date. Runs inside the virtual environment.

All in one process: starting Django takes longer than most of these commands.
"""

import os
import sys
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

# Each with what it is about, for whoever waits: the first start takes a minute or two.
COMMANDS = (
    ("Static files", "collectstatic", "--noinput", "-v", "0"),
    ("Tables of the database", "migrate", "--noinput", "-v", "0"),
    ("Reference pages", "load_reference_pages"),
    ("Templates of plans", "load_templates"),
    ("Follow-up schedules", "load_schedules"),
    ("Demo board", "seed_demo"),
    # What came due while the demo was off goes out before anybody looks, and /health/ is well from the start.
    ("Reminders that came due", "run_reminders", "--once"),
)


def main() -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings"
    django.setup()
    from config.start import start

    start(migrated=False)
    for number, (about, *command) in enumerate(COMMANDS, start=1):
        print(f"{number} of {len(COMMANDS)}: {about} ...", flush=True)
        # With the checks that a person who types it would get: a database of another version is refused with a sentence.
        call_command(*command, skip_checks=command[0] != "migrate")
    with (settings.DATA_DIR / "logins.txt").open("w") as logins:
        call_command("seed_demo", "--logins", stdout=logins)


if __name__ == "__main__":
    main()
