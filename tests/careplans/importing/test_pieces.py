"""A large upload is looked at in pieces: it says what the import does, and holds the board for a moment at a time."""

from itertools import product
from types import SimpleNamespace

import pytest
from django.db import connection

from accounts.models import Role
from careplans.importing import pieces
from careplans.importing.carrying_out import read_upload
from careplans.importing.pieces import MOST_AT_ONCE, in_pieces
from careplans.models import Case, Patient
from common import writing
from tests.careplans.importing.sent import bring, bundle, condition, look, observation, patient, quantity
from tests.factories import join, make_board

SYLLABLES = ["bel", "dor", "fin", "gar", "hem", "jos", "kul", "lam", "mir", "nox", "pev", "rus"]


def somebody(at, **fields):
    """Like nobody else of the upload."""
    family, given = SYLLABLES[at % 12] + SYLLABLES[at // 12], SYLLABLES[-1 - at % 12] + "o" + SYLLABLES[at // 12]
    return patient(f"p{at}", f"N-{at:03}", **{"birthDate": f"{1940 + at}-05-17", **named(family, given), **fields})


def named(family, given, *others):
    return {"name": [{"use": "official", "family": family, "given": [given]}, *others]}


def with_case(at, **fields):
    return [somebody(at, **fields), condition(f"c{at}", f"Patient/p{at}", title=f"Ileal NET {at}")]


def many(count):
    return [one for at in range(count) for one in with_case(at)]


def known_by(system, value):
    return {"identifier": [number_of("Record number", "N-900"), number_of(system, value)]}


def number_of(system, value):
    return {"system": system, "type": {"text": system}, "value": value}


def read(content):
    return read_upload(None, format="fhir_bundle", content=content)


LAB = [
    {**somebody(at), "identifier": [number_of("Record number", f"N-{at:03}"), {"system": lab, "value": value}]}
    for at, lab, value in ((0, "Eastgate laboratory", "1"), (1, "EASTGATE  laboratory", "2"), (2, "Other", "3"))
]
CROSSING = {
    "a number twice": [*many(2), patient("p7", "N-001", **named("Zander", "Zoe"))],
    "the same name": [*many(2), somebody(7, **named("beldor", "rusobel")), somebody(8, **named("RUSOBEL", "Beldor"))],
    "a name in common, and a day": [
        somebody(0, **named("Zander", "Zoe")), *with_case(1), somebody(2, birthDate="1940", **named("Zander", "Yann")),
    ],
    "a further name that is another's": [
        somebody(0), somebody(1, **named("Zander", "Zoe", {"use": "maiden", "family": "belbel"})),
        somebody(2, **named("belbel", "Zoe")),
    ],
    "a system that is named in two ways": LAB,
    "one number of a system for two": [
        {**somebody(at), "identifier": [number_of("Record number", f"N-{at:03}"), {"system": "Lab", "value": "1"}]}
        for at in range(3)
    ],
    "a fact of another's tumour": [
        *many(3), observation("ki67_percent", of="Patient/p2", focus="Condition/c0", **quantity(4, "%")),
    ],
    "a fact of nobody's tumour": [*many(3), observation("ki67_percent", of="Patient/p2", focus="", **quantity(4, "%"))],
    "a sender who holds one for out of use": [*many(2), *with_case(2, active=False)],
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize(("what", "turned"), list(product(CROSSING, (False, True))))
def test_in_pieces_it_says_the_same_as_at_once(monkeypatch, board, ana, what, turned):
    """Each was seen to say something else when every person was a piece, but for the last three."""
    people = CROSSING[what]
    content = bundle(*(reversed(people) if turned else people))
    at_once = look(board, ana, content)
    monkeypatch.setattr(pieces, "MOST_AT_ONCE", 1)
    assert look(board, ana, content).digest == at_once.digest


@pytest.mark.django_db
def test_it_says_the_same_of_whoever_was_like_a_record_as_it_stood(monkeypatch, board, ana):
    """The first is renamed and born on another day, by which the second is like nobody any more."""
    bring(board, ana, bundle(somebody(0, **named("Zander", "Zoe"))))
    other = somebody(1, birthDate="1940-05-17", **named("Zander", "Yann"))
    content = bundle(somebody(0, birthDate="1951-02-03"), other, *with_case(2), number="B-2")
    at_once = look(board, ana, content)
    monkeypatch.setattr(pieces, "MOST_AT_ONCE", 1)
    assert look(board, ana, content).digest == at_once.digest


@pytest.mark.django_db
def test_what_was_looked_at_in_pieces_is_carried_out_at_once(monkeypatch, board, ana):
    found = [
        observation("ki67_percent", of=f"Patient/p{at}", focus=f"Condition/c{at}", **quantity(4, "%")) for at in (9, 3)
    ]
    done = bring(board, ana, bundle(*many(10), *found))
    assert done.done is not None
    assert (Patient.objects.count(), Case.objects.count()) == (10, 10)
    assert [part.place for part in done.parts] == [row.place for row in done.done.parts.order_by("pk")]


@pytest.mark.django_db
def test_whoever_knows_nothing_of_each_other_is_looked_at_apart(board):
    upload = read_upload(board, format="fhir_bundle", content=bundle(*many(40)))
    found = in_pieces(board, upload)
    assert max(piece.upload.parts for piece in found) <= MOST_AT_ONCE
    assert sorted(at for piece in found for at in piece.positions) == list(range(80))


@pytest.mark.django_db(transaction=True)
def test_a_large_preview_holds_the_board_no_longer_than_a_small_one(board, ana):
    """Seen to fail while it was one transaction: three times as many statements for three times as many people."""
    few, more = (longest(lambda n=n: look(board, ana, bundle(*many(n)))) for n in (6, 18))
    assert more <= few
    assert Patient.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_between_two_pieces_whoever_waits_for_sqlite_is_let_in(monkeypatch, board, ana):
    """Beside a preview without these pauses one other writer was seen to wait until its end."""
    slept = []
    monkeypatch.setattr(writing, "time", SimpleNamespace(sleep=slept.append))
    look(board, ana, bundle(*many(18)))
    assert len(slept) == (2 if connection.vendor == "sqlite" else 0)


@pytest.mark.django_db
def test_each_person_with_a_case_takes_as_many_statements_however_many_they_are(
    board, ana, django_assert_max_num_queries
):
    with django_assert_max_num_queries(12 * 60) as taken:
        look(board, ana, bundle(*many(12)))
    with django_assert_max_num_queries(2 * len(taken)):
        look(board, ana, bundle(*many(24)))


@pytest.mark.django_db
def test_whom_the_board_sees_is_no_guess_and_costs_none(board, ana, django_assert_max_num_queries):
    bring(board, ana, bundle(*many(12)))
    with django_assert_max_num_queries(12 * 20):
        shown = look(board, ana, bundle(*many(12), number="B-2"))
    assert shown.changes_nothing


@pytest.mark.django_db
def test_one_whom_only_another_board_sees_is_taken_on_in_a_piece_too(board, ana):
    second = make_board("Eastgate", institution=board.institution)
    join(ana, second, Role.COORDINATOR)
    bring(second, ana, bundle(*many(10)))
    done = bring(board, ana, bundle(*many(10), number="B-2"))
    assert {part.does.value for part in done.parts if part.kind == "Patient"} == {"taken_on"}


@pytest.mark.django_db
def test_a_new_patient_who_is_named_twice_is_imported(board, ana):
    """Seen to fail: the key of the row that the preview took back was part of what was confirmed."""
    people = [somebody(0), {**somebody(0), "id": "again"}]
    assert [part.does.value for part in bring(board, ana, bundle(*people)).parts] == ["added", "already"]


def longest(do):
    """How many statements the longest transaction has."""
    counts = [0]

    def count(execute, sql, params, many, context):
        if connection.in_atomic_block:
            counts[-1] += 1
        elif counts[-1]:
            counts.append(0)
        return execute(sql, params, many, context)

    commit, rollback = connection._commit, connection._rollback
    connection._commit = lambda: (counts.append(0), commit())
    connection._rollback = lambda: (counts.append(0), rollback())
    try:
        with connection.execute_wrapper(count):
            do()
    finally:
        del connection._commit, connection._rollback
    return max(counts)
