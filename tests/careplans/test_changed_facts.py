"""A plan knows the facts that it was signed on: shown side by side, told, acknowledged at the release, kept or amended."""

import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Notice
from careplans.models import Event, FactsAnswer, Plan, Proforma
from careplans.models.proforma import FIELDS, READ_BY_RULES
from careplans.outbox import sending
from careplans.readers.facts.deciding_facts import changes_under
from careplans.rules.plan_advice import READABLE
from careplans.services.changed_facts import keep_on_changed_facts, mark_deciding
from careplans.services.plans import amend_plan, edit_plan, recall_plan, release_plan, submit_plan
from careplans.services.proforma import save_proforma
from careplans.services.steps import edit_step
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, queries_of, url
from tests.careplans.outbox.mail import Remembering

pytestmark = pytest.mark.django_db

SIGNED_ON = {"grade": "G2", "ki67_percent": 6, "sstr_expression": "high", "egfr_ml_min": 70, "wishes": "At home."}
NOW = {"grade": "NEC", "ki67_percent": 80, "sstr_expression": "none", "egfr_ml_min": 22}


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, SIGNED_ON, by=ana)
    return case


@pytest.fixture
def asked(board, case, ana, omar):
    """In sign-off, signed by Omar."""
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    makers.sign(plan, by=omar)
    return fresh(plan)


@pytest.fixture
def active(asked, chloe):
    return makers.release(asked, by=chloe)


def fresh(plan):
    return Plan.objects.select_related("case__proforma", "case__patient", "board").get(pk=plan.pk)


def change(plan, by, **facts):
    save_proforma(plan.case, facts or NOW, by=by)
    return fresh(plan)


def release(plan, by, *named, note=""):
    seen = {"expected_version": plan.version, "expected_hash": plan.content_hash}
    return release_plan(plan, by=by, acknowledged=named, note=note, **seen)


def words(page):
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


def test_every_fact_that_a_rule_can_look_at_decides():
    assert set(READABLE) & set(FIELDS) == READ_BY_RULES


def test_every_page_of_the_plan_shows_what_it_was_signed_on_beside_what_is_known_now(active, ana):
    plan = change(active, ana)
    step = plan.steps.get()
    for page in (url("plan", plan.pk), url("plan_print", plan.pk), url("step_deliver", step.pk)):
        text = words(browser(ana).get(page).content.decode())
        assert "Ki-67 signed on 6 % → now 80 %" in text, page
        assert "eGFR signed on 70 mL/min/1.73 m² → now 22 mL/min/1.73 m²" in text, page
    shown = Api(ana).get(f"/plans/{plan.pk}/").json()["facts_since_signed"]
    assert {"name": "grade", "signed": "G2", "now": "NEC", "signed_from": "", "now_from": ""} in shown


def test_the_sign_off_shows_it_too_and_what_newly_fires(asked, chloe, ana):
    operable = {"extent": "localized", "surgery_option": "yes", "functional_status": "functional"}
    change(asked, ana, **NOW, **operable)
    text = words(browser(chloe).get(url("signoff", asked.pk)).content.decode())
    assert "Somatostatin-receptor expression signed on High → now None" in text
    assert "Since the facts changed, this is advised too:" in text


def test_what_does_not_decide_changes_nothing(active, ana):
    plan = change(active, ana, wishes="In hospital.")
    assert (changes_under(plan), plan.facts_changed_at) == ([], None)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("other_metastatic_sites", ["brain", "bone"]), ("n_category", "N2"), ("liver_lesion_count", "12"),
        ("platelets_10e9_l", 20), ("neutrophils_10e9_l", "0.4"), ("bilirubin_umol_l", 80), ("lvef_percent", 20),
        ("nt_probnp_ng_l", 4000), ("egfr_ml_min", 22),
    ],
)  # fmt: skip
def test_what_limits_a_treatment_or_shows_a_spread_is_watched_before_a_board_says_so(active, ana, name, value):
    plan = change(active, ana, **{name: value})
    assert [one.name for one in changes_under(plan)] == [name] and plan.facts_changed_at is not None


def test_what_a_condition_of_the_plan_names_is_watched_whatever_the_board_marks(board, case, ana, chloe):
    mark_deciding(board, [], by=chloe, expected_version=0)
    draft = makers.make_plan(case, by=ana)
    edit_step(draft.steps.get(), {"only_if": "only if albumin above 30"}, by=ana)
    plan = makers.release(makers.submit(Plan.objects.get(pk=draft.pk), by=ana), by=chloe)
    assert changes_under(change(plan, ana, bilirubin_umol_l=80)) == []
    plan = change(plan, ana, albumin_g_l=19)
    assert [one.name for one in changes_under(plan)] == ["albumin_g_l"] and plan.facts_changed_at is not None


def test_one_figure_written_in_another_way_is_no_change(active, ana):
    assert changes_under(change(active, ana, ki67_percent="6.00")) == []


def test_the_signers_and_the_leads_are_told_with_the_patient_and_what_changed(asked, ana, omar, chloe, ravi):
    change(asked, ana, ki67_percent=80)
    sending.send_due(open_mail=Remembering())
    told = {notice.user: notice.text for notice in Notice.objects.filter(kind="facts")}
    assert set(told) == {omar, chloe}
    assert "Ki-67: signed on 6 %, now 80 %" in told[omar] and str(asked.case.patient) in told[omar]


def test_the_chair_releases_nothing_before_each_changed_fact_is_acknowledged(asked, chloe, ana):
    plan = change(asked, ana)
    for named in ((), ("grade", "ki67_percent", "sstr_expression")):
        with pytest.raises(ValidationError, match="signed on") as refusal:
            release(fresh(plan), chloe, *named)
        assert "acknowledged" in refusal.value.message_dict
    assert fresh(plan).status == "in_signoff"
    done = release(fresh(plan), chloe, *NOW, note="Rebiopsy; the plan fits NEC too.")
    assert (done.status, fresh(done).facts_changed_at) == ("active", None)
    answer = FactsAnswer.objects.get(plan=plan)
    assert (answer.by, [float(value) for value in answer.differences["ki67_percent"]]) == (chloe, [6, 80])
    assert Event.objects.filter(plan=plan, kind="facts_acknowledged", by=chloe).count() == 1


def test_a_release_that_was_read_before_the_facts_changed_is_a_conflict(asked, chloe, ana):
    before = fresh(asked)
    change(asked, ana)
    with pytest.raises(Conflict):
        release(before, chloe, *NOW)


def test_a_tick_for_a_value_that_has_changed_again_is_asked_for_anew(asked, chloe, ana):
    before = change(asked, ana, ki67_percent=20)
    seen = {"version": before.version, "content_hash": before.content_hash, "acknowledged": ["ki67_percent"]}
    change(asked, ana, ki67_percent=80)
    page = browser(chloe).post(url("plan_release", before.pk), seen).content.decode()
    boxes = re.findall(r'<input[^>]*name="acknowledged"[^>]*>', page)
    assert "now 80 %" in page
    assert len(boxes) == 1 and "checked" not in boxes[0]


def test_on_the_page_the_chair_ticks_each_fact(asked, chloe, ana):
    plan = change(asked, ana, ki67_percent=80)
    seen = {"version": plan.version, "content_hash": plan.content_hash}
    refused = browser(chloe).post(url("plan_release", plan.pk), seen)
    assert (refused.status_code, "Tick each that you have seen" in refused.content.decode()) == (400, True)
    browser(chloe).post(url("plan_release", plan.pk), seen | {"acknowledged": ["ki67_percent"]})
    assert fresh(plan).status == "active"


def test_over_the_api_too(asked, chloe, ana):
    plan = change(asked, ana, ki67_percent=80)
    body = {"content_hash": plan.content_hash}
    refused = Api(chloe).post(f"/plans/{plan.pk}/release/", body, version=plan.version)
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, "acknowledged")
    done = Api(chloe).post(
        f"/plans/{plan.pk}/release/", body | {"acknowledged": ["ki67_percent"]}, version=plan.version
    )
    assert (done.status_code, done.json()["status"]) == (200, "active")


def test_a_plan_in_force_stands_on_the_list_until_it_is_kept_with_a_reason(active, board, ana, omar, chloe):
    plan = change(active, ana, ki67_percent=80)
    listed = words(browser(omar).get(url("changed_facts", board.pk)).content.decode())
    assert "Ki-67 signed on 6 % → now 80 %" in listed
    assert "Facts have changed" in browser(omar).get(url("my_work")).content.decode()
    version = Proforma.objects.get(case=plan.case_id).version
    browser(omar).post(url("changed_facts_keep", plan.pk), {"reason": "One hot spot.", "facts_version": version})
    assert fresh(plan).facts_changed_at is None
    assert "No signed plan rests on facts" in browser(omar).get(url("changed_facts", board.pk)).content.decode()
    assert "now 80 %" in words(browser(omar).get(url("plan", plan.pk)).content.decode())


def test_the_next_change_asks_again(active, ana, omar):
    plan = change(active, ana, ki67_percent=80)
    version = Proforma.objects.get(case=plan.case_id).version
    keep_on_changed_facts(plan, by=omar, reason="One hot spot.", facts_version=version)
    assert change(plan, ana, ki67_percent=85).facts_changed_at is not None


def test_who_read_older_facts_looks_at_what_stands_now_first(active, ana, omar):
    plan = change(active, ana, ki67_percent=80)
    version = Proforma.objects.get(case=plan.case_id).version
    change(plan, ana, ki67_percent=85)
    with pytest.raises(ValidationError, match="changed again"):
        keep_on_changed_facts(plan, by=omar, reason="One hot spot.", facts_version=version)


def test_it_is_kept_once_and_not_without_a_reason_or_a_role(active, ana, omar, nina):
    plan = change(active, ana, ki67_percent=80)
    seen = {"facts_version": Proforma.objects.get(case=plan.case_id).version}
    with pytest.raises(ValidationError, match="reason"):
        keep_on_changed_facts(plan, by=omar, reason=" ", **seen)
    with pytest.raises(PermissionDenied):
        keep_on_changed_facts(plan, by=nina, reason="-", **seen)
    keep_on_changed_facts(plan, by=omar, reason="One hot spot.", **seen)
    with pytest.raises(ValidationError, match="answered this already"):
        keep_on_changed_facts(plan, by=ana, reason="Me too.", **seen)


def test_facts_that_are_set_right_again_take_it_off_the_list(active, ana):
    change(active, ana, ki67_percent=80)
    assert change(active, ana, ki67_percent=6).facts_changed_at is None


def test_an_amendment_rests_on_the_facts_of_its_own_day_and_says_what_changed(active, ana, omar, chloe):
    plan = change(active, ana, ki67_percent=80)
    page = browser(ana).get(url("plan_amend", plan.pk), {"facts": 1}).content.decode()
    assert "Ki-67: signed on 6 %, now 80 %" in page
    new = amend_plan(plan, by=ana, reason="Ki-67 80 %")
    new = fresh(submit_plan(new, by=ana, expected_version=new.version))
    assert changes_under(new) == []
    makers.sign(new, by=omar)
    release(fresh(new), chloe)
    assert Plan.objects.on_changed_facts().count() == 0


def test_taken_back_to_draft_it_waits_for_nobody(asked, ana):
    plan = change(asked, ana)
    recall_plan(plan, by=ana, expected_version=plan.version, reason="NEC now")
    assert (fresh(plan).facts_changed_at, changes_under(fresh(plan))) == (None, [])


def test_an_edit_in_sign_off_takes_it_off_the_list_too(asked, ana):
    change(asked, ana)
    edit_plan(fresh(asked), {"aim": "Palliation"}, by=ana)
    assert (fresh(asked).status, fresh(asked).facts_changed_at) == ("draft", None)


def test_a_board_watches_what_it_marks_and_what_rules_read(board, active, ana):
    mark_deciding(board, ["wishes"], by=ana, expected_version=0)
    assert [one.name for one in changes_under(change(active, ana, **NOW))] == ["grade", "sstr_expression"]
    assert "wishes" in [one.name for one in changes_under(change(active, ana, wishes="In hospital."))]


def test_marks_are_changed_by_those_who_configure_the_board_and_by_one_at_a_time(board, ana, omar):
    mark_deciding(board, ["wishes"], by=ana, expected_version=0)
    with pytest.raises(Conflict):
        mark_deciding(board, ["frailty"], by=ana, expected_version=1)
    with pytest.raises(PermissionDenied):
        mark_deciding(board, [], by=omar, expected_version=2)
    with pytest.raises(ValidationError, match="no such fact"):
        mark_deciding(board, ["shoe_size"], by=ana, expected_version=2)


def test_the_page_of_marks_saves_and_shows_them_to_everybody(board, ana, nina):
    assert "usual" in browser(ana).get(url("deciding_facts", board.pk)).content.decode()
    browser(ana).post(url("deciding_facts", board.pk), {"names": ["frailty"], "version": 0})
    shown = browser(nina).get(url("deciding_facts", board.pk)).content.decode()
    assert "Frailty" in shown and 'type="checkbox"' not in shown


def test_the_list_asks_as_often_for_two_plans_as_for_twelve(board, ana, chloe, omar):
    makers.require_disciplines(board)
    client = browser(omar)

    def add(number):
        plan = makers.make_active_plan(
            makers.make_case(board, by=ana, record_number=f"SYN-{number}"), by=ana, chair=chloe
        )
        change(plan, ana, ki67_percent=80)

    for number in (81, 82):
        add(number)
    few = queries_of(client, url("changed_facts", board.pk))
    for number in range(83, 91):
        add(number)
    assert queries_of(client, url("changed_facts", board.pk)) == few
