"""Two specimens of different grade are both kept, and the board says which one decides what the rules read."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from careplans.models import Event, FactChange, Plan, Proforma, Specimen
from careplans.models.specimens import FED
from careplans.readers.facts.contradictions import contradictions_of
from careplans.readers.facts.deciding_facts import changes_under
from careplans.services.cases import close_case
from careplans.services.contradictions import answer_contradiction
from careplans.services.proforma import save_proforma
from careplans.services.specimens import add_specimen, change_specimen, let_specimen_decide, withdraw_specimen
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.doors import FETCH, browser, queries_of, url

pytestmark = pytest.mark.django_db

LIVER = {
    "taken_from": "liver", "kind": "biopsy", "taken_on": date(2026, 3, 3), "grade": "G2", "grade_edition": "who_2022",
    "differentiation": "well", "ki67_percent": "3-5", "mitoses_per_2mm2": "<2",
}  # fmt: skip
RESECTED = {
    "taken_from": "primary", "kind": "resection", "taken_on": date(2026, 9, 1), "grade": "G3", "grade_edition": "who_2022",
    "differentiation": "well", "ki67_percent": "25", "mitoses_per_2mm2": "21",
}  # fmt: skip


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def facts_of(case):
    return Proforma.objects.get(pk=case.pk)


def said(case, *names):
    return tuple(getattr(facts_of(case), name) for name in names)


def add(case, by, decides=False, **values):
    return add_specimen(case, by=by, decides=decides, **values)


def signed_plan(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    return Plan.objects.select_related("case__proforma", "board").get(pk=plan.pk)


# Which one decides


def test_a_second_specimen_of_another_grade_is_asked_about_until_somebody_says_which_decides(case, ana):
    def asked():
        return [one.question.code for one in contradictions_of(facts_of(case)) if one.answer is None]

    first = add(case, ana, decides=True, **LIVER)
    assert asked() == []
    second = add(case, ana, **RESECTED)
    assert asked() == ["specimens-grade"]
    assert "Specimens differ in grade" in browser(ana).get(url("proforma", case.pk)).content.decode()
    let_specimen_decide(second, by=ana, expected_version=second.version)
    assert asked() == []
    change_specimen(first, by=ana, expected_version=first.version, grade="G1")
    key = next(one.question.key for one in contradictions_of(facts_of(case)))
    answer_contradiction(case, by=ana, key=key, reason="The resection is the larger sample.")
    assert asked() == []


def test_only_the_specimen_that_decides_feeds_the_facts(case, ana):
    add(case, ana, decides=True, **LIVER)
    add(case, ana, **RESECTED)
    assert said(case, "grade", "ki67_percent", "mitoses_per_2mm2", "pathology_on") == (
        "G2",
        "3-5",
        "<2",
        date(2026, 3, 3),
    )
    assert facts_of(case).specimen == "Liver metastasis, biopsy, 3 Mar 2026"
    assert [one.grade for one in case.specimens.all()] == ["G2", "G3"]


def test_another_one_decides_and_both_are_kept(case, ana):
    add(case, ana, decides=True, **LIVER)
    resected = add(case, ana, **RESECTED)
    let_specimen_decide(resected, by=ana, expected_version=1)
    assert said(case, "grade", "ki67_percent", "deciding_specimen_id") == ("G3", "25", resected.pk)
    assert case.specimens.count() == 2 and Event.objects.filter(kind="specimen_decides").count() == 2
    change = FactChange.objects.get(field="grade", new="G3")
    assert (change.old, change.by) == ("G2", ana)


def test_what_it_does_not_say_is_not_recorded(case, ana):
    save_proforma(case, {"angioinvasion": "present", "grade": "G1"}, by=ana)
    add(case, ana, decides=True, taken_from="liver", kind="cytology")
    assert said(case, "grade", "angioinvasion", "ki67_percent") == ("not_recorded", "not_recorded", None)


def test_what_was_typed_on_the_proforma_becomes_a_specimen_when_another_decides(case, ana):
    save_proforma(case, {"grade": "G1", "ki67_percent": "<1", "specimen": "Biopsy elsewhere"}, by=ana)
    add(case, ana, decides=True, **RESECTED)
    kept = Specimen.objects.get(grade="G1")
    assert (kept.ki67_percent, kept.detail, case.specimens.count()) == ("<1", "Biopsy elsewhere", 2)
    assert said(case, "grade") == ("G3",)


def test_the_same_said_again_is_one_specimen(case, ana):
    typed = {fact: LIVER[name] for fact, name in FED.items() if LIVER.get(name)}
    save_proforma(case, typed, by=ana)
    add(case, ana, decides=True, **LIVER)
    assert case.specimens.count() == 1


def test_until_one_decides_what_is_typed_counts(case, ana):
    save_proforma(case, {"grade": "G1"}, by=ana)
    add(case, ana, **RESECTED)
    assert said(case, "grade", "deciding_specimen_id") == ("G1", None)


# Corrections


def test_a_correction_of_the_one_that_decides_changes_the_facts(case, ana):
    liver = add(case, ana, decides=True, **LIVER)
    change_specimen(liver, by=ana, expected_version=1, ki67_percent="8")
    assert said(case, "ki67_percent", "grade") == ("8", "G2")
    event = Event.objects.get(kind="specimen_changed")
    assert (event.data["was"], event.data["now"]) == ({"ki67_percent": "3-5"}, {"ki67_percent": "8"})


def test_a_correction_of_another_one_leaves_the_facts_alone(case, ana):
    add(case, ana, decides=True, **LIVER)
    resected = add(case, ana, **RESECTED)
    version = facts_of(case).version
    change_specimen(resected, by=ana, expected_version=1, ki67_percent="30")
    assert (said(case, "ki67_percent"), facts_of(case).version) == (("3-5",), version)


def test_two_who_correct_one_at_once_do_not_lose_a_word(case, ana, omar):
    liver = add(case, ana, **LIVER)
    change_specimen(Specimen.objects.get(pk=liver.pk), by=omar, expected_version=1, ki67_percent="8")
    with pytest.raises(Conflict):
        change_specimen(liver, by=ana, expected_version=1, ki67_percent="9")
    assert Specimen.objects.get().ki67_percent == "8"


def test_a_specimen_is_taken_off_with_a_reason_and_the_row_stays(case, ana):
    liver = add(case, ana, **LIVER)
    withdraw_specimen(liver, by=ana, expected_version=1, reason="Another patient's")
    assert Specimen.objects.get().removed_reason == "Another patient's" and not Specimen.objects.standing().exists()


def test_a_specimen_is_not_taken_off_without_a_reason(case, ana):
    with pytest.raises(ValidationError):
        withdraw_specimen(add(case, ana, **LIVER), by=ana, expected_version=1, reason=" ")


def test_the_one_that_decides_is_not_taken_off(case, ana):
    liver = add(case, ana, decides=True, **LIVER)
    with pytest.raises(ValidationError, match="another one does"):
        withdraw_specimen(liver, by=ana, expected_version=1, reason="Wrong")


def test_what_was_taken_off_does_not_decide(case, ana):
    liver = add(case, ana, **LIVER)
    withdraw_specimen(liver, by=ana, expected_version=1, reason="Wrong")
    with pytest.raises(ValidationError, match="taken off the list"):
        let_specimen_decide(liver, by=ana, expected_version=2)


@pytest.mark.parametrize("typed", [{"ki67_percent": "1.000"}, {"ki67_percent": "101"}, {"mitoses_per_2mm2": "many"}])
def test_a_figure_that_is_none_is_refused(case, ana, typed):
    with pytest.raises(ValidationError):
        add(case, ana, **LIVER | typed)


def test_a_closed_case_gets_no_specimen(case, ana):
    close_case(case, by=ana, reason="discharged")
    with pytest.raises(ValidationError, match="Reopen"):
        add(case, ana, **LIVER)


def test_an_observer_adds_none(case, nina):
    with pytest.raises(PermissionDenied):
        add(case, nina, **LIVER)


# The facts of a signed plan


def test_another_specimen_that_decides_is_a_changed_fact_of_the_plan(case, ana, chloe):
    add(case, ana, decides=True, **LIVER)
    resected = add(case, ana, **RESECTED)
    plan = signed_plan(case, ana, chloe)
    let_specimen_decide(resected, by=ana, expected_version=1)
    plan = Plan.objects.select_related("case__proforma", "board").get(pk=plan.pk)
    told = {one.name: one.sentence for one in changes_under(plan)}
    assert plan.facts_changed_at and set(told) == {"grade", "ki67_percent", "mitoses_per_2mm2", "specimen"}
    assert told["ki67_percent"] == (
        "Ki-67: signed on 3-5 % (Liver metastasis, biopsy, 3 Mar 2026), now 25 % (Primary, resection, 1 Sep 2026)"
    )


def test_a_specimen_that_says_the_same_is_told_too(case, ana, chloe):
    add(case, ana, decides=True, **LIVER)
    other = add(case, ana, **LIVER | {"taken_from": "node"})
    plan = signed_plan(case, ana, chloe)
    let_specimen_decide(other, by=ana, expected_version=1)
    plan = Plan.objects.select_related("case__proforma", "board").get(pk=plan.pk)
    assert plan.facts_changed_at and [one.name for one in changes_under(plan)] == ["specimen"]


def test_two_specimens_of_one_description_are_two(case, ana, chloe):
    add(case, ana, decides=True, **LIVER)
    other = add(case, ana, **LIVER)
    plan = signed_plan(case, ana, chloe)
    let_specimen_decide(other, by=ana, expected_version=1)
    plan = Plan.objects.select_related("case__proforma", "board").get(pk=plan.pk)
    (told,) = changes_under(plan)
    assert plan.facts_changed_at and "another specimen" in told.sentence


def test_a_specimen_that_does_not_decide_changes_no_plan(case, ana, chloe):
    save_proforma(case, {"grade": "G2"}, by=ana)
    plan = signed_plan(case, ana, chloe)
    add(case, ana, **RESECTED)
    plan = Plan.objects.select_related("case__proforma", "board").get(pk=plan.pk)
    assert plan.facts_changed_at is None and changes_under(plan) == []


# Beside what is typed


def test_what_comes_from_a_specimen_is_not_typed_on_the_proforma(case, ana, omar):
    add(case, ana, decides=True, **LIVER)
    page = browser(omar).get(url("proforma", case.pk))
    assert not set(FED) & set(page.context["form"].fields)
    assert "From the specimen that decides" in page.content.decode()


def test_a_page_that_was_open_before_saves_the_rest(case, ana, omar):
    add(case, ana, decides=True, **LIVER)
    typed = {"grade": "G1", "base-grade": "not_recorded", "ecog": "1", "base-ecog": ""}
    answer = browser(omar).post(url("proforma_save", case.pk), typed, **FETCH).json()
    assert answer["saved"] == {"ecog": "1"} and "comes from the specimen" in answer["errors"]["grade"][0]
    assert said(case, "grade", "ecog") == ("G2", 1)


def test_the_service_refuses_what_a_specimen_decides(case, ana):
    add(case, ana, decides=True, **LIVER)
    with pytest.raises(ValidationError, match="Liver metastasis, biopsy"):
        save_proforma(case, {"grade": "G1"}, by=ana)
    save_proforma(case, {"grade": "G2", "ecog": 1}, by=ana)
    assert said(case, "ecog") == (1,)


# Pages


def typed(**values):
    plain = {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}
    return {name: value for name, value in plain.items() if value is not None}


def test_a_specimen_is_added_on_its_page(case, omar):
    response = browser(omar).post(url("specimen_new", case.pk), typed(**LIVER, decides="yes"))
    assert response.status_code == 302 and said(case, "ki67_percent") == ("3-5",)
    text = browser(omar).get(url("proforma", case.pk)).content.decode()
    assert "Liver metastasis, biopsy, 3 Mar 2026" in text and "NET G2, WHO 2022" in text


def test_whether_it_decides_is_asked(case, omar):
    response = browser(omar).post(url("specimen_new", case.pk), typed(**LIVER))
    assert response.status_code == 400 and not case.specimens.exists()
    assert "Say whether grade and Ki-67" in response.content.decode()
    assert response.context["form"]["ki67_percent"].value() == "3-5"


def test_a_number_with_two_readings_is_asked_about(case, omar):
    response = browser(omar).post(
        url("specimen_new", case.pk), typed(**LIVER | {"ki67_percent": "1.000"}, decides="no")
    )
    assert "1.000 can mean 1 or 1000" in response.content.decode() and not case.specimens.exists()


def test_a_specimen_is_corrected_on_its_page(case, ana, omar):
    liver = add(case, ana, **LIVER)
    page = browser(omar).get(url("specimen", liver.pk))
    assert page.context["form"]["ki67_percent"].value() == "3-5"
    browser(omar).post(url("specimen", liver.pk), typed(**LIVER | {"ki67_percent": "8"}, version=1))
    assert Specimen.objects.get().ki67_percent == "8"


def test_a_page_that_is_behind_shows_what_stands(case, ana, omar):
    liver = add(case, ana, **LIVER)
    change_specimen(liver, by=ana, expected_version=1, ki67_percent="9")
    unsaid = {"nec_cell_type": "not_recorded", "angioinvasion": "not_recorded"}
    late = typed(**LIVER | unsaid | {"ki67_percent": "8"}, version=1)
    response = browser(omar).post(url("specimen", liver.pk), late)
    text = response.content.decode()
    assert response.status_code == 400 and response.context["form"]["ki67_percent"].value() == "8"
    assert [(one.label, one.now) for one in response.context["standing"]] == [("Ki-67", "9")] and "9" in text
    browser(omar).post(url("specimen", liver.pk), late | {"version": response.context["form"]["version"].value()})
    assert Specimen.objects.get().ki67_percent == "8"


def test_one_is_let_decide_and_taken_off_on_the_page(case, ana, omar):
    liver, resected = add(case, ana, decides=True, **LIVER), add(case, ana, **RESECTED)
    browser(omar).post(url("specimen_decide", resected.pk), {"version": 1})
    browser(omar).post(url("specimen_withdraw", liver.pk), {"version": 1, "reason": "Revised"})
    assert said(case, "grade") == ("G3",) and [one.pk for one in Specimen.objects.standing()] == [resected.pk]
    timeline = browser(omar).get(url("timeline", case.pk)).content.decode()
    assert "said which specimen decides" in timeline and "took a specimen off the list" in timeline


def test_the_page_costs_the_same_for_two_specimens_and_twelve(case, ana, omar):
    add(case, ana, decides=True, **LIVER)
    add(case, ana, **RESECTED)
    client = browser(omar)
    few = queries_of(client, url("proforma", case.pk))
    for _ in range(10):
        add(case, ana, **RESECTED)
    assert queries_of(client, url("proforma", case.pk)) == few


# API


def plain(**values):
    return typed(**values)


def test_the_api_adds_corrects_and_lets_decide(case, ana):
    api = Api(ana)
    made = api.post(f"/cases/{case.pk}/specimens/", plain(**LIVER, decides=True))
    assert (made.status_code, made.json()["ki67_percent"], made.json()["decides"]) == (201, "3-5", True)
    other = api.post(f"/cases/{case.pk}/specimens/", plain(**RESECTED, decides=False)).json()
    assert api.post(f"/specimens/{other['id']}/decide/", version=1).json()["decides"] is True
    assert api.patch(f"/specimens/{other['id']}/", {"ki67_percent": ">25"}, version=1).json()["ki67_percent"] == ">25"
    facts = api.get(f"/cases/{case.pk}/proforma/").json()
    assert (facts["ki67_percent"], facts["deciding_specimen"]) == (">25", other["id"])
    assert facts["found"]["ki67_percent"] == "Primary, resection, 1 Sep 2026"
    assert [one["id"] for one in api.get("/specimens/", case=case.pk).json()["results"]] == [
        other["id"],
        made.json()["id"],
    ]


def test_the_api_asks_whether_it_decides(case, ana):
    answer = Api(ana).post(f"/cases/{case.pk}/specimens/", plain(**LIVER))
    assert (answer.status_code, attrs(answer)) == (400, ["decides"])


def test_the_api_refuses_what_a_specimen_decides(case, ana):
    add(case, ana, decides=True, **LIVER)
    answer = Api(ana).patch(f"/cases/{case.pk}/proforma/", {"grade": "G1"}, version=facts_of(case).version)
    assert (answer.status_code, attrs(answer)) == (400, ["grade"]) and "comes from the specimen" in problem(answer)


def test_the_api_refuses_a_version_that_is_behind(case, ana):
    liver = add(case, ana, **LIVER)
    assert Api(ana).patch(f"/specimens/{liver.pk}/", {"grade": "G1"}, version=9).status_code == 412


def test_the_api_takes_one_off_the_list(case, ana):
    liver = add(case, ana, **LIVER)
    answer = Api(ana).post(f"/specimens/{liver.pk}/withdraw/", {"reason": "Revised"}, version=1).json()
    assert answer["removed_at"] and answer["removed_reason"] == "Revised"


def test_the_list_costs_the_same_for_two_and_twelve(case, ana, django_assert_num_queries):
    api = Api(ana)
    for _ in range(2):
        add(case, ana, **LIVER)
    few = queries_of(api.client, "/api/v1/specimens/")
    for _ in range(10):
        add(case, ana, **LIVER)
    assert queries_of(api.client, "/api/v1/specimens/") == few


def test_over_the_api_a_specimen_has_the_bounds_of_its_figures(case, ana):
    row = add_specimen(case, by=ana, decides=False, ki67_percent="3-5")
    bounds = Api(ana).get(f"/specimens/{row.pk}/").json()["bounds"]["ki67_percent"]
    assert (bounds["low"], bounds["high"]) == ("3", "5")
