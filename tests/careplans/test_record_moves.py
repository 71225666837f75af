"""Two records of one person become one, and a case goes to the patient whose it is: by two people, and undone."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, Notice
from careplans.models import Case, Event, MovedCase, Patient, PatientBoard, PatientChange, Plan, RecordMove
from careplans.services.care_ends import correct_death, record_death
from careplans.services.cases import open_case
from careplans.services.known_patients import look_up, take_known_patient
from careplans.services.letting_go import let_go_of_patient
from careplans.services.patients import change_patient
from careplans.services.record_moves import ask_merge, ask_move_case, confirm, decline, undo, withdraw
from common.errors import Conflict
from tests import factories
from tests.careplans import makers

pytestmark = pytest.mark.django_db
WHY = "Same insurance number, seen on both letters."


@pytest.fixture
def old(board, ana):
    """The record that ends: with a case and a plan in force."""
    return makers.make_patient(board, by=ana, record_number="SYN-1")


@pytest.fixture
def new(board, ana):
    return makers.make_patient(
        board, by=ana, record_number="SYN-2", family_name="Ashdowne", birth_date=date(1961, 5, 17)
    )


@pytest.fixture
def case(old, ana):
    return open_case(old, by=ana, title="Ileal NET", responsible=ana, status="accepted")


def now(row):
    return type(row).objects.get(pk=row.pk)


def asked(old, new, *, by):
    return ask_merge(now(old), by=by, into=new.pk, reason=WHY)


def seen(move):
    """The versions that somebody saw who looks at it now."""
    move = now(move)
    return {
        "expected_version": move.version, "from_version": move.from_patient.version, "to_version": move.to_patient.version,
    }  # fmt: skip


def confirmed(move, *, by, **given):
    return confirm(now(move), by=by, **(seen(move) | given))


def merged(old, new, *, by, asker):
    return confirmed(asked(old, new, by=asker), by=by)


def undone(move, *, by, reason="They are sisters."):
    return undo(now(move), by=by, expected_version=now(move).version, reason=reason)


def record_dead(patient, *, by, year=2026, month=None, day=None):
    patient = now(patient)
    return record_death(
        patient, by=by, expected_version=patient.version, source="Ward", year=year, month=month, day=day
    )


def boards_of(patient):
    return set(PatientBoard.objects.filter(patient=patient).values_list("board__name", flat=True))


# Merging


def test_nothing_changes_before_a_second_person_confirms(old, new, case, ana):
    asked(old, new, by=ana)
    assert now(old).merged_into is None and now(case).patient == old


def test_once_confirmed_the_cases_are_of_the_record_that_stands(old, new, case, ana, chloe):
    move = merged(old, new, by=chloe, asker=ana)
    assert now(old).merged_into == new and now(case).patient == new
    assert (now(move).status, now(move).decided_by) == ("confirmed", chloe)
    assert MovedCase.objects.get().case == case


def test_whoever_asked_does_not_confirm(old, new, chloe):
    move = asked(old, new, by=chloe)
    with pytest.raises(ValidationError, match="Another person"):
        confirmed(move, by=chloe)


def test_a_member_asks_and_does_not_confirm(old, new, ana, omar):
    move = asked(old, new, by=omar)
    with pytest.raises(PermissionDenied):
        confirmed(move, by=omar)
    assert confirmed(move, by=ana).stands


def test_an_observer_does_not_ask(old, new, nina):
    with pytest.raises(PermissionDenied):
        asked(old, new, by=nina)


def test_one_whom_nobody_of_the_boards_knows_is_not_named(old, other_board, otto, ana):
    stranger = makers.make_patient(other_board, by=otto)
    with pytest.raises(ValidationError, match="None of your boards knows that patient"):
        asked(old, stranger, by=ana)


def test_whoever_sees_only_one_of_the_two_does_not_confirm(old, new, ana, eve):
    take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=old.birth_date)
    move = asked(old, new, by=ana)
    with pytest.raises(PermissionDenied):
        confirmed(move, by=eve)


def test_a_reason_is_asked_for(old, new, ana):
    with pytest.raises(ValidationError, match="Say how it is known"):
        ask_merge(old, by=ana, into=new.pk, reason="  ")


def test_what_changed_since_the_second_person_looked_is_a_conflict(old, new, ana, chloe):
    move = asked(old, new, by=ana)
    what = seen(move)
    change_patient(now(new), by=ana, expected_version=new.version, family_name="Beechwood")
    with pytest.raises(Conflict):
        confirm(now(move), by=chloe, **what)
    assert now(old).merged_into is None


def test_it_is_confirmed_once(old, new, ana, chloe, board):
    move = asked(old, new, by=ana)
    what = seen(move)
    confirm(now(move), by=chloe, **what)
    with pytest.raises((Conflict, ValidationError)):
        confirm(now(move), by=chloe, **what)


def test_the_same_is_not_asked_twice_in_either_direction(old, new, ana, chloe):
    asked(old, new, by=ana)
    for one, other in ((old, new), (new, old)):
        with pytest.raises(ValidationError, match="Ana Coordinator has asked for a merge"):
            asked(one, other, by=chloe)


def test_a_record_is_not_merged_into_itself(old, ana):
    with pytest.raises(ValidationError, match="same record"):
        asked(old, old, by=ana)


def test_what_was_merged_is_not_merged_again(board, old, new, ana, chloe):
    merged(old, new, by=chloe, asker=ana)
    third = makers.make_patient(board, by=ana, record_number="SYN-3")
    for one, other in ((old, third), (third, old)):
        with pytest.raises(ValidationError, match="was merged into SYN-2"):
            asked(one, other, by=ana)


@pytest.mark.parametrize("exact", ["old", "new"])
def test_of_two_deaths_that_can_be_one_the_more_exact_is_kept_until_it_is_undone(old, new, ana, chloe, exact):
    for name, patient in (("old", old), ("new", new)):
        record_dead(patient, by=ana, **({"month": 5, "day": 4} if name == exact else {}))
    before = now(new).ended
    move = merged(old, new, by=chloe, asker=ana)
    assert now(new).ended == "died 4 May 2026"
    assert PatientChange.objects.filter(patient=new, field="died_day", by=chloe).exists() is (exact == "old")
    undone(move, by=chloe)
    assert now(new).ended == before


def test_a_death_without_a_date_can_be_any(old, new, ana, chloe):
    record_dead(old, by=ana, month=5, day=4)
    record_dead(new, by=ana, year=None)
    merged(old, new, by=chloe, asker=ana)
    assert now(new).ended == "died 4 May 2026"


@pytest.mark.parametrize("dead", ["old", "new"])
def test_one_dead_and_one_alive_are_not_merged(old, new, ana, chloe, dead):
    record_dead({"old": old, "new": new}[dead], by=ana)
    with pytest.raises(ValidationError, match="record the death on"):
        asked(old, new, by=ana)


def test_two_dates_of_death_are_not_merged(old, new, ana):
    record_dead(old, by=ana)
    record_dead(new, by=ana, year=2025)
    with pytest.raises(ValidationError, match="two dates of death"):
        asked(old, new, by=ana)


def test_a_death_that_both_say_is_not_taken_back_on_one(old, new, ana, chloe):
    record_dead(old, by=ana)
    record_dead(new, by=ana)
    merged(old, new, by=chloe, asker=ana)
    patient = now(new)
    with pytest.raises(ValidationError, match="Undo the merge first"):
        correct_death(patient, by=chloe, expected_version=patient.version, reason="Mixed up.")


def test_a_plan_in_force_keeps_its_hash_and_goes_on(board, ana, chloe, new):
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    merged(case.patient, new, by=chloe, asker=ana)
    after = Plan.objects.get(pk=plan.pk)
    assert (after.status, after.content_hash, after.version) == (plan.status, plan.content_hash, plan.version)
    assert after.case.patient == new


def test_whoever_has_the_case_open_is_told(old, new, case, ana, chloe):
    merged(old, new, by=chloe, asker=ana)
    assert now(case).version == case.version + 1


# What leads to the record that stands


def test_names_and_numbers_of_both_find_the_one_that_stands(old, new, ana, chloe, board):
    change_patient(now(old), by=ana, expected_version=old.version, given_name="Sibylla")
    merged(old, new, by=chloe, asker=ana)
    for text in ("SYN-1", "SYN-2", "Sibylla", "Ashdowne"):
        assert list(Patient.objects.of_boards([board.pk]).standing().search(text)) == [new], text


def test_the_number_of_the_record_that_ended_is_not_given_again(board, old, new, ana, chloe):
    merged(old, new, by=chloe, asker=ana)
    with pytest.raises(ValidationError, match="already a patient"):
        makers.make_patient(board, by=ana, record_number="SYN-1")


def test_another_board_that_types_the_old_number_takes_on_the_one_that_stands(old, new, ana, chloe, eve):
    merged(old, new, by=chloe, asker=ana)
    number = {"record_number": "SYN-1", "birth_date": old.birth_date}
    assert look_up(eve.board, by=eve, **number).patient == new
    assert take_known_patient(eve.board, by=eve, **number) == new


@pytest.mark.parametrize("verb", ["change", "open", "death", "let go"])
def test_nothing_is_written_to_the_record_that_ended(old, new, ana, chloe, board, verb):
    merged(old, new, by=chloe, asker=ana)
    row = now(old)
    with pytest.raises(ValidationError, match="was merged into SYN-2"):
        match verb:
            case "change":
                change_patient(row, by=ana, expected_version=row.version, given_name="Other")
            case "open":
                open_case(row, by=ana, title="Second", responsible=ana, status="accepted")
            case "death":
                record_dead(row, by=ana)
            case "let go":
                let_go_of_patient(row, by=ana, expected_version=row.version, board=board.pk, reason="not_ours")


def test_boards_of_the_record_that_ended_know_the_other_and_see_their_own_cases_only(old, new, ana, chloe, eve):
    take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=old.birth_date)
    hers = open_case(old, by=eve, title="Lung NET", responsible=eve, status="accepted", board=eve.board)
    open_case(new, by=ana, title="Ileal NET", responsible=ana, status="accepted")
    merged(old, new, by=chloe, asker=ana)
    assert boards_of(new) == {"Northgate", "Eastgate"}
    assert list(Case.objects.visible_to(eve).filter(patient=new)) == [hers]


def test_a_chain_leads_to_its_end(board, old, new, ana, chloe):
    third = makers.make_patient(board, by=ana, record_number="SYN-3")
    merged(old, new, by=chloe, asker=ana)
    merged(new, third, by=chloe, asker=ana)
    assert {now(old).merged_into, now(new).merged_into} == {third}


# Undoing


def test_undone_everything_stands_as_before(old, new, case, ana, chloe, eve):
    take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=old.birth_date)
    move = merged(old, new, by=chloe, asker=ana)
    undone(move, by=ana)
    assert now(old).merged_into is None and now(case).patient == old
    assert boards_of(new) == {"Northgate"} and boards_of(old) == {"Northgate", "Eastgate"}
    assert (now(move).status, now(move).undone_by) == ("undone", ana)
    assert MovedCase.objects.get().went_back_at is not None


def test_what_was_opened_since_stays_and_what_was_written_in_a_case_goes_back_with_it(old, new, case, ana, chloe):
    move = merged(old, new, by=chloe, asker=ana)
    since = open_case(now(new), by=ana, title="Second primary", responsible=ana, status="accepted")
    plan = makers.make_plan(now(case), by=ana)
    undone(move, by=ana)
    assert now(since).patient == new and Plan.objects.get(pk=plan.pk).case.patient == old


def test_a_board_that_has_opened_a_case_since_keeps_the_patient(old, new, ana, chloe, eve):
    take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=old.birth_date)
    move = merged(old, new, by=chloe, asker=ana)
    open_case(now(new), by=eve, title="Lung NET", responsible=eve, status="accepted", board=eve.board)
    undone(move, by=ana)
    assert boards_of(new) == {"Northgate", "Eastgate"}


def test_of_a_chain_the_later_merge_is_undone_first(board, old, new, ana, chloe):
    third = makers.make_patient(board, by=ana, record_number="SYN-3")
    first = merged(old, new, by=chloe, asker=ana)
    second = merged(new, third, by=chloe, asker=ana)
    with pytest.raises(ValidationError, match="Undo that merge first"):
        undone(first, by=ana)
    undone(second, by=ana)
    assert (now(old).merged_into, now(new).merged_into) == (new, None)
    undone(first, by=ana)
    assert now(old).merged_into is None


def test_after_a_death_since_it_is_not_undone(old, new, ana, chloe):
    move = merged(old, new, by=chloe, asker=ana)
    record_dead(new, by=ana)
    with pytest.raises(ValidationError, match="Since the merge it was recorded that the patient died"):
        undone(move, by=chloe)


def test_it_is_undone_with_a_reason_and_once(old, new, ana, chloe):
    move = merged(old, new, by=chloe, asker=ana)
    with pytest.raises(ValidationError, match="Give a reason"):
        undone(move, by=ana, reason=" ")
    undone(move, by=ana)
    with pytest.raises(ValidationError, match="cannot become"):
        undone(move, by=ana)


def test_a_member_does_not_undo(old, new, ana, chloe, omar):
    move = merged(old, new, by=chloe, asker=ana)
    with pytest.raises(PermissionDenied):
        undone(move, by=omar)


def test_once_undone_it_can_be_asked_again(old, new, ana, chloe):
    undone(merged(old, new, by=chloe, asker=ana), by=ana)
    assert merged(old, new, by=chloe, asker=ana).stands


# Moving a case


def move_asked(case, new, *, by):
    return ask_move_case(now(case), by=by, to=new.pk, reason="The letter is of the other patient.")


def test_a_case_goes_to_the_other_patient_and_both_records_stand(old, new, case, ana, chloe):
    other = open_case(now(old), by=ana, title="Second", responsible=ana, status="accepted")
    confirmed(move_asked(case, new, by=ana), by=chloe)
    assert now(case).patient == new and now(other).patient == old
    assert now(old).merged_into is None


def test_it_goes_back(old, new, case, ana, chloe):
    move = confirmed(move_asked(case, new, by=ana), by=chloe)
    undone(move, by=chloe)
    assert now(case).patient == old


def test_it_goes_back_to_the_record_that_stands_for_where_it_came_from(board, old, new, case, ana, chloe):
    third = makers.make_patient(board, by=ana, record_number="SYN-3")
    move = confirmed(move_asked(case, new, by=ana), by=chloe)
    merged(old, third, by=chloe, asker=ana)
    undone(move, by=chloe)
    assert now(case).patient == third


def test_moved_on_it_does_not_go_back(board, old, new, case, ana, chloe):
    third = makers.make_patient(board, by=ana, record_number="SYN-3")
    first = confirmed(move_asked(case, new, by=ana), by=chloe)
    confirmed(move_asked(case, third, by=ana), by=chloe)
    with pytest.raises(ValidationError, match="moved on since"):
        undone(first, by=chloe)


def test_a_case_that_was_moved_on_stays_when_the_merge_is_undone(board, old, new, case, ana, chloe):
    third = makers.make_patient(board, by=ana, record_number="SYN-3")
    move = merged(old, new, by=chloe, asker=ana)
    confirmed(move_asked(case, third, by=ana), by=chloe)
    undone(move, by=ana)
    assert now(case).patient == third


def test_the_board_of_the_case_has_to_know_the_other_patient(board, case, ana, eve):
    factories.join(ana, eve.board, "coordinator", "coordination")
    stranger = makers.make_patient(eve.board, by=eve, record_number="SYN-9")
    with pytest.raises(ValidationError, match="does not know SYN-9"):
        move_asked(case, stranger, by=ana)


def test_no_open_case_goes_to_the_dead(new, case, ana):
    record_dead(new, by=ana)
    with pytest.raises(ValidationError, match="no open case goes there"):
        move_asked(case, new, by=ana)


def test_whoever_was_to_sign_is_asked_anew(board, new, ana, chloe):
    case = makers.make_case(board, by=ana)
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    confirmed(move_asked(case, new, by=ana), by=chloe)
    assert Plan.objects.get(pk=plan.pk).status == "draft"


def test_a_plan_in_force_goes_along_with_its_hash(board, new, ana, chloe):
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    confirmed(move_asked(case, new, by=ana), by=chloe)
    after = Plan.objects.get(pk=plan.pk)
    assert (after.status, after.content_hash) == ("active", plan.content_hash)


# Declining, and what is kept of it all


def test_declined_with_a_reason_nothing_changes(old, new, case, ana, chloe):
    move = asked(old, new, by=ana)
    decline(now(move), by=chloe, expected_version=1, reason="Twins.")
    assert now(move).status == "declined" and now(old).merged_into is None and now(case).patient == old


def test_whoever_asked_withdraws_it_and_nobody_else(old, new, ana, chloe):
    move = asked(old, new, by=ana)
    with pytest.raises(ValidationError, match="Only the person who asked"):
        withdraw(now(move), by=chloe, expected_version=1)
    with pytest.raises(ValidationError, match="Withdraw it instead"):
        decline(now(move), by=ana, expected_version=1, reason="No.")
    assert withdraw(now(move), by=ana, expected_version=1).status == "withdrawn"


def test_both_patients_have_it_in_the_trail(old, new, case, ana, chloe):
    move = merged(old, new, by=chloe, asker=ana)
    undone(move, by=ana)
    events = AuditEvent.objects.filter(action__startswith="patient_merge_", subject_type="patient")
    assert sorted(events.values_list("action", "subject_id")) == sorted(
        (f"patient_merge_{what}", str(patient.pk))
        for what in ("asked", "confirmed", "undone")
        for patient in (old, new)
    )
    assert events.filter(action="patient_merge_confirmed")[0].data["cases"] == 1


def test_the_timeline_of_each_case_says_from_and_to_whom(old, new, case, ana, chloe):
    move = merged(old, new, by=chloe, asker=ana)
    event = Event.objects.get(case=case, kind="patient_merged")
    assert (event.by, event.reason) == (chloe, WHY)
    assert event.data.items() >= {"record_move": move.pk, "from_patient": old.pk, "to_patient": new.pk}.items()
    assert (event.data["was"], event.data["now"]) == ({"patient": old.pk}, {"patient": new.pk})


def test_who_can_confirm_is_told_and_then_who_asked(old, new, ana, chloe, omar, nina):
    move = asked(old, new, by=omar)
    assert set(Notice.objects.values_list("user__name", flat=True)) == {"Ana Coordinator", "Chloe Chair"}
    confirmed(move, by=chloe)
    told = Notice.objects.filter(dedupe_key__contains=".confirmed.")
    assert set(told.values_list("user__name", flat=True)) == {"Ana Coordinator", "Omar Oncologist"}


def test_who_answers_for_a_case_is_told_that_it_has_moved(old, new, ana, chloe, ravi):
    open_case(old, by=ana, title="Ileal NET", responsible=ravi, status="accepted")
    merged(old, new, by=chloe, asker=ana)
    assert Notice.objects.get(user=ravi).path == f"/patients/{new.pk}/"


def test_the_database_refuses_one_who_confirms_their_own(old, new, ana):
    from django.db import IntegrityError, transaction

    move = asked(old, new, by=ana)
    with pytest.raises(IntegrityError), transaction.atomic():
        RecordMove.objects.filter(pk=move.pk).update(status="confirmed", decided_by=ana, decided_at=move.asked_at)
