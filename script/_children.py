"""Run processes in one terminal and leave none behind, however the run ends.

Ctrl-C, kill, a closed terminal, one process dying and kill -9 of the parent all end every process. honcho was tried:
a closed terminal or kill -9 of honcho orphans what it started.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO

from _patience import work_of

ROOT = Path(__file__).resolve().parent.parent
POLL_SECONDS = 0.1
# How long a process may take to end by itself; a reminder being sent gets its chance to finish.
PATIENCE_SECONDS = 8.0
PR_SET_PDEATHSIG = 1

_printing = threading.Lock()


class Stopped(Exception):
    """Someone asked the run to end."""


def say(text: str) -> None:
    """One whole line at once; a terminal that has gone away is no reason to fail."""
    with _printing:
        try:
            sys.stdout.write(text.rstrip("\n") + "\n")
            sys.stdout.flush()
        except OSError:
            return


def _tie_to(parent: int) -> Callable[[], None]:
    """For the new process: end when the parent ends, even by kill -9. Linux only; elsewhere the rest still holds."""
    libc = ctypes.CDLL(None) if sys.platform == "linux" else None

    def tie() -> None:
        if libc:
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _copy_lines(name: str, source: IO[str]) -> None:
    for line in source:
        say(f"{name:>6} | {line}")


class Children:
    """The processes that one command started. Each leads a group of its own, so that its children end with it."""

    def __init__(self, *, listens: bool = True) -> None:
        """`listens` to the signals that end a run; inside a test run, pytest does."""
        self._running: dict[str, subprocess.Popen[str]] = {}
        self.asked_to_stop = False
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) if listens else ():
            # nohup ignores SIGHUP on purpose.
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, self._ask_to_stop)

    def _ask_to_stop(self, *_: object) -> None:
        self.asked_to_stop = True

    def start(
        self,
        name: str,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        output: int | None = subprocess.PIPE,
        keep_open: Sequence[int] = (),
    ) -> None:
        process = subprocess.Popen(
            argv,
            cwd=ROOT,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT if output is not None else None,
            text=True,
            errors="replace",
            start_new_session=True,
            pass_fds=keep_open,
            preexec_fn=_tie_to(os.getpid()),
        )
        self._running[name] = process
        if process.stdout:
            threading.Thread(target=_copy_lines, args=(name, process.stdout), daemon=True).start()

    def run(
        self, argv: Sequence[str], *, env: Mapping[str, str], silent: bool = False, keep_open: Sequence[int] = ()
    ) -> int:
        """Run one step to its end, in this terminal, and give its exit code."""
        self.start("step", argv, env=env, output=subprocess.DEVNULL if silent else None, keep_open=keep_open)
        return self.wait("step")

    def wait(self, name: str) -> int:
        while self._running[name].poll() is None:
            self.pause()
        return self._running.pop(name).returncode

    def pause(self) -> None:
        if self.asked_to_stop:
            raise Stopped
        time.sleep(POLL_SECONDS)

    def work(self, name: str) -> int:
        """Whole seconds of the processors that it and all below it have had; 0 when there is no such process."""
        process = self._running.get(name)
        return work_of(process.pid) if process else 0

    def first_ended(self) -> tuple[str, int] | None:
        for name, process in self._running.items():
            code = process.poll()
            if code is not None:
                return name, code
        return None

    def stop(self) -> None:
        """End all of them. The one started first serves the others, so it goes last."""
        if self._running:
            first, *rest = self._running.values()
            _end(rest)
            _end([first])
        self._running.clear()


def _end(processes: Sequence[subprocess.Popen[str]]) -> None:
    for process in processes:
        if process.poll() is None:
            process.terminate()
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and any(process.poll() is None for process in processes):
        time.sleep(POLL_SECONDS)
    for process in processes:
        # The group, not only its leader: a leader that died may have left children of its own.
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    for process in processes:
        process.wait()
