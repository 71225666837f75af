"""A40: what another program merged is asked for here, and confirmed by a second person."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from careplans.models import Import, Patient, RecordMove
from careplans.services.record_moves import confirm
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.importing.sent import adt, bring, does, look, pid, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def two(board, ana):
    return [makers.make_patient(board, by=ana, record_number=number) for number in ("N-1", "N-2")]


def a40(old="N-1", new="N-2", number="M-1"):
    return adt(pid(record=new), f"MRG|{old}^^^Record number^MR", event="A40", number=number)


def test_it_asks_and_merges_nothing(board, ana, chloe, two):
    old, new = two
    outcome = bring(board, ana, a40())
    assert does(outcome) == [("Merge", "asked")]
    move = RecordMove.objects.get()
    assert (move.from_patient, move.to_patient, move.status, move.asked_by) == (old, new, "asked", ana)
    assert "M-1" in move.reason
    assert Patient.objects.get(pk=old.pk).merged_into is None
    confirm(
        move,
        by=chloe,
        expected_version=move.version,
        from_version=move.from_patient.version,
        to_version=move.to_patient.version,
    )
    assert Patient.objects.get(pk=old.pk).merged_into == new
    assert does(bring(board, ana, a40(number="M-2"))) == [("Merge", "already")]


def test_asked_twice_it_is_asked_once(board, ana, chloe, two):
    bring(board, ana, a40())
    outcome = bring(board, chloe, a40(number="M-2"))
    assert does(outcome) == [("Merge", "already")] and "Ana Coordinator asked for this merge already" in told(outcome)
    assert RecordMove.objects.count() == 1


def test_details_in_it_change_nobody(board, ana, two):
    outcome = bring(board, ana, a40())
    assert "details of the patient come with A08" in told(outcome)
    assert {row.family_name for row in Patient.objects.all()} == {"Ashdown"}


def test_a_record_that_the_board_does_not_know_is_refused(board, ana, two, eve):
    makers.make_patient(eve.board, by=eve, record_number="N-9")
    for number in ("N-9", "N-404"):
        shown = look(board, ana, a40(old=number))
        assert [(one.place, "knows no patient" in one.words) for one in shown.problems] == [("MRG-1", True)]
    with pytest.raises(ValidationError, match="knows no patient"):
        bring(board, ana, a40(old="N-9"))
    assert not RecordMove.objects.exists() and not Import.objects.exists()


def page(client, person, row):
    client.force_login(person)
    return client.get(reverse("careplans:import", args=[row.pk])).content.decode()


def test_the_page_of_the_import_says_who_is_to_confirm_and_leads_there(board, ana, chloe, client, two):
    row = bring(board, ana, a40()).done
    move = RecordMove.objects.get()
    told = page(client, ana, row)
    assert "waits for a second person" in told and "Chloe Chair" in told and "can confirm it" in told
    assert reverse("careplans:record_move", args=[move.pk]) in told
    versions = {"from_version": move.from_patient.version, "to_version": move.to_patient.version}
    confirm(move, by=chloe, expected_version=move.version, **versions)
    told = page(client, ana, row)
    assert "can confirm it" not in told and reverse("careplans:record_move", args=[move.pk]) in told


def test_where_nobody_can_confirm_it_says_so(board, ana, client, two):
    assert "Nobody else on your boards may confirm it yet" in page(client, ana, bring(board, ana, a40()).done)


def test_a_merge_asked_for_before_leads_to_the_same_request(board, ana, chloe, client, two):
    bring(board, ana, a40())
    again = bring(board, chloe, a40(number="M-2")).done
    assert reverse("careplans:record_move", args=[RecordMove.objects.get().pk]) in page(client, chloe, again)


def test_a_merge_asks_nothing(board, ana, two):
    """Details beside the numbers come with A08, as each A40 has them."""
    assert look(board, ana, a40()).questions == []


def merged(board, ana, **other):
    makers.make_patient(board, by=ana, record_number="N-1", sex="female")
    makers.make_patient(board, by=ana, record_number="N-2", **{"sex": "female"} | other)
    return told(look(board, ana, a40()))


@pytest.mark.parametrize(
    ("other", "differs"),
    [
        ({"family_name": "Beech", "given_name": "Zoe"}, "name (Ashdown, Synthetic; Beech, Zoe)"),
        ({"sex": "male"}, "sex (Female; Male)"),
        ({"birth_date": date(1931, 2, 3)}, "date of birth (17 May 1960; 3 Feb 1931)"),
    ],
)
def test_two_who_differ_are_told_so_before_anybody_asks(board, ana, other, differs):
    words = merged(board, ana, **other)
    assert f"The two records differ in {differs}: are they of one person?" in words


def test_two_who_differ_in_all_are_told_so_in_one_sentence(board, ana):
    words = merged(board, ana, family_name="Beech", given_name="Zoe", sex="male", birth_date=date(1931, 2, 3))
    assert "differ in name (" in words and "), date of birth (" in words and ") and sex (" in words


@pytest.mark.parametrize("other", [{}, {"sex": "unknown"}, {"family_name": "Beech"}, {"birth_date": PartialDate(1960)}])
def test_what_may_be_the_same_is_no_difference(board, ana, other):
    """A marriage, a sex that one record does not know, a year alone."""
    assert "differ in" not in merged(board, ana, **other)
