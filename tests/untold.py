"""What was written over and never told: notes (`common/writing.py`) that are still with a row when its transaction has ended."""

import threading
from contextlib import contextmanager
from functools import wraps

from django.db.transaction import Atomic

from common import writing

# The rows of a case whose events tell old and new. Others keep them in rows of their own (each change of a fact is a
# `FactChange`), or tell them in an entry of the trail in their own words.
WATCHED = {
    "Arm", "Case", "DecidingFacts", "FollowUp", "Occurrence", "Plan", "PlanSchedule", "Signature", "Specimen", "Step",
}  # fmt: skip
# A day that is set once, when an amendment takes the step over.
SET_ONCE = {"Step.carried_over_at"}


@contextmanager
def untold_notes():
    """Yields the list into which they go, of whichever thread."""
    here, found = threading.local(), []
    enter, leave, note = Atomic.__enter__, Atomic.__exit__, writing.note_pair

    @wraps(enter)
    def entered(self):
        enter(self)
        if not getattr(self, "_from_testcase", False):
            here.__dict__.setdefault("frames", []).append([])

    @wraps(leave)
    def left(self, failed, *rest):
        rows = [] if getattr(self, "_from_testcase", False) else here.frames.pop()
        leave(self, failed, *rest)
        if failed is None and here.__dict__.get("frames"):
            here.frames[-1] += rows
        elif failed is None:
            found.extend(sorted(set().union(*map(_untold, rows))))

    @wraps(note)
    def noted(row, *pair):
        note(row, *pair)
        if here.__dict__.get("frames"):
            here.frames[-1].append(row)

    Atomic.__enter__, Atomic.__exit__, writing.note_pair = entered, left, noted
    yield found
    Atomic.__enter__, Atomic.__exit__, writing.note_pair = enter, leave, note


def _untold(row):
    model = type(row).__name__
    named = {f"{model}.{name}" for name, (old, new) in row.__dict__.get("_noted", {}).items() if old != new}
    return named - SET_ONCE if model in WATCHED else set()
