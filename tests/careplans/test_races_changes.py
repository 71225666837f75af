"""Many write, some of them long, and whoever follows the feed misses nothing."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F
from django.utils import timezone

from careplans.models import Case, Change, Event, Step
from careplans.services.cases import change_case
from careplans.services.changes import number_changes
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.test_changes_feed import Follower

pytestmark = pytest.mark.django_db(transaction=True)
postgresql_alone = pytest.mark.skipif(
    "connection.vendor == 'sqlite'",
    reason="SQLite has one writer: nobody can commit while another transaction is open.",
)


class Elsewhere:
    """A transaction of its own, which stays open until it is told to end."""

    def __init__(self, do):
        self.written, self.may_end = threading.Event(), threading.Event()
        self.pool = ThreadPoolExecutor(1)
        self.done = self.pool.submit(self._run, do)
        assert self.written.wait(30)

    def _run(self, do):
        try:
            with transaction.atomic():
                do()
                self.written.set()
                assert self.may_end.wait(30)
        finally:
            connection.close()

    def end(self):
        self.may_end.set()
        self.done.result(30)
        self.pool.shutdown()


def begin(case):
    return Event.objects.create(case=case, board=case.board, kind="tried")


@pytest.fixture
def cases(board, ana):
    return [makers.make_case(board, by=ana, record_number=f"SYN-{number}") for number in range(2)]


@postgresql_alone
def test_keys_alone_would_lose_what_commits_late(cases):
    """Why a cursor over keys will not do: the smaller one is seen after the larger."""
    early = Elsewhere(lambda: begin(cases[0]))
    late = begin(cases[1])
    seen = [event.pk for event in Event.objects.filter(kind="tried").order_by("pk")]
    early.end()
    assert seen == [late.pk]
    assert not Event.objects.filter(kind="tried", pk__gt=seen[-1]).exists()
    assert Event.objects.filter(kind="tried").count() == 2


@postgresql_alone
def test_a_long_transaction_is_told_when_it_ends_and_holds_up_nobody(cases, omar):
    follower = Follower(omar)
    follower.read()
    long = Elsewhere(lambda: Case.objects.filter(pk=cases[0].pk).update(title="slowly"))
    Case.objects.filter(pk=cases[1].pk).update(title="quickly")
    assert follower.read() == [("cases", cases[1].pk)]
    assert follower.read() == []
    long.end()
    assert follower.read() == [("cases", cases[0].pk)]


@postgresql_alone
def test_a_row_that_waits_for_its_number_while_it_changes_again_is_told_later(cases, omar):
    follower = Follower(omar)
    follower.read()
    Case.objects.filter(pk=cases[0].pk).update(title="once")
    again = Elsewhere(lambda: Case.objects.filter(pk=cases[0].pk).update(title="twice"))
    assert follower.read() == []
    again.end()
    assert follower.read() == [("cases", cases[0].pk)]


@postgresql_alone
def test_of_two_readers_the_second_numbers_after_the_first(cases, omar):
    """Otherwise a third would be told the higher numbers first, and never the lower ones."""
    follower = Follower(omar)
    follower.read()
    Case.objects.filter(pk=cases[0].pk).update(title="a")
    first = Elsewhere(number_changes)
    Case.objects.filter(pk=cases[1].pk).update(title="b")
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(_read_elsewhere, follower)
        first.end()
        assert set(told.result(30)) == {("cases", cases[0].pk), ("cases", cases[1].pk)}


def _read_elsewhere(follower):
    try:
        return follower.read()
    finally:
        connection.close()


@postgresql_alone
def test_a_transaction_that_began_before_the_cursor_is_told_after_it(cases, omar):
    """It wrote its row, with an older moment, before the cursor was given; a reader by key or by moment has passed it by."""
    naive = NaiveReader()
    Follower(omar).read()
    long = Elsewhere(lambda: Case.objects.filter(pk=cases[0].pk).update(title="slowly"))
    follower = Follower(omar, Api(omar).get("/changes/", **{"from": "now"}).json()["cursor"])
    Case.objects.filter(pk=cases[1].pk).update(title="quickly")
    naive.read()
    assert follower.read() == [("cases", cases[1].pk)]
    long.end()
    assert naive.read() == []
    assert follower.read() == [("cases", cases[0].pk)]
    assert follower.read() == []


@postgresql_alone
def test_what_was_written_before_a_moment_and_committed_after_it_is_told_since_then(cases, omar):
    Follower(omar).read()
    long = Elsewhere(lambda: Case.objects.filter(pk=cases[0].pk).update(title="slowly"))
    time.sleep(0.01)
    Follower(omar).read()
    moment = timezone.now()
    long.end()
    assert not Change.objects.filter(noun="cases", at__gte=moment).exists()
    told = Api(omar).get("/changes/", since=moment.isoformat()).json()["results"]
    assert [(row["noun"], row["id"]) for row in told] == [("cases", cases[0].pk)]


@postgresql_alone
def test_an_older_moment_is_told_all_the_same(cases, omar):
    """The clock of the database was set back: what changes now is older than what was told."""
    naive, follower = NaiveReader(), Follower(omar)
    naive.read(), follower.read()
    Case.objects.filter(pk=cases[0].pk).update(title="after the clock was set back")
    Change.objects.filter(noun="cases", row_id=cases[0].pk).update(at=F("at") - timedelta(hours=1))
    assert naive.read() == []
    assert follower.read() == [("cases", cases[0].pk)]


@postgresql_alone
def test_two_readers_at_once_are_each_told_everything_once(cases, ana, omar):
    """Each reads on while four write; what both were told in the end is what there is, and no change twice."""
    readers, stop, told = [Follower(ana), Follower(omar)], threading.Event(), {0: [], 1: []}
    for reader in readers:
        reader.read()

    def follow(number):
        try:
            while not stop.is_set():
                told[number] += readers[number].read(page_size=2)
        finally:
            connection.close()

    def write(number):
        try:
            return [begin(cases[number % 2]).pk for _ in range(15)]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        following = [pool.submit(follow, number) for number in range(2)]
        made = [pk for one in [pool.submit(write, number) for number in range(4)] for pk in one.result(60)]
        stop.set()
        for one in following:
            one.result(60)
    for number, reader in enumerate(readers):
        seen = told[number] + reader.read()
        assert sorted(pk for noun, pk in seen if noun == "events") == sorted(made)


class NaiveReader:
    """Who asks for what has a later moment than the last that they saw. It loses rows, in the tests above."""

    def __init__(self):
        self.last = None

    def read(self):
        rows = Change.objects.order_by("at")
        found = list(rows.filter(at__gt=self.last) if self.last else rows)
        self.last = found[-1].at if found else self.last
        return [(row.noun, row.row_id) for row in found if row.noun == "cases"]


def test_what_was_taken_back_is_not_told(cases, omar):
    follower = Follower(omar)
    follower.read()
    with transaction.atomic():
        Case.objects.filter(pk=cases[0].pk).update(title="never")
        transaction.set_rollback(True)
    assert follower.read() == []


def test_a_copy_that_reads_only_what_the_feed_names_is_the_same_in_the_end(board, ana, omar):
    """Four write at once and one follows: it keeps a title for each case that it was told of, as it read it then."""
    cases = [makers.make_case(board, by=ana, record_number=f"SYN-{number}") for number in range(4)]
    follower, copy, stop = Follower(omar), {}, threading.Event()

    def write(number):
        try:
            for turn in range(12):
                case = Case.objects.select_related("board").get(pk=cases[(number + turn) % 4].pk)
                try:
                    change_case(case, by=ana, expected_version=case.version, title=f"{number} {turn}")
                except Conflict:
                    continue
        finally:
            connection.close()

    def follow():
        for noun, pk in follower.read(page_size=2):
            if noun == "cases":
                copy[pk] = Case.objects.get(pk=pk).title

    def keep_following():
        try:
            while not stop.is_set():
                follow()
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        following = pool.submit(keep_following)
        writing = [pool.submit(write, number) for number in range(4)]
        for one in writing:
            one.result(120)
        stop.set()
        following.result(60)
    follow()
    assert copy == dict(Case.objects.values_list("pk", "title"))
    assert Step.objects.count() == 0
