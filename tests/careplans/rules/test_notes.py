"""A dated note of the reference pages stands beside the advisory that it speaks to; it changes nothing else."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from careplans.models import Plan
from careplans.rules.plan_advice import advice_for
from careplans.services.cases import add_prior_treatment, withdraw_prior_treatment
from careplans.services.plan_ending import complete_plan
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import complete_step, skip_step, start_step
from careplans.services.steps import add_step, edit_step
from modalities.models import Statement
from modalities.services import load_pages
from modalities.services.statements import note_statement
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.rules.test_engine_command import plan as advise_plan

pytestmark = pytest.mark.django_db
SMALL = {
    "primary_site": "pancreas", "largest_primary_mm": 20, "functional_status": "non_functional", "extent": "localized",
    "surgery_option": "yes",
}  # fmt: skip
NEC = {"primary_site": "colon", "grade": "NEC", "differentiation": "poor", "extent": "metastatic"}
LIVER = {"liver_metastases": "yes", "liver_surgery_option": "no"}


@pytest.fixture(autouse=True)
def pages(db):
    return load_pages()


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def planned(case, ana, facts, modality="OTHER", goals=("monitoring",), **values):
    save_proforma(case, facts, by=ana)
    plan = makers.make_plan(case, by=ana, steps=0)
    add_step(
        plan, by=ana, phase="tumour_control", modality_code=modality, goals=list(goals), description="x", owner=ana,
        planned_start=makers.TODAY(), **values
    )  # fmt: skip
    return plan


def advice(plan):
    return advice_for(Plan.objects.for_detail().get(pk=plan.pk))


def beside(plan, rule):
    """The statements whose notes stand beside a firing, or None where the rule does not fire."""
    found = [item for item in advice(plan).all if item.firing.rule == rule]
    return [note.flag.statement.number for note in found[0].notes] if found else None


FIRES = [
    ("SUR-01", "S11", SMALL, ("OTHER", ("monitoring",)), {"largest_primary_mm": 21}),
    ("SUR-01", "S11", SMALL, ("OTHER", ("monitoring",)), {"primary_site": "jejunum_ileum"}),
    ("SUR-01", "S11", SMALL, ("OTHER", ("monitoring",)), {"functional_status": "functional"}),
    ("SUR-01", "S11", SMALL, ("OTHER", ("monitoring",)), {"largest_primary_mm": None}),
    ("CHE-02", "S15", NEC, ("CHEMO", ("tumour_control",)), {"other_options_exhausted": "yes"}),
    ("LIV-01", "S28", NEC | LIVER, ("CHEMO", ("tumour_control",)), {"grade": "G2", "differentiation": "well"}),
]


@pytest.mark.parametrize(("rule", "statement", "facts", "step", "but"), FIRES)
def test_a_note_stands_beside_the_firing_it_speaks_to(case, ana, rule, statement, facts, step, but):
    assert beside(planned(case, ana, facts, *step), rule) == [statement]


@pytest.mark.parametrize(("rule", "statement", "facts", "step", "but"), FIRES)
def test_and_not_where_it_does_not_speak(case, ana, rule, statement, facts, step, but):
    assert beside(planned(case, ana, facts | but, *step), rule) == []


def test_a_complete_resection_of_metastatic_disease_shows_that_nobody_has_looked(case, ana):
    plan = planned(case, ana, {"extent": "metastatic"}, "SURG", ("cure",))
    assert beside(plan, "SUR-05") == ["S12"]
    page = text(ana, "plan", plan)
    assert "Dated note on what the source says, shown because: a resection that is meant to be complete." in page
    assert "Nothing was looked up on treatment after complete resection" in page
    assert "checked by nobody since" in page


def test_a_resection_that_only_debulks_shows_no_note(case, ana):
    assert beside(planned(case, ana, {"extent": "metastatic"}, "SURG", ("debulking",)), "SUR-05") == []


# What lies behind


def done(plan, ana, chloe):
    """The plan in force, with its one step completed today."""
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    step = plan.steps.select_related("plan__case", "case", "board").get()
    today = step.board.today
    start_step(step, by=ana, expected_version=step.version, on=today, due_on=today, why="early")
    complete_step(step, by=ana, expected_version=step.version, on=today, fulfilment="full", **makers.OUTCOME)
    return plan


def next_plan(plan, ana, chloe, **values):
    """Another plan of the case, after that one was completed."""
    plan = Plan.objects.get(pk=plan.pk)
    complete_plan(plan, by=chloe, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **makers.OUTCOME)
    return watched(plan.case, ana)


def watched(case, ana):
    plan = makers.make_plan(case, by=ana, steps=0)
    add_step(
        plan, by=ana, phase="surveillance", modality_code="OTHER", goals=["monitoring"], description="x", owner=ana
    )
    return plan


def test_the_note_on_small_tumours_is_silent_once_the_tumour_was_resected_by_a_plan(case, ana, chloe):
    plan = next_plan(done(planned(case, ana, SMALL, "SURG", ("cure",)), ana, chloe), ana, chloe)
    assert beside(plan, "SUR-01") == []
    page = text(ana, "plan", plan)
    assert f"Recorded as given: Surgery: x ({makers.TODAY():%-d %b %Y}, step 1 of plan 1)." in page


def test_or_before_the_plans(case, ana):
    add_prior_treatment(case, by=ana, modality_code="SURG", description="enucleation", response="complete")
    plan = planned(case, ana, SMALL)
    assert beside(plan, "SUR-01") == []
    assert "Recorded as given: Surgery: enucleation (before the plans)." in text(ana, "plan", plan)


def test_an_operation_of_something_else_answers_nothing(case, ana):
    add_prior_treatment(case, by=ana, modality_code="SURG", description="cholecystectomy 2019", response="not_recorded")
    plan = planned(case, ana, SMALL)
    assert beside(plan, "SUR-01") == ["S11"]
    told = "Recorded as given: Surgery: cholecystectomy 2019 (before the plans). Is it that of this tumour"
    assert told in text(ana, "plan", plan)


def test_nor_does_one_of_a_plan_that_was_not_for_the_tumour(case, ana, chloe):
    plan = next_plan(done(planned(case, ana, SMALL, "SURG", ("symptom_control",)), ana, chloe), ana, chloe)
    assert beside(plan, "SUR-01") == ["S11"]


def test_programs_read_what_lies_behind_too(case, ana):
    add_prior_treatment(case, by=ana, modality_code="SURG", description="enucleation", response="complete")
    rows = {row["rule"]: row for row in Api(ana).get(f"/plans/{planned(case, ana, SMALL).pk}/advisories/").json()}
    assert rows["SUR-01"]["behind"] == "Recorded as given: Surgery: enucleation (before the plans)."
    assert rows["TRI-01"]["behind"] == ""


def test_a_therapy_that_was_taken_off_the_list_silences_nothing(case, ana):
    row = add_prior_treatment(case, by=ana, modality_code="SURG", description="enucleation", response="complete")
    withdraw_prior_treatment(row, by=ana, expected_version=row.version, reason="another patient")
    assert beside(planned(case, ana, SMALL), "SUR-01") == ["S11"]


def test_after_a_complete_resection_the_note_speaks_of_what_follows(case, ana, chloe):
    plan = done(planned(case, ana, {"extent": "metastatic"}, "SURG", ("cure",)), ana, chloe)
    assert beside(plan, "SUR-05") == ["S12"]
    page = text(ana, "plan", plan)
    assert "shown because: what follows a resection that was done with the goal of cure." in page
    assert "that is meant to be complete" not in page


def test_a_resection_that_was_not_done_is_no_ground_for_the_note(case, ana, chloe):
    plan = planned(case, ana, {"extent": "metastatic"}, "SURG", ("cure",))
    makers.submit(plan, by=ana)
    makers.release(plan, by=chloe)
    step = plan.steps.select_related("plan__case", "case", "board").get()
    skip_step(step, by=ana, expected_version=step.version, reason="progression")
    assert beside(plan, "SUR-05") is None


def test_first_line_is_said_only_of_what_the_record_holds(case, ana):
    page = text(ana, "plan", planned(case, ana, NEC, "CHEMO", ("tumour_control",)))
    assert "no chemotherapy is recorded as given, nor other options as exhausted" in page
    assert "other options not exhausted" not in page


LATER = pytest.mark.parametrize(("rule", "facts", "step"), [("CHE-02", NEC, "CHEMO"), ("LIV-01", NEC | LIVER, "CHEMO")])


@LATER
def test_chemotherapy_of_the_tumour_before_the_plans_makes_it_a_later_line(case, ana, rule, facts, step):
    add_prior_treatment(case, by=ana, modality_code="CHEMO", description="cisplatin for the NEC", response="partial")
    assert beside(planned(case, ana, facts, step, ("tumour_control",)), rule) == []


@LATER
def test_chemotherapy_of_which_nothing_says_what_it_was_for_is_asked_about(case, ana, rule, facts, step):
    add_prior_treatment(
        case, by=ana, modality_code="CHEMO", description="epirubicin, breast, 2009", response="complete"
    )
    plan = planned(case, ana, facts, step, ("tumour_control",))
    assert beside(plan, rule)
    page = text(ana, "plan", plan)
    assert "given was Chemotherapy: epirubicin, breast, 2009 (before the plans): was it for this tumour?" in page
    assert "no chemotherapy is recorded as given" not in page


def test_a_second_line_of_chemotherapy_shows_no_note_on_the_first(case, ana):
    plan = planned(case, ana, NEC, "CHEMO", ("tumour_control",))
    add_step(
        plan, by=ana, phase="tumour_control", modality_code="CHEMO", goals=["tumour_control"], description="FOLFIRI"
    )
    found = [item for item in advice(plan).all if item.firing.rule == "CHE-02"]
    assert [bool(item.notes) for item in found] == [True, False]


def test_nor_does_one_that_its_own_words_call_second_line(case, ana):
    plan = planned(case, ana, NEC, "CHEMO", ("tumour_control",))
    edit_step(plan.steps.get(), {"description": "FOLFIRI, second line"}, by=ana)
    assert beside(plan, "CHE-02") == []


def test_the_rule_on_debulking_in_a_crisis_shows_that_nobody_has_looked(case, ana):
    plan = planned(case, ana, {"tumour_volume": "high", "visceral_crisis": "impending"})
    assert beside(plan, "SEQ-04") == ["S10"]


def test_so_does_chemotherapy_that_a_plan_has_given(case, ana, chloe):
    plan = done(planned(case, ana, NEC, "CHEMO", ("tumour_control",)), ana, chloe)
    assert beside(plan, "CHE-02") == []
    assert "Step 1 is completed: this speaks of a decision that lies behind." in text(ana, "plan", plan)


def test_over_the_api_a_step_that_was_done_counts_too(nina):
    body = advise_plan(NEC, modality="CHEMO", goals=["tumour_control"])
    found = {one["rule"]: one for one in Api(nina).post("/advise", body).json()}
    assert [note["statement"] for note in found["CHE-02"]["notes"]] == ["S15"]
    body["steps"][0]["status"] = "completed"
    assert {one["rule"]: one for one in Api(nina).post("/advise", body).json()}["CHE-02"]["notes"] == []


def text(user, name, plan):
    client = Client()
    client.force_login(user)
    html = client.get(reverse(f"careplans:{name}", args=[plan.pk])).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split()).replace(" , ", ", ").replace(" .", ".")


@pytest.mark.parametrize("name", ["plan", "plan_edit", "plan_print", "signoff", "advisories"])
def test_every_page_of_a_plan_shows_it(case, ana, name):
    page = text(ana, name, planned(case, ana, SMALL))
    assert (
        "Dated note on what the source says, shown because: a pancreatic tumour of up to 2 cm, not recorded as functional."
        in page
    )
    assert "Guidelines suggest surveillance for asymptomatic non-functioning pancreatic tumours up to 2 cm." in page


def test_a_newer_note_of_an_editor_takes_its_place(case, ana, edda):
    s11 = Statement.objects.get(number="S11")
    note_statement(s11, by=edda, about="statement", state="outdated", note="ENETS 2025 agrees.", source="ENETS 2025")
    page = text(ana, "plan", planned(case, ana, SMALL))
    assert "ENETS 2025 agrees." in page
    assert f"Checked by {edda.name}" in page
    assert "Guidelines suggest surveillance" not in page


def test_a_statement_that_somebody_found_current_needs_no_note(case, ana, edda):
    s11 = Statement.objects.get(number="S11")
    note_statement(s11, by=edda, about="statement", state="current", note="ENETS 2025.", source="ENETS 2025")
    assert beside(planned(case, ana, SMALL), "SUR-01") == []


def test_the_api_gives_the_notes_too(nina):
    found = Api(nina).post("/advise", advise_plan(SMALL, modality="OTHER", goals=["monitoring"])).json()
    note = next(one for one in found if one["rule"] == "SUR-01")["notes"][0]
    assert (note["statement"], note["state"], note["noted_on"]) == ("S11", "check", "2026-11-23")
    assert note["who"].endswith("checked by nobody since")


def test_a_step_that_is_being_filled_in_is_judged_once_it_has_a_goal(case, ana):
    plan = planned(case, ana, {"extent": "metastatic"}, "PRRT", ())
    assert beside(plan, "AVL-01") is None and beside(plan, "TRI-01") is None
    assert "This step is judged once it has a goal." in text_of_step(ana, plan)
    assert beside(planned_again(plan, ana), "AVL-01") == ["S26", "S27"]


def text_of_step(user, plan):
    client = Client()
    client.force_login(user)
    html = client.get(reverse("careplans:step_edit", args=[plan.steps.get().pk])).content.decode()
    return " ".join(re.sub(r"<[^>]+>", " ", html).split())


def planned_again(plan, ana):
    edit_step(plan.steps.get(), {"goals": ["tumour_control"]}, by=ana)
    return plan
