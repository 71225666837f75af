"""Waiting on a machine that may be busy: for as long as something moves, and not by the clock. Standard library only."""

from __future__ import annotations

import os
import time
from collections import defaultdict
from pathlib import Path

# However busy a machine is, what starts or works gets a second of it within this time; what merely waits takes less.
IDLE_SECONDS = 120.0
TICKS = os.sysconf("SC_CLK_TCK")


class Patience:
    """Is over when nothing that was shown to it has changed for `idle` seconds."""

    def __init__(self, idle: float = IDLE_SECONDS) -> None:
        self.idle = idle
        self._seen: object = None
        self._moved = time.monotonic()

    def is_over(self, seen: object) -> bool:
        if seen != self._seen:
            self._seen, self._moved = seen, time.monotonic()
        return time.monotonic() - self._moved > self.idle


def work_of(pid: int) -> int:
    """Whole seconds that a process and all below it have had of the processors. Linux only; elsewhere nothing moves."""
    used, children = {}, defaultdict(list)
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has just ended
        number = int(folder.name)
        children[int(fields[1])].append(number)
        used[number] = sum(map(int, fields[11:15]))
    total, ahead = 0, [pid]
    while ahead:
        number = ahead.pop()
        total += used.get(number, 0)
        ahead += children[number]
    return total // TICKS
