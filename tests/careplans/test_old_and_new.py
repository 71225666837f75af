"""Every change keeps the old and the new value of each field. That none is only named is asked of every verb that a test calls:
`no_field_is_only_named` and `nothing_is_written_over_untold` in tests/conftest.py."""

from datetime import date, timedelta

import pytest
from django.db import transaction
from django.urls import reverse

from accounts.models import AuditEvent, Board
from careplans.models import Arm, Event, PatientChange
from careplans.readers.timeline import entries
from careplans.services.care_ends import correct_death, record_death
from careplans.services.cases import add_prior_treatment, change_case, change_prior_treatment
from careplans.services.changed_facts import mark_deciding
from careplans.services.decisions import move_arm
from careplans.services.followups import change_follow_up
from careplans.services.leaving import hand_over_work
from careplans.services.patients import change_patient
from careplans.services.plan_schedules import add_schedule, change_schedule
from careplans.services.plans import edit_plan
from careplans.services.signatures import delegate_signature
from careplans.services.specimens import add_specimen
from careplans.services.step_progress import complete_step, hand_over_step, start_step
from careplans.services.steps import edit_step, remove_step, reorder_steps
from common.errors import Conflict
from common.partial_dates import PartialDate
from common.writing import compare_and_set, compare_seen_and_set, told_of
from tests.careplans import makers
from tests.careplans.makers import TODAY

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def told(kind):
    data = Event.objects.filter(kind=kind).order_by("-id")[0].data
    return {name: (old, data["now"][name]) for name, old in data["was"].items()}


def test_a_mistyped_birth_date_is_found_again(board, ana):
    patient = makers.make_patient(board, by=ana)
    change_patient(patient, by=ana, expected_version=patient.version, birth_date=date(1961, 5, 17), sex="male")
    kept = {row.field: (row.old, row.new, row.by, row.board) for row in PatientChange.objects.all()}
    assert kept == {
        "birth_date": ("1960-05-17", "1961-05-17", ana, board),
        "sex": ("female", "male", ana, board),
    }


def test_the_page_of_the_patient_says_what_was_changed(board, ana, client):
    patient = makers.make_patient(board, by=ana)
    client.force_login(ana)
    page = reverse("careplans:patient", args=[patient.pk])
    assert "What was changed" not in client.get(page).content.decode()
    change_patient(patient, by=ana, expected_version=patient.version, birth_date=date(1961, 5, 17))
    shown = client.get(page).content.decode()
    assert "Date of birth: 17 May 1960 → 17 May 1961" in shown


def test_the_audit_trail_holds_no_value_of_a_patient(board, ana):
    patient = makers.make_patient(board, by=ana)
    change_patient(patient, by=ana, expected_version=patient.version, family_name="Quillfeather")
    assert AuditEvent.objects.get(action="patient_changed").data == {"fields": ["family_name"]}


def test_a_case_keeps_both(board, ana, omar):
    case = makers.make_case(board, by=ana)
    change_case(case, by=ana, expected_version=case.version, title="Lung NET", responsible=omar)
    assert told("case_changed") == {"title": ("Ileal NET", "Lung NET"), "responsible": (ana.pk, omar.pk)}


def test_a_plan_and_a_step_keep_both(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    aim, step = plan.aim, plan.steps.get()
    edit_plan(plan, {"aim": "Palliation"}, by=ana)
    assert told("plan_edited") == {"aim": (aim, "Palliation")}
    edit_step(step, {"rationale": "another"}, by=ana)
    assert told("step_edited") == {"rationale": ("first the flushing", "another")}


def test_who_reads_only_the_event_of_an_edit_sees_each_field_once(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    for aim in ("one", "two"):
        edit_plan(plan, {"aim": aim}, by=ana)
    assert told("plan_edited") == {"aim": ("one", "two")}


def test_a_follow_up_keeps_both(board, ana, omar):
    row = makers.make_follow_up(makers.make_case(board, by=ana), by=ana)
    was, day = row.due_on, row.due_on + timedelta(days=7)
    values = {"due_on": day, "assignee": omar, "reason": "scanner"}
    change_follow_up(row, by=ana, expected_version=row.version, **values)
    kept = told("follow_up_changed")
    assert kept["due_on"] == (was.isoformat(), day.isoformat()) and kept["assignee"] == (ana.pk, omar.pk)


def test_a_step_that_is_handed_over_keeps_both(board, ana, omar, chloe):
    step = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe).steps.get()
    hand_over_step(step, by=ana, expected_version=step.version, assignee=omar, why="leave")
    assert told("step_handed_over") == {"assignee": (ana.pk, omar.pk)}


def test_what_somebody_hands_over_keeps_both(board, ana, omar, chloe):
    makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    hand_over_work(ana, board, by=chloe, successors=dict.fromkeys(("steps", "cases"), omar))
    assert told("step_handed_over") == {"assignee": (ana.pk, omar.pk)}
    assert told("case_changed") == {"responsible": (ana.pk, omar.pk)}


def test_a_death_and_its_correction_keep_both(board, ana, chloe):
    patient = makers.make_case(board, by=ana).patient
    record_death(patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=1, day=None)
    kept = {row.field: (row.old, row.new, row.by) for row in PatientChange.objects.all()}
    assert kept == {"is_dead": (False, True, ana), "died_year": (None, 2026, ana), "died_month": (None, 1, ana)}
    correct_death(patient, by=chloe, expected_version=patient.version, reason="Another patient")
    back = {row.field: (row.old, row.new) for row in PatientChange.objects.filter(by=chloe)}
    assert back == {"is_dead": (True, False), "died_year": (2026, None), "died_month": (1, None)}


def test_the_timeline_shows_old_and_new(board, ana, omar, client):
    case = makers.make_case(board, by=ana)
    change_case(case, by=ana, expected_version=case.version, title="Lung NET", responsible=omar)
    client.force_login(ana)
    shown = client.get(reverse("careplans:timeline", args=[case.pk])).content.decode()
    assert "Tumour in a few words: Ileal NET → Lung NET" in shown
    assert f"Responsible on the board: {ana.name} → {omar.name}" in shown


def test_the_timeline_shows_what_a_previous_therapy_said(board, ana, client):
    case = makers.make_case(board, by=ana)
    row = add_prior_treatment(case, by=ana, modality_code="OSA", response="stable", started_on=date(2020, 1, 5))
    change_prior_treatment(
        row, by=ana, expected_version=1, response="partial", started_on=date(2021, 1, 5), toxicity="rash"
    )
    change_prior_treatment(row, by=ana, expected_version=2, ended_on=PartialDate(2021, 3))
    client.force_login(ana)
    shown = client.get(reverse("careplans:timeline", args=[case.pk])).content.decode()
    for words in (
        "Started: 5 Jan 2020 → 5 Jan 2021",
        "Response: Stable disease (SD) → Partial response (PR)",
        "Toxicity: nothing → rash",
        "Ended: nothing → Mar 2021",
    ):
        assert words in shown


def test_a_run_of_edits_shows_what_stood_before_the_first(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    before = plan.aim
    for aim in ("one", "two"):
        edit_plan(plan, {"aim": aim}, by=ana)
    [run] = [
        one
        for one in entries(Event.objects.filter(kind="plan_edited").for_timeline().order_by("-id"))
        if one.count == 2
    ]
    assert [(one.old, one.new) for one in run.changes] == [(before, "two")]


def test_another_order_of_steps_keeps_the_one_before(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3)
    first, second, third = plan.steps.order_by("position").values_list("pk", flat=True)
    reorder_steps(plan, [[third], [first, second]], by=ana)
    assert told("steps_reordered") == {"order": ([[first], [second], [third]], [[third], [first, second]])}


def test_a_step_that_is_taken_out_leaves_the_gates_of_others_on_record(board, ana):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3)
    first, second, third = plan.steps.order_by("position")
    edit_step(third, {"after_step": second, "after_event": "begun"}, by=ana)
    remove_step(second, by=ana)
    event = Event.objects.get(kind="step_edited", step=third, reason__contains="taken out")
    assert event.data["fields"] == ["after_event", "after_step"]
    assert event.data["was"] == {"after_step": second.pk, "after_event": "begun"}
    assert event.data["now"] == {"after_step": None, "after_event": "ended"}
    removed = told("step_removed")
    assert removed.pop("removed_at")[0] is None
    assert removed == {"order": ([[first.pk], [second.pk], [third.pk]], [[first.pk], [third.pk]])}


def test_a_schedule_of_a_plan_keeps_both(board, ana, omar):
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    schedule = makers.make_template(board, kinds=("markers",))
    row = add_schedule(plan, by=ana, schedule=schedule, counts_from=board.today, assignee=ana)
    change_schedule(row, by=ana, expected_version=row.version, assignee=omar)
    assert told("plan_schedule_changed") == {"assignee": (ana.pk, omar.pk)}


def test_another_order_of_arms_keeps_the_one_before(board, ana):
    draft = makers.make_branched_draft(makers.make_case(board, by=ana), by=ana)
    arms = list(Arm.objects.filter(decision__plan=draft.plan).order_by("position"))
    before = [arm.pk for arm in arms]
    move_arm(arms[1], by=ana, direction="up")
    assert told("arms_reordered") == {"arms": (before, [before[1], before[0], *before[2:]])}


def test_what_a_signature_said_before_is_kept_with_its_answer(board, ana, omar, ravi):
    Board.objects.filter(pk=board.pk).update(delegates_may_lack_discipline=True)
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(makers.make_case(board, by=ana), by=ana), by=ana)
    signature = plan.signatures.get()
    delegate_signature(signature, by=omar, to=ravi)
    assert told("signature_delegated") == {"status": ("pending", "delegated"), "delegated_to": (None, ravi.pk)}
    makers.sign(plan, by=ravi)
    answer = told("plan_answered")
    assert (answer["status"], answer["signer"]) == (("delegated", "approved"), (None, ravi.pk))


def test_the_marks_of_deciding_facts_keep_those_before(board, ana):
    mark_deciding(board, ["wishes"], by=ana, expected_version=0)
    row = mark_deciding(board, ["frailty", "wishes"], by=ana, expected_version=2)
    first, second = AuditEvent.objects.filter(action="deciding_facts_marked", subject_id=str(row.pk)).order_by("pk")
    # A board that has marked none watches the usual ones.
    assert (first.data["was"], first.data["now"]) == ({"names": None}, {"names": ["wishes"]})
    assert (second.data["was"], second.data["now"]) == ({"names": ["wishes"]}, {"names": ["frailty", "wishes"]})


def test_a_refused_change_of_a_row_without_a_version_leaves_nothing_to_tell(board, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(makers.make_case(board, by=ana), by=ana), by=ana)
    signature = plan.signatures.get()
    with pytest.raises(Conflict):
        compare_seen_and_set(signature, {"status": "approved"}, {"status": "declined"}, message="Too late.")
    assert told_of(signature) == {}
    compare_seen_and_set(signature, {"status": "pending"}, {"delegated_to": omar}, message="Too late.")
    assert told_of(signature) == {"was": {"delegated_to": None}, "now": {"delegated_to": omar.pk}}


def test_what_is_written_over_and_told_nowhere_is_noticed(board, ana, untold):
    case = makers.make_case(board, by=ana)
    with transaction.atomic():
        compare_and_set(case, expected=case.version, title="Lung NET")
    assert untold == ["Case.title"]
    untold.clear()
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        compare_and_set(case, expected=case.version, title="Ileal NET")
        raise ZeroDivisionError
    assert untold == []


def test_the_timeline_tells_what_was_said_of_a_new_previous_therapy_and_of_a_new_specimen(client, board, ana):
    case = makers.make_case(board, by=ana)
    days = {"started_on": PartialDate(2019), "ended_on": PartialDate(2020, 2)}
    add_prior_treatment(case, by=ana, modality_code="PRRT", response="stable", description="four cycles", **days)
    add_specimen(case, by=ana, decides=False, taken_from="liver", taken_on=PartialDate(2019, 5))
    client.force_login(ana)
    page = client.get(reverse("careplans:timeline", args=[case.pk])).content.decode()
    for words in (
        "Started: 2019<",
        "Ended: Feb 2020<",
        "Response: Stable disease (SD)<",
        "What was given: four cycles<",
    ):
        assert words in page
    assert "report: May 2019<" in page


def test_the_timeline_tells_on_which_day_a_step_began_and_ended(client, board, ana, chloe):
    case = makers.make_case(board, by=ana)
    step = makers.make_active_plan(case, by=ana, chair=chloe).steps.get()
    began, ended = TODAY() - timedelta(days=9), TODAY() - timedelta(days=2)
    start_step(step, by=ana, expected_version=step.version, on=began)
    complete_step(
        step, by=ana, expected_version=step.version, on=ended, fulfilment="full", outcome="", **makers.OUTCOME
    )
    client.force_login(ana)
    page = client.get(reverse("careplans:timeline", args=[case.pk])).content.decode()
    assert f"of plan 1 on {began:%-d %b %Y}" in page and f"of plan 1 on {ended:%-d %b %Y}" in page
