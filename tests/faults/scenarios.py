"""The faults, one entry each: who runs, what strikes when, and which naive variant it has to catch."""

import random
import signal
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.faults import copies, ledger

WORKERS = ("worker1", "worker2")
FULL = ("worker1", "beat1", "loop1")
TWO_OF_EACH = (*WORKERS, "beat1", "loop1", "loop2")
STORM = (*WORKERS, "beat1", "beat2", "loop1")
# In a timeline: before anything is due.
BEFORE = -1.0
# Long enough for five leases.
STOPPED_SECONDS = 30
OUTAGE_SECONDS = 30
GRACE_SECONDS = 10
# So many that no batch of it ends within that grace.
LARGE_BATCH = {"batch": 60}
OLD = {"tree": "old"}
# The naive ones never come to an end by themselves.
IDLE_SECONDS = 9


@dataclass(frozen=True)
class Scenario:
    name: str
    naive: str
    words: str
    # When what happens: [(seconds, action(world))] after the first delivery, drawn for a sending that takes `span` seconds.
    timeline: Callable[[random.Random, float], list] = lambda rng, span: []
    cast: tuple = FULL
    kill: dict = field(default_factory=dict)
    # What is different for one of the cast.
    told: dict = field(default_factory=dict)
    # How long all of it has been due when it begins.
    due_seconds: int = 1
    # Changes rows between schedule and send; returns what is still expected.
    before: Callable | None = None
    # Takes the place of the timeline where a fault needs more than moments: act(world, start the cast, naive).
    act: Callable | None = None
    # What people mend before they send again what failed.
    mend: Callable | None = None
    vendors: tuple = ("postgresql", "sqlite")
    # Mails that the relay took and nobody was told of: without a look-up they may come twice, and are counted.
    doubtful: bool = False
    # Asks the relay in the naive variant, too: one that only asking harms.
    asked: bool = False
    # What the naive variant must be seen to do, one of these at least.
    harm: tuple = ("lost", "duplicated", "unwanted")


def kill(name):
    return lambda world: world.processes.kill(name)


def send(name, number):
    return lambda world: world.processes.send(name, number)


def relay(kind, **how):
    return lambda world: world.relay(kind, **how)


def flush(world):
    world.flush_redis()


def restart_redis(world):
    world.restart_redis()


def restart_postgresql(world):
    world.restart_postgresql()


def often(action, times):
    return lambda rng, span: [(rng.uniform(0, span), action) for _ in range(times)]


def random_kills(rng, span, names=("worker1", "loop1"), times=5):
    return [(rng.uniform(0, span), kill(rng.choice(names))) for _ in range(times)]


def outage(rng, span):
    at = rng.uniform(0.1, 0.4) * span
    return [(at, lambda world: world.stop_postgresql()), (at + OUTAGE_SECONDS, lambda world: world.serve_postgresql())]


def stopped(rng, span):
    """Both workers, in the middle of a batch; the loop goes on."""
    at = rng.uniform(0.05, 0.2) * span
    return [
        (at, send("worker1", signal.SIGSTOP)),
        (at + 0.3, send("worker2", signal.SIGSTOP)),
        (at + STOPPED_SECONDS, send("worker1", signal.SIGCONT)),
        (at + STOPPED_SECONDS + 0.3, send("worker2", signal.SIGCONT)),
    ]


def bad_relay(kind):
    return lambda rng, span: [(BEFORE, relay(kind)), (span + 3, relay("ok"))]


def storm(rng, span):
    """Everything at once, drawn anew by each seed."""
    span *= 2  # what dies takes its time to come back
    events = random_kills(rng, span, names=STORM, times=8)
    for fault in (flush, restart_redis, restart_postgresql):
        events += often(fault, 2)(rng, span)
    events += [(rng.uniform(0, span), kill("sink"))]
    at = rng.uniform(0, span / 2)
    events += [(at, send("worker1", signal.SIGSTOP)), (at + 15, send("worker1", signal.SIGCONT))]
    for kind in rng.sample(["refuse", "hang", "drop"], 3):
        at = rng.uniform(0, span)
        events += [(at, relay(kind)), (at + 3, relay("ok"))]
    return events


def storm_without_postgresql(rng, span):
    return [event for event in storm(rng, span) if event[1] is not restart_postgresql]


def poison(world):
    """One recipient whose address no mail can be made for."""
    first = min(ledger.due(world))[0]
    [(user,)] = world.database.query("SELECT id FROM accounts_user WHERE email = 'chloe@northgate.example'")
    world.database.query("UPDATE accounts_user SET email = 'chloe\n@northgate.example' WHERE id = %s", user)
    world.database.query(
        "UPDATE careplans_outboxmessage SET recipient_id = %s WHERE channel = 'email' AND reminder_id = %s", user, first
    )
    return ledger.due(world)


def mend_address(world):
    world.database.query("UPDATE accounts_user SET email = 'chloe@northgate.example' WHERE email LIKE 'chloe%%'")


def withdraw(world):
    """The plan is revoked, a third of the follow-ups cancelled, and one person leaves the board."""
    world.database.query("UPDATE careplans_plan SET status = 'revoked', end_reason = '-' WHERE status = 'active'")
    world.database.query("UPDATE careplans_followup SET status = 'cancelled', reason = '-' WHERE id %% 3 = 0")
    [(left,)] = world.database.query("SELECT id FROM accounts_user WHERE email = 'member1@northgate.example'")
    world.database.query("UPDATE accounts_membership SET ended_at = started_at WHERE user_id = %s", left)
    gone = {row[0] for row in world.database.query(
        "SELECT r.id FROM careplans_reminder r LEFT JOIN careplans_followup f ON f.id = r.follow_up_id"
        " WHERE r.step_id IS NOT NULL OR f.status = 'cancelled' OR r.recipient_id = %s", left
    )}  # fmt: skip
    return [row for row in ledger.due(world) if row[0] not in gone]


def deploys(rng, span):
    """Twice, all that deliver at once: SIGTERM, what a container gets of grace, SIGKILL, and the new ones start."""
    return [
        (span * share, lambda world: world.processes.replace(("worker1", "loop1"), GRACE_SECONDS)) for share in (0.2, 1)
    ]


POINTS = {
    "after_claim": ("killed after the claim", "claim_without_lease"),
    "before_dot": ("killed just before the dot", "settle_first"),
    "after_dot": ("killed just after the dot", "claim_and_trust"),
    "inside_commit": ("killed inside COMMIT", "claim_without_lease"),
}
SCENARIOS = [
    Scenario("kill", "claim_without_lease", "kill -9 of workers and loop at random moments", random_kills, doubtful=True),
    *(
        Scenario(point, naive, words, kill={point: 4}, doubtful=point != "after_claim")
        for point, (words, naive) in POINTS.items()
    ),
    Scenario("flushall", "one_task_each", "FLUSHALL, three times", often(flush, 3)),
    Scenario("redis", "one_task_each", "Redis killed and started empty, three times",
             often(restart_redis, 3)),
    Scenario("postgresql", "claim_and_trust", "PostgreSQL stopped at once and started again, four times",
             often(restart_postgresql, 4), vendors=("postgresql",), doubtful=True),
    Scenario("outage", "claim_and_trust", "PostgreSQL away for 30 s", outage, vendors=("postgresql",), doubtful=True),
    Scenario("beats", "read_then_send", "three beats", cast=(*WORKERS, "beat1", "beat2", "beat3")),
    Scenario("all_ways", "read_then_send", "worker, loop and cron at once", cast=("worker1", "beat1", "loop1", "cron1")),
    Scenario("stop", "claim_and_trust", "SIGSTOP of both workers for five leases", stopped, cast=(*WORKERS, "beat1", "loop1"),
             doubtful=True),
    Scenario("refuse", "settle_first", "the relay refuses one mail in three, every class of code, at every phase",
             bad_relay("refuse")),
    Scenario("hang", "settle_first", "the relay hangs at every phase", bad_relay("hang"), doubtful=True),
    Scenario("drop", "a_new_number_each_time", "the relay accepts and drops the line before 250",
             bad_relay("drop"), doubtful=True, harm=("strange",)),
    Scenario("ahead", "lease_of_the_own_clock", "the clocks of one worker and one loop are a day ahead",
             told=dict.fromkeys(("worker2", "loop2"), {"offset": 86400}), cast=TWO_OF_EACH),
    Scenario("behind", "lease_of_the_own_clock", "the clocks of one worker and one loop are an hour behind",
             told=dict.fromkeys(("worker2", "loop2"), {"offset": -3600}), cast=TWO_OF_EACH, due_seconds=7200),
    Scenario("poison", "one_batch_one_fate", "a row that cannot be sent", before=poison, mend=mend_address),
    Scenario("withdrawn", "as_it_was_planned", "plan revoked, follow-ups cancelled, recipient gone before the sending",
             before=withdraw),
    Scenario("deploy", "claim_without_lease", "two deploys: SIGTERM, 10 s, SIGKILL", deploys,
             told=dict.fromkeys(("worker1", "loop1"), LARGE_BATCH)),
    Scenario("old_code", "claim_without_lease", "a worker and a loop of an older version beside new ones, killed after the claim",
             cast=TWO_OF_EACH, told={"worker2": OLD, "loop2": OLD}, kill={"after_claim": 4}),
    Scenario("restored", "nothing_is_held", "a backup restored after more was sent", act=copies.restored, doubtful=True),
    Scenario("later", "all_that_waits_is_in_doubt", "a backup restored, and reminders written before and after the release",
             act=copies.written_later, kill={"before_dot": 2}, doubtful=True, harm=("lost",)),
    Scenario("reused", "one_era_for_ever", "the same, with the numbers of rows that the restore took away",
             act=copies.written_later, kill={"before_dot": 2}, doubtful=True, asked=True, harm=("lost",)),
    Scenario("copied", "nothing_is_held", "a copy of the database, with a loop of its own", act=copies.copied),
    Scenario("storm", "claim_without_lease", "all of it at once", storm, cast=STORM, vendors=("postgresql",),
             kill={"after_claim": 2, "before_dot": 2, "after_dot": 2, "inside_commit": 2}, doubtful=True),
    Scenario("storm", "claim_without_lease", "all of it at once", storm_without_postgresql, cast=STORM, vendors=("sqlite",),
             kill={"after_claim": 2, "before_dot": 2, "after_dot": 2, "inside_commit": 2}, doubtful=True),
]  # fmt: skip
