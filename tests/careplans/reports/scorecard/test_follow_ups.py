"""Follow-ups that were due, and cases with nothing ahead."""

from datetime import date

import pytest

from careplans.models import FollowUp, Patient, Step
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.services.care_ends import record_death
from careplans.services.followups import (
    cancel_follow_up,
    change_follow_up,
    complete_follow_up,
    record_missed_follow_up,
)
from careplans.services.nothing_ahead import record_nothing_ahead
from careplans.services.step_progress import skip_step
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import MARCH, asked, figures, in_force, make_case, on, share, span
from tests.careplans.reports.worked_out import rows_of
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


@pytest.fixture
def made_due(pages, board, ana):
    """Six of March, with a week of grace each: on time, on its last day, late by two days, missed, cancelled, not done."""
    with on(2, 1):
        case = make_case(board, 1, by=ana)
        made = {
            name: makers.make_follow_up(case, by=ana, kind=kind, due_on=date(2026, 3, day), window_days=7)
            for name, kind, day in [
                ("early", "cross_sectional", 2), ("last", "markers", 3), ("late", "receptor_imaging", 4), ("missed", "visit", 5),
                ("cancelled", "visit", 6), ("open", "cross_sectional", 20),
            ]
        }  # fmt: skip

    def done(name, day):
        complete_follow_up(made[name], by=ana, expected_version=made[name].version, done_on=date(2026, 3, day))

    with on(3, 1):
        done("early", 1)
        cancel_follow_up(made["cancelled"], by=ana, expected_version=1, reason="Not needed.")
    with on(3, 10):
        done("last", 10)
    with on(3, 13):
        done("late", 13)
        record_missed_follow_up(made["missed"], by=ana, expected_version=1, new_due_on=date(2026, 4, 20))
    return made


@pytest.fixture
def due(made_due):
    with on(4, 1):
        yield made_due


def test_on_time_is_within_the_grace_and_what_is_overdue_is_not(due, chloe):
    found = figures(chloe, **MARCH)
    assert share(found["follow-ups-on-time"]) == (2, 5)
    assert share(found["imaging-on-time"]) == (1, 3)
    assert share(found["did-not-attend"]) == (1, 5)
    assert share(found["follow-ups-overdue"]) == (1, 5)
    assert span(found["days-late"]) == (1, 2, 2.0, 2)


def test_what_a_death_ended_is_cancelled_from_its_own_day_though_it_was_recorded_later(due, ana, chloe):
    """Due on 20 March with a week of grace; the patient died on the 25th, which is recorded on 5 April. Of the end of March,
    as it was known then, it was overdue: one of five; as it is known now it was cancelled."""
    patient = Patient.objects.get(cases__follow_ups=due["open"])
    with on(4, 5):
        record_death(patient, by=ana, expected_version=patient.version, source="the ward", year=2026, month=3, day=25)
    with on(4, 6):
        then = figures(chloe, as_of="2026-03-31", **MARCH)
        now = figures(chloe, as_of="2026-03-31", known_by="now", **MARCH)
    assert (share(then["follow-ups-overdue"]), share(now["follow-ups-overdue"])) == ((1, 5), (0, 4))
    assert (share(then["follow-ups-on-time"]), share(now["follow-ups-on-time"])) == ((2, 5), (2, 4))


def test_what_is_overdue_longer_than_the_period_is_overdue_at_its_end(due, chloe):
    """Of March one is overdue; in a period of May it still is, and nothing else was due but what replaced the missed one."""
    with on(5, 31):
        found = figures(chloe, since="2026-05-01", until="2026-05-31")
    assert share(found["follow-ups-overdue"]) == (2, 2)
    assert share(found["follow-ups-on-time"]) == (0, 0)


def test_the_period_before_says_what_was_overdue_at_its_own_end(due, ana, chloe):
    """The open one is past its grace on 28 March, and done on 5 April: at the end of March it was overdue."""
    with on(4, 5):
        one = FollowUp.objects.get(pk=due["open"].pk)
        complete_follow_up(one, by=ana, expected_version=one.version, done_on=date(2026, 4, 5))
        found = asked(chloe, since="2026-04-01", until="2026-04-05")["results"]
    one = next(row for row in found if row["name"] == "follow-ups-overdue")
    assert (share(one["figure"]), share(one["before"])) == ((0, 0), (1, 1))


def test_what_can_still_be_done_on_time_is_not_due_yet(due, chloe):
    assert share(figures(chloe, as_of="2026-03-27", **MARCH)["follow-ups-overdue"]) == (0, 4)
    assert share(figures(chloe, as_of="2026-03-28", **MARCH)["follow-ups-overdue"]) == (1, 5)


def test_as_of_a_day_what_was_done_later_was_overdue_or_not_due(due, chloe):
    """Both late and missed ones had passed their grace by the 12th, and one was done."""
    found = figures(chloe, as_of="2026-03-12", known_by="now", since="2026-03-01")
    assert share(found["follow-ups-on-time"])[0] == 2
    late = next(
        one for one in asked(chloe, as_of="2026-03-12", since="2026-03-01")["results"] if one["name"] == "days-late"
    )
    assert late["figure"]["count"] == 0


@pytest.fixture
def made_put_off(pages, board, ana):
    """Four first agreed for 10 March, with a week of grace, until 17 March. As of 30 April:

    scan    put on 20 March, then on 9 June           put off
    blood   put on 30 March, done on 2 April          done on the later day, 16 days past the grace of the first
    visit   put on 13 March, done on 15 March         on time, since within the first grace
    sooner  put on 5 March, done on 16 March          late by 4 days: it had to be done by 12 March
    """
    with on(3, 1):
        case = make_case(board, 1, by=ana)
        kinds = {"scan": "cross_sectional", "blood": "markers", "visit": "visit", "sooner": "receptor_imaging"}
        made = {
            name: makers.make_follow_up(case, by=ana, kind=kind, due_on=date(2026, 3, 10), window_days=7)
            for name, kind in kinds.items()
        }
        for name, to in [
            ("scan", date(2026, 3, 20)), ("scan", date(2026, 6, 9)), ("blood", date(2026, 3, 30)), ("visit", date(2026, 3, 13)),
            ("sooner", date(2026, 3, 5)),
        ]:  # fmt: skip
            one = made[name]
            change_follow_up(one, by=ana, expected_version=one.version, reason="The patient travels.", due_on=to)
    for name, done_on in [
        ("visit", date(2026, 3, 15)), ("sooner", date(2026, 3, 16)), ("blood", date(2026, 4, 2)),
    ]:  # fmt: skip
        with on(done_on.month, done_on.day):
            complete_follow_up(made[name], by=ana, expected_version=made[name].version, done_on=done_on)
    return made


@pytest.fixture
def put_off(made_put_off):
    with on(4, 30):
        yield made_put_off


def test_what_was_put_off_is_held_against_the_day_first_agreed(put_off, chloe):
    """Three of the four were put on a later day: by 10 and 81, by 20, and by 3 days."""
    found = figures(chloe, **MARCH)
    assert share(found["follow-ups-on-time"]) == (1, 4)
    assert share(found["imaging-on-time"]) == (0, 2)
    assert share(found["follow-ups-put-off"]) == (3, 4)
    assert share(found["follow-ups-overdue"]) == (0, 4)
    assert span(found["days-late"]) == (2, 4, 10.0, 16)


def test_what_was_put_off_counts_in_the_period_of_the_day_first_agreed(put_off, chloe):
    found = figures(chloe, since="2026-06-01", until="2026-06-30", as_of="2026-04-30")
    assert share(found["follow-ups-on-time"]) == (0, 0)


def test_as_of_a_day_before_its_first_grace_has_passed_it_is_not_due_yet(put_off, chloe):
    """On 17 March one was done on time and one late; the others could still have been."""
    assert share(figures(chloe, as_of="2026-03-17", **MARCH)["follow-ups-on-time"]) == (1, 2)
    assert share(figures(chloe, as_of="2026-03-18", **MARCH)["follow-ups-on-time"]) == (1, 4)


def test_the_rows_say_from_when_and_how_often_it_was_put_off(put_off, chloe):
    found = rows_of(chloe, "follow-ups-due", state="put_off", **MARCH)
    assert [
        (one["held_against"], one["due_on"], one["days_put_off"], one["times_moved"])
        for one in (row["cells"] for row in found)
    ] == [("2026-03-10", "2026-06-09", 91, 2)]


def test_one_that_is_back_on_its_first_day_was_not_put_off(put_off, ana, chloe):
    one = FollowUp.objects.get(pk=put_off["scan"].pk)
    change_follow_up(one, by=ana, expected_version=one.version, reason="Typed wrongly.", due_on=date(2026, 3, 10))
    assert (one.agreed_on, one.times_moved) == (None, 3)
    assert share(figures(chloe, **MARCH)["follow-ups-put-off"]) == (2, 4)


def test_no_follow_up_at_all_is_no_share(board, chloe):
    assert figures(chloe, **MARCH)["follow-ups-on-time"]["share"] is None


@pytest.fixture
def made_in_care(pages, board, ana, chloe):
    """Three in care: a step ahead, a reason, and nothing; a fourth is not taken into care yet."""
    with on(3, 2):
        plans = [in_force(make_case(board, number, by=ana), by=ana, chair=chloe) for number in range(3)]
        make_case(board, 9, by=ana)
    with on(3, 9):
        for plan in plans[1:]:
            step = plan.steps.get()
            skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
        record_nothing_ahead(
            plans[1].case, by=ana, nothing_ahead_reason="Seen elsewhere.", look_again_on=date(2026, 6, 1)
        )
    return plans


@pytest.fixture
def in_care(made_in_care):
    with on(3, 20):
        yield made_in_care


def test_a_case_has_a_date_a_reason_or_nothing(in_care, board, chloe):
    one = next(one for one in asked(chloe)["results"] if one["name"] == "nothing-ahead")
    assert share(one["figure"]) == (1, 3)
    assert one["detail"]["reason"]["count"] == 1
    assert one["before"] is None


def test_it_is_the_list_that_the_board_works_by(in_care, board, chloe):
    assert [case.pk for case in nothing_ahead([board])] == [in_care[2].case_id]
    with on(6, 1):
        assert len(nothing_ahead([board])) == figures(chloe)["nothing-ahead"]["count"] == 2


@pytest.mark.parametrize(("follow_up", "blocked"), [(False, 1), (True, 0)])
def test_a_date_that_waits_for_what_cannot_come_is_told_apart(in_care, board, ana, chloe, follow_up, blocked):
    """The case with a step ahead: of its two steps the first was not done, and the second waits for its end."""
    step = in_care[0].steps.get()
    second = Step.objects.create(**copied(step) | {"position": 2, "after_step_id": step.pk, "after_event": "ended"})
    Step.objects.filter(pk=step.pk).update(status="not_done", due_on=None, reason="patient_choice")
    if follow_up:
        makers.make_follow_up(second.case, by=ana, due_on=date(2026, 9, 1))
    assert set(Step.objects.gate_failed()) == {second}
    one = next(one for one in asked(chloe)["results"] if one["name"] == "nothing-ahead")
    assert (share(one["figure"]), one["detail"]["blocked"]["count"]) == ((1, 3), blocked)


@pytest.mark.parametrize(
    ("beside", "found"), [("nothing", 1), ("one in vain", 1), ("another step", 0), ("a follow-up", 0), ("begun", 0)]
)
def test_a_step_that_hangs_on_words_is_no_date_on_which_anybody_looks(in_care, board, ana, chloe, beside, found):
    """The case with a step ahead, which is planned only on progression: nothing is planned that could find that."""
    step = in_care[0].steps.get()
    with rewriting():
        Step.objects.filter(pk=step.pk).update(only_if="progression on MRI")
    if beside == "begun":
        Step.objects.filter(pk=step.pk).update(status="in_progress", started_on=date(2026, 3, 10))
    elif beside in ("another step", "one in vain"):
        second = {"position": 2, "only_if": "", "after_event": "ended"}
        if beside == "one in vain":
            Step.objects.create(
                **copied(step) | second | {"position": 3, "status": "not_done", "reason": "died", "due_on": None}
            )
            second["after_step_id"] = Step.objects.get(plan=step.plan_id, position=3).pk
        Step.objects.create(**copied(step) | second)
    elif beside == "a follow-up":
        makers.make_follow_up(step.case, by=ana, due_on=date(2026, 9, 1))
    one = next(one for one in asked(chloe)["results"] if one["name"] == "nothing-ahead")
    assert share(one["figure"]) == (1, 3)
    assert (one["detail"]["conditional"]["count"], one["detail"]["blocked"]["count"]) == (found, 0)


def copied(step):
    fields = (field for field in Step._meta.concrete_fields if not field.primary_key)
    return {field.attname: getattr(step, field.attname) for field in fields}


def test_a_follow_up_lies_ahead(in_care, board, ana, chloe):
    makers.make_follow_up(in_care[2].case, by=ana, due_on=date(2026, 9, 1))
    assert FollowUp.objects.count() == 1
    assert share(figures(chloe)["nothing-ahead"]) == (0, 3)
