"""Advisories beside the plan: on its pages, in the same answer as an autosave, and over the API."""

import json
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse

from careplans.models import Advisory, Plan
from careplans.rules.plan_advice import advice_for, open_flags
from careplans.rules.vignettes import read_cases
from careplans.services.proforma import save_proforma
from careplans.services.steps import add_step
from modalities.models import Statement, StatementFlag
from tests.careplans import makers
from tests.careplans.api import Api

pytestmark = pytest.mark.django_db
FETCH = {"HTTP_X_REQUESTED_WITH": "fetch"}
CASES = read_cases()


def parse(text):
    """`1 RFA local_control target=liver cm=4.1; …` of the vignettes, as values of our steps."""
    for part in text.split(";"):
        order, modality, *rest = part.split()
        goals = [word for word in rest if "=" not in word]
        named = dict(word.split("=") for word in rest if "=" in word)
        yield int(order), modality, goals[0].split(",") if goals else [], named


def facts_of(case, changed):
    facts = case["facts"] | changed
    sizes = {name: round(value * 10) for name, value in facts.items() if name.endswith("_cm")}
    return {n: v for n, v in facts.items() if not n.endswith("_cm")} | {
        name.replace("_cm", "_mm"): value for name, value in sizes.items()
    }


PLANS = [
    pytest.param(case, plan, id=f"{case['id']}{letter}") for case in CASES for letter, plan in case["plans"].items()
]


@pytest.mark.parametrize(("vignette", "expected"), PLANS)
def test_a_vignette_through_real_rows(board, ana, vignette, expected):
    case = makers.make_case(board, by=ana)
    save_proforma(case, facts_of(vignette, expected["facts_changed"]), by=ana)
    plan = makers.make_plan(case, by=ana, steps=0)
    rows = {}
    for number, (_, modality, goals, named) in enumerate(parse(expected["steps"]), start=1):
        if modality != "OTHER":
            makers.make_modality(modality)
        size = {}
        if "cm" in named:
            size = (
                {"target_mm_unknown": True} if named["cm"] == "none" else {"target_mm": round(float(named["cm"]) * 10)}
            )
        step = add_step(
            plan, by=ana, phase="adjuvant", modality_code=modality, goals=goals, description="x",
            target=named.get("target", ""), **size
        )  # fmt: skip
        rows[step.pk] = f"s{number}"
    plan = Plan.objects.for_detail().get(pk=plan.pk)
    fired = {
        f.rule if f.step is None else f"{f.rule}@{rows[int(f.step)]}"
        for f in (item.firing for item in advice_for(plan).all)
    }
    assert fired == set(expected["expect"])
    kept = Advisory.objects.filter(plan=plan).standing()
    assert {r.rule if r.step_id is None else f"{r.rule}@{rows[r.step_id]}" for r in kept} == fired


@pytest.fixture
def plan(board, ana, omar):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}, by=ana)
    return makers.make_plan(case, by=ana)


def browser(user):
    client = Client()
    client.force_login(user)
    return client


@pytest.mark.parametrize("name", ["plan", "plan_edit", "plan_print", "signoff"])
def test_the_pages_of_a_plan_show_what_the_rules_say(plan, omar, name):
    page = browser(omar).get(reverse(f"careplans:{name}", args=[plan.pk])).content.decode()
    assert "SUR-01" in page
    assert f"{reverse('modalities:statements')}#S11" in page


def test_they_change_in_the_same_answer_as_what_was_typed(plan, omar):
    step = plan.steps.first()
    answer = (
        browser(omar)
        .post(
            reverse("careplans:step_save", args=[step.pk]), {"goals": "cure", "base-goals": "symptom_control"}, **FETCH
        )
        .json()
    )
    assert "SEQ-02" in answer["html"]["step-advice"]
    assert "SUR-02" in answer["html"]["step-advice"]


def test_they_never_stop_a_signature(board, plan, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    makers.submit(plan, by=ana)
    page = browser(omar).get(reverse("careplans:signoff", args=[plan.pk])).content.decode()
    assert "they do not stop you" in page
    assert makers.sign(plan, by=omar).status == "approved"


def test_a_signed_plan_keeps_the_facts_it_was_signed_on(board, plan, ana, chloe):
    makers.submit(plan, by=ana)
    active = makers.release(plan, by=chloe)
    save_proforma(active.case, {"extent": "metastatic"}, by=ana)
    active = Plan.objects.for_detail().get(pk=plan.pk)
    rules = {item.firing.rule for item in advice_for(active).all}
    assert "SUR-01" in rules


def test_the_prrt_flag_closes_with_its_notes():
    assert open_flags()
    for number in ("S26", "S27"):
        statement, _ = Statement.objects.get_or_create(
            number=number, defaults={"line": "39", "kind": "k", "text": "t", "reference": "none"}
        )
        StatementFlag.objects.create(
            statement=statement, state="outdated", note="n", source="s", noted_on=date(2026, 1, 1)
        )
    assert open_flags()
    for statement in Statement.objects.filter(number__in=("S26", "S27")):
        StatementFlag.objects.create(
            statement=statement, state="current", note="n", source="s", noted_on=date(2026, 6, 1)
        )
    assert not open_flags()


DRAFT = {
    "facts": {"extent": "metastatic", "liver_surgery_option": "no"},
    "steps": [
        {"id": "s1", "order": 1, "modality": "RFA", "goals": ["local_control"], "target": "liver", "target_mm": 51}
    ],
}


@pytest.mark.parametrize("path", ["/advise", "/advise/"])
def test_the_api_answers_and_stores_nothing(anselm, path):
    answer = Api(anselm).post(path, DRAFT)
    fired = {firing["rule"]: firing for firing in answer.json()}
    assert fired["RFA-02"]["step"] == "s1"
    assert fired["RFA-02"]["statements"] == ["S20"]
    assert set(fired["RFA-02"]) == {"rule", "step", "severity", "advice", "statements", "rule_set", "notes"}
    assert not Plan.objects.exists()


def test_50_mm_does_not_fire_over_the_api(anselm):
    steps = [DRAFT["steps"][0] | {"target_mm": 50}]
    assert "RFA-02" not in {firing["rule"] for firing in Api(anselm).post("/advise", DRAFT | {"steps": steps}).json()}


def test_a_list_gets_a_list_for_each(anselm):
    answer = Api(anselm).post("/advise", [DRAFT, DRAFT]).json()
    assert len(answer) == 2
    assert answer[0] == answer[1] == Api(anselm).post("/advise", DRAFT).json()


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"facts": {"extent": "everywhere"}, "steps": []}, "facts.extent"),
        ({"facts": {}, "steps": [{"id": "s1", "order": 1, "modality": "XYZ", "goals": ["cure"]}]}, "steps[0].modality"),
        ([DRAFT, {"facts": []}], "[1]"),
        ("text", "body"),
    ],
)
def test_malformed_input_is_refused_with_its_place(anselm, body, place):
    answer = Api(anselm).post("/advise", body)
    assert answer.status_code == 400
    assert place in json.dumps(answer.json())


def test_a_visitor_gets_no_advice(client):
    assert client.post("/api/v1/advise", DRAFT, content_type="application/json").status_code == 401
