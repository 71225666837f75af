"""A wait is over when nothing moves, and never because so much time has passed."""

import os
import subprocess
import sys
import threading

import pytest

from tests.patience import Patience, join, wait_until, work_of

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Clock:
    now = 0.0

    def monotonic(self):
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr("_patience.time", clock)
    return clock


def test_it_lasts_as_long_as_something_moves(clock):
    patience = Patience(60)
    for seen in range(100):
        clock.now += 59
        assert not patience.is_over(seen)


def test_it_is_over_when_nothing_has_moved(clock):
    patience = Patience(60)
    assert not patience.is_over("waiting")
    clock.now = 60
    assert not patience.is_over("waiting")
    clock.now = 61
    assert patience.is_over("waiting")


def test_what_never_comes_is_told(monkeypatch):
    monkeypatch.setattr("tests.patience.Patience", lambda: Patience(0))
    assert not wait_until(lambda: False, moving=lambda: "nothing")
    assert wait_until(lambda: True, moving=lambda: "nothing")


def test_threads_that_wait_for_each_other_are_given_up(monkeypatch):
    monkeypatch.setattr("tests.patience.Patience", lambda: Patience(0))
    never = threading.Event()
    thread = threading.Thread(target=never.wait, daemon=True)
    thread.start()
    join([thread])
    assert thread.is_alive()
    never.set()


@linux
def test_the_work_of_a_process_is_that_of_its_children_too(monkeypatch):
    monkeypatch.setattr("_patience.TICKS", os.sysconf("SC_CLK_TCK") // 10)
    busy = "import os, time\nwhile time.process_time() < 0.15: pass\nprint(flush=True)\ninput()"
    shell = ["/bin/sh", "-c", '"$0" -c "$1"; true', sys.executable, busy]
    with subprocess.Popen(shell, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert work_of(process.pid) >= 1
        process.communicate(b"\n")
    assert work_of(os.getpid()) >= 1
    assert work_of(process.pid) == 0
