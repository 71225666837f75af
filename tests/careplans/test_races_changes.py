"""Many write, some of them long, and whoever follows the feed misses nothing."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction

from careplans.models import Case, Event, Step
from careplans.services.cases import change_case
from careplans.services.changes import number_changes
from common.errors import Conflict
from tests.careplans import makers
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
