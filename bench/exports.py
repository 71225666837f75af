"""Time a whole export of every step, and the memory that it takes, beside PostgreSQL's own COPY of the same rows.

    DATABASE_URL_BENCH=postgres://postgres@localhost/bench python -m bench.exports --plans 10000 --form ndjson csv parquet

The board is made by `seed_demo --plans` when the database has none. On PostgreSQL the named database itself is used; on SQLite
there is nothing to compare with. Each export runs in a process of its own, whose peak memory is told.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from time import perf_counter, process_time

ROOT = Path(__file__).resolve().parent.parent
SHARE = "from bench.exports import alone; alone"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=10_000)
    parser.add_argument("--form", nargs="+", default=["ndjson", "csv", "parquet"])
    parser.add_argument("--what", default="steps")
    parser.add_argument("--data", type=Path, default=Path("/tmp/bench-exports"))
    options = parser.parse_args()
    begin(options.data)
    for command in (["migrate", "-v", "0"], ["load_reference_pages"], ["seed_demo"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    prepare(options.plans)
    copies = [copied(options.what) for _ in range(3)]
    alone_in_copy, of_both = min(took for took, _ in copies), min(busy for _, busy in copies)
    as_json, busy_json = copied(options.what, as_json=True)
    print(f"COPY of {options.what}: {alone_in_copy:.2f} s, processor {of_both:.2f} s")
    print(f"as objects of JSON: {as_json:.2f} s, processor {busy_json:.2f} s")
    for form in options.form:
        said = subprocess.run(
            [sys.executable, "-c", f"{SHARE}({options.what!r}, {form!r})"], cwd=ROOT, check=True, stdout=subprocess.PIPE,
            text=True,
        )  # fmt: skip
        told = json.loads(said.stdout.splitlines()[-1])
        times = {"times_copy": told["seconds"] / alone_in_copy, "times_its_processor": told["processor"] / of_both}
        print(form, told | {name: round(value, 1) for name, value in times.items()})


def begin(data: Path) -> None:
    env = {
        "SECRET_KEY": "only-for-the-bench-0123456789-0123456789", "DEMO": "1", "DATA_DIR": str(data), "LOG_LEVEL": "WARNING",
        "DJANGO_SETTINGS_MODULE": "config.settings", "EXPORT_QUOTA_MB": "100000",
    }  # fmt: skip
    if url := os.environ.get("DATABASE_URL_BENCH"):
        env["DATABASE_URL"] = url
    os.environ.update(env)


def prepare(plans: int) -> None:
    import django

    django.setup()
    from django.db import connection

    from careplans.models import Plan

    if Plan.objects.count() < plans:
        subprocess.run([sys.executable, "manage.py", "seed_demo", "--plans", str(plans)], cwd=ROOT, check=True)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def busy() -> float:
    """Seconds of the processor that this process has taken, and the database's for it: what else a machine does weighs less on
    them than on the clock. Linux alone knows the second."""
    from django.db import connection

    connection.ensure_connection()
    told = (
        Path(f"/proc/{connection.connection.info.backend_pid}/schedstat") if connection.vendor == "postgresql" else None
    )
    return process_time() + (int(told.read_text().split()[0]) / 1e9 if told and told.exists() else 0)


def copied(what: str, *, as_json: bool = False) -> tuple[float, float]:
    """The rows of the table as the database itself writes them: its columns alone, or each row as an object with their names.
    Seconds by the clock, and of the processor."""
    from django.db import connection

    from careplans.exports.sources import SOURCES

    if connection.vendor != "postgresql":
        return float("nan"), float("nan")
    table = SOURCES[what].view.queryset.model._meta.db_table
    rows = f'(SELECT row_to_json(one) FROM "{table}" one)' if as_json else f'"{table}"'
    since, before = perf_counter(), busy()
    with (
        connection.cursor() as cursor,
        cursor.copy(f"COPY {rows} TO STDOUT") as copy,
        open(os.devnull, "wb") as nowhere,
    ):
        for block in copy:
            nowhere.write(block)
    return perf_counter() - since, busy() - before


def alone(what: str, form: str) -> None:
    """One export from the first row to the file; what is told is the last line of its output."""
    import django

    django.setup()
    from accounts.models import Membership
    from careplans.exports import work
    from careplans.exports.asking import ask_export, remove_export
    from careplans.models import Plan

    board = Plan.objects.latest("pk").board_id
    person = Membership.objects.filter(board=board, role="chair", ended_at=None).first().user
    export = ask_export(by=person, what=what, form=form, filters={"board": [str(board)]})
    since, before = perf_counter(), busy()
    work.work_on(work.claim(export), 10**6)
    seconds, processor = perf_counter() - since, busy() - before
    export.refresh_from_db()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    told = {
        "state": export.state, "reason": export.reason, "rows": export.rows, "seconds": round(seconds, 1),
        "processor": round(processor, 1),
        "rows_per_second": round(export.rows / seconds), "peak_mb": round(peak), "file_mb": round(export.bytes / 2**20, 1),
    }  # fmt: skip
    remove_export(export, by=person)
    print(json.dumps(told))


if __name__ == "__main__":
    main()
