"""A patient is found by each word of name, former name and number, and the keys never part from the rows."""

import re
from io import StringIO
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection

from accounts.models import IdentifierSystem
from careplans.models import Patient, PatientKey
from careplans.services.patient_keys import drifted, mend_keys, refold, same_numbers
from careplans.services.patient_names import add_name, remove_name
from careplans.services.patients import change_patient
from common.errors import Conflict
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser, url

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture
def born(board, ana):
    """A patient of this name, beside one whom no query here should find."""
    makers.make_patient(board, by=ana, record_number="OTHER 2", family_name="Birch", given_name="Second")

    def make(family_name, given_name="", record_number="SYN-12 34"):
        return makers.make_patient(
            board, by=ana, family_name=family_name, given_name=given_name, record_number=record_number
        )

    return make


def found(query):
    return list(Patient.objects.search(query))


@pytest.mark.parametrize(
    ("family", "given", "query"),
    [
        ("van der Testberg", "Jan", "van der Testberg"),
        ("van der Testberg", "Jan", "Jan van der Testberg"),
        ("García Márquez", "Ana", "Garcia Marquez"),
        ("Müller", "Ana", "Müller, Ana"),
        ("Müller", "Ana", "Mueller"),
        ("Mueller", "Ana", "Müller"),
        ("O'Brien", "Ana", "O’Brien"),
        ("O’Brien", "Ana", "O'Brien"),
        ("Østby", "Łukasz", "lukasz ostby"),
        ("Đorđević", "Ana", "Dordevic"),
        ("Suharto", "", "suharto"),
        ("Müller", "Ana", "SYN 12 34"),
        ("Müller", "Ana", "SYN‑1234"),
        ("Müller", "Ana", "syn1234"),
        ("Müller", "Ana", "12 34"),
        ("Müller", "Ana", "Müller SYN-12"),
        ("100%", "A_na", "100%"),
    ],
)
def test_found_however_it_is_typed(born, ana, board, family, given, query):
    patient = born(family, given)
    assert found(query) == [patient]
    assert (
        patient.name
        in browser(ana).post(url("patients", board.pk), {"q": query}, follow=True).context["page"].rows[0].name
    )
    assert [row["id"] for row in Api(ana).post("/patients/search/", {"search": query}).json()["results"]] == [
        patient.pk
    ]


@pytest.mark.parametrize("query", ["---", "Müller Birch", "üller", "%", "_", "'; --"])
def test_not_found(born, query):
    born("Müller", "Ana")
    assert found(query) == []


def test_a_query_of_thousands_of_words_is_answered(born):
    born("Müller", "Ana")
    assert found(" ".join(f"w{number}" for number in range(5000))) == []


def test_a_patient_is_found_by_a_former_name_and_an_alias_until_it_is_taken_off(born, ana):
    patient = born("Müller", "Ana")
    former = add_name(patient, by=ana, expected_version=1, kind="former", family_name="Zander")
    add_name(patient, by=ana, expected_version=2, kind="alias", family_name="Quill", given_name="Annie")
    assert found("Ana Zander") == found("annie quill") == [patient]
    remove_name(patient, by=ana, expected_version=3, name=former.pk)
    assert found("zander") == [] and found("Müller") == [patient]


def test_a_changed_name_is_found_and_the_old_one_is_not(born, ana):
    patient = born("Müller", "Ana")
    change_patient(patient, by=ana, expected_version=1, family_name="Zander", record_number="X 9")
    assert found("zander") == found("x9") == [patient] and found("Müller") == found("syn") == []


def test_a_further_number_is_found_without_its_blanks(born, ana, board):
    system = IdentifierSystem.objects.create(institution=board.institution, name="NHS number")
    patient = born("Müller", "Ana")
    change_patient(patient, by=ana, expected_version=1, numbers={system.pk: "943 476 5919"})
    assert found("9434765919") == found("943-476") == [patient]
    change_patient(patient, by=ana, expected_version=2, numbers={system.pk: ""})
    assert found("9434765919") == []


@pytest.mark.parametrize("typed", ["AB-12", "ab12", "AB 12", "AB‑12"])
def test_a_record_number_is_one_however_it_is_parted(born, typed):
    born("Müller", "Ana", record_number="AB-12")
    with pytest.raises(ValidationError, match="already a patient"):
        born("Zander", "Eve", record_number=typed)


def test_a_record_number_that_folds_past_its_column_is_kept_and_found(born):
    patient = born("ﷺ" * 80, "ß" * 80, record_number="ß" * 32)
    assert found("ß" * 32) == found("ﷺ") == [patient]


@pytest.mark.parametrize(("field", "typed"), [("record_number", "---"), ("family_name", "–")])
def test_what_tells_nobody_apart_is_refused_with_its_field(born, field, typed):
    values = {"family_name": "Müller", "record_number": "X"} | {field: typed}
    with pytest.raises(ValidationError) as refused:
        born(values["family_name"], record_number=values["record_number"])
    assert list(refused.value.message_dict) == [field]


def test_a_name_on_a_stale_page_is_a_conflict(born, ana):
    patient = born("Müller", "Ana")
    add_name(patient, by=ana, expected_version=1, kind="former", family_name="Zander")
    with pytest.raises(Conflict):
        add_name(patient, by=ana, expected_version=1, kind="former", family_name="Quill")


# Keys and rows


def test_no_verb_parts_the_keys_from_the_rows(born, ana, board):
    system = IdentifierSystem.objects.create(institution=board.institution, name="NHS number")
    patient = born("van der Müller", "Ana")
    change_patient(patient, by=ana, expected_version=1, family_name="O'Brien", numbers={system.pk: "12 3"})
    name = add_name(patient, by=ana, expected_version=2, kind="former", family_name="Øst")
    change_patient(patient, by=ana, expected_version=3, given_name="Eve", numbers={system.pk: ""})
    remove_name(patient, by=ana, expected_version=4, name=name.pk)
    assert list(drifted()) == []


def test_the_check_tells_keys_that_have_drifted_and_mends_them(born):
    patient = born("Müller", "Ana")
    # As a program that knows no keys writes.
    Patient.objects.filter(pk=patient.pk).update(family_name="Zander")
    with pytest.raises(SystemExit):
        call_command("check_patient_keys", stdout=(said := StringIO()))
    assert f"Patient {patient.pk} is not found" in said.getvalue()
    call_command("check_patient_keys", "--mend", stdout=StringIO())
    call_command("check_patient_keys", stdout=StringIO())
    assert found("zander") == [patient] and found("Müller") == []


def test_what_an_older_program_added_is_found_within_minutes(born):
    patient = born("Müller", "Ana")
    PatientKey.objects.all().delete()
    Patient.objects.update(folding=0)
    Patient.objects.filter(pk=patient.pk).update(record_key="syn-12 34", family_key="müller")
    assert found("Müller") == []
    assert refold() == 2 and refold() == 0
    assert found("Müller") == found("syn1234") == [patient] and list(drifted()) == []


def test_numbers_that_read_the_same_from_now_on_are_told_and_nobody_is_merged(born):
    one, other = born("Müller", "Ana", record_number="AB-12"), born("Zander", "Eve", record_number="CD")
    Patient.objects.filter(pk=other.pk).update(record_number="AB12", record_key="ab12 as it was", folding=0)
    mend_keys(Patient.objects.get(pk=other.pk))
    assert list(same_numbers()) == [(other, one)]
    assert set(found("ab12")) == {one, other}


def test_whose_number_reads_as_anothers_can_still_be_changed(born, ana):
    born("Müller", "Ana", record_number="AB-12")
    other = born("Zander", "Eve", record_number="CD")
    Patient.objects.filter(pk=other.pk).update(record_number="AB12", record_key="ab12 as it was")
    other.refresh_from_db()
    change_patient(other, by=ana, expected_version=1, family_name="Quill")
    assert found("quill") == [other]


def test_whoever_writes_a_name_or_a_number_writes_the_keys():
    """Read off the code: a service that names these rows and writes them calls what keeps the keys."""
    writing = re.compile(
        r"PatientName\.objects\b[^\n]*\b(create|update|delete)\(|PatientIdentifier\.objects\b[^\n]*\b(create|update|delete)\("
        r"|\bPatient\(|compare_and_set\(patient\b"
    )
    keeps = re.compile(r"\b(write_keys|save_numbers|keep_name|mend_keys)\b")
    found = [
        path.name
        for path in (ROOT / "careplans").rglob("*.py")
        if "migrations" not in path.parts and writing.search(text := path.read_text()) and not keeps.search(text)
    ]
    # These change what is no name and no number.
    assert set(found) <= {"care_ends.py", "care_back.py", "patients.py"}


# Speed


def plan_of(rows):
    sql, values = rows.query.sql_with_params()
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE careplans_patientkey")
        cursor.execute(f"{'EXPLAIN QUERY PLAN' if connection.vendor == 'sqlite' else 'EXPLAIN'} {sql}", values)
        return "\n".join(" ".join(map(str, row)) for row in cursor.fetchall())


@pytest.mark.parametrize("query", ["ash", "ashdown jan", "SYN-12", "garcia-marquez"])
def test_a_search_reads_its_ranges_of_the_index(board, ana, query):
    """Among enough rows that the planner would not rather read them all."""
    patient = makers.make_patient(board, by=ana)
    PatientKey.objects.bulk_create(PatientKey(patient=patient, kind="w", key=f"{number:05}") for number in range(3_000))
    plan = plan_of(Patient.objects.of_boards([board.pk]).search(query).order_by("family_key", "pk")[:26])
    assert "patient_key_prefix" in plan, plan
    ranged = "key>? AND key<?" if connection.vendor == "sqlite" else "~>=~"
    assert ranged in plan, plan
