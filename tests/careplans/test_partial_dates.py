"""Births, diagnoses, former therapies and findings that are known to the year or the month: kept so, shown so, compared so."""

from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from careplans.models import FactChange, Patient, PatientChange, Plan, PriorTreatment, Proforma
from careplans.readers.duplicates import twins_of, with_twins
from careplans.readers.facts.deciding_facts import changes_under
from careplans.readers.record_moves import amiss, compare
from careplans.readers.steps.given import given_in
from careplans.services.care_ends import record_death
from careplans.services.cases import add_prior_treatment
from careplans.services.changed_facts import mark_deciding
from careplans.services.known_patients import look_up
from careplans.services.patients import change_patient
from careplans.services.possible_duplicates import possible_duplicates
from careplans.services.proforma import save_proforma
from common.partial_dates import PartialDate
from tests import factories
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.doors import FETCH, browser, queries_of, url

pytestmark = pytest.mark.django_db
YEAR, MONTH, DAY = PartialDate(1960), PartialDate(1960, 5), PartialDate(1960, 5, 17)
TYPED = {
    "record_number": "SYN-9", "family_name": "Ashdown", "given_name": "Synthetic", "birth_date": "1960", "sex": "female",
}  # fmt: skip
THERAPY = {"modality_code": "SURG", "description": "Ileal resection", "response": "not_recorded"}


def text(response):
    return response.content.decode()


# On the pages


@pytest.mark.parametrize(
    ("typed", "shown"),
    [("1960", "1960"), ("5/1960", "May 1960"), ("17.5.1960", "17 May 1960"), ("1960-05", "May 1960")],
)
def test_a_birth_is_typed_as_far_as_it_is_known_and_shown_so(board, ana, typed, shown):
    added = browser(ana).post(url("patient_new", board.pk), TYPED | {"birth_date": typed})
    patient = Patient.objects.get()
    assert added.url == url("patient", patient.pk) and str(patient.birth_date) == shown
    assert f"<dd>{shown} (" in text(browser(ana).get(added.url))
    assert f'value="{shown}"' in text(browser(ana).get(url("patient_edit", patient.pk)))


@pytest.mark.parametrize(
    ("typed", "words"),
    [("13/1960", "no such day"), ("5/60", "four digits"), ("about 1960", "Write what is known"), ("", "Write what is known"),
     ("2199", "future"), ("0203", "cannot be meant")],
)  # fmt: skip
def test_what_is_no_birth_is_refused_with_a_sentence_and_stays_typed(board, ana, typed, words):
    page = browser(ana).post(url("patient_new", board.pk), TYPED | {"birth_date": typed})
    assert words in page.context["form"].errors["birth_date"][0] and not Patient.objects.exists()
    assert not typed or f'value="{typed}"' in text(page)


def test_an_age_is_left_open_where_the_birth_leaves_it_open(board, ana):
    today = board.today
    patient = makers.make_patient(board, by=ana, birth_date=PartialDate(today.year - 66))
    ages = {"66 years"} if (today.month, today.day) == (12, 31) else {"65 or 66 years"}
    for page in (url("patient", patient.pk), url("patients", board.pk)):
        assert any(words in text(browser(ana).get(page)) for words in ages)


def test_the_header_of_a_case_and_of_its_prints_says_what_is_known(board, ana):
    case = makers.make_case(board, by=ana)
    change_patient(case.patient, by=ana, expected_version=1, birth_date=MONTH)
    page = text(browser(ana).get(url("case", case.pk)))
    assert "Born May 1960 ·" in page and "</span> May 1960 (" in page and "1 May 1960" not in page


def test_old_and_new_are_kept_and_told(board, ana):
    patient = makers.make_patient(board, by=ana)
    change_patient(patient, by=ana, expected_version=1, birth_date=YEAR)
    change_patient(patient, by=ana, expected_version=2, birth_date=MONTH)
    assert [(row.old, row.new) for row in PatientChange.objects.all()] == [("1960", "1960-05"), ("1960-05-17", "1960")]
    page = text(browser(ana).get(url("patient", patient.pk)))
    assert "Date of birth: 1960 → May 1960" in page and "Date of birth: 17 May 1960 → 1960" in page


def test_the_same_knowledge_is_no_change(board, ana):
    patient = makers.make_patient(board, by=ana, birth_date=YEAR)
    change_patient(patient, by=ana, expected_version=1, birth_date=PartialDate(1960))
    assert not PatientChange.objects.exists()


def test_a_year_that_may_be_before_the_death_is_taken_and_one_after_it_refused(board, ana):
    patient = makers.make_patient(board, by=ana)
    record_death(patient, by=ana, expected_version=1, source="Ward", year=1990, month=3, day=None)
    change_patient(patient, by=ana, expected_version=2, birth_date=PartialDate(1990))
    with pytest.raises(ValidationError, match="after the recorded death"):
        change_patient(patient, by=ana, expected_version=3, birth_date=PartialDate(1990, 4))


def test_a_death_in_the_year_of_birth_may_be_and_before_it_not(board, ana):
    patient = makers.make_patient(board, by=ana, birth_date=YEAR)
    with pytest.raises(ValidationError, match="born in 1960, after that"):
        record_death(patient, by=ana, expected_version=1, source="Ward", year=1959, month=12, day=31)
    record_death(patient, by=ana, expected_version=1, source="Ward", year=1960, month=1, day=1)


# Found once, never made twice


def why(board, birth_date, family_name="Ashdown"):
    given = {"given_name": "Eve", "record_number": "X"}
    found = possible_duplicates(board, family_name=family_name, birth_date=birth_date, **given)
    return [twin.why for twin in found]


@pytest.mark.parametrize("stands", [YEAR, MONTH, DAY])
@pytest.mark.parametrize("typed", [YEAR, MONTH, DAY])
def test_whoever_may_be_born_on_the_same_day_is_warned_about(board, ana, stands, typed):
    makers.make_patient(board, by=ana, birth_date=stands)
    same = "the same date of birth" if stands == typed == DAY else "a date of birth that may be the same"
    assert why(board, typed) == [f"a name in common, {same}"]
    assert why(board, typed, "Birch") == []


@pytest.mark.parametrize(
    ("stands", "typed"),
    [("1960", "1961"), ("1960-05", "1960-06"), ("1960-12", "1961"), ("1960-05-17", "1960-06"), ("1961-01-01", "1960-12"),
     ("1960", "1959-12-31")],
)  # fmt: skip
def test_whoever_cannot_is_not(board, ana, stands, typed):
    makers.make_patient(board, by=ana, birth_date=PartialDate.read(stands))
    assert why(board, PartialDate.read(typed)) == why(board, PartialDate.read(typed), "Birch") == []


def test_the_same_day_weighs_more_than_a_day_that_may_be_the_same(board, ana):
    for number, born in enumerate((YEAR, DAY, MONTH)):
        makers.make_patient(board, by=ana, record_number=f"S-{number}", birth_date=born)
    assert why(board, date(1960, 5, 17))[0] == "a name in common, the same date of birth"


@pytest.mark.parametrize("other", [YEAR, MONTH, DAY])
def test_the_list_of_those_recorded_twice_has_them(board, ana, other):
    makers.make_patient(board, by=ana, record_number="S-1", given_name="Ana", birth_date=DAY)
    makers.make_patient(board, by=ana, record_number="S-2", given_name="Eve", birth_date=other)
    makers.make_patient(board, by=ana, record_number="S-3", given_name="Ida", birth_date=PartialDate(1961))
    rows = list(with_twins(board.pk))
    found = {frozenset({one.pk, twin.pk}) for one in rows for twin in twins_of(rows, board.pk)[one.pk]}
    assert len(found) == 1
    page = text(browser(ana).get(url("duplicates", board.pk)))
    assert "S-1, born 17 May 1960" in page and f"S-2, born {other}" in page and "S-3" not in page


def second_board(board):
    second = factories.make_board("Eastgate", institution=board.institution)
    eve = factories.make_user("eve@eastgate.example", "Eve Eastgate")
    factories.join(eve, second, "coordinator", "coordination")
    return second, eve


@pytest.mark.parametrize(
    ("stands", "typed", "opens"),
    [(YEAR, "1960", False), (YEAR, "17/5/1960", False), (MONTH, "5/1960", False), (DAY, "17/5/1960", True),
     (DAY, "1960", False), (DAY, "5/1960", False), (MONTH, "1960", False), (YEAR, "1961", False), (MONTH, "17/6/1960", False)],
)  # fmt: skip
def test_a_record_opens_to_whoever_knows_the_day_of_birth_and_not_to_a_guessed_year(board, ana, stands, typed, opens):
    makers.make_patient(board, by=ana, record_number="SYN-9", birth_date=stands)
    second, eve = second_board(board)
    page = text(browser(eve).post(url("patient_new", second.pk), TYPED | {"birth_date": typed}))
    assert ("Take this patient on" in page) is opens
    assert ("with another date of birth, or one of the two is not known to the day" in page) is not opens
    known = look_up(second, by=eve, record_number="SYN-9", birth_date=PartialDate.typed(typed))
    assert (known.patient is not None) is opens


def test_two_records_of_one_person_are_shown_with_what_each_knows(board, ana):
    one = makers.make_patient(board, by=ana, record_number="S-1", birth_date=YEAR)
    other = makers.make_patient(board, by=ana, record_number="S-2")
    line = next(line for line in compare(one, other) if line.label == "Born")
    assert (line.old, line.new, line.differs) == ("1960 (known to the year)", "17 May 1960", True)


# Former therapies


@pytest.mark.parametrize(
    ("started", "ended", "fits"),
    [("2019", "2019", True), ("2019-05", "2019", True), ("2019-05-10", "2019", True), ("2019", "2019-01-01", True),
     ("2019-05", "2019-05-01", True), ("2019-05", "2019-04", False), ("2019", "2018", False), ("2019", "2018-12-31", False),
     ("2019-05-10", "2019-05-09", False), ("2019-05-10", "2018", False)],
)  # fmt: skip
def test_a_therapy_ends_after_it_began_as_far_as_both_are_known(board, ana, started, ended, fits):
    case = makers.make_case(board, by=ana)
    days = {"started_on": PartialDate.read(started), "ended_on": PartialDate.read(ended)}
    if fits:
        add_prior_treatment(case, by=ana, **THERAPY, **days)
    else:
        with pytest.raises(ValidationError, match="before it started"):
            add_prior_treatment(case, by=ana, **THERAPY, **days)
        with pytest.raises(IntegrityError), transaction.atomic():
            PriorTreatment.objects.create(case=case, created_by=ana, **THERAPY, **days)


def test_a_therapy_is_typed_and_listed_as_far_as_it_is_known(board, ana):
    case = makers.make_case(board, by=ana)
    typed = THERAPY | {"started_on": "5/2019", "ended": "ended", "ended_on": "2020"}
    browser(ana).post(url("prior_treatment_new", case.pk), typed)
    for page in (url("case", case.pk), url("proforma", case.pk)):
        shown = text(browser(ana).get(page))
        assert '<time datetime="2019-05">May 2019</time>' in shown and '<time datetime="2020">2020</time>' in shown


def test_a_month_without_its_year_is_refused_and_stays_typed(board, ana):
    case = makers.make_case(board, by=ana)
    page = browser(ana).post(url("prior_treatment_new", case.pk), THERAPY | {"started_on": "May"})
    assert "Write what is known" in page.context["form"].errors["started_on"][0] and 'value="May"' in text(page)


def test_what_was_given_is_in_order_and_says_what_is_known(board, ana):
    case = makers.make_case(board, by=ana)
    for started in ("2020", "2019-05-03", "2019-05"):
        add_prior_treatment(case, by=ana, **THERAPY, started_on=PartialDate.read(started))
    assert [one.day.isoformat() for one in given_in(case.pk)] == ["2019-05", "2019-05-03", "2020"]
    assert "(May 2019, before the plans)" in str(given_in(case.pk)[0])
    listed = PriorTreatment.objects.values_list("started_on", flat=True)
    assert [str(one) for one in listed] == ["May 2019", "3 May 2019", "2020"]


@pytest.mark.parametrize(
    ("born", "started", "unborn"),
    [
        ("1990", "1989-12-31", True),
        ("1990", "1990", False),
        ("1990-06-01", "1990", False),
        ("1990-06-01", "1990-05", True),
    ],
)
def test_a_case_of_before_the_birth_is_warned_about_only_where_it_is_certain(board, ana, born, started, unborn):
    case = makers.make_case(board, by=ana)
    add_prior_treatment(case, by=ana, **THERAPY, started_on=PartialDate.read(started))
    other = makers.make_patient(board, by=ana, record_number="S-2", birth_date=PartialDate.read(born))
    assert bool(amiss(case, other, ana)) is unborn


# Diagnosis and findings


def test_a_diagnosis_known_to_the_year_is_saved_while_it_is_typed_and_shown(board, ana):
    case = makers.make_case(board, by=ana)
    sent = {"diagnosed_on": "2019", "base-diagnosed_on": "", "pathology_on": "5/2019", "base-pathology_on": ""}
    saved = browser(ana).post(url("proforma_save", case.pk), sent, headers={"x-requested-with": "fetch"}).json()
    assert saved["saved"] == {"diagnosed_on": "2019", "pathology_on": "May 2019"}
    facts = Proforma.objects.get(case=case)
    assert (facts.diagnosed_on, facts.pathology_on) == (PartialDate(2019), PartialDate(2019, 5))
    assert {(row.field, row.new) for row in FactChange.objects.all()} == {
        ("diagnosed_on", "2019"),
        ("pathology_on", "2019-05"),
    }
    page = text(browser(ana).get(url("proforma", case.pk)))
    assert 'value="May 2019"' in page
    # Typed again from what is shown, it is no change.
    again = {f"{base}{name}": words for name, words in saved["saved"].items() for base in ("", "base-")}
    browser(ana).post(url("proforma_save", case.pk), again, **FETCH)
    assert FactChange.objects.count() == 2


def test_two_who_know_it_differently_see_both(board, ana, omar):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"diagnosed_on": PartialDate(2019)}, by=omar)
    sent = {"diagnosed_on": "5/2019", "base-diagnosed_on": ""}
    told = browser(ana).post(url("proforma_save", case.pk), sent, **FETCH).json()["conflicts"]["diagnosed_on"]
    assert (told["theirs"], told["mine"]) == ("2019", "May 2019")


def test_a_plan_signed_on_a_day_keeps_it_and_learns_of_what_is_known_since(board, ana, omar, chloe):
    mark_deciding(board, ["diagnosed_on"], by=chloe, expected_version=0)
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"diagnosed_on": date(2019, 5, 3)}, by=ana)
    plan = makers.make_plan(case, by=ana, owner=omar)
    makers.submit(plan, by=ana)
    plan = Plan.objects.get(pk=plan.pk)
    assert plan.facts_snapshot["diagnosed_on"] == "2019-05-03" and changes_under(plan) == []
    save_proforma(case, {"diagnosed_on": PartialDate(2019, 5)}, by=ana)
    [changed] = changes_under(Plan.objects.get(pk=plan.pk))
    assert changed.sentence == "Date of the diagnosis: signed on 3 May 2019, now May 2019"


def test_a_plan_signed_before_the_diagnosis_was_asked_for_is_not_called_changed(board, ana, omar, chloe):
    mark_deciding(board, ["diagnosed_on"], by=chloe, expected_version=0)
    plan = makers.make_plan(makers.make_case(board, by=ana), by=ana, owner=omar)
    makers.submit(plan, by=ana)
    plan = Plan.objects.get(pk=plan.pk)
    del plan.facts_snapshot["diagnosed_on"]
    assert changes_under(plan) == []


# Over the API


def test_a_program_reads_and_writes_them_as_fhir_does(board, ana):
    case = makers.make_case(board, by=ana)
    change_patient(case.patient, by=ana, expected_version=1, birth_date=MONTH)
    add_prior_treatment(case, by=ana, **THERAPY, started_on=PartialDate(2019), ended_on=date(2020, 1, 2))
    assert Api(ana).get(f"/patients/{case.patient_id}/").json()["birth_date"] == "1960-05"
    [therapy] = Api(ana).get(f"/cases/{case.pk}/").json()["prior_treatments"]
    assert (therapy["started_on"], therapy["ended_on"]) == ("2019", "2020-01-02")
    saved = Api(ana).patch(f"/cases/{case.pk}/proforma/", {"diagnosed_on": "2019", "echo_on": "2026-03"}, 1)
    assert (saved.json()["diagnosed_on"], saved.json()["echo_on"]) == ("2019", "2026-03")
    assert saved.json()["pathology_on"] is None


@pytest.mark.parametrize(
    "sent", ["5/2019", "2019-5", "2019-13", "", 2019, True, ["2019"], "0203-05", "2019-05-03T00:00"]
)
def test_what_fhir_would_not_take_is_refused(board, ana, sent):
    case = makers.make_case(board, by=ana)
    refused = Api(ana).patch(f"/cases/{case.pk}/proforma/", {"diagnosed_on": sent}, 1)
    assert refused.status_code == 400 and not Proforma.objects.get(case=case).diagnosed_on
    assert "2019-05" in problem(refused) or "cannot be meant" in problem(refused) or "no such day" in problem(refused)


def test_an_unknown_day_is_null(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"diagnosed_on": YEAR}, by=ana)
    cleared = Api(ana).patch(f"/cases/{case.pk}/proforma/", {"diagnosed_on": None}, 2)
    assert cleared.status_code == 200 and cleared.json()["diagnosed_on"] is None


# The rows


def test_a_row_says_what_it_was_given_before_it_comes_from_the_database(board, ana):
    patient = makers.make_patient(board, by=ana)
    patient.birth_date = date(1960, 5, 18)
    assert patient.birth_date == PartialDate(1960, 5, 18) and isinstance(patient.birth_date, PartialDate)
    patient.birth_date = "1960"
    assert patient.birth_date == YEAR


def test_lists_cost_no_more_queries_for_days_known_in_part(board, ana):
    for number in (20, 21):
        makers.make_patient(board, by=ana, record_number=f"S-{number}", birth_date=(YEAR, MONTH)[number % 2])
    few = queries_of(browser(ana), url("duplicates", board.pk))
    for number in range(10):
        makers.make_patient(board, by=ana, record_number=f"S-{number}", birth_date=(YEAR, MONTH, DAY)[number % 3])
    assert queries_of(browser(ana), url("duplicates", board.pk)) == few
