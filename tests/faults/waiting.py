"""Waiting for the processes under fault. A busy machine may take as long as it likes, as long as something moves."""

import time
from collections import Counter

from tests.faults.processes import Patience

# Nothing has moved for longer than the longest pause after a failure.
STUCK_SECONDS = 240
# Whoever has looked so often for what is due has had its turn.
IDLE_ROUNDS = 6
# A process that dies so often on its way to the start never gets there.
MOST_STARTS = 10


class Waiting:
    """What a World waits for."""

    def forget_who_was_ready(self):
        for path in (self.run_folder / "deaths").glob("ready-*"):
            path.unlink()

    def wait_for_all(self, names):
        """Until everybody who delivers is at the start. On a busy machine that takes long, but somebody gets on."""
        wanted = {name: self.run_folder / "deaths" / f"ready-{name}" for name in names if not name.startswith("beat")}
        patience, before = Patience(), Counter(self.processes.starts)
        while late := [name for name, path in wanted.items() if not path.exists()]:
            again = {name for name in late if self.processes.starts[name] - before[name] > MOST_STARTS}
            if again or patience.is_over([(name, self.processes.work(name)) for name in late]):
                raise TimeoutError(f"{late} never came to the start; {self.processes.logs} says why")
            self.processes.pause_until(time.monotonic() + 0.1)

    def wait_for_first_mail(self):
        patience = Patience()
        while not self.journal() and not patience.is_over(self.states()):
            self.processes.pause_until(time.monotonic() + 0.1)

    def wait_for_identity(self):
        """Until some round has written down which database this is."""
        patience = Patience()
        while not self.database.query("SELECT id FROM careplans_sendinghold"):
            if patience.is_over(self.rounds()):
                raise TimeoutError("nobody has written down which database this is")
            self.processes.pause_until(time.monotonic() + 0.2)

    def rounds(self):
        """How often each process has looked for what is due."""
        return {path.name: path.stat().st_size for path in (self.run_folder / "deaths").glob("rounds-*")}

    def wait_for_rounds(self, names):
        """Until each of them has looked some times more: what it would do wrongly it has done by then."""
        wanted, before, patience = [f"rounds-{name}" for name in names], self.rounds(), Patience()
        while late := [n for n in wanted if self.rounds().get(n, 0) - before.get(n, 0) < IDLE_ROUNDS]:
            if patience.is_over([self.rounds().get(name) for name in late]):
                raise TimeoutError(f"{late} do not go on")
            self.processes.pause_until(time.monotonic() + 0.2)

    def wait(self, *, idle=STUCK_SECONDS):
        """Until nothing is to go any more; or, for those that never get there, until nothing has moved for `idle` s."""
        quiet, stuck, seen, looked = Patience(idle), Patience(STUCK_SECONDS), None, 0
        while True:
            states, rounds = self.states(), sum(self.rounds().values())
            if not states.get("pending") and not states.get("claimed"):
                return
            if seen != (states, len(self.journal())):
                seen, looked = (states, len(self.journal())), rounds
            # Who had no turn on a busy machine has not left anything lying.
            if quiet.is_over(seen) and rounds - looked >= IDLE_ROUNDS or stuck.is_over((seen, rounds)):
                return
            self.processes.pause_until(time.monotonic() + 0.5)
