"""Where a site has loaded a map to SNOMED CT, its codes stand beside ours, and are found; without one nothing is said."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from careplans.models import Case, SnomedCode, SnomedMap
from careplans.services.proforma import save_proforma
from careplans.services.snomed_maps import remove_map
from tests.careplans.doors import browser
from tests.careplans.fhir.fhir import Fhir, make_three_cases, name
from tests.careplans.fhir.site_map import GUT, LINES, RESECTION, SURGERY, TUMOUR, VERSION, concepts, load

pytestmark = pytest.mark.django_db
SNOMED = "http://snomed.info/sct"
PAGE = "/fhir/value-sets/"
# What the plans of the tests say.
OSA, CONTROL = (
    ("modality", "OSA", SURGERY, "Invented agent"),
    ("goal", "symptom_control", RESECTION, "Invented control"),
)
SITE = ("fact-primary-site", "ileum", GUT, "Invented gut")
DIAGNOSIS = ("ncit", "C5803", TUMOUR, "Invented tumour of the gut")
MAP = (OSA, CONTROL, SITE, DIAGNOSIS)


@pytest.fixture
def cast(db):
    return make_three_cases()


@pytest.fixture
def chloe(cast):
    for case in Case.objects.filter(board=cast.board):
        save_proforma(case, {"primary_site": "ileum"}, by=cast.ana)
    return Fhir(cast.chloe)


@pytest.fixture
def admin(cast):
    return cast.admin


def everything(api):
    kinds = ("CarePlan", "Goal", "Condition", "Observation", "ServiceRequest", "CodeSystem", "ValueSet", "ConceptMap")
    return {name(one): one for kind in kinds for one in api.found(kind, {"_count": 200})}


def theirs(code, display):
    return {"system": SNOMED, "version": VERSION, "code": code, "display": display}


def test_their_code_stands_behind_ours(chloe, admin):
    load(admin, MAP)
    plan = chloe.found("CarePlan")[0]
    ours, others = plan["activity"][0]["detail"]["code"]["coding"]
    assert (ours["system"], ours["code"]) == ("https://consilium.example/fhir/CodeSystem/modality", "OSA")
    assert others == theirs(SURGERY, "Invented agent")
    [goal] = chloe.found("Goal", {"_count": 1, "patient": plan["subject"]["reference"]})
    assert goal["description"]["coding"][1:] == [theirs(RESECTION, "Invented control")]
    condition = chloe.found("Condition")[0]
    assert [one["code"] for one in condition["code"]["coding"]] == ["C5803", TUMOUR]
    assert [one["code"] for one in condition["bodySite"][0]["coding"]] == ["ileum", GUT]


def test_nothing_but_their_codes_is_new_and_without_a_map_nothing_is_said(chloe, admin):
    before = everything(chloe)
    load(admin, MAP)
    loaded = everything(chloe)
    new = {key for key in loaded if key not in before}
    assert new == {
        f"{kind}/{id}-snomed" for kind in ("ValueSet", "ConceptMap") for id in ("modality", "goal", "fact-primary-site", "ncit")
    }  # fmt: skip
    for key, one in before.items():
        for codings in concepts(loaded[key]):
            codings[:] = [coding for coding in codings if coding["system"] != SNOMED]
        assert loaded[key] | {"meta": None} == one | {"meta": None}, key
    remove_map(by=admin)
    assert everything(chloe) == before
    assert SNOMED not in str(before)


def test_a_code_that_is_not_mapped_has_none(chloe, admin):
    load(admin, [SITE])
    codings = [one for resource in everything(chloe).values() for one in concepts(resource)]
    assert {len([one for one in found if one["system"] == SNOMED]) for found in codings} == {0, 1}
    for found in codings:
        assert (found[-1]["system"] == SNOMED) == any(one.get("code") == "ileum" for one in found)


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        (f"CarePlan?activity-code={SNOMED}|{SURGERY}", 3),
        (f"CarePlan?activity-code={SURGERY}", 3),
        (f"CarePlan?activity-code={SNOMED}|{GUT}", 0),
        (f"ServiceRequest?code={SNOMED}|{SURGERY}", 6),
        (f"Condition?body-site={SNOMED}|{GUT}", 3),
        (f"Condition?code={SNOMED}|{TUMOUR}", 3),
        (f"Condition?code={SNOMED}|", 3),
        (f"Condition?code={SNOMED}|{TUMOUR},{SNOMED}|{GUT}", 3),
        (f"Observation?value-concept={SNOMED}|{GUT}", 3),
        (f"Observation?value-concept=http://other.example|{GUT}", 0),
    ],
)
def test_a_search_by_their_code_finds_what_ours_finds_and_nothing_without_a_map(chloe, admin, asked, count):
    assert chloe.found(asked) == []
    load(admin, MAP)
    assert len(chloe.found(asked)) == count


def test_it_is_read_by_one_statement_however_much_is_told(chloe, admin):
    paths = ("CarePlan?_count=1", "CarePlan?_count=3", "Observation?_include=Observation:subject", "Condition")
    before = {path: statements(chloe, path) for path in paths}
    load(admin, MAP)
    for path in paths:
        heard = statements(chloe, path)
        assert [sum("snomed" in sql for sql in said) for said in (before[path], heard)] == [1, 1], path
        assert len(heard) == len(before[path]), path


def statements(api, path):
    api.get(path)
    with CaptureQueriesContext(connection) as heard:
        assert api.get(path).status_code == 200
    return [one["sql"] for one in heard]


def test_the_version_of_a_resource_moves_with_the_map_and_that_of_what_was_signed_does_not(chloe, admin):
    key = name(chloe.found("CarePlan")[0])
    tag = chloe.get(key).headers["ETag"]
    [_, signed] = chloe.one(f"{key}/_history")["entry"]
    load(admin, MAP)
    assert chloe.get(key, **{"If-None-Match": tag}).status_code == 200
    now, again = chloe.one(f"{key}/_history")["entry"]
    assert again == signed
    assert (SNOMED in str(now), SNOMED in str(again)) == (True, False)
    assert chloe.get(key, **{"If-None-Match": chloe.get(key).headers["ETag"]}).status_code == 304


def test_an_analyst_is_told_their_codes_with_ours(chloe, cast, admin):
    load(admin, MAP)
    plan = Fhir(cast.anselm).found("CarePlan")[0]
    assert plan["activity"][0]["detail"]["code"]["coding"][1] == theirs(SURGERY, "Invented agent")


def test_the_map_itself_is_told(chloe, admin):
    row = load(admin, [*LINES[:1], *LINES[2:4]])
    told = chloe.one("ConceptMap/fact-primary-site-snomed")
    assert (told["version"], told["sourceCanonical"], told["targetCanonical"]) == (
        f"20260701-{row.pk}",
        "https://consilium.example/fhir/ValueSet/fact-primary-site",
        "https://consilium.example/fhir/ValueSet/fact-primary-site-snomed",
    )
    [group] = told["group"]
    assert (group["source"], group["target"], group["targetVersion"]) == (
        "https://consilium.example/fhir/CodeSystem/fact-primary-site",
        SNOMED,
        VERSION,
    )
    target = {"code": GUT, "display": "Invented gut", "equivalence": "relatedto"}
    assert group["element"] == [
        {"code": "jejunum", "display": "Jejunum", "target": [target]},
        {"code": "ileum", "display": "Ileum", "target": [target]},
    ]
    [include] = chloe.one("ValueSet/fact-primary-site-snomed")["compose"]["include"]
    assert include == {"system": SNOMED, "version": VERSION, "concept": [{"code": GUT, "display": "Invented gut"}]}
    assert "SNOMED International" in told["copyright"]


def test_maps_are_found_by_their_codes_and_systems(chloe, admin):
    load(admin, [*LINES])
    found = {
        asked: chloe.names(f"ConceptMap?{asked}")
        for asked in (
            f"target-code={GUT}", "source-code=SURG", f"target-system={SNOMED}", "target-system=http://loinc.org",
            "source-system=https://consilium.example/fhir/CodeSystem/goal",
        )
    }  # fmt: skip
    assert [sorted(one.removeprefix("ConceptMap/") for one in names) for names in found.values()] == [
        ["fact-primary-site-snomed"],
        ["modality-ncit", "modality-snomed"],
        ["fact-primary-site-snomed", "goal-snomed", "modality-snomed", "ncit-snomed"],
        ["fact-loinc"],
        ["goal-snomed"],
    ]


def test_how_a_code_stands_to_ours_is_told_as_the_site_said_it(chloe, admin):
    load(admin, [[*OSA, "wider"], [*CONTROL, "equivalent"]], ["system", "code", "snomed", "display", "relation"])
    said = {id: chloe.one(f"ConceptMap/{id}-snomed")["group"][0]["element"][0]["target"] for id in ("modality", "goal")}
    assert {id: one["equivalence"] for id, [one] in said.items()} == {"modality": "wider", "goal": "equivalent"}


def test_what_comes_with_the_program_has_maps_too(chloe):
    assert chloe.names("ConceptMap") == ["ConceptMap/fact-loinc", "ConceptMap/modality-ncit"]
    [group] = chloe.one("ConceptMap/modality-ncit")["group"]
    assert [(one["code"], one["target"][0]["code"]) for one in group["element"]] == [
        ("SURG", "C15329"),
        ("CHEMO", "C15632"),
    ]
    [group] = chloe.one("ConceptMap/fact-loinc")["group"]
    assert ("ki67_percent", "29593-1") in [(one["code"], one["target"][0]["code"]) for one in group["element"]]


# The page


def test_the_page_of_the_value_sets_shows_the_map_and_who_loaded_it(cast, admin):
    assert "SNOMED" not in browser(cast.ana).get(PAGE).content.decode()
    load(admin, MAP)
    shown = browser(cast.ana).get(PAGE).content.decode()
    for words in (
        "4 codes of edition 900000000000207008, release of 1 July 2026", f"loaded by {admin.name}", SURGERY, "Invented agent",
        "Is related; how was not said", "SNOMED International",
    ):  # fmt: skip
        assert words in shown, words
    assert "no longer ours" not in shown


def test_a_code_that_is_no_longer_ours_is_passed_over_and_named_on_the_page(chloe, cast, admin):
    row = load(admin, MAP)
    for system, code in (("goal", "gone"), ("gone", "cure")):
        SnomedCode.objects.create(map=row, system=system, code=code, sctid=GUT, display="Invented gut")
    assert [one["code"] for one in chloe.one("ConceptMap/goal-snomed")["group"][0]["element"]] == ["symptom_control"]
    shown = browser(cast.ana).get(PAGE).content.decode()
    assert "<code>goal gone</code>, <code>gone cure</code>" in shown
    assert chloe.get("CarePlan").status_code == 200


def test_the_page_reads_as_much_for_many_codes_as_for_none(cast, admin):
    page = browser(cast.ana)
    few = len(heard_of(page))
    load(admin, MAP)
    assert len(heard_of(page)) == few
    assert SnomedMap.objects.count() == 1


def heard_of(page):
    page.get(PAGE)
    with CaptureQueriesContext(connection) as heard:
        assert page.get(PAGE).status_code == 200
    return heard
