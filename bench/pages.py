"""Times the main pages and API lists on a small and on a large board, and says how much slower the large one is.

    python bench/pages.py --keep /tmp/bench            # SQLite, 1,000 and 100,000 plans
    DATABASE_URL_BENCH=postgres://… python bench/pages.py --keep /tmp/bench
    python bench/pages.py --beside ../before --sizes 1000   # this version beside the one in another checkout

See README.md beside this file.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median, quantiles
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
GOAL = 1.3
# Of this version beside another one.
GOAL_BESIDE = 1.05
BLOCK = 4
SERVE = "import django; django.setup(); from bench.serving import main; main()"


class Database:
    """One board of one size on one kind of database, with the process that serves it from one checkout."""

    def __init__(self, kind: str, plans: int, folder: Path, root: Path = ROOT) -> None:
        self.kind, self.plans, self.folder, self.root = kind, plans, folder, root
        folder.mkdir(parents=True, exist_ok=True)
        self.env = {
            **os.environ,
            "DEMO": "1",
            "DATA_DIR": str(folder),
            "STATIC_ROOT": str(folder / "static"),
            "LOG_LEVEL": "ERROR",
        }
        self.env |= {"PYTHONPATH": str(root), "DJANGO_SETTINGS_MODULE": "config.settings"}
        self.env.pop("DATABASE_URL", None)
        if kind == "postgresql":
            self.env["DATABASE_URL"] = self._own_database(os.environ["DATABASE_URL_BENCH"])

    def _own_database(self, url: str) -> str:
        """A database of its own beside the one that the address names."""
        import psycopg

        parts = urlsplit(url)
        name = f"{parts.path.strip('/') or 'bench'}_{self.folder.name}"
        with psycopg.connect(url, autocommit=True) as server:
            known = server.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone()
            if not known:
                server.execute(f'CREATE DATABASE "{name}"')
        return urlunsplit(parts._replace(path=f"/{name}"))

    def manage(self, *words: str) -> None:
        self.run("manage.py", *words)

    def run(self, *words: str) -> None:
        subprocess.run([sys.executable, *words], cwd=self.root, env=self.env, check=True)

    def prepare(self) -> None:
        self.manage("migrate", "--noinput", "-v", "0")
        self.manage("collectstatic", "--noinput", "-v", "0")
        done = self.folder / f"{self.kind}.made"
        if not done.exists():
            has_seed = (self.root / "bench" / "seed.py").exists()
            self.run(*(["-m", "bench.seed"] if has_seed else ["manage.py", "seed_demo"]), "--plans", str(self.plans))
            self._analyze()
            done.touch()

    def _analyze(self) -> None:
        """The planner's statistics. PostgreSQL gathers them by itself; SQLite when it is told to."""
        words = "VACUUM ANALYZE" if self.kind == "postgresql" else "ANALYZE"
        code = f"from django.db import connection; connection.cursor().execute('{words}')"
        self.manage("shell", "-v", "0", "-c", code)

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", SERVE], cwd=self.root, env=self.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )  # fmt: skip

    def ask(self, *words: Any) -> Any:
        self.process.stdin.write(json.dumps(words) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"The process for {self.kind}, {self.plans} plans, has ended; its message is above.")
        return json.loads(line)

    def stop(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def main() -> None:
    options = read_options()
    with tempfile.TemporaryDirectory() as passing:
        keep = Path(options.keep or passing)
        kinds = ["sqlite"] + (["postgresql"] if os.environ.get("DATABASE_URL_BENCH") else [])
        for kind in options.only or kinds:
            if options.beside:
                plans = options.sizes[0]
                pair = [
                    Database(kind, plans, keep / f"beside_{plans}", options.beside.resolve()),
                    Database(kind, plans, keep / f"this_{plans}"),
                ]
            else:
                pair = [Database(kind, plans, keep / f"{plans}") for plans in options.sizes]
            for database in pair:
                database.prepare()
                database.start()
            try:
                measure(pair, options)
            finally:
                for database in pair:
                    database.stop()


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", help="folder in which the databases stay for the next time")
    parser.add_argument("--sizes", type=lambda text: [int(n) for n in text.split(",")], default=[1_000, 100_000])
    parser.add_argument("--beside", type=Path, help="another checkout, timed in turns with this one on the first size")
    parser.add_argument("--rounds", type=int, default=40, help="timed requests for each page and size")
    parser.add_argument("--only", nargs="*", choices=["sqlite", "postgresql"])
    parser.add_argument("--page", action="append", help="only pages whose name holds these words; may be repeated")
    parser.add_argument(
        "--explain", action="store_true", help="show how the database finds what the slower pages ask for"
    )
    return parser.parse_args()


def measure(pair: list[Database], options: argparse.Namespace) -> None:
    small, large = pair
    goal, word = (GOAL_BESIDE, "ratio") if options.beside else (GOAL, "growth")
    told = f"of {small.root.name} and of this version" if options.beside else f"and {large.plans:,} plans"
    print(f"\n{small.kind}: milliseconds at {small.plans:,} {told}, {options.rounds} requests each\n")
    print(f"{'page':<24}{'p50':>8}{'p95':>8}{'q':>4}  {'p50':>8}{'p95':>8}{'q':>4}  {word:>7}")
    for name in small.ask("names"):
        if options.page and not any(words in name for words in options.page):
            continue
        looks = [database.ask("look", name) for database in pair]
        if any(look["status"] != 200 for look in looks):
            print(f"{name:<24}answers {' and '.join(str(look['status']) for look in looks)}")
            continue
        times = alternate(pair, name, options.rounds)
        growth = median(times[1]) / median(times[0])
        cells = [
            f"{median(t):>8.1f}{p95(t):>8.1f}{len(look['queries']):>4}" for t, look in zip(times, looks, strict=True)
        ]
        print(f"{name:<24}{'  '.join(cells)}  {growth:>6.2f}{'' if growth <= goal else ' !'}", flush=True)
        if options.explain and growth > goal:
            explain(large, name, *looks)


def alternate(pair: list[Database], name: str, rounds: int) -> list[list[float]]:
    """A few requests here, a few there, in turns: what else the machine does then weighs on both alike."""
    times: list[list[float]] = [[], []]
    for database in pair:
        database.ask("time", name, 2)
    for _ in range(0, rounds, BLOCK):
        for database, taken in zip(pair, times, strict=True):
            taken += database.ask("time", name, BLOCK)
    return times


def p95(times: list[float]) -> float:
    return quantiles(times, n=20)[-1]


def explain(large: Database, name: str, small_look: dict[str, Any], large_look: dict[str, Any]) -> None:
    """The queries that took a millisecond more on the large board, with the database's own plan for each."""
    before = [query["ms"] for query in small_look["queries"]]
    for place, query in enumerate(large_look["queries"]):
        was = before[place] if place < len(before) else 0.0
        if query["ms"] - was < 1:
            continue
        sql = re.sub(r"SELECT (?!EXISTS)[^()]*? FROM ", "SELECT … FROM ", query["sql"])
        print(f"    {was:.1f} -> {query['ms']:.1f} ms: {sql[:2500]}")
        for line in large.ask("explain", name, place):
            print(f"        {line}")


if __name__ == "__main__":
    main()
