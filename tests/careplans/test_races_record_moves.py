"""Two records become one while others work: whatever comes first, no case is left under a record that has ended."""

import pytest

from careplans.models import CareEnd, Case, Event, MovedCase, Patient, RecordMove
from careplans.services.care_ends import record_death
from careplans.services.cases import change_case, open_case, reopen_case
from careplans.services.patients import change_patient
from careplans.services.record_moves import ask_merge, ask_move_case, confirm, decline, undo
from tests.careplans import makers

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.long]
WHY = "Same insurance number."


@pytest.fixture
def trio(board, ana):
    """Three records, the first two with a case each."""
    patients = [makers.make_patient(board, by=ana, record_number=f"SYN-{number}") for number in (1, 2, 3)]
    for patient in patients[:2]:
        open_case(patient, by=ana, title="Ileal NET", responsible=ana, status="accepted")
    return patients


def now(row):
    return type(row).objects.get(pk=row.pk)


def asking(old, new, by):
    return lambda: ask_merge(now(old), by=by, into=new.pk, reason=WHY)


def confirming(move, by):
    def run():
        row = now(move)
        versions = {"from_version": row.from_patient.version, "to_version": row.to_patient.version}
        return confirm(row, by=by, expected_version=row.version, **versions)

    return run


def undoing(move, by):
    return lambda: undo(now(move), by=by, expected_version=now(move).version, reason="Sisters.")


def lost():
    """Cases under a record that leads to another, records that lead to one that leads on, and events that tell it otherwise."""
    cases = list(Case.objects.filter(patient__merged_into__isnull=False))
    chained = list(Patient.objects.filter(merged_into__merged_into__isnull=False))
    return cases + chained


def test_two_merges_that_cross_are_not_both_asked_for(track, trio, ana, chloe):
    one, two, _ = trio
    for met in track.rounds(asking(one, two, ana), asking(two, one, chloe), count=40):
        assert met.is_clean and sum(met.won) == 1, met
        assert RecordMove.objects.asked().count() == 1, met


def test_of_two_merges_that_meet_at_one_record_none_leads_into_the_void(track, trio, ana, chloe):
    one, two, three = trio
    first = ask_merge(one, by=ana, into=two.pk, reason=WHY)
    second = RecordMove.objects.create(
        kind="merge", board=first.board, from_patient=two, to_patient=three, reason=WHY, asked_by=ana
    )
    for met in track.rounds(confirming(first, chloe), confirming(second, chloe), count=40):
        assert met.is_clean, met
        assert lost() == [], met


def test_a_case_that_is_opened_while_the_record_is_merged_is_not_left_behind(track, trio, ana, chloe):
    one, two, _ = trio
    move = ask_merge(one, by=ana, into=two.pk, reason=WHY)

    def opens():
        return open_case(now(one), by=ana, title="Second", responsible=ana, status="accepted")

    for met in track.rounds(opens, confirming(move, chloe), count=40):
        assert met.is_clean and met.won[1], met
        assert lost() == [], met


def test_a_case_that_is_changed_while_it_moves_keeps_both(track, trio, ana, chloe):
    one, two, _ = trio
    move = ask_merge(one, by=ana, into=two.pk, reason=WHY)
    case = Case.objects.get(patient=one)

    def changes():
        row = now(case)
        return change_case(row, by=ana, expected_version=row.version, title="Appendiceal NET")

    for met in track.rounds(changes, confirming(move, chloe), count=40):
        assert met.is_clean and met.won[1], met
        assert now(case).patient == two, met
        assert (now(case).title == "Appendiceal NET") == met.won[0], met


def test_details_that_are_changed_meanwhile_are_seen_before_it_is_confirmed(track, trio, ana, chloe):
    one, two, _ = trio
    move = ask_merge(one, by=ana, into=two.pk, reason=WHY)

    def changes():
        row = now(two)
        return change_patient(row, by=ana, expected_version=row.version, given_name="Sibylla")

    for met in track.rounds(changes, confirming(move, chloe), count=40):
        assert met.is_clean and any(met.won), met
        assert lost() == [], met


def test_it_is_confirmed_once_and_what_moved_is_told_once(track, trio, ana, chloe, board):
    one, two, _ = trio
    move = ask_merge(one, by=ana, into=two.pk, reason=WHY)
    for met in track.rounds(confirming(move, chloe), confirming(move, chloe), count=40):
        assert met.is_clean and sum(met.won) == 1, met
        assert MovedCase.objects.count() == 1 and Event.objects.filter(kind="patient_merged").count() == 1, met


def test_confirmed_or_declined_and_not_both(track, trio, ana, chloe):
    one, two, _ = trio
    move = ask_merge(one, by=ana, into=two.pk, reason=WHY)

    def declines():
        return decline(now(move), by=chloe, expected_version=now(move).version, reason="Twins.")

    for met in track.rounds(confirming(move, chloe), declines, count=40):
        assert met.is_clean and sum(met.won) == 1, met
        assert (now(one).merged_into is not None) == met.won[0], met


def test_a_case_that_is_opened_while_a_merge_is_undone_stays_with_whom_it_was_opened_for(track, trio, ana, chloe):
    one, two, _ = trio
    move = confirming(ask_merge(one, by=ana, into=two.pk, reason=WHY), chloe)()

    def opens():
        return open_case(now(two), by=ana, title="Second", responsible=ana, status="accepted")

    for met in track.rounds(opens, undoing(move, ana), count=40):
        assert met.is_clean and all(met.won), met
        assert lost() == [] and Case.objects.get(title="Second").patient == two, met


def test_undone_twice_it_goes_back_once(track, trio, ana, chloe):
    one, two, _ = trio
    move = confirming(ask_merge(one, by=ana, into=two.pk, reason=WHY), chloe)()
    for met in track.rounds(undoing(move, ana), undoing(move, chloe), count=40):
        assert met.is_clean and sum(met.won) == 1, met
        assert Event.objects.filter(kind="patient_merge_undone").count() == 1, met


def test_a_death_while_the_records_are_merged_leaves_no_case_open(track, trio, ana, chloe):
    one, two, _ = trio
    move = ask_merge(one, by=ana, into=two.pk, reason=WHY)

    def dies():
        row = now(two)
        return record_death(row, by=ana, expected_version=row.version, source="Ward", year=2026, month=None, day=None)

    for met in track.rounds(dies, confirming(move, chloe), count=40):
        assert met.is_clean and any(met.won), met
        open_of_dead = Case.objects.open().filter(patient__in=CareEnd.objects.values("patient"))
        assert lost() == [] and not open_of_dead.exists(), met


def test_a_case_that_is_reopened_while_it_moves_is_not_open_for_the_dead(track, trio, ana, chloe):
    one, two, _ = trio
    case = Case.objects.get(patient=one)
    Case.objects.filter(pk=case.pk).update(status="closed", close_reason="discharged")
    record_death(now(two), by=ana, expected_version=1, source="Ward", year=2026, month=None, day=None)
    move = ask_move_case(now(case), by=ana, to=two.pk, reason="Wrong patient.")

    def reopens():
        return reopen_case(now(case), by=ana, reason="Too early.")

    for met in track.rounds(reopens, confirming(move, chloe), count=40):
        assert met.is_clean and any(met.won), met
        assert not Case.objects.open().filter(patient=two, pk=case.pk).exists(), met
