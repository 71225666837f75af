"""How many statements each page, call and write of the bench sends: no more than `statements.txt` says, and not many fewer.

Counted as the database sees them, BEGIN, COMMIT and SAVEPOINT included, on rows that are there for good: where a test's own
transaction stands around a request, a COMMIT is none.
"""

from pathlib import Path

import pytest
from django.db import connection
from django.test import override_settings

from accounts.models import Board
from bench.large import Size, make_large
from bench.statements import heard
from bench.targets import BOARD, Doors, targets
from tests.databases import empty

LIST = Path(__file__).with_name("statements.txt")
COLUMN = {"postgresql": 0, "sqlite": 1}[connection.vendor]
# An entry that is higher than this above what is sent would hide what comes back.
SLACK = 1


def entries():
    rows = [line.rsplit(maxsplit=1) for line in LIST.read_text().splitlines() if line and not line.startswith("#")]
    return {name: int(counts.split("/")[COLUMN if "/" in counts else 0]) for name, counts in rows}


@pytest.fixture(scope="module")
def sent(django_db_setup, django_db_blocker):
    """Name of a page, and the statements of its third request: by then the session knows its board."""
    with django_db_blocker.unblock(), override_settings(METRICS_TOKEN="only-for-tests"):
        try:
            make_large(Size(80, 1, BOARD), say=lambda line: None)
            doors, found = Doors(), {}
            for target in targets(Board.objects.get(name=BOARD)):
                found[target.name] = statements_of(doors.begin(target))
            yield found
        finally:
            empty(connection)


def statements_of(go):
    go()
    go()
    with heard() as said:
        answer = go()
    assert answer.status_code in (200, 302)
    return said


def told(sent, names):
    """As it stands in the list, to be taken over; and what was sent."""
    lines = [f"{name}: {entries().get(name, 'no entry')} -> {len(sent[name])}" for name in names]
    return "\n".join([*lines, *(line[:150] for name in names[:1] for line in sent[name])])


def test_every_page_call_and_write_of_the_bench_has_an_entry(sent):
    missing = sorted(set(sent) - set(entries()))
    assert not missing, told(sent, missing)


def test_nothing_that_is_gone_has_an_entry(sent):
    assert set(entries()) <= set(sent)


def test_no_page_call_or_write_sends_more_than_its_entry_says(sent):
    above = [name for name, row in entries().items() if len(sent.get(name, ())) > row]
    assert not above, told(sent, above)


def test_no_entry_is_left_behind_by_an_improvement(sent):
    stale = [name for name, row in entries().items() if row > len(sent.get(name, ())) + SLACK]
    assert not stale, told(sent, stale)


def test_the_list_is_sorted():
    assert list(entries()) == sorted(entries(), key=str.casefold)


def test_a_transaction_and_its_savepoint_are_counted(django_db_blocker, django_db_setup):
    from django.db import transaction

    with django_db_blocker.unblock(), heard() as said, transaction.atomic(), transaction.atomic():
        Board.objects.count()
    assert [line.strip('"').split()[0].strip(";") for line in said] == [
        "BEGIN",
        "SAVEPOINT",
        "SELECT",
        "RELEASE",
        "COMMIT",
    ]
