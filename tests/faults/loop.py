"""manage.py run_reminders, with the faults of the environment built in: python -m tests.faults.loop [--once]"""

import os
import sys

import django
from django.core.management import call_command

from tests.faults import points

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
django.setup()
points.install()
points.ready()
call_command("run_reminders", *sys.argv[1:])
