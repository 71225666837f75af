"""Processes that are meant to die: started like those of script/, killed by name, and started again as systemd would."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "script"))

from _children import Children, Stopped, say  # noqa: E402  (script/ is no package)
from _patience import Patience, work_of  # noqa: E402
from _servers import free_port, make_postgresql, serve_postgresql, start_redis  # noqa: E402

__all__ = [
    "Patience", "Processes", "Stopped", "free_port", "make_postgresql", "run_to_its_end", "say", "serve_postgresql",
    "start_redis",
]  # fmt: skip

AGAIN_SECONDS = 1.0


def run_to_its_end(argv, **how):
    """One step; it may take as long as it works."""
    with subprocess.Popen(argv, **how) as process:
        patience = Patience()
        while process.poll() is None:
            if patience.is_over(work_of(process.pid)):
                process.kill()
                raise TimeoutError(f"{argv} has done nothing for {patience.idle:.0f} seconds")
            time.sleep(0.1)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, argv)


class Processes(Children):
    def __init__(self, folder, *, listens):
        super().__init__(listens=listens)
        self.logs = folder / "logs"
        self.logs.mkdir()
        self._kept, self._started, self.starts = {}, {}, Counter()

    def first_ended(self):
        """Nobody is alarmed here when a process ends."""
        return

    def keep(self, name, argv, env):
        """Start it, and again whenever it has ended, until it is dismissed."""
        self._kept[name] = (argv, env)
        self.start(name, argv, env=env)

    def start(self, name, argv, *, env, output=subprocess.PIPE, keep_open=()):
        """What it says goes into a file of its own."""
        self.kill(name)
        with (self.logs / f"{name}.log").open("ab") as log:
            super().start(name, argv, env=env, output=log.fileno(), keep_open=keep_open)
        self._started[name] = time.monotonic()
        self.starts[name] += 1

    def tend(self):
        for name, (argv, env) in self._kept.items():
            process = self._running.get(name)
            ended = process is None or process.poll() is not None
            if ended and time.monotonic() - self._started[name] > AGAIN_SECONDS:
                self.start(name, argv, env=env)

    def send(self, name, number):
        """A signal to the process and all of its children. True when it was there to get it."""
        process = self._running.get(name)
        if process is None or process.poll() is not None:
            return False
        os.killpg(process.pid, number)
        return True

    def kill(self, name, number=signal.SIGKILL, patience=30):
        """Ends it and what is left of its group."""
        process = self._running.pop(name, None)
        if process is None:
            return
        for each in (number, signal.SIGKILL):
            try:
                os.killpg(process.pid, each)
            except ProcessLookupError:
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(patience)
        process.wait()

    def replace(self, names, grace):
        """SIGTERM to the leaders alone, as a deploy does; after so many seconds SIGKILL, and new ones."""
        going = {name: self._running[name] for name in names if self._running[name].poll() is None}
        for process in going.values():
            process.send_signal(signal.SIGTERM)
        end = time.monotonic() + grace
        while time.monotonic() < end and any(process.poll() is None for process in going.values()):
            self.pause()
        for name in names:
            self.start(name, self._kept[name][0], env=self._kept[name][1])

    @property
    def kept(self):
        return tuple(self._kept)

    def dismiss(self, names=None):
        """End all that is kept, or these; the servers stay."""
        for name in list(names or self._kept):
            self._kept.pop(name)
            self.kill(name)

    def pause_until(self, instant):
        while time.monotonic() < instant:
            self.pause()
            self.tend()
