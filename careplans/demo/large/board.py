"""Many plans, written in batches past the services, by the rules that the services keep.

The oldest batch comes first, as in a real database. Same size and same seed, same rows.
"""

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import Board, Institution, RequiredDiscipline
from careplans.demo.clock import at
from careplans.demo.large.courses import Course, World, pick_courses
from careplans.demo.large.inserting import insert
from careplans.demo.large.rows import write_cases, write_plans, write_rest
from careplans.demo.large.year import Span
from careplans.demo.people import seat_demo_people
from careplans.demo.settling import SENT_AT
from careplans.models import FollowUp, FollowUpSchedule, OutboxMessage, Reminder, ScheduleLine, Step
from careplans.reminders.schedule import messages_of, reminders_of, schedule_signatures, wanted_of
from careplans.reminders.working_days import Hour
from modalities.models import Modality
from modalities.services import load_pages

BATCH_PLANS = 500
YEARS = 8
REQUIRED = ("surgery", "medical_oncology", "radiology")


@dataclass(frozen=True)
class Size:
    plans: int
    seed: int
    name: str
    all_open: bool = False


def make_large(size: Size, *, say: Callable[[str], None]) -> Board:
    """Write the board, each batch in a transaction of its own. Raises ValidationError when its name is taken."""
    if Board.objects.filter(name=size.name).exists():
        raise ValidationError(f"There is a board named {size.name} already. Choose another name with --board.")
    if not Modality.objects.exists():
        load_pages()
    now = timezone.now()
    with at(now - timedelta(days=365 * YEARS + 60)), transaction.atomic():
        world = _make_world(size, now)
    started = time.monotonic()
    for first in range(0, size.plans, BATCH_PLANS):
        wanted = min(BATCH_PLANS, size.plans - first)
        _write_batch(world, first, wanted, size.plans, now)
        _report(first + wanted, size.plans, started, say)
    _settle_silently(timezone.now())
    return world.board


def _make_world(size: Size, now: datetime) -> World:
    institution, _ = Institution.objects.get_or_create(name="Measured Demonstration Hospital")
    board = Board.objects.create(name=size.name, institution=institution)
    RequiredDiscipline.objects.bulk_create(RequiredDiscipline(board=board, discipline=name) for name in REQUIRED)
    schedule = FollowUpSchedule.objects.create(board=board, name="Every six months", source="For measuring only")
    ScheduleLine.objects.create(schedule=schedule, position=1, kinds=["visit"], interval=6, ends_after=2)
    modalities = Modality.objects.treatments().main().select_related("current_revision")
    return World(
        board=board,
        people=seat_demo_people(board),
        schedule=schedule,
        revisions={row.code: row.current_revision for row in modalities if row.current_revision},
        chance=random.Random(size.seed),  # noqa: S311  # the same seed, the same board
        today=now.astimezone(board.zone).date(),
        all_open=size.all_open,
    )


def _write_batch(world: World, first: int, wanted: int, total: int, now: datetime) -> None:
    """The batch's own day lies as far back as its place in the whole; its open work lies around today."""
    is_last = first + wanted == total
    moment = now - timedelta(days=12 + round(365 * YEARS * (1 - (first + wanted) / total)))
    with transaction.atomic():
        with at(moment):
            courses = pick_courses(
                world, wanted, moment=moment, freshness=(first + wanted / 2) / total, is_last=is_last
            )
            write_cases(world, courses, first)
            write_plans(world, courses)
            write_rest(world, courses, _span(moment, total, now))
        _remind(world, courses)


def _span(moment: datetime, total: int, now: datetime) -> Span:
    until = min(moment + timedelta(days=365 * YEARS * BATCH_PLANS / max(total, BATCH_PLANS)), now)
    return Span(moment, until, is_told=moment > now - timedelta(days=365))


def _remind(world: World, courses: list[Course]) -> None:
    """As the services schedule: but these rows are new, so there is nothing to replace and no earlier generation."""
    subjects: list[Step | FollowUp] = [step for course in courses for step in course.open_steps]
    subjects += [row for course in courses for row in course.follow_ups if row.is_open]
    wanted = wanted_of(subjects, world.board)
    rows = reminders_of(wanted, Hour.of(world.board), board=world.board, generations={})
    insert(rows)
    insert(list(messages_of(rows)))
    for course in courses:
        awaited = [row for row in course.signatures if row.is_awaited]
        if awaited:
            schedule_signatures(course.plans[-1], awaited)


def _settle_silently(now: datetime) -> None:
    """Settle what is due already without a notice: a board for measuring shall not flood anybody."""
    # By the reminders' own date, which is their messages': PostgreSQL, whose statistics know nothing yet of the rows
    # that were just written, compared every reminder with every message.
    Reminder.objects.scheduled().filter(due_at__lte=now).update(status=Reminder.Status.DELIVERED)
    due = OutboxMessage.objects.filter(status=OutboxMessage.Status.PENDING, due_at__lte=now)
    due.update(status=OutboxMessage.Status.SENT, sent_at=SENT_AT, attempts=1)


def _report(written: int, total: int, started: float, say: Callable[[str], None]) -> None:
    if written < total and written % (BATCH_PLANS * 10):
        return
    seconds = time.monotonic() - started
    say(f"{written:>7} plans in {seconds:5.0f} s, {written / max(seconds, 0.001):5.0f} a second")
