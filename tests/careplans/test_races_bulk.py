"""Two people change the same rows at once, chosen in opposite order: both are served, one after the other."""

from datetime import timedelta

import pytest

from careplans.models import FollowUp
from careplans.services.bulk import Chosen, change_many
from tests.careplans import makers

pytestmark = pytest.mark.django_db(transaction=True)
DAY = timedelta(days=1)


@pytest.fixture
def rows(board, ana, omar):
    """Of two cases."""
    cases = [makers.make_case(board, by=ana, record_number=number) for number in ("SYN-1", "SYN-2")]
    return [makers.make_follow_up(case, by=ana, due_on=board.today + 9 * DAY, assignee=omar) for case in cases]


def moving(rows, by, days):
    def run():
        chosen = [Chosen(FollowUp.objects.get(pk=row.pk), row.version) for row in rows]
        return change_many(chosen, "shift", by=by, days=days, reason="holiday")

    return run


def test_two_who_chose_the_same_in_opposite_order_do_not_wait_in_a_circle(track, rows, omar, ana):
    for met in track.rounds(moving(rows, omar, 7), moving(rows[::-1], ana, 14)):
        assert met.is_clean and met.won == [True, True], str(met)
        moved = {row.due_on - before.due_on for row, before in zip(FollowUp.objects.order_by("pk"), rows, strict=True)}
        # Whoever came first moved both; the other is told of both that they were changed.
        assert moved in ({7 * DAY}, {14 * DAY}), str(met)
        told = [[bool(one.why_not) for one in outcome.value] for outcome in met.outcomes]
        assert sorted(told) == [[False, False], [True, True]], str(met)
