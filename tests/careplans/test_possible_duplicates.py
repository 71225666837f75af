"""Who may be the person that somebody is about to add, and why: a warning, never a refusal."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import IdentifierSystem
from careplans.models import Patient
from careplans.readers.duplicates import twins_of, with_twins
from careplans.services.patient_names import add_name
from careplans.services.patients import change_patient
from careplans.services.possible_duplicates import possible_duplicates
from careplans.services.record_moves import ask_merge, confirm
from tests.careplans import makers
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
BORN = date(1961, 2, 3)


@pytest.fixture
def mueller(board, ana):
    return makers.make_patient(
        board, by=ana, record_number="SYN-1", family_name="Müller-Quill", given_name="Ana Maria", birth_date=BORN
    )


def warned(board, family_name, given_name, birth_date=date(1999, 1, 1), **more):
    twins = possible_duplicates(
        board, family_name=family_name, given_name=given_name, birth_date=birth_date, record_number="X", **more
    )
    return [twin.why for twin in twins]


@pytest.mark.parametrize(
    ("family", "given", "born", "why"),
    [
        ("Mueller-Quill", "Ana Maria", None, "the same name"),
        ("Ana Maria", "Müller Quill", None, "the same name the other way round"),
        ("Quill", "Eve", BORN, "a name in common, the same date of birth"),
        ("Birch", "Maria", BORN, "a name in common, the same date of birth"),
        ("Mueller", "A.", BORN, "a name in common, the same date of birth"),
        ("muller quill", "ana maria", BORN, "the same name, the same date of birth"),
    ],
)
def test_warned(board, mueller, family, given, born, why):
    assert warned(board, family, given, born or date(1999, 1, 1)) == [why]


@pytest.mark.parametrize(
    ("family", "given", "born"), [("Birch", "Eve", BORN), ("Quill", "Eve", None), ("Birch", "A.", BORN)]
)
def test_not_warned(board, mueller, family, given, born):
    assert warned(board, family, given, born or date(1999, 1, 1)) == []


def test_warned_of_a_former_name(board, ana, mueller):
    add_name(mueller, by=ana, expected_version=1, kind="former", family_name="Zander")
    assert warned(board, "Ana Maria", "Zander") == ["former name Zander"]
    assert warned(board, "Zander", "Eve", BORN) == ["former name Zander, the same date of birth"]


def test_warned_of_the_same_further_number_however_it_is_parted(board, ana, mueller):
    system = IdentifierSystem.objects.create(institution=board.institution, name="NHS number")
    change_patient(mueller, by=ana, expected_version=1, numbers={system.pk: "943 476 5919"})
    assert warned(board, "Birch", "Eve", numbers={system.pk: "943-4765919"}) == ["the same NHS number"]
    page = browser(ana).post(
        url("patient_new", board.pk),
        {"record_number": "X", "family_name": "Birch", "given_name": "Eve", "birth_date": "1999-01-01", "sex": "female",
         f"number_{system.pk}": "9434765919"},
    )  # fmt: skip
    assert page.status_code == 400 and "the same NHS number" in page.content.decode()
    assert Patient.objects.count() == 1


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        (("García Márquez", "José"), ("García", "Pepe"), True),
        (("García", "Pepe"), ("García-Márquez", "José"), True),
        (("Al Hassan", "Noor"), ("Alhassan", "Sami"), True),
        (("van der Testberg", "Jan"), ("Testberg", "Piet"), True),
        (("Müller-Quill", "Ana"), ("Mueller", "Eve"), True),
        (("Lindenbaum", "Anna"), ("Li", "An"), False),
        (("Li", "An"), ("Lindenbaum", "Anna"), False),
        (("Birch", "A."), ("Cedar", "A."), False),
        (("Birch", "Eve"), ("Cedar", "Anna"), False),
    ],
)
def test_who_is_warned_of_is_listed_once_both_stand_and_nobody_else(board, ana, one, other, is_alike):
    """One rule, asked of who is typed, of the list and of a pair."""
    stands = makers.make_patient(
        board, by=ana, record_number="SYN-1", family_name=one[0], given_name=one[1], birth_date=BORN
    )
    assert bool(warned(board, *other, BORN)) == is_alike
    twin = makers.make_patient(
        board, by=ana, record_number="SYN-2", family_name=other[0], given_name=other[1], birth_date=BORN
    )
    assert set(with_twins(board.pk)) == ({stands, twin} if is_alike else set())
    assert twins_of([stands, twin], board.pk) == {
        stands.pk: [twin] if is_alike else [], twin.pk: [stands] if is_alike else [],
    }  # fmt: skip


def test_a_date_of_birth_is_never_the_only_reason(board, ana, chloe):
    old = makers.make_patient(
        board, by=ana, record_number="SYN-1", family_name="Birch", given_name="Eve", birth_date=BORN
    )
    new = makers.make_patient(
        board, by=ana, record_number="SYN-2", family_name="Cedar", given_name="Eve", birth_date=BORN
    )
    move = ask_merge(old, by=ana, into=new.pk, reason="Same letter")
    confirm(move, by=chloe, expected_version=1, from_version=old.version, to_version=new.version)
    assert warned(board, "Birch", "Maria", BORN) == ["a record that was merged into it, the same date of birth"]


def test_the_most_alike_comes_first(board, ana, mueller):
    makers.make_patient(
        board, by=ana, record_number="SYN-2", family_name="Aa", given_name="Müller-Quill", birth_date=BORN
    )
    assert warned(board, "Müller-Quill", "Ana Maria", BORN) == [
        "the same name, the same date of birth",
        "a name in common, the same date of birth",
    ]


def test_it_costs_the_same_for_two_and_for_twelve(board, ana):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert warned(board, "Ashdown", "Synthetic")
        return len(captured)

    for number in range(2):
        makers.make_patient(board, by=ana, record_number=f"SYN-{number}")
    few = cost()
    for number in range(2, 12):
        makers.make_patient(board, by=ana, record_number=f"SYN-{number}")
    assert cost() == few <= 5
