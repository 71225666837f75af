"""Writes COUNT more reminders, due at once, as a board goes on working: python -m tests.faults.later COUNT

As many of them get the same numbers, and go to the same people, in a database that was set back to before.
"""

import sys
from datetime import timedelta

import django


def main(count):
    django.setup()
    from django.utils import timezone

    from accounts.models import User
    from careplans.models import FollowUp, OutboxMessage, Reminder
    from tests.faults.seed import make_follow_ups, write_reminders

    case = FollowUp.objects.order_by("pk").first().case
    people = list(User.objects.filter(email__startswith="member").order_by("pk"))
    newest = Reminder.objects.order_by("-pk").first().pk
    write_reminders(make_follow_ups(case, people, count), people, case.board)
    due = timezone.now() - timedelta(seconds=1)
    Reminder.objects.filter(pk__gt=newest).update(due_at=due)
    OutboxMessage.objects.filter(reminder__gt=newest).update(due_at=due)


if __name__ == "__main__":
    main(int(sys.argv[1]))
