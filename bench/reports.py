"""How long each report and the scorecard take: worked out as they are asked, from the summary, and as of a day in the past.

    DATABASE_URL=postgres://… python -m bench.reports    # a database with a large board, which must be a copy
    … --days 365 --only concordance,order --most 60

A summary is made first where none is young enough, and stays; what is written to the audit trail is taken back. Seconds by the
clock, and in brackets those of the processor that the database's process took, which other programs on the machine move less;
what PostgreSQL gave to workers beside it is not among them.
A question that takes longer than `--most` seconds is given up.
"""

import argparse
import os
import time
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import django

TICKS = os.sysconf("SC_CLK_TCK")
ROUNDS = 3


def main() -> None:
    """Prints a table in Markdown."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from careplans.reports.contents import ALL

    told = _arguments()
    person = _who_reads_most()
    made = _summary()
    moments = _moments(told.days)
    print(_size())
    print(f"\n| report | rows of its unit | live | summary | {told.days} days ago | made in |")
    print("|---|---:|---:|---:|---:|---:|")
    for report in ALL:
        if not told.only or report.name in told.only:
            asked = [_timed(partial(_answered, report, person, params), told.most) for params in moments]
            one = made[report.name]
            print(f"| `{report.name}` | {one['rows']:,} | {' | '.join(asked)} | {one['seconds']:.1f} |", flush=True)
    if not told.only or "scorecard" in told.only:
        asked = [_timed(partial(_scorecard, person, params), told.most) for params in moments]
        print(f"| scorecard | | {' | '.join(asked)} | |")
        print(f"\nAll reports were worked out in {sum(one['seconds'] for one in made.values()):.0f} s.")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=365, help="how long ago the past is")
    parser.add_argument("--only", type=lambda text: text.split(","), default=[], help="names of reports, or scorecard")
    parser.add_argument("--most", type=int, default=60, help="seconds after which one is given up")
    return parser.parse_args()


def _who_reads_most() -> Any:
    from accounts.models import Membership
    from accounts.permissions import boards_where
    from careplans.reports.asked import ACTION

    people = {one.user for one in Membership.objects.filter(ended_at=None).select_related("user")}
    return max(people, key=lambda one: len(boards_where(one, ACTION)))


def _summary() -> dict[str, Any]:
    """The last one; made first, where none is young enough to answer."""
    from careplans.models import ReportSummary
    from careplans.readers.known import summaries
    from careplans.summaries.making import refresh_summaries

    while summaries.newest() is None and refresh_summaries(3600):
        pass
    found: dict[str, Any] = ReportSummary.objects.filter(state="ready").latest("moment").made
    return found


def _moments(days: int) -> list[dict[str, str]]:
    """As the three are asked."""
    from careplans.readers.known import settled_now

    return [{"as_of": "now"}, {}, {"as_of": (settled_now() - timedelta(days=days)).isoformat()}]


def _answered(report: Any, person: Any, params: dict[str, str]) -> None:
    from careplans.reports.answering import answer
    from careplans.reports.asked import read_asked

    asked = read_asked(report, person, params)
    if bool(asked.summary) != (not params):
        raise SystemExit("It was answered from elsewhere than it should have been.")
    answer(asked, by=person)


def _scorecard(person: Any, params: dict[str, str]) -> None:
    from careplans.reports.scorecard.figures import read_scorecard

    read_scorecard(person, params)


def _timed(ask: Callable[[], None], most: int) -> str:
    """The best of a few where it is quick: what else the machine does makes it longer, never shorter."""
    from django.db import OperationalError, connection, transaction

    took: list[tuple[float, float]] = []
    while len(took) < (ROUNDS if not took or took[0][0] < 1 else 1):
        with transaction.atomic(), connection.cursor() as cursor:
            # It holds for the whole question, whatever transaction that opens inside.
            cursor.execute(f"SET LOCAL statement_timeout = '{most}s'")
            cursor.execute("SELECT pg_backend_pid()")
            server = cursor.fetchone()[0]
            begun, busy = time.monotonic(), _busy(server)
            try:
                ask()
            except OperationalError:
                return f"more than {most}"
            took.append((time.monotonic() - begun, _busy(server) - busy))
            transaction.set_rollback(True)
    clock, processor = min(took)
    return f"{clock:.2f} ({processor:.2f})"


def _busy(server: int) -> float:
    """Seconds of the processor that a process of this machine has taken."""
    fields = Path(f"/proc/{server}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _size() -> str:
    from careplans.models import Plan, Step
    from careplans.models.past import PastRow

    return f"{Plan.objects.count():,} plans, {Step.objects.count():,} steps, {PastRow.objects.count():,} former rows."


if __name__ == "__main__":
    main()
