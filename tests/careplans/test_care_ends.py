"""A death belongs to the patient: recorded once, it ends all care on every board, and a second person can take it back."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, Membership, Notice
from careplans.models import (
    CareEnd,
    CareEnded,
    Case,
    Event,
    FollowUp,
    NothingAhead,
    OutboxMessage,
    Patient,
    Plan,
    Reminder,
    Step,
)
from careplans.readers.calendar_feed import dates_of
from careplans.readers.case_moves import ways_on
from careplans.services.care_back import bring_back_case, bring_back_follow_up, bring_back_plan
from careplans.services.care_ends import correct_death, record_death, record_transfer, take_back_transfer
from careplans.services.cases import close_case, move_case, open_case, reopen_case
from careplans.services.followups import complete_follow_up
from careplans.services.known_patients import take_known_patient
from careplans.services.patients import change_patient
from careplans.services.step_progress import skip_step, start_step, stop_step
from careplans.services.steps import edit_step
from common.errors import Conflict
from common.shown import NAME
from tests import factories
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
LETTER = "Letter of the GP"


def died(patient, *, by, source=LETTER, **when):
    patient = Patient.objects.get(pk=patient.pk)
    when = {"year": None, "month": None, "day": None} | when
    return record_death(patient, by=by, expected_version=patient.version, source=source, **when)


def day(ago=0, *, board):
    on = board.today - timedelta(days=ago)
    return {"year": on.year, "month": on.month, "day": on.day}


def corrected(patient, *, by, reason="Another person of that name"):
    patient = Patient.objects.get(pk=patient.pk)
    return correct_death(patient, by=by, expected_version=patient.version, reason=reason)


def moved(patient, *, by, on, **values):
    patient = Patient.objects.get(pk=patient.pk)
    told = {"to_centre": "Uppsala", "taken_over_by": "Dr Falk", "confirmed": "yes", **values}
    return record_transfer(patient, by=by, expected_version=patient.version, on=on, **told)


def confirmed(shown):
    """Yes, to what this page showed."""
    return {"confirmed_all": "yes", NAME: shown.context["seen"]}


@pytest.fixture
def case(board, ana, chloe, omar):
    """In care: a step that runs, one that waits, a follow-up; and a second case with a plan in sign-off."""
    case = makers.make_case(board, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe, steps=2, owner=omar)
    first = plan.steps.get(position=1)
    start_step(first, by=ana, expected_version=first.version, on=board.today)
    makers.make_follow_up(case, by=ana, assignee=omar)
    makers.require_disciplines(board, "medical_oncology")
    second = open_case(case.patient, by=ana, title="Lung", responsible=ana, status="accepted")
    makers.submit(makers.make_plan(second, by=ana), by=ana)
    return case


@pytest.fixture
def elsewhere(case, eve):
    """The same patient on another board of the institution."""
    taken = take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=case.patient.birth_date)
    other = open_case(taken, by=eve, title="Secret of Eastgate", responsible=eve, status="accepted")
    makers.make_follow_up(other, by=eve)
    return other


def test_a_death_ends_everything_on_every_board(case, elsewhere, board, ana, eve):
    died(case.patient, by=ana, **day(board=board))
    assert set(Case.objects.values_list("status", "close_reason")) == {("closed", "died")}
    assert sorted(Plan.objects.values_list("status", flat=True)) == ["entered_in_error", "revoked"]
    assert list(Step.objects.filter(plan__status="revoked").order_by("position").values_list("status", "reason")) == [
        ("stopped", "died"), ("not_done", "died"),
    ]  # fmt: skip
    assert not FollowUp.objects.open().exists() and FollowUp.objects.filter(status="cancelled").count() == 2
    assert not Reminder.objects.scheduled().exists()
    assert not OutboxMessage.objects.filter(status__in=["pending", "claimed", "collected"]).exists()
    assert [*dates_of(ana), *dates_of(eve)] == []
    assert AuditEvent.objects.get(action="patient_died").actor == ana


def test_what_ended_is_kept_as_it_stood(case, board, ana, omar):
    before = list(
        Step.objects.filter(plan__status="active").order_by("pk").values_list("pk", "status", "due_on", "assignee")
    )
    end = died(case.patient, by=ana, **day(board=board))
    kept = CareEnded.objects.filter(end=end, step__isnull=False).order_by("step")
    assert list(kept.values_list("step", "was", "due_on", "assignee")) == before
    assert sorted(kept.model.objects.filter(end=end, step=None).values_list("was", flat=True)) == [
        "accepted", "active", "in_care", "in_signoff", "planned",
    ]  # fmt: skip


def test_every_end_stands_on_the_timeline_with_its_reason(case, board, ana):
    died(case.patient, by=ana, **day(board=board))
    kinds = Event.objects.filter(reason__startswith="The patient died").values_list("kind", flat=True)
    assert set(kinds) >= {"case_moved", "plan_moved", "step_moved", "follow_up_settled"}
    assert "The patient died" in browser(ana).get(url("timeline", case.pk)).content.decode()


def test_nothing_is_said_about_what_was_not_assessed(case, board, ana):
    died(case.patient, by=ana, **day(board=board))
    step = Step.objects.get(status="stopped")
    assert (step.response, step.toxicity, step.ended_on) == ("not_recorded", "not_recorded", board.today)
    assert Plan.objects.get(status="revoked").response == "not_recorded"


@pytest.mark.parametrize(("when", "words"), [
    ({"year": 2026, "month": 3, "day": 3}, "died 3 Mar 2026"), ({"year": 2026, "month": 3}, "died Mar 2026"),
    ({"year": 2026}, "died 2026"), ({}, "died, date unknown"),
])  # fmt: skip
def test_the_date_may_be_known_in_part_and_stands_wherever_the_name_is(board, ana, when, words):
    case = makers.make_case(board, by=ana)
    died(case.patient, by=ana, **when)
    client = browser(ana)
    for path in (
        url("patients", board.pk), url("patient", case.patient_id), url("case", case.pk), f"{url('cases', board.pk)}?status=all",
    ):  # fmt: skip
        assert f"Ashdown, Synthetic ({words})" in client.get(path).content.decode(), path


def test_the_print_of_a_plan_names_the_death(case, board, ana):
    plan = Plan.objects.get(status="active")
    died(case.patient, by=ana, **day(board=board))
    assert "(died" in browser(ana).get(url("plan_print", plan.pk)).content.decode()


@pytest.mark.parametrize(("when", "words"), [
    ({"year": 2199}, "future"), ({"year": 1950}, "was born"), ({"year": 2026, "month": 2, "day": 30}, "no such day"),
    ({"year": 2026, "day": 3}, "Give the month"), ({"month": 3}, "Give the year"),
])  # fmt: skip
def test_a_date_that_cannot_be_is_refused(board, ana, when, words):
    patient = makers.make_patient(board, by=ana)
    with pytest.raises(ValidationError, match=words):
        died(patient, by=ana, **when)
    assert not CareEnd.objects.exists()


def test_where_it_is_known_from_is_asked(board, ana):
    with pytest.raises(ValidationError, match="where it is known from"):
        died(makers.make_patient(board, by=ana), by=ana, source=" ")


def test_a_date_before_what_was_done_asks_why(case, board, ana):
    when = day(3, board=board)
    with pytest.raises(ValidationError, match="began on"):
        died(case.patient, by=ana, **when)
    end = died(case.patient, by=ana, why="The start was typed on the wrong day", **when)
    assert end.why and Step.objects.get(status="stopped").ended_on is None


@pytest.mark.parametrize("door", ["service", "page", "api"])
def test_what_another_board_did_afterwards_is_not_told_at_all(case, elsewhere, board, ana, eve, door):
    """Not by a refusal either: who tries dates would learn that another board has the patient in care, and since when."""
    row = FollowUp.objects.get(case=elsewhere)
    complete_follow_up(row, by=eve, expected_version=1, done_on=board.today)
    Step.objects.filter(started_on__isnull=False).update(started_on=board.today - timedelta(days=9))
    asked = {**day(3, board=board), "source": LETTER}
    if door == "service":
        died(case.patient, by=ana, **asked)
    elif door == "page":
        version = Patient.objects.get().version
        typed = asked | {"version": version}
        client, page = browser(ana), url("death", case.patient_id)
        shown = client.post(page, typed)
        done = client.post(page, typed | confirmed(shown), follow=True)
        assert "was done on" not in shown.content.decode() + done.content.decode()
    else:
        body = asked | {"confirmed_all": True}
        answer = Api(ana).post(
            f"/patients/{case.patient_id}/record-death/", body, version=Patient.objects.get().version
        )
        assert answer.status_code == 200, answer.content
    assert CareEnd.objects.get().why == ""


def test_what_would_end_is_asked_in_the_same_words_whether_or_not_another_board_has_the_patient(case, board, ana, eve):
    def asked():
        typed = {**day(board=board), "source": LETTER, "version": Patient.objects.get().version}
        page = browser(ana).post(url("death", case.patient_id), typed).content.decode()
        return page[page.index("This ends all care") : page.index("confirmed_all")]

    alone = asked()
    taken = take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=case.patient.birth_date)
    open_case(taken, by=eve, title="Secret of Eastgate", responsible=eve, status="accepted")
    assert asked() == alone


def test_the_board_that_did_something_after_the_death_is_told_and_shown_it(case, elsewhere, board, ana, chloe, eve):
    complete_follow_up(FollowUp.objects.get(case=elsewhere), by=eve, expected_version=1, done_on=board.today)
    Step.objects.filter(started_on__isnull=False).update(started_on=board.today - timedelta(days=9))
    end = died(case.patient, by=ana, **day(3, board=board))
    told = {notice.user: notice.text for notice in Notice.objects.filter(kind="care_end")}
    assert "look at both dates" in told[eve] and "look at both dates" not in told[chloe]
    page = url("care_end", case.patient_id, end.pk)
    assert "was done on" in browser(eve).get(page).content.decode()
    assert "was done on" not in browser(chloe).get(page).content.decode()


@pytest.mark.parametrize("with_dates", [False, True])
def test_who_is_on_both_boards_hears_once_from_the_one_that_has_to_look_or_else_from_the_first(
    case, elsewhere, board, ana, omar, eve, with_dates
):
    factories.join(omar, eve.board, "member", "medical_oncology")
    Step.objects.filter(started_on__isnull=False).update(started_on=board.today - timedelta(days=9))
    if with_dates:
        complete_follow_up(FollowUp.objects.get(case=elsewhere), by=eve, expected_version=1, done_on=board.today)
    died(case.patient, by=ana, **day(3, board=board))
    told = Notice.objects.get(kind="care_end", user=omar)
    assert told.board == (eve.board if with_dates else board)
    assert ("look at both dates" in told.text) == with_dates


def test_recorded_twice_it_is_refused_with_who_recorded_it(board, ana, omar):
    patient = makers.make_patient(board, by=ana)
    died(patient, by=ana, year=2026)
    with pytest.raises(ValidationError, match="died 2026 is recorded already by Ana"):
        died(patient, by=omar, year=2025)


def test_a_patient_who_changed_meanwhile_is_a_conflict(board, ana, omar):
    patient = makers.make_patient(board, by=ana)
    with pytest.raises(Conflict):
        record_death(patient, by=ana, expected_version=7, source=LETTER, year=2026, month=None, day=None)


@pytest.mark.parametrize("who", ["nina", "anselm", "otto", "admin"])
def test_who_does_not_act_for_a_patient_records_none(request, board, ana, who):
    with pytest.raises(PermissionDenied):
        died(makers.make_patient(board, by=ana), by=request.getfixturevalue(who))


def test_nothing_begins_after_death_and_reading_stays(case, board, ana):
    died(case.patient, by=ana, **day(board=board))
    patient = Patient.objects.get(pk=case.patient_id)
    with pytest.raises(ValidationError, match="nothing new begins"):
        open_case(patient, by=ana, title="x", responsible=ana, status="accepted")
    case = Case.objects.get(pk=case.pk)
    with pytest.raises(ValidationError, match="nothing new begins"):
        reopen_case(case, by=ana, reason="x")
    for begin in (lambda: makers.make_follow_up(case, by=ana), lambda: makers.make_plan(case, by=ana)):
        with pytest.raises(ValidationError, match="because the patient died"):
            begin()
    assert browser(ana).get(url("proforma", case.pk)).status_code == 200


def test_a_case_is_not_closed_by_a_death_on_the_side(board, ana):
    case = makers.make_case(board, by=ana)
    with pytest.raises(ValidationError, match="Record the death on the page of the patient"):
        close_case(case, by=ana, reason="died")
    text = browser(ana).get(url("case", case.pk)).content.decode()
    assert url("death", case.patient_id) in text and url("transfer", case.patient_id) in text


def test_everybody_who_was_to_do_something_is_told_on_both_boards(case, elsewhere, board, ana, chloe, omar, eve):
    end = died(case.patient, by=ana, **day(board=board))
    notices = Notice.objects.filter(kind="care_end")
    assert {notice.user for notice in notices} == {chloe, omar, eve}
    assert notices.first().path == f"/patients/{case.patient_id}/ends/{end.pk}/" and "(died" in notices.first().text


def test_one_page_asks_once_and_says_what_it_ends(case, elsewhere, board, ana):
    client, page = browser(ana), url("death", case.patient_id)
    assert "Go on" in client.get(page).content.decode()
    typed = {**day(board=board), "source": LETTER, "version": Patient.objects.get().version}
    shown = client.post(page, typed)
    text = shown.content.decode()
    assert "Nothing is saved yet" in text and "Ileal NET" in text and "Lung" in text and "is stopped" in text
    assert "another board" in text and "Secret" not in text and not CareEnd.objects.exists()
    response = client.post(page, typed | confirmed(shown))
    end = CareEnd.objects.get()
    assert response.url == url("care_end", case.patient_id, end.pk)
    assert "Secret" not in client.get(response.url).content.decode()


def test_the_page_asks_about_what_came_after_and_keeps_what_was_typed(case, board, ana):
    client, page = browser(ana), url("death", case.patient_id)
    typed = {**day(3, board=board), "source": LETTER, "version": Patient.objects.get().version}
    response = client.post(page, typed)
    assert response.status_code == 400 and "began on" in response.content.decode() and not CareEnd.objects.exists()
    assert response.context["form"]["source"].value() == LETTER
    client.post(page, typed | confirmed(response) | {"why": "Typed on the wrong day"})
    assert CareEnd.objects.get().why


@pytest.mark.parametrize(("typed", "field"), [({}, "year"), ({"year": "2026", "unknown": "on"}, "unknown")])
def test_the_page_wants_a_year_or_that_it_is_unknown(board, ana, typed, field):
    patient = makers.make_patient(board, by=ana)
    response = browser(ana).post(url("death", patient.pk), typed | {"source": LETTER, "version": 1})
    assert field in response.context["form"].errors


def test_who_recorded_it_does_not_take_it_back(case, board, ana, omar):
    died(case.patient, by=ana, **day(board=board))
    with pytest.raises(ValidationError, match="You recorded it yourself"):
        corrected(case.patient, by=ana)
    corrected(case.patient, by=omar)
    patient = Patient.objects.get()
    assert (patient.is_dead, str(patient)) == (False, "Ashdown, Synthetic")
    with pytest.raises(ValidationError, match="no such record any more"):
        corrected(case.patient, by=omar)


def test_a_correction_brings_nothing_back_by_itself(case, board, ana, omar):
    died(case.patient, by=ana, **day(board=board))
    corrected(case.patient, by=omar)
    assert (
        not Case.objects.open().exists() and not FollowUp.objects.open().exists() and not Plan.objects.open().exists()
    )
    assert Event.objects.filter(kind="care_end_taken_back").count() == 2


def test_what_had_ended_is_offered_back_one_by_one(case, board, ana, omar):
    end = died(case.patient, by=ana, **day(board=board))
    corrected(case.patient, by=omar)
    client, page = browser(ana), url("care_end", case.patient_id, end.pk)
    text = client.get(page).content.decode()
    assert "Reopen the case" in text and "Draft it anew" not in text and "Plan it again" not in text
    items = CareEnded.objects.filter(end=end, case=case)
    back = {name: items.get(**which).pk for name, which in {
        "case": {"plan": None, "follow_up": None}, "plan": {"plan__isnull": False, "step": None},
        "follow_up": {"follow_up__isnull": False},
    }.items()}  # fmt: skip
    client.post(url("care_back", case.patient_id, end.pk, back["case"]))
    text = client.get(page).content.decode()
    assert "Draft it anew" in text and "Plan it again" in text
    client.post(url("care_back", case.patient_id, end.pk, back["plan"]))
    due = board.today + timedelta(days=40)
    refused = client.post(
        url("care_back", case.patient_id, end.pk, back["follow_up"]), {"due_on": "", "assignee": omar.pk}
    )
    assert refused.status_code == 400
    client.post(url("care_back", case.patient_id, end.pk, back["follow_up"]), {"due_on": due, "assignee": omar.pk})
    plan = Plan.objects.get(status="draft")
    assert Case.objects.get(pk=case.pk).status == "accepted" and FollowUp.objects.open().get().due_on == due
    assert [(step.position, step.planned_start, step.owner, step.carried_from) for step in plan.steps.order_by("position")] == [
        (1, None, omar, None), (2, None, omar, None),
    ]  # fmt: skip
    assert client.get(page).content.decode().count("Brought back by") == 3


def test_a_decision_comes_back_with_its_arms_and_each_step_in_its_own(board, ana, chloe, omar):
    """Without them, what was to follow one or the other would follow both."""
    patient_case = makers.make_case(board, by=ana, record_number="SYN-20")
    before = makers.make_branched_plan(patient_case, by=ana, chair=chloe, owner=omar)
    died(patient_case.patient, by=ana, **day(board=board))
    corrected(patient_case.patient, by=omar)
    offered = CareEnded.objects.filter(step=None, follow_up=None)
    bring_back_case(offered.get(plan=None), by=ana)
    plan = bring_back_plan(offered.get(plan=before.plan), by=ana)
    decision = plan.steps.get(is_decision=True)
    assert [arm.name for arm in decision.arms.live()] == ["responds", "else PRRT"]
    own = {step.modality_code: step.arm.name for step in plan.steps.exclude(arm=None)}
    assert own == {"SURG": "responds", "PRRT": "else PRRT"}
    assert {arm.decision_id for arm in decision.arms.live()} == {decision.pk}


def test_what_was_said_of_nothing_ahead_ends_with_the_case(board, ana):
    case = makers.make_case(board, by=ana, record_number="SYN-21")
    row = NothingAhead.objects.create(
        board=board, case=case, reason="Followed by the referrer.", look_again_on=board.today + timedelta(days=90),
        recorded_by=ana,
    )  # fmt: skip
    died(case.patient, by=ana, **day(board=board))
    row.refresh_from_db()
    assert row.ended_at is not None


def test_who_has_left_is_not_given_the_work_again(case, board, ana, omar):
    end = died(case.patient, by=omar, **day(board=board))
    corrected(case.patient, by=ana)
    omar.memberships.update(ended_at=case.created_at)
    item = CareEnded.objects.get(end=end, follow_up__isnull=False)
    bring_back_case(CareEnded.objects.get(end=end, case=case, plan=None, follow_up=None), by=ana)
    with pytest.raises(ValidationError, match="not a current member"):
        bring_back_follow_up(item, by=ana, due_on=board.today, assignee=omar)
    plan = bring_back_plan(CareEnded.objects.get(end=end, plan__case=case, step=None), by=ana)
    assert {step.owner for step in plan.steps.all()} == {None}


def test_nothing_comes_back_twice_or_while_the_record_stands(case, board, ana, omar):
    end = died(case.patient, by=ana, **day(board=board))
    item = CareEnded.objects.get(end=end, case=case, plan=None, follow_up=None)
    with pytest.raises(ValidationError, match="stands on record"):
        bring_back_case(item, by=ana)
    corrected(case.patient, by=omar)
    bring_back_case(CareEnded.objects.get(pk=item.pk), by=ana)
    with pytest.raises(ValidationError, match="already"):
        bring_back_case(CareEnded.objects.get(pk=item.pk), by=ana)


def test_a_case_comes_before_what_hangs_on_it(case, board, ana, omar):
    end = died(case.patient, by=ana, **day(board=board))
    corrected(case.patient, by=omar)
    with pytest.raises(ValidationError, match="Reopen it"):
        bring_back_plan(CareEnded.objects.get(end=end, plan__case=case, step=None), by=ana)


def test_the_other_board_is_offered_its_own_only(case, elsewhere, board, ana, omar, eve):
    end = died(case.patient, by=ana, **day(board=board))
    corrected(case.patient, by=omar)
    text = browser(eve).get(url("care_end", case.patient_id, end.pk)).content.decode()
    assert "Secret of Eastgate" in text and "Ileal" not in text
    own = CareEnded.objects.filter(end=end, case=case).first()
    assert browser(eve).post(url("care_back", case.patient_id, end.pk, own.pk)).status_code == 404


def test_a_transfer_ends_care_and_says_where_the_patient_is(case, elsewhere, board, ana):
    moved(case.patient, by=ana, on=board.today)
    patient = Patient.objects.get()
    assert str(patient) == f"Ashdown, Synthetic (transferred to Uppsala, {board.today:%-d %b %Y})"
    assert set(Case.objects.values_list("status", "close_reason")) == {("closed", "transferred")}
    assert set(Step.objects.filter(plan__status="revoked").values_list("reason", flat=True)) == {"moved_away"}
    with pytest.raises(ValidationError, match="takes the transfer back"):
        open_case(patient, by=ana, title="x", responsible=ana, status="accepted")


@pytest.mark.parametrize(("values", "words"), [
    ({"to_centre": " "}, "to which centre"), ({"taken_over_by": ""}, "who takes over"), ({"confirmed": ""}, "has confirmed"),
    ({"on": date(2199, 1, 1)}, "future"),
])  # fmt: skip
def test_a_transfer_says_where_to_and_who_takes_over(board, ana, values, words):
    with pytest.raises(ValidationError, match=words):
        moved(makers.make_patient(board, by=ana), by=ana, **({"on": board.today} | values))


def test_a_transfer_is_taken_back_by_a_second_person(board, ana, chloe, omar):
    patient = makers.make_patient(board, by=ana)
    moved(patient, by=ana, on=board.today)
    version = Patient.objects.get().version
    for who, refusal in ((ana, ValidationError), (omar, PermissionDenied)):
        with pytest.raises(refusal):
            take_back_transfer(Patient.objects.get(), by=who, expected_version=version, reason="Stays here")
    take_back_transfer(Patient.objects.get(), by=chloe, expected_version=version, reason="Stays here")
    assert Patient.objects.get().ended == ""


def test_a_transfer_on_its_page(case, board, ana):
    client, page = browser(ana), url("transfer", case.patient_id)
    typed = {
        "to_centre": "Uppsala",
        "on": board.today,
        "taken_over_by": "Dr Falk",
        "version": Patient.objects.get().version,
    }
    assert "confirmed" in client.post(page, typed).context["form"].errors
    shown = client.post(page, typed | {"confirmed": "not_yet"})
    assert "Nothing is saved yet" in shown.content.decode()
    client.post(page, typed | {"confirmed": "not_yet"} | confirmed(shown))
    assert "Uppsala" in client.get(url("patient", case.patient_id)).content.decode()


def test_a_patient_who_was_transferred_can_still_die(board, ana):
    patient = makers.make_patient(board, by=ana)
    moved(patient, by=ana, on=board.today)
    died(patient, by=ana, **day(board=board))
    with pytest.raises(ValidationError, match="nothing new begins"):
        moved(patient, by=ana, on=board.today)


def test_the_api_records_and_corrects_a_death(case, board, ana, omar):
    path, version = f"/patients/{case.patient_id}", Patient.objects.get().version
    body = {"year": 2026, "month": 3, "source": LETTER, "why": "known late"}
    assert Api(ana).post(f"{path}/record-death/", body, version=version).status_code == 400
    assert "on every board" in problem(
        Api(ana).post(f"{path}/record-death/", body | {"confirmed_all": False}, version=version)
    )
    answer = Api(ana).post(f"{path}/record-death/", body | {"confirmed_all": True}, version=version).json()
    assert (answer["is_dead"], answer["died_on"], answer["version"]) == (True, "2026-03", version + 1)
    own = Api(ana).post(f"{path}/correct-death/", {"reason": "x"}, version=version + 1)
    assert "yourself" in problem(own)
    back = Api(omar).post(f"{path}/correct-death/", {"reason": "Namesake"}, version=version + 1).json()
    assert (back["is_dead"], back["died_on"]) == (False, None)


def test_the_api_records_a_transfer_and_takes_it_back(board, ana, chloe):
    path = f"/patients/{makers.make_patient(board, by=ana).pk}"
    body = {
        "to_centre": "Uppsala",
        "on": str(board.today),
        "taken_over_by": "Dr Falk",
        "confirmed": "yes",
        "confirmed_all": True,
    }
    assert Api(ana).post(f"{path}/transfer/", body, version=1).json()["transferred_to"] == "Uppsala"
    stale = Api(chloe).post(f"{path}/take-back-transfer/", {"reason": "Back"}, version=1)
    assert stale.status_code == 412
    assert Api(chloe).post(f"{path}/take-back-transfer/", {"reason": "Back"}, version=2).json()["transferred_to"] == ""


def test_who_became_an_analyst_reads_no_name_in_a_notice(case, board, ana, omar):
    Membership.objects.filter(user=ana).update(role="analyst")
    died(case.patient, by=omar, year=2026)
    assert not Notice.objects.filter(user=ana, kind="care_end").exists()


def test_a_birth_date_after_the_recorded_death_is_refused(board, ana):
    died(makers.make_patient(board, by=ana), by=ana, year=2024)
    patient = Patient.objects.get()
    with pytest.raises(ValidationError, match="after the recorded death"):
        change_patient(patient, by=ana, expected_version=patient.version, birth_date=date(2025, 1, 1))


def test_the_api_takes_the_board_on_which_the_caller_may_do_it(case, elsewhere, board, ana):
    """Ana is a member only of Eastgate, which comes first by its name."""
    eastgate = elsewhere.board
    factories.join(ana, eastgate, "member", "surgery")
    body = {
        "to_centre": "U",
        "on": str(board.today),
        "taken_over_by": "Dr X",
        "confirmed": "yes",
        "confirmed_all": True,
    }
    answer = Api(ana).post(f"/patients/{case.patient_id}/transfer/", body, version=Patient.objects.get().version)
    assert answer.status_code == 200


def test_it_is_taken_back_from_whichever_board_the_patient_is_looked_at(case, elsewhere, board, ana, omar):
    factories.join(omar, elsewhere.board, "observer")
    end = died(case.patient, by=ana, year=2026)
    visitor = browser(omar)
    for one in (board, elsewhere.board):
        visitor.get(url("patients", one.pk))
        assert "Take it back" in visitor.get(url("care_end", case.patient_id, end.pk)).content.decode()


@pytest.mark.parametrize("verb", [stop_step, skip_step])
def test_a_step_does_not_end_with_a_death_on_the_side(case, ana, verb):
    """The patient would stay alive on every other page, and reminders would go out."""
    step = Step.objects.get(plan__case=case, position=1 if verb is stop_step else 2)
    told = {"on": step.board.today, **makers.OUTCOME} if verb is stop_step else {}
    with pytest.raises(ValidationError, match="Record the death on the page of the patient"):
        verb(step, by=ana, expected_version=step.version, reason="died", **told)


def test_the_page_checks_the_day_before_it_asks_to_confirm(board, ana):
    patient = makers.make_patient(board, by=ana)
    typed = {"day": "31", "month": "11", "year": "2025", "source": LETTER, "version": str(patient.version)}
    page = browser(ana).post(url("death", patient.pk), typed).content.decode()
    assert "November 2025 has no day 31." in page and "Nothing is saved yet" not in page


def test_who_it_is_about_stands_beside_the_button(board, ana):
    patient = makers.make_patient(board, by=ana)
    page = browser(ana).get(url("death", patient.pk)).content.decode()
    assert f"record {patient.record_number}, born {patient.birth_date:%-d %b %Y}" in page


def test_a_plan_brought_back_writes_its_follow_ups_again(board, ana, chloe, omar):
    schedule = makers.make_template(board, kinds=("markers",), every=6, months=60, then="discharge")
    case = makers.make_case(board, by=ana)
    makers.make_active_plan(case, by=ana, chair=chloe, schedule=schedule)
    before = list(FollowUp.objects.open().order_by("due_on").values_list("due_on", flat=True))
    end = died(case.patient, by=ana, **day(board=board))
    corrected(case.patient, by=omar)
    bring_back_case(CareEnded.objects.get(end=end, plan=None, follow_up=None), by=ana)
    plan = bring_back_plan(CareEnded.objects.get(end=end, plan__isnull=False, step=None), by=ana)
    edit_step(plan.steps.get(), {"planned_start": board.today + timedelta(days=5)}, by=ana)
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    assert before and list(FollowUp.objects.open().order_by("due_on").values_list("due_on", flat=True)) == before


def test_a_declined_case_of_a_patient_who_died_is_not_referred_anew(board, ana):
    case = makers.make_case(board, by=ana, status="referred")
    move_case(case, "declined", by=ana, reason="No neuroendocrine tumour")
    died(case.patient, by=ana, **day(board=board))
    case = Case.objects.get()
    with pytest.raises(ValidationError, match="nothing new begins"):
        move_case(case, "referred", by=ana, reason="Something new")
    [way] = ways_on(Case.objects.get())
    assert "nothing new begins" in way.why_not
    browser(ana).post(url("case_move", case.pk), {"to": "referred", "reason": "Something new"})
    assert Case.objects.get().status == Case.Status.DECLINED


def test_a_declined_case_of_a_patient_who_has_gone_is_not_referred_anew(board, ana):
    case = makers.make_case(board, by=ana, status="referred")
    move_case(case, "declined", by=ana, reason="No neuroendocrine tumour")
    moved(case.patient, by=ana, on=board.today)
    with pytest.raises(ValidationError, match="transferred to Uppsala"):
        move_case(Case.objects.get(), "referred", by=ana, reason="Something new")


def test_nobody_reads_of_a_death_that_was_taken_back_but_of_its_correction(case, board, ana, chloe, omar):
    died(case.patient, by=ana, **day(board=board))
    corrected(case.patient, by=omar)
    told = {notice.user: notice.text for notice in Notice.objects.filter(kind="care_end")}
    assert set(told) == {ana, chloe}
    assert all("was taken back" in text and "All care has ended" not in text for text in told.values())


def test_the_page_of_a_record_that_was_taken_back_says_so_first(case, board, ana, omar):
    end = died(case.patient, by=ana, **day(board=board))
    corrected(case.patient, by=omar)
    page = browser(omar).get(url("care_end", case.patient_id, end.pk)).content.decode()
    assert "Died: taken back" in page and "This does not hold." in page


@pytest.mark.parametrize("confirmed", ["yes", "not_yet"])
def test_who_transfers_without_a_confirmation_reads_that_nothing_reminds_any_more(case, board, ana, confirmed):
    typed = {"to_centre": "Uppsala", "on": str(board.today), "taken_over_by": "Dr Falk", "confirmed": confirmed}
    page = browser(ana).post(url("transfer", case.patient_id), typed | {"version": Patient.objects.get().version})
    assert ("has not confirmed it" in page.content.decode()) == (confirmed == "not_yet")
