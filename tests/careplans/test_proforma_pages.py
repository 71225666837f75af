"""The proforma through the browser's door: saving as it is typed, and reading."""

from decimal import Decimal

import pytest

from careplans.models import FactChange, PriorTreatment, Proforma
from careplans.models.proforma import FIELDS
from careplans.services.cases import close_case
from careplans.services.proforma import save_proforma
from common.shown import mark
from tests.careplans import makers
from tests.careplans.doors import FETCH, browser, queries_of, url

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def save(user, case, **typed):
    """What the script sends: each field with what it showed before."""
    data = {name.replace("base_", "base-"): value for name, value in typed.items()}
    return browser(user).post(url("proforma_save", case.pk), data, **FETCH)


def facts_of(case):
    return Proforma.objects.get(pk=case.pk)


def test_the_page_has_a_control_for_every_fact(case, omar):
    form = browser(omar).get(url("proforma", case.pk)).context["form"]
    assert tuple(form.fields) == FIELDS


def test_egfr_is_not_egfr_in_capitals(case, omar):
    assert browser(omar).get(url("proforma", case.pk)).context["form"]["egfr_ml_min"].label == "eGFR"


def test_a_fact_is_saved_as_it_is_typed(case, omar):
    answer = save(omar, case, ki67_percent="6.50", base_ki67_percent="").json()
    assert answer["saved"] == {"ki67_percent": "6.50"} and answer["version"] == 2
    assert facts_of(case).ki67_percent == "6.50"
    assert FactChange.objects.get().by == omar


def test_the_answer_draws_the_header_and_the_counts_anew(case, omar):
    parts = save(omar, case, grade="G2", base_grade="not_recorded").json()["html"]
    assert "NET G2" in parts["case-header"] and "1 of 10" in parts["proforma-index"]
    assert "Omar Oncologist" in parts["proforma-changed"]
    assert "say which one" in parts["proforma-questions"]


@pytest.mark.parametrize("typed", ["2.5", "2.5 cm", "2,5"])
def test_centimetres_are_refused_and_the_rest_is_saved(case, omar, typed):
    answer = save(
        omar, case, largest_primary_mm=typed, base_largest_primary_mm="", grade="G1", base_grade="not_recorded"
    ).json()
    assert answer["errors"] == {"largest_primary_mm": ["Use whole millimetres: 25, not 2.5 cm."]}
    assert answer["saved"] == {"grade": "G1"}
    assert (facts_of(case).largest_primary_mm, facts_of(case).grade) == (None, "G1")


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("ki67_percent", "101"),
        ("ecog", "7"),
        ("grade", "G9"),
        ("pathology_on", "30.2.2026"),
        ("liver_lesion_count", "-1"),
    ],
)
def test_what_cannot_be_is_an_error_of_its_field(case, omar, name, typed):
    assert list(save(omar, case, **{name: typed}).json()["errors"]) == [name]


def test_emptying_a_fact_makes_it_not_recorded(case, omar):
    save_proforma(case, {"ecog": 1, "other_metastatic_sites": ["bone"]}, by=omar)
    save(omar, case, ecog="", base_ecog="1", other_metastatic_sites="", base_other_metastatic_sites="bone")
    assert not facts_of(case).is_recorded("ecog") and not facts_of(case).is_recorded("other_metastatic_sites")


def test_sites_in_another_order_are_the_same_sites(case, omar):
    save_proforma(case, {"other_metastatic_sites": ["lung", "bone"]}, by=omar)
    answer = save(
        omar, case, other_metastatic_sites=["bone", "lung", "brain"], base_other_metastatic_sites=["bone", "lung"]
    )
    assert answer.json()["conflicts"] == {} and len(facts_of(case).other_metastatic_sites) == 3


def test_two_writers_of_one_fact_both_see_both(case, ana, omar):
    save(ana, case, specimen="Biopsy", base_specimen="")
    conflict = save(omar, case, specimen="Resection", base_specimen="").json()["conflicts"]["specimen"]
    assert (conflict["label"], conflict["theirs"], conflict["mine"]) == ("Specimen", "Biopsy", "Resection")
    assert conflict["by"] == "Ana Coordinator" and conflict["at"]
    assert facts_of(case).specimen == "Biopsy"


def test_two_writers_of_two_facts_lose_nothing(case, ana, omar):
    save(ana, case, specimen="Biopsy", base_specimen="")
    save(omar, case, grade="G1", base_grade="not_recorded")
    assert (facts_of(case).specimen, facts_of(case).grade) == ("Biopsy", "G1")


def whole_form(user, case, **typed):
    """What a browser without script posts: every control, and every hidden base."""
    page = browser(user).get(url("proforma", case.pk))
    data = {}
    for _, rows in page.context["sections"]:
        for row in rows:
            data[f"base-{row.field.name}"] = data[row.field.name] = row.base
    return data | typed


def test_without_script_the_whole_form_is_saved(case, omar):
    data = whole_form(omar, case, wishes="Home\r\nsoon", grade="G2", other_metastatic_sites=["", "bone"])
    assert browser(omar).post(url("proforma_save", case.pk), data).url == url("proforma", case.pk)
    facts = facts_of(case)
    assert (facts.wishes, facts.grade, facts.other_metastatic_sites) == ("Home\nsoon", "G2", ["bone"])
    assert {change.field for change in FactChange.objects.all()} == {"wishes", "grade", "other_metastatic_sites"}


def test_without_script_an_untouched_form_changes_nothing(case, omar):
    save_proforma(case, {"ki67_percent": Decimal("6"), "ecog": 1, "wishes": "a\nb"}, by=omar)
    before = FactChange.objects.count()
    browser(omar).post(url("proforma_save", case.pk), whole_form(omar, case, wishes="a\r\nb"))
    assert FactChange.objects.count() == before


def test_without_script_a_colleagues_change_is_kept_and_the_dispute_is_shown(case, ana, omar):
    data = whole_form(omar, case, specimen="Resection")
    save_proforma(case, {"specimen": "Biopsy", "grade": "G1"}, by=ana)
    response = browser(omar).post(url("proforma_save", case.pk), data)
    text = response.content.decode()
    assert response.status_code == 400 and "Ana Coordinator changed Specimen" in text
    assert 'value="mine:specimen"' in text and 'value="Resection"' in text
    assert response.context["form"]["grade"].value() == "G1"


@pytest.mark.parametrize(("side", "kept"), [("mine", "Resection"), ("theirs", "Biopsy")])
def test_without_script_the_writer_chooses_a_side(case, ana, omar, side, kept):
    data = whole_form(omar, case, specimen="Resection")
    save_proforma(case, {"specimen": "Biopsy"}, by=ana)
    client, page = browser(omar), url("proforma_save", case.pk)
    seen = {"theirs-specimen": mark("Biopsy")}
    response = client.post(page, data | seen | {"keep": f"{side}:specimen"})
    assert response.status_code == 302 and facts_of(case).specimen == kept


@pytest.mark.parametrize("side", ["mine", "theirs"])
def test_without_script_a_side_is_chosen_against_what_was_shown(case, ana, omar, side):
    data = whole_form(omar, case, specimen="Resection")
    save_proforma(case, {"specimen": "Biopsy"}, by=ana)
    client, page = browser(omar), url("proforma_save", case.pk)
    shown = client.post(page, data).content.decode()
    assert f'name="theirs-specimen" value="{mark("Biopsy")}"' in shown
    save_proforma(case, {"specimen": "Cytology"}, by=ana)
    again = client.post(page, data | {"keep": f"{side}:specimen", "theirs-specimen": mark("Biopsy")})
    assert again.status_code == 400 and "Cytology" in again.content.decode()
    assert facts_of(case).specimen == "Cytology"


def test_without_script_a_wrong_size_stays_in_its_field(case, omar):
    data = whole_form(omar, case, largest_primary_mm="2.5 cm", grade="G1")
    response = browser(omar).post(url("proforma_save", case.pk), data)
    assert response.context["form"]["largest_primary_mm"].value() == "2.5 cm" and facts_of(case).grade == "G1"


def test_a_closed_case_is_read_and_not_written(case, ana):
    close_case(case, by=ana, reason="discharged")
    assert browser(ana).get(url("proforma", case.pk)).context["form"] is None
    answer = save(ana, case, grade="G1", base_grade="not_recorded")
    assert answer.status_code == 400 and "Reopen it" in answer.json()["message"]


def test_a_case_closed_meanwhile_keeps_what_was_typed(case, ana, omar):
    data = whole_form(omar, case, wishes="Wants to go home")
    close_case(case, by=ana, reason="discharged")
    response = browser(omar).post(url("proforma_save", case.pk), data)
    assert response.status_code == 400 and "Wants to go home" in response.content.decode()


def test_an_observer_reads_the_proforma_without_a_form(case, ana, nina):
    save_proforma(case, {"grade": "G2"}, by=ana)
    text = browser(nina).get(url("proforma", case.pk)).content.decode()
    assert "NET G2" in text and "data-autosave" not in text


def test_an_observer_changes_nothing(case, nina):
    client = browser(nina)
    answers = [
        client.post(url("proforma_save", case.pk), {"grade": "G1"}),
        client.get(url("prior_treatment_new", case.pk)),
        client.post(url("prior_treatment_new", case.pk)),
        client.post(url("prior_treatment_withdraw", case.pk, 1)),
    ]
    assert {answer.status_code for answer in answers} == {403} and not FactChange.objects.exists()


def test_another_board_finds_no_proforma(case, otto):
    client = browser(otto)
    reads = [client.get(url(name, case.pk)) for name in ("proforma", "proforma_history", "prior_treatment_new")]
    writes = [client.post(url("proforma_save", case.pk)), client.post(url("prior_treatment_withdraw", case.pk, 1))]
    assert {answer.status_code for answer in reads + writes} == {404}


def test_an_analyst_sees_no_proforma(case, anselm):
    client = browser(anselm)
    assert {client.get(url(name, case.pk)).status_code for name in ("proforma", "proforma_history")} == {403}


def test_history_tells_old_and_new_in_words(case, omar):
    save_proforma(case, {"ki67_percent": Decimal("6.00"), "grade": "G2", "other_metastatic_sites": ["bone"]}, by=omar)
    text = browser(omar).get(url("proforma_history", case.pk)).content.decode()
    assert "6 %" in text and "NET G2" in text and "Bone" in text and "c-not-recorded" in text


def test_history_of_one_fact(case, omar):
    save_proforma(case, {"ki67_percent": Decimal("6"), "grade": "G2"}, by=omar)
    page = browser(omar).get(url("proforma_history", case.pk), {"field": "grade"}).context["page"]
    assert [change.field for change in page] == ["grade"]


@pytest.mark.parametrize("name", ["proforma", "proforma_history"])
def test_the_pages_cost_the_same_for_two_changes_and_twelve(case, omar, name):
    makers_prior_treatment(case, omar)
    save_proforma(case, {"ecog": 1, "grade": "G1"}, by=omar)
    client = browser(omar)
    few = queries_of(client, url(name, case.pk))
    for number in range(10):
        save_proforma(case, {"liver_lesion_count": number}, by=omar)
        makers_prior_treatment(case, omar)
    # The steps of the plan at hand, by which the header says what decides, are one of them.
    assert queries_of(client, url(name, case.pk)) == few <= 12


def makers_prior_treatment(case, by):
    typed = {"modality_code": "OSA", "description": "Octreotide", "response": "stable", "ended": "not_known"}
    return browser(by).post(url("prior_treatment_new", case.pk), typed)


def test_a_previous_therapy_is_added(case, omar):
    makers_prior_treatment(case, omar)
    therapy = PriorTreatment.objects.get()
    assert (therapy.case, therapy.created_by, therapy.response) == (case, omar, "stable")
    assert "Other systemic agent: Octreotide" in browser(omar).get(url("case", case.pk)).content.decode()


def test_a_therapy_that_ends_before_it_starts_is_refused(case, omar):
    typed = {
        "modality_code": "OSA",
        "response": "stable",
        "started_on": "2026-05-01",
        "ended": "ended",
        "ended_on": "2026-04-01",
    }
    response = browser(omar).post(url("prior_treatment_new", case.pk), typed)
    assert "ended_on" in response.context["form"].errors and not PriorTreatment.objects.exists()


def test_a_therapy_is_withdrawn_with_a_reason(case, omar):
    makers_prior_treatment(case, omar)
    therapy = PriorTreatment.objects.get()
    browser(omar).post(
        url("prior_treatment_withdraw", case.pk, therapy.pk), {"reason": "Another patient's", "version": 1}
    )
    therapy.refresh_from_db()
    assert therapy.removed_at and therapy.removed_reason == "Another patient's"
    assert "Octreotide" not in browser(omar).get(url("proforma", case.pk)).content.decode()


def test_a_therapy_is_not_withdrawn_without_a_reason(case, omar):
    makers_prior_treatment(case, omar)
    therapy = PriorTreatment.objects.get()
    browser(omar).post(url("prior_treatment_withdraw", case.pk, therapy.pk), {"reason": " ", "version": 1})
    therapy.refresh_from_db()
    assert therapy.removed_at is None


def test_the_therapy_of_another_case_is_not_found(board, case, ana, omar):
    makers_prior_treatment(makers.make_case(board, by=ana, record_number="SYN-2"), omar)
    therapy = PriorTreatment.objects.get()
    assert browser(omar).post(url("prior_treatment_withdraw", case.pk, therapy.pk), {"reason": "x"}).status_code == 404


def edit(client, case, therapy, **typed):
    sent = {"modality_code": "OSA", "description": "Octreotide", "response": "stable", "ended": "not_known"}
    sent |= {"version": therapy.version}
    return client.post(url("prior_treatment_edit", case.pk, therapy.pk), sent | typed)


def test_a_therapy_is_corrected_on_its_page(case, omar):
    makers_prior_treatment(case, omar)
    therapy, client = PriorTreatment.objects.get(), browser(omar)
    shown = client.get(url("prior_treatment_edit", case.pk, therapy.pk)).context["form"]
    assert (shown["description"].value(), shown["version"].value()) == (therapy.description, 1)
    assert edit(client, case, therapy, response="partial").status_code == 302
    therapy.refresh_from_db()
    assert (therapy.response, therapy.version) == ("partial", 2)


def test_a_therapy_that_a_colleague_corrected_first_shows_both(case, omar, ana):
    makers_prior_treatment(case, omar)
    therapy = PriorTreatment.objects.get()
    edit(browser(ana), case, therapy, toxicity="rash")
    late = edit(browser(omar), case, therapy, toxicity="none")
    assert late.status_code == 400 and late.context["form"]["toxicity"].value() == "none"
    assert [(one.label, one.now) for one in late.context["standing"]] == [("Toxicity", "rash")]
    assert PriorTreatment.objects.get().toxicity == "rash"


def test_a_therapy_off_the_list_has_no_page(case, omar):
    makers_prior_treatment(case, omar)
    therapy, client = PriorTreatment.objects.get(), browser(omar)
    client.post(url("prior_treatment_withdraw", case.pk, therapy.pk), {"reason": "Another patient's", "version": 1})
    assert client.get(url("prior_treatment_edit", case.pk, therapy.pk)).status_code == 404
