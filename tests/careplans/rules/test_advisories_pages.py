"""Answering the advisories of a plan on its page, and where unanswered warnings are listed."""

import pytest
from django.test import Client
from django.urls import reverse

from careplans.models import Advisory, Plan
from careplans.services.proforma import save_proforma
from careplans.services.steps import add_step
from tests.careplans import makers

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}, by=ana)
    return case


@pytest.fixture
def plan(case, ana):
    return makers.make_plan(case, by=ana)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def url(name, plan):
    return reverse(f"careplans:{name}", args=[plan.pk])


def posted(plan, **answers):
    """The whole form as a browser sends it, with the answers given by rule."""
    data = {}
    for row in Advisory.objects.filter(plan=plan).standing():
        prefix = f"{row.rule}-{row.step_id or 'plan'}"
        data |= {f"{prefix}-version": row.version, f"{prefix}-answer": row.answer, f"{prefix}-note": row.note}
        data |= {f"{prefix}-citation": row.citation}
        data |= {f"{prefix}-{name}": value for name, value in answers.get(row.rule.replace("-", "_"), {}).items()}
    return data


def answered(plan, rule):
    return Advisory.objects.get(plan=plan, rule=rule, ended_at=None)


def test_an_answer_is_saved_and_shown_beside_the_plan(plan, omar):
    data = posted(plan, SUR_01={"answer": "newer_guidance", "citation": "ENETS 2023"})
    assert browser(omar).post(url("advisories", plan), data).url == url("advisories", plan)
    assert answered(plan, "SUR-01").citation == "ENETS 2023"
    page = browser(omar).get(url("plan", plan)).content.decode()
    assert "ENETS 2023" in page
    assert "Omar Oncologist" in page


def test_advisories_that_were_left_alone_stay_unanswered(plan, omar):
    browser(omar).post(url("advisories", plan), posted(plan, SUR_01={"answer": "patient_choice"}))
    assert not answered(plan, "DATA-01").is_answered


def test_a_refused_answer_comes_back_with_every_word(plan, omar):
    data = posted(
        plan, SUR_01={"answer": "newer_guidance"}, DATA_01={"answer": "patient_choice", "note": "Wants no biopsy"}
    )
    answer = browser(omar).post(url("advisories", plan), data)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert "Name the newer guidance" in page
    assert "Wants no biopsy" in page
    assert not answered(plan, "DATA-01").is_answered


def test_words_without_an_answer_are_asked_about(plan, omar):
    answer = browser(omar).post(url("advisories", plan), posted(plan, SUR_01={"note": "We talked about it"}))
    assert answer.status_code == 400
    assert "Choose an answer" in answer.content.decode()
    assert "We talked about it" in answer.content.decode()


def test_two_people_at_once_both_see_what_the_other_answered(plan, ana, omar):
    stale = posted(plan, SUR_01={"answer": "patient_choice", "note": "her words"})
    browser(omar).post(url("advisories", plan), posted(plan, SUR_01={"answer": "not_available"}))
    refused = browser(ana).post(url("advisories", plan), stale)
    page = refused.content.decode()
    assert refused.status_code == 400
    assert "Omar Oncologist answered this meanwhile" in page
    assert "her words" in page
    assert 'name="SUR-01-plan-version" value="2"' in page
    browser(ana).post(url("advisories", plan), stale | {"SUR-01-plan-version": 2})
    assert answered(plan, "SUR-01").answer == "patient_choice"


def test_what_was_typed_about_an_advisory_that_stopped_firing_is_named(plan, case, ana, omar):
    data = posted(plan, SUR_01={"answer": "patient_choice", "note": "kept for later"})
    save_proforma(case, {"extent": "metastatic"}, by=ana)
    page = browser(omar).post(url("advisories", plan), data, follow=True).content.decode()
    assert "SUR-01 no longer fires" in page
    assert "kept for later" in page


def test_an_observer_reads_and_cannot_answer(plan, nina):
    page = browser(nina).get(url("advisories", plan)).content.decode()
    assert "SUR-01" in page
    assert "Save the answers" not in page
    assert browser(nina).post(url("advisories", plan), posted(plan)).status_code == 403


def test_what_no_longer_fires_stays_readable(plan, case, ana, omar):
    browser(omar).post(url("advisories", plan), posted(plan, SUR_01={"answer": "patient_choice"}))
    save_proforma(case, {"extent": "metastatic"}, by=ana)
    page = browser(omar).get(url("advisories", plan)).content.decode()
    assert "No longer firing (1)" in page


@pytest.mark.parametrize("name", ["signoff", "plan_print"])
def test_warnings_without_an_answer_are_listed(board, plan, ana, omar, name):
    makers.require_disciplines(board, "medical_oncology")
    makers.submit(plan, by=ana)
    words = "1 warning without an answer"
    assert words in browser(omar).get(url(name, plan)).content.decode()
    browser(omar).post(url("advisories", plan), posted(plan, SUR_01={"answer": "patient_choice"}))
    assert words not in browser(omar).get(url(name, plan)).content.decode()


def test_they_stop_neither_signature_nor_release(board, plan, ana, omar, chloe):
    makers.require_disciplines(board, "medical_oncology")
    makers.submit(plan, by=ana)
    makers.sign(plan, by=omar)
    assert makers.release(plan, by=chloe).status == "active"


def test_the_number_of_queries_does_not_grow(plan, ana, omar, client, django_assert_max_num_queries):
    client.force_login(omar)
    counts = []
    for more in (1, 10):
        for _ in range(more):
            add_step(plan, by=ana, phase="adjuvant", modality_code="OSA", goals=["cure"])
        client.get(url("advisories", plan))
        with django_assert_max_num_queries(19) as queries:
            assert client.get(url("advisories", plan)).status_code == 200
        counts.append(len(queries))
    assert Advisory.objects.filter(plan=plan, rule="OSA-01").count() == 11
    assert counts[0] == counts[1]


def test_the_form_works_after_the_rows_were_never_kept(plan, omar):
    """A plan from before advisories were kept: its rows are made when somebody answers."""
    Advisory.objects.all().delete()
    data = {"SUR-01-plan-version": 0, "SUR-01-plan-answer": "patient_choice", "SUR-01-plan-note": ""}
    browser(omar).post(url("advisories", plan), data)
    assert answered(plan, "SUR-01").answer == "patient_choice"
    assert Plan.objects.get(pk=plan.pk).status == "draft"
