"""Fills an empty database with COUNT reminders that become due when the harness says: python -m tests.faults.seed COUNT

Some are about the steps of one plan, the rest about follow-ups; the people are synthetic. A quarter more is due tomorrow,
and must not go out.
"""

import os
import sys
from datetime import timedelta

import django
from django.core.management import call_command
from django.utils import timezone

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.faults.settings")
RECIPIENTS = 20


def main(count):
    django.setup()
    call_command("migrate", verbosity=0)
    from careplans.models import OutboxMessage, Reminder

    people, case, chair = _people_and_case()
    subjects = _subjects(case, people, chair, count + count // 4)
    OutboxMessage.objects.all().delete()
    Reminder.objects.all().delete()
    write_reminders(subjects, people, case.board)
    late = list(Reminder.objects.order_by("-pk").values_list("pk", flat=True)[: count // 4])
    Reminder.objects.filter(pk__in=late).update(local_day=case.board.today + timedelta(days=1))
    now = timezone.now()
    for model, column in ((Reminder, "pk__in"), (OutboxMessage, "reminder__in")):
        model.objects.update(due_at=now + timedelta(hours=5))
        model.objects.filter(**{column: late}).update(due_at=now + timedelta(hours=20))


def _people_and_case():
    from tests.careplans import makers
    from tests.factories import join, make_board, make_user

    board = make_board("Northgate")
    ana, chair = (
        make_user("ana@northgate.example", "Ana Coordinator"),
        make_user("chloe@northgate.example", "Chloe Chair"),
    )
    join(ana, board, "coordinator", "coordination")
    join(chair, board, "chair", "surgery")
    make_user("admin@consilium.example", "Admin", is_administrator=True)
    people = [make_user(f"member{n}@northgate.example", f"Member {n}") for n in range(RECIPIENTS)]
    for person in people:
        join(person, board, "member", "medical_oncology")
    return people, makers.make_case(board, by=ana), chair


def _subjects(case, people, chair, count):
    from tests.careplans import makers

    plan = makers.make_active_plan(case, by=case.responsible, chair=chair, steps=max(2, count // 40))
    steps = list(plan.steps.all())
    return [*steps, *make_follow_ups(case, people, count - len(steps))]


def make_follow_ups(case, people, count):
    from careplans.models import FollowUp

    return FollowUp.objects.bulk_create(
        FollowUp(board=case.board, case=case, kind="markers", due_on=case.board.today, due_until=case.board.today,
                 assignee=people[n % RECIPIENTS], created_by=case.responsible)
        for n in range(count)
    )  # fmt: skip


def write_reminders(subjects, people, board):
    from careplans.reminders.schedule import Hour, Kind, ReminderSpec, write

    wanted = [ReminderSpec(s, people[n % RECIPIENTS].pk, Kind.DUE, board.today) for n, s in enumerate(subjects)]
    write(wanted, Hour.of(board), board=board, at_once=True)


if __name__ == "__main__":
    main(int(sys.argv[1]))
