"""Values as reports give them: kept as written, on pages and over the API, with bounds for whatever compares them."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from careplans.models import FactChange, Plan, Proforma
from careplans.readers.facts.deciding_facts import differences
from careplans.readers.facts.fact_checks import questions
from careplans.services.proforma import save_proforma
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.doors import FETCH, browser, url
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db

AS_REPORTED = {
    "ki67_percent": "3–5", "mitoses_per_2mm2": "2,5", "egfr_ml_min": ">90", "liver_lesion_count": ">10",
    "stools_per_day": "4-6", "nt_probnp_ng_l": "<50", "ki67_cells_counted": "ca. 500",
}  # fmt: skip


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def save(user, case, **typed):
    return browser(user).post(url("proforma_save", case.pk), typed, **FETCH).json()


def facts_of(case):
    return Proforma.objects.get(pk=case.pk)


@pytest.mark.parametrize(("name", "text"), AS_REPORTED.items())
def test_a_figure_is_kept_as_it_is_written(case, omar, name, text):
    assert save(omar, case, **{name: text, f"base-{name}": ""})["saved"] == {name: text}
    assert getattr(facts_of(case), name) == text
    assert text in browser(omar).get(url("proforma_history", case.pk)).content.decode().replace("&gt;", ">").replace(
        "&lt;", "<"
    )


@pytest.mark.parametrize("text", ["1.000", "12.000", "1,000", "12.345,6"])
@pytest.mark.parametrize(
    "name", ["ki67_percent", "egfr_ml_min", "largest_primary_mm", "liver_lesion_count", "weight_change_kg"]
)
def test_a_number_with_two_readings_is_asked_about_and_not_saved(case, omar, name, text):
    answer = save(omar, case, **{name: text, f"base-{name}": "", "grade": "G1", "base-grade": "not_recorded"})
    assert "write" in answer["errors"][name][0] and answer["saved"] == {"grade": "G1"}
    assert getattr(facts_of(case), name) is None


def test_what_was_typed_without_script_stays_in_its_field(case, omar):
    response = browser(omar).post(url("proforma_save", case.pk), {"ki67_percent": "1.000", "base-ki67_percent": ""})
    assert response.status_code == 400 and response.context["form"]["ki67_percent"].value() == "1.000"
    assert "1.000 can mean 1 or 1000: write 1 or 1000." in response.content.decode()


@pytest.mark.parametrize("text", ["six", "101", "5-3", "-1", "<3-5"])
def test_what_is_no_figure_is_an_error_of_its_field(case, omar, text):
    assert list(save(omar, case, ki67_percent=text)["errors"]) == ["ki67_percent"]


def test_emptying_a_figure_makes_it_not_recorded(case, omar):
    save_proforma(case, {"ki67_percent": "<1"}, by=omar)
    save(omar, case, **{"ki67_percent": "", "base-ki67_percent": "<1"})
    assert not facts_of(case).is_recorded("ki67_percent") and facts_of(case).figure("ki67_percent") is None


def test_two_writers_of_one_figure_both_see_both(case, ana, omar):
    save(ana, case, **{"ki67_percent": "3-5", "base-ki67_percent": ""})
    conflict = save(omar, case, **{"ki67_percent": "<1", "base-ki67_percent": ""})["conflicts"]["ki67_percent"]
    assert (conflict["theirs"], conflict["mine"], facts_of(case).ki67_percent) == ("3-5", "<1", "3-5")


def test_the_api_serves_a_figure_as_written_with_its_bounds(case, ana):
    answer = (
        Api(ana).patch(f"/cases/{case.pk}/proforma/", {"ki67_percent": "3-5", "egfr_ml_min": ">90"}, version=1).json()
    )
    assert (answer["ki67_percent"], answer["egfr_ml_min"]) == ("3-5", ">90")
    whole = {"low_included": True, "high_included": True, "about": False}
    assert answer["bounds"] == {
        "ki67_percent": {"low": "3", "high": "5", **whole},
        "egfr_ml_min": {"low": "90", "high": None, "low_included": False, "high_included": False, "about": False},
    }


@pytest.mark.parametrize(
    ("written", "low", "high"), [(">20", "20", None), ("≥20", "20", None), ("20+", "20", None), ("<2", None, "2")]
)
def test_an_end_that_nobody_wrote_is_open(case, ana, written, low, high):
    """And no limit of the form, which would read as a finding of 500 lesions."""
    answer = Api(ana).patch(f"/cases/{case.pk}/proforma/", {"liver_lesion_count": written}, version=1).json()
    told = answer["bounds"]["liver_lesion_count"]
    assert (told["low"], told["high"]) == (low, high)
    assert (told["low_included"], told["high_included"]) == (written in ("≥20", "20+"), False)


@pytest.mark.parametrize(("sent", "kept"), [(6, "6"), (58.4, "58.4"), ("58.4", "58.4"), ("", None), (None, None)])
def test_the_api_takes_numbers_and_texts(case, ana, sent, kept):
    assert Api(ana).patch(f"/cases/{case.pk}/proforma/", {"egfr_ml_min": sent}, version=1).json()["egfr_ml_min"] == kept


@pytest.mark.parametrize("sent", [True, [6], {"low": 3}, "six", 251])
def test_the_api_refuses_what_is_no_figure(case, ana, sent):
    answer = Api(ana).patch(f"/cases/{case.pk}/proforma/", {"egfr_ml_min": sent}, version=1)
    assert (answer.status_code, attrs(answer)) == (400, ["egfr_ml_min"])


@pytest.mark.parametrize("name", ["ki67_percent", "largest_primary_mm", "weight_change_kg", "ecog"])
@pytest.mark.parametrize("literal", ["1.000", '"1.000"', '"1,000"', "12.000"])
def test_the_api_asks_what_a_number_means_even_as_a_number_of_json(case, ana, name, literal):
    """A program that writes thousands with a point would otherwise store a thousandth."""
    client = browser(ana)
    answer = client.patch(
        f"/api/v1/cases/{case.pk}/proforma/", f'{{"{name}": {literal}}}', content_type="application/json",
        headers={"If-Match": '"1"'},
    )  # fmt: skip
    assert (answer.status_code, attrs(answer)) == (400, [name]) and "write 1" in problem(answer)
    assert getattr(facts_of(case), name) is None


def test_the_service_refuses_what_is_no_figure(case, ana):
    with pytest.raises(ValidationError, match=r"1\.000 can mean 1 or 1000"):
        save_proforma(case, {"ki67_percent": "1.000"}, by=ana)


def test_a_range_is_asked_about_only_where_all_of_it_is_outside(case):
    def asked(**facts):
        return [one.text for one in questions(Proforma(case=case, grade_edition="who_2022", **facts))]

    assert asked(grade="G1", ki67_percent="3-5") == ["Ki-67 of 3-5 % is outside G1 in WHO 2022 (under 3 %): check."]
    assert asked(grade="G1", ki67_percent="2-4") == []
    assert asked(grade="NEC", ki67_percent="<20") and not asked(grade="NEC", ki67_percent=">20")


def test_numbers_of_before_read_as_they_were(case, ana):
    """Facts, their history and the facts of signed plans were kept as numbers."""
    old = Proforma(ki67_percent="6", egfr_ml_min=70)
    assert (old.display("ki67_percent"), old.figure("egfr_ml_min").low) == ("6 %", 70)
    save_proforma(case, {"ki67_percent": Decimal("6.00"), "egfr_ml_min": 70}, by=ana)
    assert (facts_of(case).ki67_percent, facts_of(case).egfr_ml_min) == ("6", "70")
    with rewriting():
        FactChange.objects.filter(field="egfr_ml_min").update(new=70)
    assert "70 mL/min" in browser(ana).get(url("proforma_history", case.pk)).content.decode()


@pytest.mark.parametrize(
    ("signed", "now", "differs"), [("6.00", "6", 0), (70, "70", 0), ("3-5", "3–5", 0), ("6.00", "<6", 1)]
)
def test_another_way_to_write_a_figure_is_no_changed_fact(signed, now, differs):
    plan = Plan(status=Plan.Status.ACTIVE, facts_snapshot={"ki67_percent": signed})
    assert len(differences(plan, Proforma(ki67_percent=now), ["ki67_percent"])) == differs


def test_the_setting_of_a_board_asks(board, chloe):
    from django.urls import reverse

    page = browser(chloe).get(reverse("accounts:board_settings", args=[board.pk]))
    typed = {
        name: value
        for name in page.context["editor"].form.fields
        if (value := page.context["editor"].form[name].value())
    }
    response = browser(chloe).post(reverse("accounts:board_settings", args=[board.pk]), typed | {"lead_days": "1.000"})
    assert (
        "1.000 can mean 1 or 1000" in response.content.decode()
        and board.lead_days == type(board).objects.get().lead_days
    )


def test_the_size_of_a_target_is_asked_about(case, ana):
    plan = makers.make_plan(case, by=ana)
    step = plan.steps.get()
    answer = browser(ana).post(url("step_save", step.pk), {"target_mm": "12.000", "base-target_mm": ""}, **FETCH).json()
    assert answer["errors"] == {"target_mm": ["12.000 can mean 12 or 12000: write 12 or 12000."]}


def test_a_per_cent_sign_is_not_kept_twice(case, omar):
    assert save(omar, case, ki67_percent="3-5%", **{"base-ki67_percent": ""})["saved"] == {"ki67_percent": "3-5"}
    assert facts_of(case).display("ki67_percent") == "3-5 %"
    answer = save(omar, case, egfr_ml_min="50%", **{"base-egfr_ml_min": ""})
    assert answer["saved"] == {} and "egfr_ml_min" in answer["errors"]


@pytest.mark.parametrize(
    ("written", "asked", "found"),
    [
        ("15-25", {"ki67_percent_min": "20"}, True), ("15-25", {"ki67_percent_max": "20"}, True),
        ("15-25", {"ki67_percent_min": "25.5"}, False), ("15-25", {"ki67_percent_max": "14"}, False),
        ("<1", {"ki67_percent_min": "1"}, False), ("<1", {"ki67_percent_max": "0"}, True),
        (">95", {"ki67_percent_min": "96"}, True), (">95", {"ki67_percent_max": "95"}, False),
        ("9", {"ki67_percent_min": "20"}, False), ("100", {"ki67_percent_min": "20"}, True),
        ("2,5", {"ki67_percent_max": "2,5"}, True),
        ("6", {"ki67_percent_min": "3", "ki67_percent_max": "20"}, True), (None, {"ki67_percent_max": "100"}, False),
    ],
)  # fmt: skip
def test_a_list_over_the_api_is_asked_by_the_bounds_and_not_by_the_text(case, ana, written, asked, found):
    save_proforma(case, {"ki67_percent": written}, by=ana)
    assert [row["id"] for row in Api(ana).get("/cases/", **asked).json()["results"]] == ([case.pk] if found else [])


def test_a_limit_that_can_be_read_in_two_ways_is_asked_about(case, ana):
    answer = Api(ana).get("/cases/", egfr_ml_min_min="1.000")
    assert (answer.status_code, attrs(answer)) == (400, ["egfr_ml_min_min"])
