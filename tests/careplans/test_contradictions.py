"""Facts that do not go together are asked about wherever they are used, stop nobody, and are asked once."""

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import Case, ContradictionAnswer, Event, Plan, Proforma, Step
from careplans.readers.facts.contradictions import asked_in, contradictions_of
from careplans.services.contradictions import answer_contradiction
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.steps import edit_step
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api, version_in

pytestmark = pytest.mark.django_db
FETCH = {"HTTP_X_REQUESTED_WITH": "fetch"}
ODD = {"krenning_score": 0, "sstr_expression": "high"}
MANY = {"grade": "G1", "ki67_percent": "60", "mitoses_per_2mm2": "25", "extent": "localized", "m_category": "M1"}
ASKED = "The Krenning score is 0, yet receptor expression is “high”: check."
WHY = "The tracer was another; the report says 3."


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, ODD, by=ana)
    return case


@pytest.fixture
def plan(case, ana):
    return makers.make_plan(case, by=ana)


def facts(case):
    return Proforma.objects.select_related("case").get(case=case)


def key(case, code="krenning"):
    return next(one.key for one in asked_in(case, facts(case)) if one.code == code)


def answered(case):
    return {one.question.code: one.answer and one.answer.reason for one in contradictions_of(facts(case))}


def answer(case, by, *, code="krenning", reason=WHY, **seen):
    return answer_contradiction(case, by=by, key=key(case, code), reason=reason, **seen)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


def text(response):
    html = response if isinstance(response, str) else response.content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def odd_step(plan, by):
    step = Step.objects.filter(plan=plan).first()
    edit_step(step, {"phase": "surveillance", "goals": ["cure"]}, by=by)
    return step


# The answer


def test_an_answer_is_kept_with_its_author_its_values_and_its_question(case, omar):
    row = answer(case, omar)
    assert (row.by, row.reason, row.question, row.values) == (omar, WHY, ASKED, ODD)
    assert answered(case) == {"krenning": WHY}
    event = Event.objects.get(kind="contradiction_answered")
    assert (event.case, event.by, event.reason, event.data["code"]) == (case, omar, WHY, "krenning")
    assert AuditEvent.objects.filter(action="contradiction_answered", actor=omar).exists()


def test_it_stands_while_other_facts_change(case, ana):
    answer(case, ana)
    save_proforma(case, {"ecog": 1}, by=ana)
    assert answered(case) == {"krenning": WHY}


def test_it_is_asked_anew_when_one_of_its_facts_changes(case, ana):
    answer(case, ana)
    save_proforma(case, {"sstr_expression": "moderate"}, by=ana)
    assert answered(case) == {"krenning": None}


def test_the_answer_is_there_again_when_the_value_comes_back(case, ana):
    answer(case, ana)
    save_proforma(case, {"sstr_expression": "moderate"}, by=ana)
    save_proforma(case, {"sstr_expression": "high"}, by=ana)
    assert answered(case) == {"krenning": WHY}


def test_an_answer_to_values_that_have_changed_is_refused(case, ana):
    old = key(case)
    save_proforma(case, {"sstr_expression": "moderate"}, by=ana)
    with pytest.raises(ValidationError, match="not asked any more"):
        answer_contradiction(case, by=ana, key=old, reason=WHY)


def test_an_answer_needs_words(case, ana):
    with pytest.raises(ValidationError, match="Give a reason"):
        answer(case, ana, reason="  ")
    with pytest.raises(IntegrityError), transaction.atomic():
        ContradictionAnswer.objects.create(
            board=case.board, case=case, code="x", key="x", question="x", reason="", by=ana
        )


def test_what_a_colleague_answered_meanwhile_is_read_first(case, ana, omar):
    first = answer(case, omar, seen=0)
    with pytest.raises(ValidationError, match=f"{omar.name} answered this meanwhile"):
        answer(case, ana, reason="Mine.", seen=0)
    answer(case, ana, reason="Mine.", seen=first.pk)
    assert answered(case) == {"krenning": "Mine."}
    assert ContradictionAnswer.objects.count() == 2


@pytest.mark.parametrize("role", ["nina", "anselm", "otto", "admin"])
def test_only_who_fills_in_the_proforma_answers(case, role, request):
    with pytest.raises(PermissionDenied):
        answer(case, request.getfixturevalue(role))


def test_a_closed_case_takes_no_answer(case, ana):
    Case.objects.filter(pk=case.pk).update(status="closed", close_reason="discharged")
    with pytest.raises(ValidationError):
        answer(case, ana)


def test_phase_and_goals_are_answered_for_the_next_plan_too(case, plan, ana, chloe):
    odd_step(plan, ana)
    answer(case, ana, code="phase-goals", reason="Watchful waiting, then a resection.")
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    new = amend_plan(Plan.objects.get(pk=plan.pk), by=ana, reason="New CT")
    found = contradictions_of(facts(case), Step.objects.filter(plan=new))
    assert [one.answer.reason for one in found if one.question.step] == ["Watchful waiting, then a resection."]


def test_many_questions_take_as_many_queries_as_one(case, ana, django_assert_num_queries):
    row = facts(case)
    with django_assert_num_queries(2):
        assert len(contradictions_of(row)) == 1
    save_proforma(case, MANY, by=ana)
    row = facts(case)
    with django_assert_num_queries(2):
        assert len(contradictions_of(row)) == 5


def test_a_case_that_holds_together_reads_only_its_specimens(board, ana, django_assert_num_queries):
    row = makers.make_case(board, by=ana).proforma
    with django_assert_num_queries(1):
        assert contradictions_of(row) == []


# Where it is asked


@pytest.mark.parametrize("name", ["plan", "plan_edit", "plan_print", "signoff"])
def test_every_page_of_a_plan_asks(plan, omar, name):
    odd_step(plan, omar)
    page = text(browser(omar).get(reverse(f"careplans:{name}", args=[plan.pk])))
    assert ASKED in page
    assert "the phase is “surveillance”, yet the goal is cure: check." in page


@pytest.mark.parametrize("who", ["omar", "nina"])
def test_the_proforma_asks_writers_and_readers(case, who, request):
    user = request.getfixturevalue(who)
    page = text(browser(user).get(reverse("careplans:proforma", args=[case.pk])))
    assert ASKED in page
    assert ("Say why it is so" in page) == (who == "omar")


def test_the_proforma_asks_as_it_is_typed(case, omar):
    url = reverse("careplans:proforma_save", args=[case.pk])
    data = {"surgery_option": "yes", "fit_for_surgery": "no"}
    data |= {f"base-{name}": "not_recorded" for name in data}
    saved = browser(omar).post(url, data, **FETCH).json()
    assert "not fit for surgery, yet surgery is recorded as possible" in saved["html"]["proforma-questions"]
    assert facts(case).fit_for_surgery == "no"


def test_the_step_asks_of_itself_as_it_is_typed(plan, omar):
    step = plan.steps.first()
    data = {"phase": "surveillance", "base-phase": "symptom_control"}
    saved = browser(omar).post(reverse("careplans:step_save", args=[step.pk]), data, **FETCH).json()
    told = text(saved["html"]["step-asked"])
    assert "the phase is “surveillance”, yet the goal is symptom control" in told
    assert "Krenning" not in told


def test_the_editor_asks_after_an_autosave_too(plan, omar):
    url = reverse("careplans:plan_save", args=[plan.pk])
    saved = browser(omar).post(url, {"aim": "Less", "base-aim": plan.aim}, **FETCH).json()
    assert ASKED in text(saved["html"]["plan-asked"])


def test_it_never_stops_a_plan(plan, ana, chloe):
    odd_step(plan, ana)
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    assert Plan.objects.get(pk=plan.pk).status == "active"


def test_at_sign_off_the_unanswered_stand_beside_the_signature(case, plan, ana, omar):
    makers.submit(plan, by=ana)
    url = reverse("careplans:signoff", args=[plan.pk])
    assert "1 question about facts that do not go together, without an answer" in text(browser(omar).get(url))
    answer(case, ana)
    page = text(browser(omar).get(url))
    assert "about facts that do not go together, without an answer" not in page
    assert f"Checked, it is so: “{WHY}” {ana.name}" in page


def test_an_ended_plan_is_not_asked_about(plan, omar):
    Plan.objects.filter(pk=plan.pk).update(status="entered_in_error", end_reason="-")
    assert ASKED not in text(browser(omar).get(reverse("careplans:plan", args=[plan.pk])))


# The page on which it is answered


def page_of(case):
    return reverse("careplans:contradictions", args=[case.pk])


def test_the_page_keeps_an_answer(case, omar):
    client, asked = browser(omar), key(case)
    assert "sources differ by one" in text(client.get(page_of(case)))
    response = client.post(page_of(case), {"key": asked, "seen": "0", "reason": WHY})
    assert response.url == f"{page_of(case)}#{asked}"
    assert f"Checked, it is so: “{WHY}” {omar.name}" in text(client.get(page_of(case)))


def test_an_answer_without_words_says_what_to_do(case, omar):
    response = browser(omar).post(page_of(case), {"key": key(case), "seen": "0", "reason": " "})
    assert response.status_code == 400
    assert "Say what was checked and why it is so, or correct the facts." in text(response)


def test_what_was_typed_stays_when_a_colleague_was_faster(case, ana, omar):
    first = answer(case, ana)
    response = browser(omar).post(page_of(case), {"key": key(case), "seen": "0", "reason": "Mine, typed long."})
    assert response.status_code == 400
    assert f"{ana.name} answered this meanwhile" in text(response)
    assert "Mine, typed long." in text(response)
    assert f'value="{first.pk}"' in response.content.decode()


def test_what_was_typed_about_what_is_no_longer_asked_is_shown(case, ana, omar):
    old = key(case)
    save_proforma(case, {"sstr_expression": "none"}, by=ana)
    response = browser(omar).post(page_of(case), {"key": old, "seen": "0", "reason": "Mine, typed long."})
    assert response.status_code == 400
    assert "This is not asked any more" in text(response)
    assert "You had typed: “Mine, typed long.”" in text(response)


def test_earlier_answers_stay_readable(case, ana):
    answer(case, ana)
    save_proforma(case, {"sstr_expression": "none"}, by=ana)
    page = text(browser(ana).get(page_of(case)))
    assert "Nothing to check" in page
    assert "Earlier answers, to what is no longer asked (1)" in page
    assert WHY in page


def test_who_only_reads_sees_the_question_and_no_form(case, nina):
    response = browser(nina).get(page_of(case))
    assert ASKED in text(response)
    assert "Keep this answer" not in text(response)
    assert browser(nina).post(page_of(case), {"key": key(case), "seen": "0", "reason": "-"}).status_code == 403


def test_another_board_finds_nothing(case, otto):
    assert browser(otto).get(page_of(case)).status_code == 404


# Over the API


def test_the_proforma_serves_its_contradictions_and_takes_an_answer(case, omar):
    api = Api(omar)
    found = api.get(f"/cases/{case.pk}/proforma/").json()
    assert [(one["code"], one["sentence"], one["answer"]) for one in found["contradictions"]] == [
        ("krenning", ASKED, None)
    ]
    body = {"key": found["contradictions"][0]["key"], "reason": WHY}
    response = api.post(f"/cases/{case.pk}/proforma/answer-contradiction/", body, version=found["version"])
    assert response.status_code == 200
    given = response.json()["contradictions"][0]["answer"]
    assert (given["reason"], given["by"]["name"]) == (WHY, omar.name)
    assert version_in(response) == found["version"] + 1


def test_an_answer_on_facts_that_have_changed_is_stale(case, ana):
    with pytest.raises(Conflict):
        answer_contradiction(case, by=ana, key=key(case), reason=WHY, expected_version=facts(case).version - 1)


def test_a_step_serves_its_own(plan, omar):
    step = odd_step(plan, omar)
    found = Api(omar).get(f"/steps/{step.pk}/").json()["contradictions"]
    assert [(one["code"], one["values"]["phase"]) for one in found] == [("phase-goals", "surveillance")]


# At the field


def fields_page(case, user):
    return browser(user).get(reverse("careplans:proforma", args=[case.pk])).content.decode()


def at_field(html, name):
    return text(re.search(rf'<div id="asked-{name}">(.*?)</div>', html, re.DOTALL)[1]).strip()


def control(html, name):
    return re.search(rf'<(?:input|select|textarea)[^>]*\bid="id_{name}"[^>]*>', html)[0]


def test_the_field_itself_says_with_what_it_does_not_go(case, omar):
    html = fields_page(case, omar)
    assert at_field(html, "krenning_score") == "Please check, with Somatostatin-receptor expression"
    assert at_field(html, "sstr_expression") == "Please check, with Krenning score"
    assert at_field(html, "grade") == ""


def test_field_and_question_lead_to_each_other(case, omar):
    html = fields_page(case, omar)
    assert f'href="#asked-{key(case)}"' in html and f'<li id="asked-{key(case)}"' in html
    assert 'href="#id_krenning_score"' in html and 'id="id_krenning_score"' in html


def test_whoever_does_not_see_the_mark_hears_it(case, omar):
    html = fields_page(case, omar)
    assert (
        "asked-krenning_score" in re.search(r'aria-describedby="([^"]*)"', control(html, "krenning_score"))[1].split()
    )
    described = re.search(r'aria-describedby="([^"]*)"', control(html, "ki67_percent"))[1].split()
    assert described == ["id_ki67_percent_helptext", "asked-ki67_percent"]


def test_the_mark_comes_and_goes_as_it_is_typed(case, omar):
    url = reverse("careplans:proforma_save", args=[case.pk])
    saved = browser(omar).post(url, {"bilirubin_umol_l": "1.2", "base-bilirubin_umol_l": ""}, **FETCH).json()["html"]
    assert text(saved["asked-bilirubin_umol_l"]).strip() == "Please check the unit"
    assert "Is it in mg/dL?" in text(saved["proforma-questions"])
    saved = browser(omar).post(url, {"bilirubin_umol_l": "20", "base-bilirubin_umol_l": "1.2"}, **FETCH).json()["html"]
    assert text(saved["asked-bilirubin_umol_l"]).strip() == ""


def test_a_question_that_was_answered_marks_no_field(case, omar):
    answer(case, omar)
    assert at_field(fields_page(case, omar), "krenning_score") == ""


def test_a_reader_is_sent_to_no_field(case, nina):
    html = fields_page(case, nina)
    assert ASKED in text(html) and 'href="#id_krenning_score"' not in html
