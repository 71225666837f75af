"""What became of reminders, counted by hand. One follow-up of Omar's, due on 9 March, with an e-mail and a notice of each.

10 March 08:00  due: in the app at 08:00, the e-mail at 08:06                                    in time, late (6 minutes)
17 March 08:00  overdue: in the app at 08:05; the e-mail is given up on 18 March                 in time, not delivered
24 March 08:00  escalated to Ana and Chloe, all at 08:00; Chloe's e-mail comes back on 26 March   in time (4), not delivered (1)
24 March 08:00  the same to Ravi, who is away: not sent, and passed on to Ana                     passed on (2)
"""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from careplans.models import FollowUp, OutboxMessage, Reminder
from tests.careplans import makers
from tests.careplans.reports.worked_out import asked, on, rows_of, share, span

pytestmark = pytest.mark.django_db
MARCH = {"since": "2026-03-01", "until": "2026-03-31"}


def write(follow_up, to, day, kind, **fields):
    """A reminder with its two messages, as the scheduler leaves them."""
    due = datetime(2026, 3, day, 8, tzinfo=UTC)
    row = Reminder.objects.create(
        board=follow_up.board, case=follow_up.case, follow_up=follow_up, recipient=to, kind=kind, local_day=date(2026, 3, day),
        local_time=time(8), zone="Europe/London", due_at=due, **{"generation": day} | fields,
    )  # fmt: skip
    for channel in ("in_app", "email"):
        key = f"{row.pk}.{channel}"
        OutboxMessage.objects.create(reminder=row, channel=channel, recipient=to, dedupe_key=key, due_at=due)
    return row


def sent(row, channel, after=0):
    at = row.due_at + timedelta(minutes=after)
    OutboxMessage.objects.filter(reminder=row, channel=channel).update(status="sent", sent_at=at)


def became(row, channel, status):
    OutboxMessage.objects.filter(reminder=row, channel=channel).update(status=status)


@pytest.fixture
def made_told(pages, board, ana, chloe, omar, ravi):
    with on(3, 2):
        case = makers.make_case(board, by=ana)
        follow_up = makers.make_follow_up(case, by=ana, due_on=date(2026, 3, 9), assignee=omar)
        OutboxMessage.objects.all().delete()
        Reminder.objects.all().delete()
        due, late = write(follow_up, omar, 10, "due"), write(follow_up, omar, 17, "overdue")
        deputy = write(follow_up, ravi, 24, "escalation", generation=25)
        led = [
            write(follow_up, one, 24, "escalation", **more)
            for one, more in ((ana, {"instead_of": deputy}), (chloe, {}))
        ]
    with on(3, 10, 9):
        sent(due, "in_app")
        sent(due, "email", 6)
    with on(3, 17, 9):
        sent(late, "in_app", 5)
    with on(3, 18):
        became(late, "email", "failed")
    with on(3, 24, 9):
        for row in led:
            sent(row, "in_app")
            sent(row, "email")
        for channel in ("in_app", "email"):
            became(deputy, channel, "cancelled")
    with on(3, 26):
        became(led[1], "email", "failed")
    return follow_up


@pytest.fixture
def told(made_told):
    with on(3, 30):
        yield made_told


def counts(found):
    return {name: found[name] for name in ("in_time", "late", "failed", "unsent", "passed_on", "waiting", "withdrawn")}


def test_each_message_counts_once_by_what_became_of_it(told, chloe):
    total = asked(chloe, "reminders", **MARCH)["total"]
    assert counts(total) == {
        "in_time": 5, "late": 1, "failed": 2, "unsent": 0, "passed_on": 2, "waiting": 0, "withdrawn": 0,
    }  # fmt: skip
    assert (total["messages"], share(total["on_time"]), span(total["minutes_late"])) == (10, (5, 8), (1, 6, 6.0, 6))


def test_what_was_escalated_to_two_counts_once(told, chloe):
    total = asked(chloe, "reminders", **MARCH)["total"]
    assert (total["escalated"], total["told"]) == (1, 2)


def test_it_is_the_escalation_of_the_scorecard(told, chloe):
    from tests.careplans.reports.scorecard.asking import asked as scorecard

    one = next(one for one in scorecard(chloe, **MARCH)["results"] if one["name"] == "escalations")
    assert (one["figure"]["count"], one["detail"]["told"]["count"]) == (1, 2)


def test_by_channel_and_kind(told, chloe):
    found = {row["channel"]: counts(row) for row in asked(chloe, "reminders", by="channel", **MARCH)["results"]}
    assert (found["in_app"]["in_time"], found["email"]["in_time"], found["email"]["failed"]) == (4, 1, 2)
    kinds = {row["kind"]: row["messages"] for row in asked(chloe, "reminders", by="kind", **MARCH)["results"]}
    assert kinds == {"due": 2, "overdue": 2, "escalation": 6}


def test_as_of_a_day_a_mail_had_not_come_back_yet_and_what_was_not_sent_waited(told, chloe):
    """On the 17th one e-mail had not gone out, though its hour had passed; six messages waited for the 24th."""
    total = asked(chloe, "reminders", as_of="2026-03-17", since="2026-03-01", until="2026-03-31")["total"]
    assert counts(total) == {
        "in_time": 2, "late": 1, "failed": 0, "unsent": 1, "passed_on": 0, "waiting": 6, "withdrawn": 0,
    }  # fmt: skip
    total = asked(chloe, "reminders", as_of="2026-03-25", since="2026-03-01")["total"]
    assert (total["in_time"], total["failed"]) == (6, 1)


def test_hours_in_which_somebody_wants_to_be_left_alone_are_no_delay(told, chloe):
    late = OutboxMessage.objects.filter(channel="email", reminder__kind="due")
    late.update(held_until=datetime(2026, 3, 10, 8, 4, tzinfo=UTC))
    assert asked(chloe, "reminders", **MARCH)["total"]["late"] == 0


def test_a_figure_leads_to_its_case(told, chloe):
    [row] = rows_of(chloe, "reminders", measure="late", **MARCH)
    assert (row["case"], row["cells"]["channel"], row["cells"]["minutes_late"]) == (told.case_id, "email", 6)


def test_what_a_worker_holds_is_kept_as_what_waits(told):
    """A claim by itself is not told of: of each message there is what it was when it was written, and what it became."""
    from careplans.models import PastRow

    with on(3, 29):
        row = write(FollowUp.objects.get(pk=told.pk), told.assignee, 29, "overdue")
    message = row.messages.get(channel="email")
    rows = PastRow.objects.filter(noun="outboxmessage", row_id=message.pk)
    with on(3, 29, 11):
        message.__class__.objects.filter(pk=message.pk).update(
            status="claimed", token="0" * 32, lease_until=datetime(2026, 3, 29, 12, tzinfo=UTC)
        )
        assert rows.count() == 1
        sent(row, "email")
    assert [past.row and past.row["status"] for past in rows.order_by("pk")] == [None, "claimed"]
