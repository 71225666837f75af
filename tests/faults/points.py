"""What the harness changes inside a real process, told by the environment variable FAULTS (JSON); nothing without it.

folder    where the deaths of all processes are counted, and where each says that it is ready
name      the process's
batch     how many deliveries it takes at once
seed      fixes at which pass of a point a process dies
kill      {point: how often}: after_claim, before_dot, after_dot, inside_commit; the process kills itself there
offset    seconds by which its clock is wrong
naive     the name of a naive variant (naive.py) instead of the real delivery
"""

import json
import os
import random
import signal
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import wraps
from pathlib import Path

# A twentieth of the real pauses after a failure.
FIRST_PAUSE, LONGEST_PAUSE, RELAY_PAUSE = timedelta(seconds=1.5), timedelta(seconds=180), timedelta(seconds=3)
# A process dies at one of the first passes of a point; a claim takes fifty rows, so there are fewer of them.
LATEST_PASS = {"after_claim": 3, "inside_commit": 12}
# SQLite shows a commit to others only after it has waited for the disk: what is cut off before that never was.
LONGEST_COMMIT_SECONDS = 0.01


def install():
    """Called once in a process whose Django is set up, before anything is delivered."""
    from careplans.outbox import sending

    told = json.loads(os.environ.get("FAULTS", "{}"))
    _scale_down(sending, told)
    if told.get("offset"):
        _set_clock(told["offset"])
    if told.get("naive"):
        from tests.faults import naive

        naive.install(told["naive"])
    if told.get("name"):
        _count_rounds(sending, Path(told["folder"]) / f"rounds-{told['name']}")
    _arm(
        {point: Fuse(Path(told["folder"]), told["seed"], point, times) for point, times in told.get("kill", {}).items()}
    )


def _count_rounds(sending, path):
    """A byte for each time that it has looked for what is due: on a busy machine seconds say nothing."""
    look = sending.send_due

    @wraps(look)
    def counted(*args, **kwargs):
        try:
            return look(*args, **kwargs)
        finally:
            with path.open("ab") as rounds:
                rounds.write(b".")

    sending.send_due = counted


def _scale_down(sending, told):
    sending.BATCH = told.get("batch", sending.BATCH)
    sending.send_due.__defaults__ = (sending.BATCH,)
    # Versions before the lease became a setting, beside new ones.
    lease = float(os.environ["REMINDER_LEASE_SECONDS"])
    pauses = {"FIRST_PAUSE": FIRST_PAUSE, "LONGEST_PAUSE": LONGEST_PAUSE, "RELAY_PAUSE": RELAY_PAUSE}
    leases = {"LEASE": timedelta(seconds=lease), "MARGIN_SECONDS": lease / 4}
    for module in (sending, sys.modules.get("careplans.outbox.outcomes")):
        for name, value in (pauses | leases).items():
            if hasattr(module, name):
                setattr(module, name, value)


def ready():
    """Tell the harness that this process is about to work."""
    told = json.loads(os.environ["FAULTS"])
    (Path(told["folder"]) / f"ready-{told['name']}").touch()


@dataclass
class Fuse:
    """Kills its process at a seeded pass of one point, over all processes as often as `budget` says."""

    folder: Path
    seed: int
    point: str
    budget: int
    passes: int = 0

    def burns(self):
        """Is this the pass to die at? A death is counted by a file, so that the budget holds over all processes."""
        self.passes += 1
        deaths = len(list(self.folder.glob(f"{self.point}-*")))
        fatal = random.Random(f"{self.seed}.{self.point}.{deaths}").randint(1, LATEST_PASS.get(self.point, 6))
        if deaths >= self.budget or self.passes < fatal:
            return False
        try:
            (self.folder / f"{self.point}-{deaths}").touch(exist_ok=False)
        except FileExistsError:
            return False
        return True

    def pass_by(self):
        if self.burns():
            die()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def _set_clock(offset):
    import time_machine

    time_machine.travel(datetime.now(UTC) + timedelta(seconds=offset), tick=True).start()


def _arm(fuses):
    from careplans.outbox import sending
    from careplans.outbox.smtp import SmtpTransport

    if "after_claim" in fuses:
        sending.claim = _then(sending.claim, fuses["after_claim"], when=bool)
    if "before_dot" in fuses:  # marked, and the dot is the next thing to go out
        SmtpTransport.commit = _first(SmtpTransport.commit, fuses["before_dot"])
    if "after_dot" in fuses:  # accepted, and not yet written down
        SmtpTransport.commit = _then(SmtpTransport.commit, fuses["after_dot"])
    if "inside_commit" in fuses:
        _arm_commit(fuses["inside_commit"])


def _first(function, fuse):
    @wraps(function)
    def wrapped(*args, **kwargs):
        fuse.pass_by()
        return function(*args, **kwargs)

    return wrapped


def _then(function, fuse, when=lambda result: True):
    @wraps(function)
    def wrapped(*args, **kwargs):
        result = function(*args, **kwargs)
        if when(result):
            fuse.pass_by()
        return result

    return wrapped


def _noting(function, running):
    @wraps(function)
    def wrapped(*args, **kwargs):
        running.append(True)
        try:
            return function(*args, **kwargs)
        finally:
            running.pop()

    return wrapped


def _arm_commit(fuse):
    """Die after COMMIT was sent and before its answer was read, in a transaction of the delivery."""
    from django.db.backends.base.base import BaseDatabaseWrapper

    from careplans.outbox import sending

    delivering = []
    sending.send_due = _noting(sending.send_due, delivering)
    commit = BaseDatabaseWrapper._commit

    def wrapped(self):
        if not delivering or self.connection is None or not fuse.burns():
            return commit(self)
        if self.vendor == "postgresql":
            self.connection.pgconn.send_query(b"COMMIT")
            self.connection.pgconn.flush()
            die()
        # SQLite commits in the process itself: a timer of the kernel ends it somewhere on the way.
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.setitimer(signal.ITIMER_REAL, random.uniform(1e-6, LONGEST_COMMIT_SECONDS))
        commit(self)
        return signal.pause()

    BaseDatabaseWrapper._commit = wrapped
