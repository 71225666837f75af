"""Makes the demo board by telling its stories day by day. All of it or nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from accounts.models import AuditEvent, Board, User
from careplans.demo.acts import ACTS
from careplans.demo.clock import Calendar, at
from careplans.demo.counting import open_registry
from careplans.demo.editorial import revise
from careplans.demo.habits import keep_habits
from careplans.demo.mix_ups import mix_up
from careplans.demo.people import demo_board_name, make_boards, make_people, make_schedules, read
from careplans.demo.plan_acts import PLAN_ACTS
from careplans.demo.settling import mark_past_reminders_sent
from careplans.demo.step_acts import STEP_ACTS
from careplans.demo.story import StoryEntry, StoryError, read_entries
from careplans.models import FollowUp, Patient, Plan, Step
from common.centre_day import centre_today
from modalities.models import Modality
from modalities.services import load_pages

ALL_ACTS = ACTS | PLAN_ACTS | STEP_ACTS
# The boards were set up this long ago; no story begins before that.
SET_UP_DAYS = -400
# Whoever waits is told so often how far the stories are.
TOLD_IN = 8


@dataclass(frozen=True)
class Made:
    board: Board
    people: int
    patients: int
    plans: int
    steps: int
    follow_ups: int


def is_seeded() -> bool:
    """By what the audit trail says of its first board, which was made by nobody: whoever tries the demo may give the board
    another name. Or there is a board of that name, beside which none can be made."""
    name = demo_board_name()
    made = AuditEvent.objects.filter(action="board_created", actor=None, label=name)
    return made.exists() or Board.objects.filter(name=name).exists()


@transaction.atomic
def seed(say: Callable[[str], object] = lambda _: None) -> Made:
    """Boards, people, schedules, then every story. Reference pages are loaded first where there are none. `say` is told how far
    it is."""
    if not Modality.objects.exists():
        load_pages()
    told, now = read(), timezone.now()
    with at(now + timedelta(days=SET_UP_DAYS)):
        boards = make_boards(told)
        people = make_people(told, boards)
    board = boards[demo_board_name()]
    calendar = Calendar(today=now.astimezone(board.zone).date(), zone=board.zone)
    with at(now + timedelta(days=SET_UP_DAYS, hours=3)):
        make_schedules(told, board, by=people["coordinator"], calendar=calendar)
    # Reminders of today are left to the real outbox. A report as of yesterday would tell older ones as not sent.
    midnight = datetime.combine(calendar.today, time(), calendar.zone)
    _tell(list(read_entries(board, people, calendar)), now=now, left_open=min(midnight, now), say=say)
    with at(now - timedelta(hours=2)):
        # The day of then: shortly after midnight it is yesterday.
        revise(people, today=centre_today())
        keep_habits(board, people, today=board.today)
        mix_up(board, people)
        open_registry(board, people, today=board.today)
    return _counted(board, people)


def _tell(entries: Sequence[StoryEntry], *, now: datetime, left_open: datetime, say: Callable[[str], object]) -> None:
    """`left_open`: from when on reminders are left to the outbox."""
    for number, entry in enumerate(entries):
        if number % max(1, len(entries) // TOLD_IN) == 0:
            say(f"The stories of the demo board: {number} of {len(entries)} acts are told.")
        if entry.moment > now:
            raise StoryError(f"{entry.telling.record}: “{entry.do}” on day {entry.day} lies in the future")
        mark_past_reminders_sent(min(entry.moment, left_open), now=now)
        with at(entry.moment):
            _do(entry)
    mark_past_reminders_sent(left_open, now=now)


def _do(entry: StoryEntry) -> None:
    try:
        ALL_ACTS[entry.do](entry)
    except ValidationError as error:
        words = f"{entry.telling.record}, day {entry.day}, “{entry.do}”: {'; '.join(error.messages)}"
        raise StoryError(words) from error


def _counted(board: Board, people: dict[str, User]) -> Made:
    return Made(
        board=board,
        people=len(people),
        patients=Patient.objects.of_boards([board.pk]).count(),
        plans=Plan.objects.filter(board=board).count(),
        steps=Step.objects.filter(board=board, removed_at=None).count(),
        follow_ups=FollowUp.objects.filter(board=board).count(),
    )
