"""Facts that change while a plan is in sign-off, or of which the board says only afterwards that they decide."""

import re

import pytest
from django.core.exceptions import ValidationError

from accounts.models import Notice, RequiredDiscipline
from careplans.models import Event, Plan, Proforma, Reminder, Signature
from careplans.outbox import sending
from careplans.readers.facts.deciding_facts import changes_under
from careplans.services.changed_facts import mark_deciding
from careplans.services.proforma import save_proforma
from careplans.services.signatures import dissent_from_plan, send_back_plan, sign_plan
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url
from tests.careplans.outbox.mail import Remembering
from tests.factories import join, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"ki67_percent": "6", "wishes": "At home.", "functional_status": "functional"}, by=ana)
    return case


@pytest.fixture
def asked(board, case, ana):
    makers.require_disciplines(board, "medical_oncology")
    RequiredDiscipline.objects.create(
        board=board, discipline="cardiology", when=RequiredDiscipline.When.CARCINOID_HEART
    )
    return fresh(makers.submit(makers.make_plan(case, by=ana), by=ana))


def fresh(plan):
    return Plan.objects.select_related("case__proforma", "case__patient", "board").get(pk=plan.pk)


def version_of(case):
    return Proforma.objects.get(case=case).version


def seen(plan, facts_version):
    content = {"expected_version": plan.content_version, "expected_hash": plan.content_hash}
    return content | {"facts_version": facts_version}


def fields_of(page):
    return dict(re.findall(r'name="((?:content|facts)_\w+)"[^>]*value="([^"]*)"', page))


def test_a_signature_on_a_stale_screen_is_refused_and_given_on_what_is_shown_then(asked, case, ana, omar):
    page = browser(omar).get(url("signoff", asked.pk)).content.decode()
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    body = {"answer": "sign", "comment": "my words"}
    refused = browser(omar).post(url("signoff", asked.pk), fields_of(page) | body)
    shown = refused.content.decode()
    assert refused.status_code == 400 and "changed after the version that you saw: Ki-67" in shown
    assert "my words" in shown and "80 %" in shown and not Signature.objects.filter(signer=omar).exists()
    assert browser(omar).post(url("signoff", asked.pk), fields_of(shown) | body).status_code == 302
    assert Signature.objects.get(signer=omar).status == "approved_with_comment"


@pytest.mark.parametrize("answer", [dissent_from_plan, send_back_plan])
def test_whoever_dissents_or_sends_back_has_seen_the_facts_too(asked, case, ana, omar, answer):
    before = version_of(case)
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    with pytest.raises(Conflict, match="Ki-67"):
        answer(asked, by=omar, reason="Not this.", **seen(asked, before))


def test_a_fact_that_does_not_decide_stops_no_signature(asked, case, ana, omar):
    before = version_of(case)
    save_proforma(case, {"wishes": "No more needles."}, by=ana)
    sign_plan(asked, by=omar, **seen(asked, before))
    assert Signature.objects.filter(signer=omar).exists()


def test_over_the_api_the_version_of_the_facts_is_sent_or_nothing_is_said_of_them(asked, case, ana, omar):
    body = {"content_version": asked.content_version, "content_hash": asked.content_hash}
    before = version_of(case)
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    to = f"/plans/{asked.pk}/sign/"
    asked.refresh_from_db()
    assert Api(omar).post(to, body | {"facts_version": before}, version=asked.version).status_code == 409
    assert Api(omar).post(to, body, version=asked.version).status_code == 200


def test_a_discipline_that_the_facts_newly_call_for_is_asked_and_waited_for(asked, board, case, ana, omar, chloe):
    cara = make_user("cara@northgate.example", "Cara Hart")
    join(cara, board, "member", "cardiology")
    makers.sign(asked, by=omar)
    save_proforma(case, {"heart_disease": "severe"}, by=ana)
    assert Signature.objects.get(plan=asked, discipline="cardiology").status == "pending"
    assert Reminder.objects.scheduled().filter(signature__plan=asked, recipient=cara).exists()
    assert Event.objects.filter(plan=asked, kind="signature_asked").count() == 1
    sending.send_due(open_mail=Remembering())
    assert not Notice.objects.filter(kind="ready").exists()
    with pytest.raises(ValidationError, match="Still awaited: Cardiology"):
        makers.release(asked, by=chloe, acknowledged=["heart_disease"])
    makers.sign(asked, by=cara)
    assert makers.release(asked, by=chloe, acknowledged=["heart_disease"]).status == "active"


def test_a_discipline_is_asked_once(asked, case, ana):
    for value in ("severe", "none", "mild"):
        save_proforma(case, {"heart_disease": value}, by=ana)
    assert Signature.objects.filter(plan=asked, discipline="cardiology").count() == 1


def test_a_release_asks_again_whom_the_facts_call_for(asked, case, omar, chloe):
    """Facts of before this was asked, as an old process may have saved them."""
    makers.sign(asked, by=omar)
    Proforma.objects.filter(case=case).update(heart_disease="severe")
    with pytest.raises(ValidationError, match="nobody was asked for: Cardiology"):
        makers.release(asked, by=chloe, acknowledged=["heart_disease"])


def told_of_facts():
    sending.send_due(open_mail=Remembering())
    return {notice.user for notice in Notice.objects.filter(kind="facts")}


def test_who_signed_hears_of_the_change_although_the_chair_has_acknowledged_it(asked, case, ana, omar, chloe):
    makers.sign(asked, by=omar)
    save_proforma(case, {"ki67_percent": "80"}, by=ana)
    makers.release(asked, by=chloe, acknowledged=["ki67_percent"])
    assert omar in told_of_facts()


def test_a_change_back_is_told_to_nobody(asked, case, ana, omar):
    makers.sign(asked, by=omar)
    for value in ("80", "6"):
        save_proforma(case, {"ki67_percent": value}, by=ana)
    assert told_of_facts() == set()


def test_a_fact_that_is_said_to_decide_afterwards_puts_its_plans_on_the_list(board, case, ana, omar, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    save_proforma(case, {"wishes": "No more needles."}, by=ana)
    assert fresh(plan).facts_changed_at is None
    mark_deciding(board, ["wishes"], by=chloe, expected_version=0)
    assert fresh(plan).facts_changed_at and [one.name for one in changes_under(fresh(plan))] == ["wishes"]
    assert Event.objects.get(plan=plan, kind="facts_marked_under_plan").by == chloe
    assert ana in told_of_facts()


def test_a_fact_that_decides_no_longer_takes_its_plans_off_the_list(board, case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    save_proforma(case, {"egfr_ml_min": "22"}, by=ana)
    mark_deciding(board, ["wishes"], by=chloe, expected_version=0)
    assert (changes_under(fresh(plan)), fresh(plan).facts_changed_at) == ([], None)


def test_the_pages_of_a_cycle_and_of_the_advice_show_what_was_signed_on(board, ana, chloe):
    step = makers.make_course(board, by=ana, chair=chloe)
    save_proforma(step.case, {"egfr_ml_min": "22"}, by=ana)
    cycle = step.occurrences.get(number=1)
    for page in (url("occurrence", cycle.pk), url("advisories", step.plan_id)):
        assert "Facts have changed since this plan was signed" in browser(ana).get(page).content.decode(), page
