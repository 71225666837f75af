"""How long a question of all steps takes as they were known at moments that lie ever further back, and what it costs a write that
former rows are kept.

    DATABASE_URL=postgres://… python -m bench.known     # a database with a large board (manage.py seed_demo --plans 100000)

Nothing stays: what is written is taken back.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial

import django

QUESTION = "SELECT s.phase, s.status, count(*) AS steps FROM {step} s GROUP BY s.phase, s.status"
YEARS = (0, 0.1, 2, 4, 7)
ROUNDS, WRITES = 3, 1000


def main() -> None:
    """Prints a line for each."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from careplans.readers.known import Known, ask, settled_now

    now = settled_now()
    print(f"{'today’s rows, as they stand':32}{_timed(lambda: ask(QUESTION, Known(), {})):6.2f} s")
    for years in YEARS:
        asked = partial(ask, QUESTION, Known(now - timedelta(days=365 * years)), {})
        words = f"known {years} years ago: {sum(row['steps'] for row in asked())} steps"
        print(f"{words:32}{_timed(asked):6.2f} s")
    print(f"a step changed, with its past    {_write():6.3f} ms")
    with _without_past():
        print(f"a step changed, without          {_write():6.3f} ms")


def _timed(do: Callable[[], object]) -> float:
    """The median of a few, in seconds."""
    took = []
    for _ in range(ROUNDS):
        begun = time.monotonic()
        do()
        took.append(time.monotonic() - begun)
    return statistics.median(took)


def _write() -> float:
    """Milliseconds for the change of one step, its transaction apart."""
    from django.db import transaction

    from careplans.models import Step

    keys = list(Step.objects.order_by("pk").values_list("pk", flat=True)[:WRITES])
    with transaction.atomic():
        begun = time.monotonic()
        for key in keys:
            Step.objects.filter(pk=key).update(outcome="measured")
        took = time.monotonic() - begun
        transaction.set_rollback(True)
    return 1000 * took / len(keys)


@contextmanager
def _without_past() -> Iterator[None]:
    from django.db import connection, transaction

    from careplans.models import past_triggers

    with transaction.atomic():
        past_triggers.remove(connection)
        yield
        transaction.set_rollback(True)


if __name__ == "__main__":
    main()
