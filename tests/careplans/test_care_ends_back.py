"""What comes back after the end of care was taken back: the rest of it, and nothing twice."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careplans.models import CareEnded, Case, Occurrence, Plan
from careplans.services.care_back import bring_back_case, bring_back_plan
from careplans.services.plans import amend_plan
from careplans.services.step_progress import hold_step, skip_step
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.careplans.test_care_ends import corrected, day, died
from tests.careplans.test_occurrences_record import give

pytestmark = pytest.mark.django_db


def _back(item_of, *, by):
    bring_back_case(CareEnded.objects.get(end=item_of, plan=None, follow_up=None), by=by)
    plan = CareEnded.objects.filter(end=item_of, plan__isnull=False, step=None).order_by("plan__number").first()
    return bring_back_plan(plan, by=by)


def test_cycles_that_were_given_are_not_planned_again(board, ana, chloe, omar):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    for row in Occurrence.objects.filter(step=step):
        Occurrence.objects.filter(pk=row.pk).update(planned_on=row.planned_on - timedelta(days=112))
    give(step, 1, omar, on=board.today - timedelta(days=112))
    give(step, 2, omar, on=board.today - timedelta(days=56))
    end = died(step.case.patient, by=ana, **day(board=board))
    corrected(step.case.patient, by=omar)
    [new] = _back(end, by=ana).steps.all()
    assert (step.occurrences_planned, new.occurrences_planned) == (4, 2)
    assert "Under plan 1, 2 of 4 cycles given" in new.heading


def test_an_amendment_brought_back_does_not_plan_what_was_done(board, ana, chloe, omar):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    step = plan.steps.get()
    skip_step(step, by=ana, expected_version=step.version, reason="progression")
    amendment = amend_plan(Plan.objects.get(), by=ana, reason="Another step")
    add_step(amendment, by=ana, phase=step.phase, modality_code=step.modality_code, description="The next one")
    end = died(plan.case.patient, by=ana, **day(board=board))
    corrected(plan.case.patient, by=omar)
    bring_back_case(CareEnded.objects.get(end=end, plan=None, follow_up=None), by=ana)
    back = bring_back_plan(CareEnded.objects.get(end=end, plan=amendment, step=None), by=ana)
    assert [one.description for one in back.steps.all()] == ["The next one"]


def test_of_a_plan_and_its_amendment_one_comes_back(board, ana, chloe, omar):
    plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
    amend_plan(Plan.objects.get(), by=ana, reason="Progression")
    end = died(plan.case.patient, by=ana, **day(board=board))
    corrected(plan.case.patient, by=omar)
    page = url("care_end", plan.case.patient_id, end.pk)
    bring_back_case(CareEnded.objects.get(end=end, plan=None, follow_up=None), by=ana)
    shown = browser(ana).get(page)
    assert [one.item.plan.number for one in shown.context["plans"]] == [1, 2]
    assert shown.content.decode().count("Draft it anew") == 2
    bring_back_plan(CareEnded.objects.get(end=end, plan=plan, step=None), by=ana)
    html = browser(ana).get(page).content.decode()
    assert "Draft it anew" not in html and "there is one at a time" in html


@pytest.mark.parametrize("status", ["referred", "returned"])
def test_a_case_that_waited_for_triage_waits_for_it_again(board, ana, omar, status):
    case = makers.make_case(board, by=ana, status="referred")
    Case.objects.update(status=status)
    end = died(case.patient, by=ana, **day(board=board))
    corrected(case.patient, by=omar)
    bring_back_case(CareEnded.objects.get(end=end), by=ana)
    assert Case.objects.get().status == status


@pytest.mark.parametrize("who", ["ana", "omar"])
def test_the_page_asks_as_many_queries_for_many_follow_ups_as_for_two(request, board, ana, omar, who):
    case = makers.make_case(board, by=ana)
    counted = []
    for more in (2, 10):
        for _ in range(more):
            makers.make_follow_up(case, by=ana, assignee=omar)
        end = died(case.patient, by=ana, **day(board=board))
        corrected(case.patient, by=omar)
        bring_back_case(CareEnded.objects.get(end=end, plan=None, follow_up=None), by=ana)
        with CaptureQueriesContext(connection) as queries:
            page = browser(request.getfixturevalue(who)).get(url("care_end", case.patient_id, end.pk))
        assert len(page.context["follow_ups"]) == more
        assert page.content.decode().count(">Omar Oncologist</option>") == more
        counted.append(len(queries))
        case.patient.refresh_from_db()
    assert counted[0] == counted[1]


@pytest.mark.parametrize(
    ("was", "words"), [("in_signoff", "In sign-off"), ("on_hold", "On hold"), ("active", "Active")]
)
def test_what_a_plan_was_is_said_in_its_own_words(was, words):
    assert CareEnded(plan=Plan(), was=was).was_label == words


# What was taken back is read as such, wherever its reason stands.


def test_wherever_a_death_that_was_taken_back_is_the_reason_it_says_so(board, ana, chloe, omar):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    give(step, 1, omar)
    follow_up = makers.make_follow_up(step.case, by=ana, assignee=omar)
    left_out = Occurrence.objects.filter(step=step, status="planned").first()
    died(step.case.patient, by=ana, **day(board=board))
    corrected(step.case.patient, by=omar)
    for row in (step, follow_up, left_out):
        row.refresh_from_db()
    plan = Plan.objects.get(pk=step.plan_id)
    said = f"The patient died ({board.today:%-d %b %Y}). That was taken back on {board.today:%-d %b %Y}."
    assert [step.reason_note, plan.end_reason, follow_up.reason, left_out.reason_note] == [said] * 4
    assert "(died, which was taken back)" in browser(ana).get(url("case", step.case_id)).content.decode()
    assert "That was taken back on" in browser(ana).get(url("plan", plan.pk)).content.decode()
    case = browser(ana).get(url("case", step.case_id)).content.decode()
    assert "Died, which was taken back" in case


def test_what_ended_for_another_reason_is_not_marked(board, ana, chloe, omar):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    skip_step(step, by=omar, expected_version=step.version, reason="patient_choice", reason_note="at home")
    died(step.case.patient, by=ana, **day(board=board))
    corrected(step.case.patient, by=omar)
    step.refresh_from_db()
    assert step.reason_note == "at home"


# A date before what is recorded is asked about.


def test_a_death_before_a_cycle_that_was_given_asks_why_and_before_a_break_too(board, ana, chloe, omar):
    step = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    for row in Occurrence.objects.filter(step=step):
        Occurrence.objects.filter(pk=row.pk).update(planned_on=row.planned_on - timedelta(days=60))
    give(step, 1, omar, on=board.today - timedelta(days=60))
    give(step, 2, omar, on=board.today - timedelta(days=4))
    step.refresh_from_db()
    hold_step(
        step, by=omar, expected_version=step.version, on=board.today - timedelta(days=2), reason="medical_reason",
        due_on=board.today + timedelta(days=9),
    )  # fmt: skip
    with pytest.raises(ValidationError) as error:
        died(step.case.patient, by=ana, **day(ago=9, board=board))
    asked = " ".join(error.value.message_dict["why"])
    assert f"Cycle 2 of 4 was given on {board.today - timedelta(days=4):%-d %B %Y}" in asked
    assert "Cycle 1 of 4" not in asked and "was held from" in asked
