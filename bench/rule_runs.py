"""Time a trial and an apply run over every open plan of a large board, while an editor goes on saving.

    python -m bench.rule_runs --plans 2000 --data /tmp/bench-rules
    DATABASE_URL_BENCH=postgres://postgres@localhost/bench python -m bench.rule_runs --plans 2000

Prints plans per second, the longest transaction that a run held, and how long an editor's saves took beside it and alone.
Worker and editor share one process and so Python's lock: the editor's times beside a run are an upper bound.
The board is made by `seed_demo --plans` when the database has none. On PostgreSQL the named database itself is used.
"""

import argparse
import os
import subprocess
import sys
import threading
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from types import SimpleNamespace

ROOT = Path(__file__).resolve().parent.parent
OWN = {
    "id": "OWN-01", "scope": "step", "severity": "info", "basis": "direct", "seed": ["S20"],
    "when": {"step": {"modality": ["RFA", "TAE", "TACE", "SIRT"]}}, "advice": "Ask interventional radiology.",
}  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plans", type=int, default=2_000)
    parser.add_argument("--all-open", action="store_true", help="every plan of the board is in force")
    parser.add_argument("--data", type=Path, default=Path("/tmp/bench-rules"))
    options = parser.parse_args()
    env = {
        "SECRET_KEY": "only-for-the-bench-0123456789-0123456789",
        "DEMO": "1",
        "DATA_DIR": str(options.data),
        "LOG_LEVEL": "WARNING",
    }
    if url := os.environ.get("DATABASE_URL_BENCH"):
        env["DATABASE_URL"] = url
    os.environ.update(env | {"DJANGO_SETTINGS_MODULE": "config.settings"})
    sys.path.insert(0, str(ROOT))
    for command in (["migrate", "-v", "0"], ["load_reference_pages"], ["seed_demo"]):
        subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    import django

    django.setup()
    prepare(options.plans, *(["--all-open"] if options.all_open else []))
    measure()


def prepare(plans: int, *extra: str) -> None:
    from careplans.models import Plan

    if Plan.objects.count() < plans:
        subprocess.run([sys.executable, "manage.py", "seed_demo", "--plans", str(plans), *extra], cwd=ROOT, check=True)


def measure() -> None:
    from django.db import connection

    from accounts.models import User
    from careplans.models import RuleRun
    from careplans.rules import drafts, reviewing, runs

    editor = User.objects.get(email="editor@consilium.example")
    approver = User.objects.get(email="approver@consilium.example")
    RuleRun.objects.open().update(state="stopped", reason="bench")
    row = drafts.RuleSetVersion.objects.open().first() or drafts.begin_rule_set(by=editor)
    if row.state == "draft":
        if all(rule["id"] != "OWN-01" for rule in row.rules):
            row = drafts.add_rule(row, OWN, by=editor, expected_version=row.version)
        else:
            words = {"advice": f"Ask interventional radiology ({row.number})."}
            row = drafts.change_rule(row, "OWN-01", words, by=editor, expected_version=row.version)
        row = drafts.send_to_review(row, by=editor, expected_version=row.version, change_note="bench")
    print(f"{connection.vendor}; an editor saves alone: {spread(saves(lambda: False, least=30))}")
    timed("trial", runs.queue_trial(row, by=editor))
    reviewing.publish_rule_set(row, by=approver, expected_version=row.version)
    timed("apply", row.runs.get(purpose="apply"))


def timed(name: str, run: object) -> None:
    """Work as a worker does, in a thread; the editor saves in this one."""
    from django.db import connection, transaction

    from careplans.rules import runner

    longest, start, real = [0.0], perf_counter(), transaction.atomic

    class Timed:
        def __enter__(self) -> None:
            self.inner = real()
            self.inner.__enter__()
            self.since = perf_counter()

        def __exit__(self, *error: object) -> None:
            self.inner.__exit__(*error)
            longest[0] = max(longest[0], perf_counter() - self.since)

    def work() -> None:
        while runner.work_rule_runs():
            pass
        connection.close()

    runner.transaction = SimpleNamespace(atomic=Timed)
    worker = threading.Thread(target=work)
    worker.start()
    times = saves(worker.is_alive)
    worker.join()
    runner.transaction = transaction
    taken = perf_counter() - start
    run.refresh_from_db()
    print(
        f"{name}: {run.state}, {run.done:,} plans in {taken:.1f} s = {run.done / taken:.0f} plans/s, longest transaction "
        f"{longest[0] * 1000:.0f} ms, an editor's save {spread(times)}", flush=True,
    )  # fmt: skip


def saves(go_on: object, least: int = 0) -> list[float]:
    """An editor of a draft plan types: a save, a breath, a save. Milliseconds each."""
    from careplans.models import Plan
    from careplans.services.plans import edit_plan

    plan = Plan.objects.filter(status="draft").select_related("created_by").order_by("-pk").first()
    times: list[float] = []
    while go_on() or len(times) < least:
        since = perf_counter()
        edit_plan(plan, {"aim": f"Control of the symptoms, {since}"}, by=plan.created_by)
        times.append((perf_counter() - since) * 1000)
        sleep(0.05)
    return times


def spread(times: list[float]) -> str:
    if len(times) < 2:
        return "not measured"
    return f"p50 {median(times):.0f} ms, p95 {quantiles(times, n=20)[-1]:.0f} ms ({len(times)} saves)"


if __name__ == "__main__":
    main()
