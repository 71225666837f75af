"""What script/faults runs: every fault, naive and real, and the table of what was lost, doubled and late."""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.ledger import Count
from tests.faults.processes import Stopped, say
from tests.faults.running import run
from tests.faults.scenarios import SCENARIOS
from tests.faults.world import World

HEAD = (
    "| fault | database | delivery | reminders | lost | duplicated | unwanted | late | in the app | ambiguous | looked up |"
    " failed, then sent |"
)


WAYS = {"naive": "naive: {}", "real": "real", "looked-up": "real, relay is asked"}


def main():
    options = _options()
    say(HEAD + "\n|" + "---|" * (HEAD.count("|") - 1))
    wrong = []
    try:
        for vendor in options.database:
            wrong += _on(vendor, options)
    except Stopped:
        return 130
    for line in wrong:
        say(line)
    return 1 if wrong else 0


def _on(vendor, options):
    """Every scenario on one database; what did not hold, in words."""
    wrong = []
    folder = tempfile.TemporaryDirectory(prefix="consilium-faults-", dir="/tmp", ignore_cleanup_errors=True)
    with folder as name, World(Path(name), vendor=vendor, count=options.reminders) as world:
        for scenario in SCENARIOS:
            if vendor in scenario.vendors and (not options.only or scenario.name in options.only):
                for way in options.delivery:
                    # Asking the relay changes nothing where nothing can be in doubt.
                    if way != "looked-up" or scenario.doubtful:
                        wrong += _all_seeds(world, scenario, way, options)
    return wrong


def _all_seeds(world, scenario, way, options):
    wrong, total = [], Count()
    seeds = options.seed[:1] if way == "naive" else options.seed
    for seed in seeds:
        started = time.monotonic()
        lookup = way == "looked-up" or way == "naive" and scenario.asked
        count = run(world, scenario, seed=seed, lookup=lookup, naive=way == "naive")
        took = f"{time.monotonic() - started:.0f} s"
        print(scenario.name, world.vendor, way, "seed", seed, took, count, file=sys.stderr, flush=True)  # noqa: T201
        total += count
        wrong += judge(scenario, count, seed=seed, lookup=way == "looked-up", naive=way == "naive")
    say(row(scenario, world.vendor, WAYS[way].format(scenario.naive), total, seeds=len(seeds)))
    return wrong


def judge(scenario, count, *, seed, lookup, naive):
    """Sentences about what should not have been; none when all is well."""
    where = f"{scenario.name}, seed {seed}"
    if naive:
        harmed = any(getattr(count, name) for name in scenario.harm)
        return [] if harmed else [f"{where}: the naive variant shows no harm, so the fault proves nothing"]
    wrong = []
    if count.lost:
        wrong.append(f"{where}: {count.lost} lost")
    if count.unwanted:
        wrong.append(f"{where}: {count.unwanted} sent that nobody wanted")
    if count.in_app != count.reminders:
        wrong.append(f"{where}: {count.in_app} of {count.reminders} notices in the app")
    # Without a look-up a doubtful one may come twice, under one Message-ID, and is counted.
    allowed = count.ambiguous if scenario.doubtful and not lookup else 0
    if count.duplicated > allowed or count.strange:
        wrong.append(f"{where}: {count.duplicated} duplicated, {count.ambiguous} ambiguous")
    return wrong


def row(scenario, vendor, way, count, *, seeds):
    each = count.reminders if seeds == 1 else f"{seeds} x {count.reminders // seeds}"
    cells = [
        scenario.words, vendor, way, each, count.lost, count.duplicated, count.unwanted, count.late,
        f"{count.in_app} of {count.reminders}", count.ambiguous, count.looked_up, count.failed,
    ]  # fmt: skip
    return "| " + " | ".join(map(str, cells)) + " |"


def _options():
    parser = argparse.ArgumentParser(prog="script/faults", description=__doc__)
    names = sorted({scenario.name for scenario in SCENARIOS})
    parser.add_argument("--only", nargs="+", choices=names, help="these faults only")
    parser.add_argument("--seed", nargs="+", type=int, default=[1], help="replay these; several add up in one line")
    parser.add_argument("--reminders", type=int, default=100)
    parser.add_argument("--database", nargs="+", choices=["postgresql", "sqlite"], default=["postgresql", "sqlite"])
    parser.add_argument("--delivery", nargs="+", choices=list(WAYS), default=list(WAYS), help="which ones run")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
