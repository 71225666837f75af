"""A short storm, seeded, on PostgreSQL; `script/faults` runs every fault at length."""

import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.db import connection

from tests.faults import ledger, naive
from tests.faults.points import Fuse
from tests.faults.running import run
from tests.faults.scenarios import SCENARIOS, Scenario, flush, kill, restart_postgresql
from tests.faults.world import World

SEED, REMINDERS = 7, 24
ONCE_EACH = {"after_claim": 1, "before_dot": 1, "after_dot": 1, "inside_commit": 1}


def strikes(rng, span):
    return [(rng.uniform(0, span), each) for each in (flush, restart_postgresql, kill("worker1"))]


SHORT = Scenario(
    "short", "claim_without_lease", "a short storm", strikes, kill=ONCE_EACH, cast=("worker1", "beat1", "loop1")
)


@pytest.fixture
def world():
    """Servers of its own. Not below pytest's own folder, which PostgreSQL's account may not enter."""
    folder = tempfile.TemporaryDirectory(prefix="consilium-faults-", dir="/tmp", ignore_cleanup_errors=True)
    with folder as name, World(Path(name), vendor="postgresql", count=REMINDERS, listens=False) as world:
        yield world


@pytest.mark.long
@pytest.mark.skipif(
    connection.vendor != "postgresql", reason="the storm is in the run on PostgreSQL; script/faults has it on both"
)
def test_a_storm_that_harms_a_naive_delivery_leaves_the_real_one_whole(world):
    harmed = run(world, SHORT, seed=SEED, naive=True)
    assert harmed.lost + harmed.duplicated > 0
    whole = run(world, SHORT, seed=SEED, lookup=True)
    assert (whole.lost, whole.duplicated, whole.unwanted, whole.in_app) == (0, 0, 0, REMINDERS)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_every_fault_has_a_naive_variant_that_it_must_catch(scenario):
    assert scenario.naive in naive.VARIANTS
    assert scenario.harm


def test_one_seed_kills_at_the_same_pass_each_time(tmp_path):
    def passes(name):
        (tmp_path / name).mkdir()
        fuse = Fuse(tmp_path / name, SEED, "before_dot", 1)
        return next(number for number in range(100) if fuse.burns())

    assert passes("first") == passes("again")


def test_a_fuse_kills_no_more_often_than_its_budget(tmp_path):
    fuses = [Fuse(tmp_path, SEED, "after_dot", 2) for _ in range(3)]
    assert sum(fuse.burns() for _ in range(50) for fuse in fuses) == 2


class Books:
    """A run as the ledger sees it: what the relay accepted, and the rows."""

    span = 0
    later, read_until = (), 0

    def __init__(self, *accepted, notices=()):
        self.accepted, self.notices = accepted, notices

    def journal(self):
        return [{"id": message_id, "at": at} for message_id, at in self.accepted]

    def query(self, sql, *_):
        if "accounts_notice" in sql:
            return [(path,) for path in self.notices]
        states = (
            (1, "sent", "due"),
            (2, "sent", "due"),
            (3, "failed", "due"),
            (4, "pending", "due"),
            (5, "sent", "escalation"),
        )
        return [(f"{n}.1.email.1", status, 0, 0, kind) for n, status, kind in states]

    @property
    def database(self):
        return SimpleNamespace(query=self.query)


EXPECTED = [(n, f"{n}.1.email.1", (str(n), "")) for n in (1, 2, 3)]


def mail(number, at=0, host="localhost"):
    return f"<reminder.{number}.1.email.1@{host}>", at


def test_what_the_relay_never_took_is_lost_unless_it_is_shown_as_failed():
    assert ledger.count(Books(mail(1)), EXPECTED, faults_ended=0).lost == 1


def test_what_the_relay_took_twice_is_counted_and_another_number_is_strange():
    count = ledger.count(Books(mail(1), mail(1), mail(2), mail(2, host="elsewhere")), EXPECTED, faults_ended=0)
    assert (count.duplicated, count.strange) == (2, 1)


def test_what_nobody_waited_for_is_unwanted_and_what_came_too_late_is_late():
    count = ledger.count(Books(mail(1), mail(4), mail(2, at=ledger.LATE_SECONDS + 1)), EXPECTED, faults_ended=0)
    assert (count.unwanted, count.late) == (1, 1)


def test_the_mail_of_a_row_that_a_restore_took_away_is_not_that_of_the_next_with_its_number():
    books = Books(mail(1), mail(1), mail(2), mail(3))
    books.later, books.read_until = EXPECTED[:2], 2
    count = ledger.count(books, EXPECTED, faults_ended=0)
    assert (count.lost, count.duplicated) == (1, 0)


def test_who_is_told_instead_of_somebody_who_left_is_not_unwanted():
    assert ledger.count(Books(mail(1), mail(2), mail(5)), EXPECTED, faults_ended=0).unwanted == 0


def test_a_notice_counts_when_it_stands_in_the_app_exactly_once():
    paths = ["/follow-ups/1/", "/follow-ups/2/", "/follow-ups/2/"]
    assert ledger.count(Books(notices=paths), EXPECTED, faults_ended=0).in_app == 1


def test_the_counts_of_several_seeds_add_up():
    total = ledger.Count(lost=1) + ledger.Count(lost=2, late=1)
    assert (total.lost, total.late, total.duplicated) == (3, 1, 0)
