"""How often a person calls the API in a minute: counted in the database, for every process together.

A process takes a block of calls at once, a fiftieth of the minute's, and asks again when they are used up or the minute is over:
so most calls send no statement for it. What one process has taken and does not use, another cannot: with few calls a minute the
block is one call, and the count exact.
"""

from dataclasses import dataclass, field
from threading import Lock

from django.db import connection
from django.utils import timezone

from accounts.models import CallCount, User

SECONDS = 60
BLOCKS = 50
# The first call in a minute begins anew. A count of the minute to come is that of a host whose clock is a little ahead.
_TABLE = CallCount._meta.db_table
TAKE = f"""
INSERT INTO {_TABLE} (person_id, minute, calls) VALUES (%s, %s, %s)
ON CONFLICT (person_id) DO UPDATE SET
  calls = excluded.calls
    + CASE WHEN {_TABLE}.minute BETWEEN excluded.minute AND excluded.minute + 1 THEN {_TABLE}.calls ELSE 0 END,
  minute = CASE WHEN {_TABLE}.minute = excluded.minute + 1 THEN {_TABLE}.minute ELSE excluded.minute END
RETURNING calls
"""  # noqa: S608  (the name of a table)


@dataclass(frozen=True)
class Counted:
    """`seconds`: until the minute is over, and counting begins anew."""

    calls: int
    most: int
    seconds: int

    @property
    def left(self) -> int:
        return max(0, self.most - self.calls)

    @property
    def is_over(self) -> bool:
        return self.calls > self.most


@dataclass
class Block:
    """Calls of one person in one minute that this process may count by itself, from `calls` up to `until`."""

    minute: int
    calls: int
    until: int


@dataclass
class Blocks:
    taken: dict[int, Block] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def next_call(self, person: int, minute: int) -> int:
        """Its number in the minute; 0 where a block has to be taken first."""
        with self.lock:
            block = self.taken.get(person)
            if block is None or block.minute != minute or block.calls >= block.until:
                return 0
            block.calls += 1
            return block.calls

    def put(self, person: int, block: Block) -> None:
        with self.lock:
            self.taken[person] = block


_blocks = Blocks()


def count_call(person: User, *, most: int) -> Counted:
    """Count one call of this person: how many there were in this minute, this one included. At most one statement."""
    now = timezone.now().timestamp()
    minute, seconds = int(now // SECONDS), SECONDS - int(now % SECONDS)
    calls = _blocks.next_call(person.pk, minute)
    if not calls:
        size = max(1, most // BLOCKS)
        until = _take(person.pk, minute, size)
        calls = until - size + 1
        _blocks.put(person.pk, Block(minute, calls, until))
    return Counted(calls, most, seconds)


def _take(person: int, minute: int, size: int) -> int:
    with connection.cursor() as cursor:
        cursor.execute(TAKE, [person, minute, size])
        (until,) = cursor.fetchone()
    return int(until)
