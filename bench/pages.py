"""Measures the main pages, calls of the API and writes: CPU of the process and of the database, time, statements and bytes.

    python -m bench.pages --keep /tmp/bench --sizes 1000                       # SQLite
    DATABASE_URL_BENCH=postgres://… python -m bench.pages --keep /tmp/bench --against v1.2 --write

`--against` measures a commit beside this version, in turns. `--write` puts the table into docs/performance.md. See README.md
beside this file.
"""

import argparse
import os
import platform
import re
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

from bench.databases import ROOT, Base, Serving, worktree_of
from bench.goals import GROWTH, GROWTH_ELSE, RAW_PLANS, RAW_PLANS_THERE, Line, raw_table, table

PAGE = ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"
BLOCK = 4
# Where nothing has ticked for long, the page about it says so.
ANSWERS = {"health": (200, 503)}
FIRST = "first request of a worker"


def main() -> None:
    options = read_options()
    with tempfile.TemporaryDirectory(prefix="consilium-bench-") as passing, ExitStack() as stack:
        keep = Path(options.keep or passing).resolve()
        bases = [Base(options.kind, plans, keep) for plans in options.sizes]
        for base in bases:
            base.make()
        measure(options, bases, Path(passing), stack)


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", help="folder in which the boards stay for the next time")
    parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")], default=[1_000, 100_000])
    parser.add_argument("--against", metavar="COMMIT", help="a commit, measured in turns with this version")
    parser.add_argument("--rounds", type=int, default=16, help="requests for each page, size and version")
    parser.add_argument("--page", action="append", help="only pages whose name holds these words; may be repeated")
    parser.add_argument("--explain", action="store_true", help="show the statements of pages that grow too much")
    parser.add_argument("--write", action="store_true", help="put the table into docs/performance.md")
    options = parser.parse_args()
    if options.against:
        options.against = _commit(options.against)
    options.kind = "postgresql" if os.environ.get("DATABASE_URL_BENCH") else "sqlite"
    return options


def measure(options: argparse.Namespace, bases: list[Base], passing: Path, stack: ExitStack) -> None:
    """The last size is the one whose figures are told; the first one what it has grown from."""
    large = bases[-1]
    now = stack.enter_context(large.served(ROOT, "now", passing))
    before = small = raw = None
    if options.against:
        old = stack.enter_context(worktree_of(options.against, passing))
        before = stack.enter_context(large.served(old, "before", passing))
    if len(bases) > 1:
        small = stack.enter_context(bases[0].served(ROOT, "now", passing))
    if options.kind == "postgresql":
        raw = stack.enter_context(large.served(ROOT, "raw", passing, BENCH_RAW="1"))
    told = Told(options, large)
    floor = list(told.lines(raw, None, None, everything=True)) if raw else []
    lines = list(told.lines(now, before, small))
    if not options.page:
        lines.append(first_requests(now, before, small))
    told.put(lines, floor)


class Told:
    def __init__(self, options: argparse.Namespace, large: Base) -> None:
        self.options, self.large = options, large
        self.where = self._where()
        print(
            f"{self.where}\n\n{'ms of CPU':<28}{'before':>8}{'now':>8}{'(db)':>8}{'growth':>8}{'stmts':>7}{'bytes':>9}"
        )

    def _where(self) -> str:
        against = f", before: {self.options.against}" if self.options.against else ""
        return (
            f"{_today()}, now: {_commit('HEAD')}{against}; {self.large.kind}, {self.large.plans:,} plans, "
            f"{self.options.rounds} requests each in turns; Python {platform.python_version()}, {os.cpu_count()} cores."
        )

    def lines(
        self, now: Serving, before: Serving | None, small: Serving | None, *, everything: bool = False
    ) -> Iterator[Line]:
        for name in now.ask("names"):
            if self.options.page and not everything and not any(words in name for words in self.options.page):
                continue
            line = self.line(name, now, before, small)
            if line:
                yield line

    def line(self, name: str, now: Serving, before: Serving | None, small: Serving | None) -> Line | None:
        all_three = {"now": now, "before": before, "small": small}
        looks = {word: serving.ask("look", name) for word, serving in all_three.items() if serving}
        refused = {
            word: look["status"] for word, look in looks.items() if look["status"] not in ANSWERS.get(name, (200,))
        }
        if "now" in refused:
            print(f"{name:<28}answers {refused['now']}", flush=True)
            return None
        able = {word: serving for word, serving in all_three.items() if serving and word not in refused}
        costs = in_turns(able, name, self.options.rounds)
        line = Line(
            name, costs["now"]["process"], costs["now"]["database"],
            before=total(costs.get("before")), small=total(costs.get("small")), statements=looks["now"]["statements"],
            was_statements=looks.get("before", {}).get("statements"), bytes=looks["now"]["bytes"],
            compressed=looks["now"]["small"],
        )  # fmt: skip
        self.say(line)
        if self.options.explain and (line.growth or 0) > GROWTH.get(name, GROWTH_ELSE):
            print("\n".join(f"    {text[:2500]}" for text in now.ask("explain", name)))
        return line

    def say(self, line: Line) -> None:
        figures = [line.before, line.now, line.database]
        cells = "".join(f"{'' if figure is None else f'{figure:.1f}':>8}" for figure in figures)
        growth = "" if line.growth is None else f"{line.growth:.2f}"
        print(f"{line.name:<28}{cells}{growth:>8}{line.statements or '':>7}{line.bytes or '':>9}", flush=True)

    def put(self, lines: list[Line], floor: list[Line]) -> None:
        raw = {line.name: line.now for line in floor}
        text = f"{self.where}\n\n{table(lines, raw)}"
        if floor:
            scale = f"{raw[RAW_PLANS] / RAW_PLANS_THERE:.2f}"
            text += "\n\nThe same rows by plain psycopg, bare and behind our own door. "
            text += (
                f"The view of 50 plans took {RAW_PLANS_THERE:.0f} ms there, and takes {scale} times as long here.\n\n"
            )
            text += raw_table(floor)
        print(f"\n{text}")
        if self.options.write:
            page = PAGE.read_text()
            PAGE.write_text(
                re.sub(f"{BEGIN}.*{END}", lambda found: f"{BEGIN}\n\n{text}\n\n{END}", page, flags=re.DOTALL)
            )


def in_turns(servings: dict[str, Serving], name: str, rounds: int) -> dict[str, dict[str, Any]]:
    """A few requests here, a few there: what else the machine does weighs on all alike. Medians of these few.

    The first few are not told: by then psycopg has prepared what it prepares."""
    blocks: dict[str, list[Any]] = {word: [] for word in servings}
    for serving in servings.values():
        serving.ask("measure", name, BLOCK)
    for _ in range(0, rounds, BLOCK):
        for word, serving in servings.items():
            blocks[word].append(serving.ask("measure", name, BLOCK))
    return {
        word: {what: middle(taken, what) for what in ("process", "database", "time")} for word, taken in blocks.items()
    }


def middle(taken: list[Any], what: str) -> float | None:
    values = [block[what] for block in taken]
    return None if None in values else median(values)


def total(cost: dict[str, Any] | None) -> float | None:
    return cost["process"] + (cost["database"] or 0) if cost else None


def first_requests(now: Serving, before: Serving | None, small: Serving | None) -> Line:
    """Of three new workers each, in turns."""
    servings = {"now": now, "before": before, "small": small}
    taken = {word: [] for word, serving in servings.items() if serving}
    for _ in range(3):
        for word, times in taken.items():
            times.append(servings[word].first_request())
    found = {word: median(times) for word, times in taken.items()}
    return Line(FIRST, found["now"], None, before=found.get("before"), small=found.get("small"))


def _today() -> str:
    return f"{datetime.now(UTC):%-d %B %Y}"


def _commit(name: str) -> str:
    words = ["git", "-C", str(ROOT), "rev-parse", "--short", name]
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    main()
