"""What lanes that work off one batch together know of their own rows."""

import pytest

from careplans.outbox import batch
from careplans.outbox.claims import claim
from careplans.outbox.obstacles import BatchFacts, obstacle_to
from careplans.outbox.relays import NoRelay
from tests.careplans import makers
from tests.careplans.outbox.mail import Clock, due_message

pytestmark = pytest.mark.django_db


@pytest.fixture
def clock(monkeypatch):
    return Clock(monkeypatch)


@pytest.fixture
def work(board, ana, omar, clock):
    """Ana's e-mail, and Omar's."""
    case = makers.make_case(board, by=ana)
    for person in (ana, omar):
        due_message(case, by=ana, to=person)
    waiting = batch.in_order(claim(2).rows().for_sending())
    return batch.Batch(NoRelay(), 1e9, waiting, BatchFacts.at(waiting), clock.now)


def test_what_a_lane_holds_is_judged_by_its_own_look(work, clock):
    """While it looks at its rows, another lane looks again at what waits still, and sees nobody of these."""
    mine = work.next(1)
    clock.now += 2 * batch.STALE_SECONDS
    others = work.next(1)
    assert others.looked_at > mine.looked_at
    assert [obstacle_to(row, mine.facts) for row in mine.rows] == [""]
    assert [obstacle_to(row, others.facts) for row in mine.rows] == ["the recipient left the board"]


def test_what_is_put_back_is_looked_at_anew(work, clock):
    mine = work.next(1)
    clock.now += 2 * batch.STALE_SECONDS
    work.next(1)
    work.put_back(mine.rows)
    again = work.next(1)
    assert [row.pk for row in again.rows] == [row.pk for row in mine.rows]
    assert [obstacle_to(row, again.facts) for row in again.rows] == [""]


def test_what_another_worker_took_meanwhile_is_not_taken_up_again(work):
    mine = work.next(1)
    type(mine.rows[0]).objects.filter(pk=mine.rows[0].pk).update(status="pending", token=None, lease_until=None)
    work.put_back(mine.rows)
    assert mine.rows[0] not in work.next(2).rows
