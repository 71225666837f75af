"""Workers die by SIGKILL, stand still, and come two at once: nothing is lost, nothing stands twice, and one ends it."""

import json
import os
import random
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, Notice
from careplans.exports import files, work
from careplans.models import Export
from tests.careplans import makers
from tests.careplans.exports.makers import file_of, make_export

pytestmark = pytest.mark.django_db(transaction=True)
ROOT = Path(__file__).resolve().parents[3]
STEPS = 20


@pytest.fixture
def export(board, ana):
    makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=STEPS)
    return make_export(ana, work_it=False)


def start(settings, *death):
    argv = [
        sys.executable,
        "-m",
        "tests.careplans.exports.worker",
        connection.settings_dict["NAME"],
        str(settings.DATA_DIR),
    ]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [*argv, *death], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def run(settings, *death):
    process = start(settings, *death)
    _, said = process.communicate(timeout=120)
    return process.returncode, said


def let_the_lease_end(export):
    Export.objects.filter(pk=export.pk, state="running").update(lease_until=timezone.now() - timedelta(seconds=1))


def keys(export):
    return [json.loads(line)["id"] for line in file_of(export).splitlines()]


def wanted(board):
    from careplans.models import Step

    return list(Step.objects.filter(board=board).order_by("-pk").values_list("pk", flat=True))


@pytest.mark.parametrize("death", [("behind", "1"), ("behind", "4"), ("before", "3"), ("making",)])
def test_another_worker_goes_on_behind_the_last_recorded_chunk(export, board, settings, death):
    assert run(settings, *death)[0] == -9
    let_the_lease_end(export)
    before = Export.objects.get(pk=export.pk)
    assert before.state == "running"
    returned, said = run(settings, "never")
    assert returned == 0, said
    export.refresh_from_db()
    assert (export.state, keys(export)) == ("done", wanted(board))
    assert export.rows == STEPS
    assert Notice.objects.count() == AuditEvent.objects.filter(action="exports.done").count() == 1


def test_one_that_appends_where_the_file_ends_doubles_rows(export, board, settings):
    """The naive variant does harm here, so the test above would see it."""
    assert run(settings, "naive", "behind", "4")[0] == -9
    let_the_lease_end(export)
    assert run(settings, "naive", "never")[0] == 0
    export.refresh_from_db()
    assert len(keys(export)) > len(wanted(board))


def test_nobody_takes_it_while_the_lease_holds(export, settings):
    assert run(settings, "behind", "2")[0] == -9
    assert run(settings, "never")[0] == 0
    export.refresh_from_db()
    assert export.state == "running"


@pytest.mark.long
def test_one_whose_making_kills_every_worker_is_given_up_and_said_so(export, ana, settings):
    """As where it needs more memory than there is: nobody is there any more to write down that it failed."""
    for _ in range(5):
        assert run(settings, "making")[0] == -9
        let_the_lease_end(export)
    returned, said = run(settings, "making")
    assert returned == 0, said
    export.refresh_from_db()
    assert export.state == "failed"
    assert "5 times" in export.reason and "smaller parts" in export.reason
    assert export.reason in Notice.objects.get(user=ana).text
    assert AuditEvent.objects.filter(action="exports.failed").count() == 1
    assert not files.folder(export).exists()
    assert Export.objects.standing().failed == 1
    assert work.claim() is None


def test_workers_that_end_in_time_are_none_that_it_has_lost(export, board, settings, monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 2)
    for _ in range(7):
        work.work_exports(0)
    export.refresh_from_db()
    assert (export.state, export.lost_workers) == ("running", 0)
    assert run(settings, "never")[0] == 0
    export.refresh_from_db()
    assert (export.state, keys(export)) == ("done", wanted(board))


@pytest.mark.long
def test_killed_again_and_again_it_is_whole_at_last(export, board, settings):
    draw = random.Random(14)
    for _ in range(4):
        process = start(settings, "never")
        process.stdout.readline()
        time.sleep(draw.uniform(0, 0.15))
        process.kill()
        process.communicate()
        let_the_lease_end(export)
    assert run(settings, "never")[0] == 0
    export.refresh_from_db()
    assert (export.state, keys(export)) == ("done", wanted(board))


def test_two_at_once_make_each_file_once(board, ana, settings):
    makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=STEPS)
    exports = [make_export(ana, work_it=False) for _ in range(3)]
    workers = [start(settings, "never") for _ in range(2)]
    for one in workers:
        said = one.communicate(timeout=120)[1]
        assert one.returncode == 0, said
    for export in exports:
        export.refresh_from_db()
        assert (export.state, keys(export)) == ("done", wanted(board))
    assert AuditEvent.objects.filter(action="exports.done").count() == 3


def test_one_that_stood_still_past_its_lease_writes_nothing_more(export, board, monkeypatch):
    """It wakes up when another has made the file."""
    monkeypatch.setattr(work, "CHUNK", 3)
    next_stretch, done = work.next_stretch, []

    def stands_still(*asked):
        found = next_stretch(*asked)
        if not done:
            done.append(asked)
            let_the_lease_end(export)
            assert work.work_exports()
        return found

    monkeypatch.setattr(work, "next_stretch", stands_still)
    work.work_exports()
    export.refresh_from_db()
    assert (export.state, keys(export), export.rows) == ("done", wanted(board), STEPS)


def test_one_that_is_cancelled_meanwhile_leaves_nothing_behind(export, ana, monkeypatch):
    from careplans.exports.asking import cancel_export

    next_stretch, done = work.next_stretch, []

    def cancelled(*asked):
        found = next_stretch(*asked)
        if not done:
            done.append(asked)
            cancel_export(Export.objects.get(pk=export.pk), by=ana)
        return found

    monkeypatch.setattr(work, "next_stretch", cancelled)
    work.work_exports()
    export.refresh_from_db()
    assert (export.state, files.folder(export).exists()) == ("cancelled", False)


def test_on_another_machine_it_begins_anew(export, board, monkeypatch, settings, tmp_path):
    monkeypatch.setattr(work, "CHUNK", 3)
    work.work_exports(0)
    settings.DATA_DIR = tmp_path / "elsewhere"
    settings.DATA_DIR.mkdir()
    while work.work_exports():
        pass
    export.refresh_from_db()
    assert (export.state, keys(export), export.rows) == ("done", wanted(board), STEPS)


def test_rows_that_are_added_meanwhile_are_left_to_the_next_file(export, board, ana, monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 3)
    before = wanted(board)
    work.work_exports(0)
    makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-30"), by=ana, steps=2)
    while work.work_exports():
        pass
    export.refresh_from_db()
    assert keys(export) == before
