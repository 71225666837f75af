"""A busy machine may take as long as it likes, as long as something moves (script/_patience.py)."""

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "script"))

from _patience import IDLE_SECONDS, Patience, work_of  # noqa: E402  (script/ is no package)

__all__ = ["IDLE_SECONDS", "Patience", "join", "wait_until", "work_of"]


def wait_until(done, *, moving):
    """True when `done()` has come true; False when it has not, and what `moving()` tells has stopped to change."""
    patience = Patience()
    while not done():
        if patience.is_over(moving()):
            return False
        time.sleep(0.1)
    return True


def join(threads):
    """Until all have ended; or, for those that wait for each other, until this process does nothing any more."""
    patience = Patience()
    for thread in threads:
        while thread.is_alive() and not patience.is_over(int(time.process_time())):
            thread.join(1)
