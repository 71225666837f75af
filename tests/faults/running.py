"""One run of one scenario: the cast starts, the faults strike, everything heals, the books are read."""

import random
import time

from tests.faults import ledger
from tests.faults.scenarios import BEFORE, IDLE_SECONDS
from tests.faults.waiting import STUCK_SECONDS


def run(world, scenario, *, seed, lookup=False, naive=False):
    """The Count of the run. `naive` runs the scenario's naive variant in the place of the real delivery."""
    rng = random.Random(f"{scenario.name}.{seed}")
    world.begin(lookup=lookup)
    try:
        expected = scenario.before(world) if scenario.before else ledger.due(world)
        _start_cast(world, scenario, seed=seed, naive=naive)
        if scenario.act:
            variant = scenario.naive if naive else ""
            ended = scenario.act(world, lambda: _start_cast(world, scenario, seed=seed, naive=naive), variant)
        else:
            ended = _strike(world, scenario.timeline(rng, world.span), due_seconds=scenario.due_seconds)
        world.wait(idle=IDLE_SECONDS if naive else STUCK_SECONDS)
        failed = 0 if naive else _send_failed_again(world, scenario)
        count = ledger.count(world, [*expected, *world.later], faults_ended=max(ended, world.last_death()))
        count.failed = failed
        return count
    finally:
        world.end()


def _start_cast(world, scenario, *, seed, naive):
    world.forget_who_was_ready()
    for name in scenario.cast:
        told = {"seed": seed, "kill": scenario.kill, "naive": scenario.naive if naive else ""}
        world.start(name, **told | scenario.told.get(name, {}))
    world.wait_for_all(scenario.cast)


def _send_failed_again(world, scenario):
    """What the coordinator does on the reminders page. How many had failed."""
    failed = world.states().get("failed", 0)
    if failed:
        if scenario.mend:
            scenario.mend(world)
        world.send_failed_again()
        world.wait()
    return failed


def _strike(world, timeline, *, due_seconds):
    """Carry out what was drawn, each at its time after the first mail. The time of day when the last fault was over."""
    for at, action in timeline:
        if at == BEFORE:
            action(world)
    world.release(due_seconds)
    world.wait_for_first_mail()
    start = time.monotonic()
    for at, action in sorted((event for event in timeline if event[0] != BEFORE), key=lambda event: event[0]):
        world.processes.pause_until(start + at)
        action(world)
    return time.time()
