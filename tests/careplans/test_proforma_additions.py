"""Facts that some tumours need: closed until site, grade or extent asks for them, each with its unit and where it comes from."""

from datetime import date

import pytest

from careplans.models import Plan, Proforma, tnm
from careplans.models.fact_groups import EXTRA, FOUND, GROUPS
from careplans.models.proforma import FIELDS
from careplans.readers.facts.deciding_facts import changes_under, differences
from careplans.readers.facts.proforma import OPENS, found_of, groups
from careplans.rules import engine
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import FETCH, browser, url

pytestmark = pytest.mark.django_db

# For each extra part one thing that is typed there, and a tumour that needs it.
PARTS = {
    "gastric": ({"gastric_type": "type_1"}, {"primary_site": "stomach"}),
    "mesentery": ({"mesenteric_mass_mm": "24"}, {"primary_site": "ileum"}),
    "liver": ({"portal_vein": "open"}, {"liver_metastases": "yes"}),
    "progression": ({"recist_interval_months": "6-9"}, {"extent": "metastatic"}),
    "uptake": ({"mibg_avidity": "avid"}, {"primary_site": "paraganglia"}),
    "bloods": ({"platelets_10e9_l": ">75"}, {"grade": "NEC"}),
    "heart": ({"lvef_percent": "55-60"}, {"syndrome": "carcinoid_syndrome"}),
    "analogue": ({"analogue_agent": "Lanreotide"}, {"functional_status": "functional"}),
}


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def save(user, case, **typed):
    data = {}
    for name, value in typed.items():
        data |= {name: value, f"base-{name}": start(name)}
    return browser(user).post(url("proforma_save", case.pk), data, **FETCH).json()


def start(name):
    """What an empty proforma shows for a fact."""
    return str(getattr(Proforma(), name) or "")


def open_parts(facts):
    return {part.slug for part in groups(facts) if part.is_extra and part.is_open}


def test_each_extra_part_is_known():
    assert set(PARTS) == set(OPENS) == EXTRA <= {slug for slug, _, _ in GROUPS}


def test_the_form_is_not_longer_for_who_does_not_need_it():
    assert open_parts(Proforma()) == set()


@pytest.mark.parametrize("part", PARTS)
def test_a_part_opens_by_site_grade_or_extent(part):
    _, needed_by = PARTS[part]
    assert part in open_parts(Proforma(**needed_by))


@pytest.mark.parametrize("part", PARTS)
def test_a_part_with_something_recorded_is_open(case, omar, part):
    typed, _ = PARTS[part]
    save(omar, case, **typed)
    facts = Proforma.objects.get(pk=case.pk)
    assert part in open_parts(facts) and [str(getattr(facts, name)) for name in typed] == list(typed.values())
    text = browser(omar).get(url("proforma", case.pk)).content.decode()
    assert f'data-part="{part}" open' in text


def test_saving_a_site_says_which_parts_to_open(case, omar):
    assert save(omar, case, primary_site="stomach")["opens"] == ["gastric"]


def test_who_only_reads_sees_no_empty_part(case, omar, nina):
    save(omar, case, portal_vein="open")
    text = browser(nina).get(url("proforma", case.pk)).content.decode()
    assert "Portal vein" in text and "Gastric NET" not in text


def test_each_source_and_day_is_a_fact():
    told = {name for names in FOUND.values() for name in names if name}
    assert set(FOUND) | told <= set(FIELDS)


@pytest.mark.parametrize(
    ("facts", "name", "words"),
    [
        ({"specimen": "Liver biopsy", "pathology_on": date(2026, 3, 2)}, "ki67_percent", "Liver biopsy, 2 Mar 2026"),
        ({"sstr_tracer": "68Ga-DOTATATE", "sstr_on": date(2026, 3, 2)}, "krenning_score", "68Ga-DOTATATE, 2 Mar 2026"),
        ({"egfr_on": date(2026, 3, 2)}, "egfr_ml_min", "2 Mar 2026"),
        ({"specimen": "Biopsy, 2 Mar 2026", "pathology_on": date(2026, 3, 2)}, "grade", "Biopsy, 2 Mar 2026"),
        ({}, "grade", ""),
        ({}, "wishes", ""),
    ],
)
def test_a_fact_says_where_it_comes_from(facts, name, words):
    row = Proforma(**facts)
    assert found_of(name, lambda one: getattr(row, one)) == words


def test_a_changed_fact_says_where_both_values_come_from(case, ana, omar, chloe):
    save_proforma(case, {"egfr_ml_min": "70", "egfr_on": date(2026, 3, 2)}, by=ana)
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    save_proforma(case, {"egfr_ml_min": "<30", "egfr_on": date(2026, 9, 1)}, by=ana)
    plan = Plan.objects.select_related("case__proforma", "board").get(pk=plan.pk)
    [told] = changes_under(plan)
    unit = "mL/min/1.73 m²"
    assert told.sentence == f"eGFR: signed on 70 {unit} (2 Mar 2026), now <30 {unit} (1 Sep 2026)"
    for name in ("plan", "plan_print"):
        text = browser(omar).get(url(name, plan.pk)).content.decode()
        assert "(2 Mar 2026)" in text and "(1 Sep 2026)" in text
    [shown] = Api(ana).get(f"/plans/{plan.pk}/").json()["facts_since_signed"]
    assert (shown["signed_from"], shown["now_from"]) == ("2 Mar 2026", "1 Sep 2026")


def test_a_plan_that_was_signed_before_these_facts_existed_has_no_changed_fact():
    signed = {"grade": "G2", "primary_site": "jejunum_ileum", "ki67_percent": "6.00", "liver_lesion_count": 4}
    now = Proforma(grade="G2", primary_site="jejunum_ileum", ki67_percent="6", liver_lesion_count="4")
    assert differences(Plan(status=Plan.Status.ACTIVE, facts_snapshot=signed), now, FIELDS) == []


def test_the_api_serves_where_a_fact_comes_from(case, ana):
    body = {"platelets_10e9_l": ">140", "bloods_on": "2026-03-02", "portal_vein": "branch_occluded"}
    answer = Api(ana).patch(f"/cases/{case.pk}/proforma/", body, version=1).json()
    assert (answer["platelets_10e9_l"], answer["portal_vein"]) == (">140", "branch_occluded")
    assert answer["found"] == {"platelets_10e9_l": "2 Mar 2026"}


# Jejunum and ileum


@pytest.mark.parametrize("site", ["jejunum", "ileum", "jejunum_ileum"])
def test_a_rule_that_asks_for_jejunum_or_ileum_is_met_by_either(site):
    rule = {
        "id": "OWN-01", "scope": "plan", "severity": "info", "seed": ["S05"], "basis": "direct", "advice": "Look.",
        "blocks": False,
        "when": {"fact": "primary_site", "in": ["jejunum_ileum"]},
    }  # fmt: skip
    assert fires(rule, site)


@pytest.mark.parametrize(("site", "met"), [("jejunum", False), ("ileum", True), ("jejunum_ileum", False)])
def test_a_rule_that_asks_for_the_ileum_is_not_met_by_what_was_not_said(site, met):
    rule = {
        "id": "OWN-01", "scope": "plan", "severity": "info", "seed": ["S05"], "basis": "direct", "advice": "Look.",
        "blocks": False,
        "when": {"fact": "primary_site", "in": ["ileum"]},
    }  # fmt: skip
    assert fires(rule, site) is met


def fires(rule, site):
    rule_set = engine.parse_rule_set({"version": "own-1", "rules": [rule]})
    step = {"id": "s1", "order": 1, "modality": "OSA", "goals": ["symptom_control"]}
    draft = engine.read_draft({"facts": {"primary_site": site}, "steps": [step]})
    return bool(engine.evaluate(rule_set, draft.facts, draft.steps))


@pytest.mark.parametrize("site", ["jejunum", "ileum"])
def test_the_seed_s_rules_say_the_same_of_either(site):
    def said(where):
        step = {"id": "s1", "order": 1, "modality": "CHEMO", "goals": ["tumour_control"]}
        draft = engine.read_draft({"facts": {"primary_site": where, "extent": "metastatic"}, "steps": [step]})
        return [(one.rule, one.step) for one in engine.evaluate(engine.seed_rule_set(), draft.facts, draft.steps)]

    assert said(site) == said("jejunum_ileum")


def test_an_old_row_says_that_it_was_not_said_which():
    assert Proforma(primary_site="jejunum_ileum").display("primary_site") == "Jejunum or ileum, not said which"


# T, N, M


def codes(options):
    return [code for value, label in options for code, _ in (label if isinstance(label, list) else [(value, label)])]


@pytest.mark.parametrize(
    ("site", "system", "name", "first"),
    [
        ("ileum", "ajcc_8", "n_stage", ["NX", "N0", "N1", "N2"]),
        ("ileum", "ajcc_8", "m_stage", ["M0", "M1", "M1a", "M1b", "M1c"]),
        ("pancreas", "enets", "m_stage", ["M0", "M1"]),
        ("rectum", "ajcc_8", "t_stage", ["TX", "T0", "T1", "T1a", "T1b", "T2", "T3", "T4"]),
    ],
)
def test_the_codes_of_site_and_system_come_first(site, system, name, first):
    options = tnm.offered(name, site, system, "here")
    assert [code for code, _ in dict(options)["here"]] == first


@pytest.mark.parametrize("site", ["ileum", "lung", "pancreas", "not_recorded"])
@pytest.mark.parametrize("name", tnm.FIELDS)
def test_no_code_is_hidden(site, name):
    """Editions differ, and what a report says is recorded."""
    assert sorted(codes(tnm.offered(name, site, "ajcc_8", "here"))) == sorted(tnm.FIELDS[name].values)


def test_a_code_of_another_edition_is_saved_with_its_words_beside(case, omar):
    save(omar, case, primary_site="pancreas", staging_system="ajcc_8", t_stage="T2b", t_category="ypT2b (m)")
    facts = Proforma.objects.get(pk=case.pk)
    assert (facts.t_stage, facts.t_category) == ("T2b", "ypT2b (m)")
    choices = browser(omar).get(url("proforma", case.pk)).context["form"]["t_stage"]
    assert choices.value() == "T2b" and "Pancreas, AJCC 8" in str(choices)
