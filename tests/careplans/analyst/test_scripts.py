"""The scripts of docs/scripts as an analyst runs them: in a process of their own, against a server."""

import csv
import io
import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread

import pytest
from django.db import connections

from careplans.exports import work
from careplans.models import Case, Export, Plan, Step
from tests.careplans.analyst.page import PAGE

FOLDER = PAGE.parent / "scripts"
SECONDS = 240
TYPES = """
import sys; sys.path.insert(0, %r)
from everything_in_pandas import read_everything
frames = read_everything()
print({name: str(frames["steps"][name].dtype) for name in ("id", "status", "due_on", "created_at", "is_decision", "phase")})
print(str(frames["cases"]["proforma.grade"].dtype), sorted(frames))
"""


def run(*arguments, url, token="none"):
    env = os.environ | {"CONSILIUM_URL": url, "CONSILIUM_TOKEN": token}
    with working():
        return subprocess.run([sys.executable, *arguments], env=env, capture_output=True, text=True, timeout=SECONDS)


@contextmanager
def working():
    """Makes exports that did not get ready at once, as a worker beside the server does."""
    over = Event()

    def go_on():
        while not over.wait(1):
            work.work_exports(5)
        connections.close_all()

    worker = Thread(target=go_on)
    worker.start()
    try:
        yield
    finally:
        over.set()
        worker.join()


def table(text):
    return list(csv.DictReader(io.StringIO(text)))


def test_everything_is_read_into_pandas(world):
    done = run(FOLDER / "everything_in_pandas.py", url=world.url, token=world.analyst)
    assert done.returncode == 0, done.stderr
    head, _, rest = done.stdout.partition("modality_code,")
    lists = {line.split()[0]: int(line.split()[1]) for line in head.splitlines()}
    assert (lists["cases"], lists["plans"], lists["steps"]) == (
        Case.objects.filter(board__name="Demo NET board").count(), Plan.objects.count(),
        Step.objects.filter(removed_at=None).count(),
    )  # fmt: skip
    assert {"events", "fact-changes", "signatures", "advisories", "occurrences", "follow-ups"} <= set(lists)
    assert "/patients/ is left out" in done.stderr
    told = {row["modality_code"]: row for row in table("modality_code," + rest)}
    counted = Step.objects.filter(removed_at=None, plan__status__in=("active", "on_hold", "completed"))
    # Nothing twice: none of them goes on in another of them.
    assert not counted.filter(carried_from__in=counted).exists()
    stored = Counter(counted.values_list("modality_code", "status"))
    assert {(code, status): int(number) for code, row in told.items() for status, number in row.items()
            if status != "modality_code" and int(number)} == stored  # fmt: skip


def test_each_column_has_its_type(world):
    done = run("-c", TYPES % str(FOLDER), url=world.url, token=world.analyst)
    assert done.returncode == 0, done.stderr
    types, others = done.stdout.strip().splitlines()
    assert types == str({
        "id": "Int64", "status": "category", "due_on": "datetime64[s]", "created_at": "datetime64[us, UTC]",
        "is_decision": "boolean", "phase": "category",
    })  # fmt: skip
    assert others.startswith("category ")


def test_parquet_is_asked_in_sql(world):
    done = run(FOLDER / "parquet_in_duckdb.py", url=world.url, token=world.analyst)
    assert done.returncode == 0, done.stderr
    stored = {}
    for plan in Plan.objects.filter(released_at__isnull=False).exclude(status="entered_in_error"):
        month = stored.setdefault(f"{plan.released_at:%Y-%m}", [0, 0])
        month[0] += 1
        month[1] += plan.steps.filter(removed_at=None).count()
    assert {row["month"]: [int(row["plans"]), int(row["steps"])] for row in table(done.stdout)} == stored
    assert list(stored)


def test_what_is_there_already_is_not_made_again(world):
    def made():
        return set(Export.objects.filter(person__email="analyst@consilium.example").values_list("pk", flat=True))

    first = run(FOLDER / "parquet_in_duckdb.py", "--new", url=world.url, token=world.analyst)
    before = made()
    again = run(FOLDER / "parquet_in_duckdb.py", url=world.url, token=world.analyst)
    assert (again.returncode, again.stdout) == (0, first.stdout), again.stderr
    assert "Taking what was written at" in again.stderr and made() == before
    run(FOLDER / "parquet_in_duckdb.py", "--new", url=world.url, token=world.analyst)
    assert len(made() - before) == 1


@pytest.mark.parametrize("url", ["consilium.example", "consilium.example:8000", "ftp://consilium.example", "https://"])
def test_an_address_that_is_none_is_refused_with_a_sentence(url):
    done = run(FOLDER / "everything_in_pandas.py", url=url)
    assert done.returncode == 1
    assert done.stderr.strip() == (
        f"CONSILIUM_URL is “{url.rstrip('/')}”: write it with https:// before it, as https://consilium.example."
    )


def test_a_question_of_ones_own(world):
    sql = "SELECT status, count(*) AS steps FROM steps GROUP BY 1 ORDER BY 1"
    done = run(FOLDER / "parquet_in_duckdb.py", sql, url=world.url, token=world.analyst)
    assert done.returncode == 0, done.stderr
    stored = Counter(Step.objects.filter(removed_at=None).values_list("status", flat=True))
    assert {row["status"]: int(row["steps"]) for row in table(done.stdout)} == stored


@pytest.mark.parametrize("script", ["everything_in_pandas.py", "parquet_in_duckdb.py"])
def test_a_token_that_does_not_hold_is_told_in_a_sentence(world, script):
    done = run(FOLDER / script, url=world.url, token="0" * 64)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == "401: the token does not hold (any more). Make a new one on the page “API access”."


def test_a_server_that_is_not_there_is_told(world):
    done = run(FOLDER / "parquet_in_duckdb.py", url="http://127.0.0.1:9")
    assert done.returncode == 1 and "does not answer" in done.stderr and "Traceback" not in done.stderr


class Busy(BaseHTTPRequestHandler):
    """Refuses so many calls, then answers; counts them."""

    refusals, calls = 2, 0

    def do_GET(self):
        kind = type(self)
        kind.calls += 1
        is_busy = kind.calls <= kind.refusals
        self.send_response(429 if is_busy else 200)
        if is_busy:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(b'{"errors": []}' if is_busy else b'{"it": "is there"}')

    def log_message(self, *args):
        pass


@contextmanager
def busy(refusals):
    kind = type("Busy", (Busy,), {"refusals": refusals})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", kind
    server.shutdown()
    server.server_close()


ASK = f"import sys; sys.path.insert(0, {str(FOLDER)!r}); from consilium import read; print(read('cases/')['it'])"


def test_too_many_calls_are_waited_for():
    with busy(2) as (url, server):
        done = run("-c", ASK, url=url)
    assert (done.stdout, server.calls) == ("is there\n", 3)
    assert done.stderr.count("going on in 1 seconds") == 2


def test_and_given_up_at_last():
    with busy(99) as (url, server):
        done = run("-c", ASK, url=url)
    assert (done.returncode, server.calls) == (1, 5)
    assert "Try again later" in done.stderr
