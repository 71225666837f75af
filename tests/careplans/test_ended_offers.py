"""Nothing is offered that would be refused: not of whoever has died or was transferred, nor of a case that has ended."""

import re

import pytest

from careplans.forms.occurrences import VERBS as OF_OCCURRENCES
from careplans.forms.step_progress import VERBS as OF_STEPS
from careplans.forms.step_progress import CodedReasonForm
from careplans.models import CareEnd, CareEnded, Case, FollowUp, Occurrence, Step
from careplans.services.care_back import bring_back_case
from careplans.services.specimens import add_specimen
from tests.careplans import makers
from tests.careplans.doors import browser, url
from tests.careplans.test_care_ends import corrected, day, died, moved

pytestmark = pytest.mark.django_db
SENDS = re.compile(r'<form[^>]*method="post"')


@pytest.fixture
def course(board, ana, omar, chloe):
    """A plan in force with a course, a specimen and a follow-up."""
    course = makers.make_course(board, by=ana, chair=chloe, owner=omar)
    makers.make_follow_up(course.case, by=ana, assignee=omar)
    add_specimen(course.case, by=ana, decides=False, taken_from="liver")
    return course


@pytest.fixture(params=["died", "transferred"])
def gone(request, course, ana):
    if request.param == "died":
        return died(course.case.patient, by=ana, **day(board=course.board))
    return moved(course.case.patient, by=ana, on=course.board.today)


def main_of(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.content.decode().partition("<main")[2].partition("</main>")[0]


@pytest.mark.parametrize("who", ["ana", "chloe", "omar"])
def test_no_page_of_whoever_is_gone_offers_to_record_anything(gone, course, who, request):
    client, case = browser(request.getfixturevalue(who)), course.case_id
    pages = [
        url("case", case), url("patient", course.case.patient_id), url("proforma", case), url("contradictions", case),
        url("plan", course.plan_id), url("signoff", course.plan_id), url("step_deliver", course.pk),
        url("occurrence", Occurrence.objects.filter(step=course).last().pk), url("followup", FollowUp.objects.first().pk),
    ]  # fmt: skip
    for path in pages:
        page = main_of(client, path)
        assert not SENDS.search(page), path
        for words in ("Change the case", "Open a case", "Add a specimen", "Transfer to another", ">Reopen</summary>"):
            assert words not in page, (path, words)


def test_the_page_of_a_patient_who_went_elsewhere_still_takes_the_death(course, ana):
    moved(course.case.patient, by=ana, on=course.board.today)
    assert "Record a death" in main_of(browser(ana), url("patient", course.case.patient_id))
    assert browser(ana).get(url("death", course.case.patient_id)).status_code == 200


def test_a_patient_without_a_case_who_died_is_offered_none(board, ana):
    patient = makers.make_patient(board, by=ana)
    died(patient, by=ana, **day(board=board))
    assert "Open the first case" not in main_of(browser(ana), url("patient", patient.pk))


def test_an_address_of_a_form_leads_back_with_the_reason(gone, course, ana):
    """From a bookmark, or a tab that was open."""
    client, case, specimen = browser(ana), course.case_id, course.case.specimens.get()
    for path in (
        url("case_edit", case), url("prior_treatment_new", case), url("specimen_new", case), url("specimen", specimen.pk),
        url("followup_new", case),
    ):  # fmt: skip
        answer = client.get(path, follow=True)
        assert answer.redirect_chain == [(url("case", case), 302)], path
        assert re.search("This case is closed", answer.content.decode()), path
    for path in (url("case_new", course.case.patient_id), url("transfer", course.case.patient_id)):
        answer = client.get(path, follow=True)
        assert answer.redirect_chain == [(url("patient", course.case.patient_id), 302)], path


def test_what_was_typed_into_a_form_of_a_case_that_ended_meanwhile_is_not_lost(gone, course, ana):
    body = {"title": "Ileal NET, typed anew", "responsible": ana.pk, "version": course.case.version}
    answer = browser(ana).post(url("case_edit", course.case_id), body)
    assert answer.status_code == 400
    assert "Ileal NET, typed anew" in answer.content.decode()


def test_a_closed_case_offers_to_be_reopened_and_nothing_else(board, ana):
    case = makers.make_case(board, by=ana)
    Case.objects.filter(pk=case.pk).update(status="closed", close_reason="discharged")
    page = main_of(browser(ana), url("case", case.pk))
    assert len(SENDS.findall(page)) == 1
    assert "Reopen the case" in page
    assert "Change the case" not in page


def test_after_a_record_was_taken_back_the_case_comes_back_first(course, ana, omar):
    end = died(course.case.patient, by=ana, **day(board=course.board))
    corrected(course.case.patient, by=omar)
    client, path = browser(ana), url("care_end", course.case.patient_id, end.pk)
    page = main_of(client, path)
    assert "Reopen the case first" in page
    assert len(SENDS.findall(page)) == 1
    bring_back_case(CareEnded.objects.get(end=end, plan=None, follow_up=None), by=ana)
    page = main_of(client, path)
    assert "Reopen the case first" not in page
    assert len(SENDS.findall(page)) == CareEnded.objects.filter(end=end, step=None).count() - 1


def test_nothing_is_offered_back_of_whoever_is_gone_again(course, ana, omar):
    end = died(course.case.patient, by=ana, **day(board=course.board))
    corrected(course.case.patient, by=omar)
    died(course.case.patient, by=ana, **day(board=course.board))
    page = main_of(browser(ana), url("care_end", course.case.patient_id, end.pk))
    assert CareEnd.objects.filter(patient=course.case.patient_id).count() == 2
    assert not SENDS.search(page)
    assert "nothing new begins" in page


def test_a_step_or_a_cycle_does_not_offer_death_as_its_reason():
    forms = [form for form, *_ in (*OF_STEPS.values(), *OF_OCCURRENCES.values()) if issubclass(form, CodedReasonForm)]
    assert len(forms) > 4
    for form in forms:
        field = form().fields["reason"]
        assert Step.Reason.DIED not in dict(field.choices)
        assert "on the page of the patient" in field.help_text
