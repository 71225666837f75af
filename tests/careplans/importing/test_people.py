"""A01 and A08, and Patients of a Bundle: new patients, changes by field, and what only a person decides."""

from datetime import date

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent, IdentifierSystem
from careplans.models import CareEnd, Import, Patient, PatientChange, PatientIdentifier, PatientName
from common.errors import Conflict
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.importing.sent import adt, bring, bundle, does, look, patient, pid, told
from tests.factories import make_board

pytestmark = pytest.mark.django_db


def rows():
    return Patient.objects.count(), Import.objects.count(), PatientChange.objects.count()


def known(board, ana, **fields):
    return makers.make_patient(
        board, by=ana, record_number="N-4711", **{"family_name": "Ashdown", "given_name": "Ida Maria"} | fields
    )


def test_an_admission_adds_the_patient(board, ana):
    outcome = bring(board, ana, adt(pid(), event="A01"))
    assert does(outcome) == [("Patient", "added")]
    row = Patient.objects.get()
    assert (row.record_number, row.family_name, row.given_name, row.sex) == ("N-4711", "Ashdown", "Ida Maria", "female")
    assert (row.birth_date, row.added_on, row.created_by) == (PartialDate(1960, 5, 17), board, ana)
    assert outcome.done.parts.get().patient == row
    assert AuditEvent.objects.filter(action="imported", actor=ana, subject_id=str(outcome.done.pk)).exists()


def test_a_preview_keeps_nothing_but_who_looked(board, ana):
    outcome = look(board, ana, adt(pid()))
    assert does(outcome) == [("Patient", "added")] and outcome.can_apply
    assert rows() == (0, 0, 0)
    assert AuditEvent.objects.filter(action="import_looked_at", actor=ana, board_id=board.pk).count() == 1


def test_a_change_tells_each_field_with_old_and_new(board, ana):
    row = known(board, ana, birth_date=date(1960, 5, 7), sex="unknown")
    outcome = look(board, ana, adt(pid(name="Beech^Ida^Maria")))
    changes = {one.field: (one.old, one.new) for one in outcome.parts[0].changes}
    assert changes == {
        "Family name": ("Ashdown", "Beech"), "Date of birth": ("7 May 1960", "17 May 1960"), "Sex": ("Unknown", "Female"),
    }  # fmt: skip
    assert "confirm that it is the same person" in told(outcome)
    bring(board, ana, adt(pid(name="Beech^Ida^Maria")))
    row.refresh_from_db()
    assert (row.family_name, row.birth_date, row.sex) == ("Beech", PartialDate(1960, 5, 17), "female")
    assert list(PatientName.objects.values_list("kind", "family_name")) == [("former", "Ashdown")]
    assert PatientChange.objects.filter(patient=row, by=ana, field="birth_date").exists()


def test_the_same_message_twice_changes_nothing_and_says_so(board, ana):
    first = bring(board, ana, adt(pid()))
    before = rows()
    again = bring(board, ana, adt(pid()))
    assert (again.done, again.before, again.parts) == (None, first.done, [])
    assert rows() == before


def test_a_number_that_another_message_had_is_refused(board, ana):
    bring(board, ana, adt(pid()))
    with pytest.raises(ValidationError, match="with another content"):
        look(board, ana, adt(pid(name="Beech^Ida")))


def test_what_stands_already_is_said_to(board, ana):
    known(board, ana)
    assert does(bring(board, ana, adt(pid()))) == [("Patient", "already")]
    assert PatientChange.objects.count() == 0


def test_a_message_older_than_what_was_imported_is_refused(board, ana):
    bring(board, ana, adt(pid(name="Beech^Ida"), number="2", at="20260511090000"))
    outcome = look(board, ana, adt(pid(name="Ashdown^Ida"), number="1", at="20260510090000"))
    assert "older than what was imported" in told(outcome) and not outcome.can_apply
    with pytest.raises(ValidationError, match="older"):
        bring(board, ana, adt(pid(name="Ashdown^Ida"), number="1", at="20260510090000"))
    newer = look(board, ana, adt(pid(name="Cedar^Ida"), number="3", at="20260512090000"))
    assert newer.can_apply


def test_a_partial_date_of_birth_is_kept_as_far_as_it_is_known(board, ana):
    bring(board, ana, adt(pid(born="1960")))
    assert Patient.objects.get().birth_date == PartialDate(1960)
    bring(board, ana, adt(pid(born="196005"), number="2"))
    assert Patient.objects.get().birth_date == PartialDate(1960, 5)
    outcome = bring(board, ana, adt(pid(born="1960"), number="3"))
    assert Patient.objects.get().birth_date == PartialDate(1960, 5)
    assert "less exactly" in told(outcome)


def test_names_have_their_prefix_and_further_ones_are_kept(board, ana):
    name = "Berg&van den&Berg^Ida^Maria^^Dr^^L~Ashdown^Ida^^^^^M"
    outcome = bring(board, ana, adt(pid(name=name)))
    row = Patient.objects.get()
    assert row.name == "van den Berg, Ida Maria"
    assert list(row.names.values_list("kind", "family_name")) == [("former", "Ashdown")]
    assert "title “Dr”" in told(outcome)


def test_numbers_go_by_their_system(board, ana):
    nhs = IdentifierSystem.objects.create(
        institution=board.institution, name="NHS number", uri="urn:oid:2.16.840.1.113883.2.1.4.1"
    )
    more = "~943 476 5919^^^&2.16.840.1.113883.2.1.4.1&ISO^NI~AB-77^^^St Alban's^PI"
    bring(board, ana, adt(pid(numbers=more)))
    found = dict(PatientIdentifier.objects.values_list("system__name", "value"))
    assert found == {"NHS number": "943 476 5919", "St Alban's": "AB-77"}
    assert PatientIdentifier.objects.get(system=nhs).patient.record_number == "N-4711"


def test_a_record_number_of_another_hospital_is_not_ours(board, ana):
    outcome = look(board, ana, adt("PID|1||77^^^Southbank^MR||Ashdown^Ida||19600517|F"))
    assert "gives no Record number" in told(outcome) and "Southbank" in told(outcome)
    assert outcome.problems[0].place == "PID-3"


def test_a_death_is_asked_about_and_ends_care(board, ana):
    row = known(board, ana)
    content = adt(pid(more="|||||||||||||||||||||20260501|Y"))
    shown = look(board, ana, content)
    assert "ends all care" in told(shown)
    with pytest.raises(ValidationError, match="Not confirmed"):
        bring(board, ana, content, confirmed=[])
    assert not CareEnd.objects.exists()
    bring(board, ana, content)
    row.refresh_from_db()
    assert row.died_on == PartialDate(2026, 5, 1) and CareEnd.objects.get().recorded_by == ana


def test_who_is_alike_is_asked_about(board, ana):
    makers.make_patient(board, by=ana, record_number="N-1", family_name="Ashdown", given_name="Ida Maria")
    content = adt(pid())
    shown = look(board, ana, content)
    assert "record N-1" in told(shown)
    with pytest.raises(ValidationError, match="Not confirmed"):
        bring(board, ana, content, confirmed=[])
    assert Patient.objects.count() == 1
    bring(board, ana, content)
    assert Patient.objects.count() == 2


def test_whom_the_institution_knows_is_taken_on_after_a_question(board, ana, eve):
    known(eve.board, eve)
    shown = look(board, ana, adt(pid()))
    assert does(shown) == [("Patient", "taken_on")] and "take that patient on" in told(shown)
    bring(board, ana, adt(pid()))
    assert Patient.objects.get().on_boards.count() == 2


def test_guesses_of_a_date_of_birth_are_counted(board, ana, eve):
    known(eve.board, eve)
    for day in range(1, 11):
        shown = look(board, ana, adt(pid(born=f"196006{day:02}"), number=str(day)))
        assert "knows this record number with another date of birth" in told(shown)
        assert "Ashdown" not in told(shown)
    assert "ten times" in told(look(board, ana, adt(pid(), number="right")))


def test_another_board_and_another_institution_see_nothing(board, ana, otto):
    makers.make_patient(make_board("Westgate"), by=_coordinator("Westgate"), record_number="N-4711")
    assert does(look(board, ana, adt(pid()))) == [("Patient", "added")]


def _coordinator(name):
    from accounts.models import Board
    from tests.factories import join, make_user

    user = make_user("wes@westgate.example", "Wes")
    join(user, Board.objects.get(name=name), "coordinator", "coordination")
    return user


@pytest.mark.parametrize("who", ["nina", "anselm", "otto"])
def test_who_may_not_change_patients_imports_none(board, request, who):
    person = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        look(board, person, adt(pid()))
    assert rows() == (0, 0, 0)


def test_what_changed_since_it_was_looked_at_is_looked_at_again(board, ana):
    from careplans.importing.carrying_out import apply, read_upload
    from careplans.services.patients import change_patient

    row = known(board, ana)
    content = adt(pid(name="Beech^Ida"))
    shown = look(board, ana, content)
    change_patient(row, by=ana, expected_version=row.version, family_name="Cedar")
    upload = read_upload(board, format="hl7_adt", content=content)
    keys = [one.key for one in shown.questions]
    with pytest.raises(Conflict, match="changed since"):
        apply(board, by=ana, upload=upload, digest=shown.digest, confirmed=keys)
    row.refresh_from_db()
    assert row.family_name == "Cedar" and not Import.objects.exists()


def test_a_bundle_adds_several_or_none(board, ana):
    good, bad = patient(), patient("p2", "N-2", birthDate="1960-13-01")
    shown = look(board, ana, bundle(good, bad))
    assert [(one.place, "no date" in one.words) for one in shown.problems] == [("entry[1].resource.birthDate", True)]
    assert does(shown) == [("Patient", "added")]
    with pytest.raises(ValidationError, match="Nothing of this upload"):
        bring(board, ana, bundle(good, bad))
    assert rows()[:2] == (0, 0)


def test_what_the_record_has_no_place_for_is_named(board, ana):
    content = bundle(
        patient(telecom=[{"value": "1"}], name=[{"family": "Ashdown", "given": ["Ida"], "prefix": ["Dr"]}])
    )
    shown = look(board, ana, content)
    places = [one.place for one in shown.left_out]
    assert places == ["entry[0].resource.name[0].prefix", "entry[0].resource.telecom"]
    assert bring(board, ana, content, confirmed=[]).done is not None


def test_what_the_record_could_hold_is_confirmed(board, ana):
    """The same but for an extension that changes the meaning, and a link to another record."""
    content = bundle(patient(modifierExtension=[{"url": "x"}], link=[{"type": "seealso"}], telecom=[{"value": "1"}]))
    with pytest.raises(ValidationError, match="2 things in it that the record could hold are not taken over"):
        bring(board, ana, content, confirmed=[])
    assert bring(board, ana, content).done is not None


def test_a_demo_takes_invented_patients_only_and_a_hospital_none(board, ana, settings):
    tag = {"meta": {"tag": [{"system": "http://terminology.hl7.org/CodeSystem/v3-ActReason", "code": "HTEST"}]}}
    for content in (adt(pid(), test="T"), bundle(patient(**tag))):
        with pytest.raises(ValidationError, match="test data"):
            look(board, ana, content)
    settings.DEMO = True
    for content in (adt(pid()), bundle(patient())):
        with pytest.raises(ValidationError, match="invented patients only"):
            look(board, ana, content)
    bring(board, ana, adt(pid(), test="T"))
    assert Patient.objects.get().is_synthetic


def test_what_another_board_imported_later_is_newer_too(board, ana):
    """A person is the institution's: an old message does not write over what a newer one brought elsewhere."""
    bring(board, ana, adt(pid(name="Beech^Ida"), number="2", at="20260511090000"))
    sister = make_board("Westgate", institution=board.institution)
    outcome = look(sister, _coordinator("Westgate"), adt(pid(name="Ashdown^Ida"), number="1", at="20260510090000"))
    assert "older than what was imported" in told(outcome) and not outcome.can_apply


@pytest.mark.parametrize(
    "fields",
    [{"number": ""}, {"number": "", "timestamp": "2026-05-10T09:00:00Z"}, {"number": "B-2"}],
    ids=["neither", "no sender", "no moment"],
)
def test_whether_it_is_newer_is_asked_where_nobody_can_tell(board, ana, fields):
    born = {"birthDate": "1960-05-18"}
    bring(board, ana, bundle(patient(), timestamp="2026-05-11T09:00:00Z"))
    assert "Only if this is newer" not in told(look(board, ana, bundle(patient(), **fields)))
    outcome = look(board, ana, bundle(patient(**born), **fields))
    assert "Only if this is newer" in told(outcome)
    with pytest.raises(ValidationError):
        bring(board, ana, bundle(patient(**born), **fields), confirmed=[])
    later = bundle(patient(**born), number="B-3", timestamp="2026-05-12T09:00:00Z")
    assert "Only if this is newer" not in told(look(board, ana, later))


@pytest.mark.parametrize(
    ("name", "sex", "asks"),
    [
        ("Beech^Ida", "M", "family name and sex"), ("Beech^Ida", "F", ""), ("Ashdown^Ida", "M", ""),
        ("Beech^Ida", "U", ""), ("Beech^Otto", "M", "name and sex"), ("De Ashdown^Otto", "M", "given name and sex"),
        ("Ashdown^Otto", "F", ""),
    ],
)  # fmt: skip
def test_another_name_with_another_sex_is_asked_about(board, ana, name, sex, asks):
    """Number and date of birth are the same: a marriage, or a sex that was set right, is not asked about; both at once are."""
    bring(board, ana, adt(pid()))
    shown = look(board, ana, adt(pid(name=name, sex=sex), number="MSG-2"))
    asked = [one.words for one in shown.questions if "same person" in one.words]
    assert [f"the {asks} in this upload" in words for words in asked] == ([True] if asks else [])


# By family name and given name, the sexes with which it is asked whether it is the same person.
ASKED_WITH = {
    ("Ashdown", "Ida"): "", ("Ashdown", "Ida Maria"): "", ("Ashdown", "Otto"): "M",
    ("De Ashdown", "Ida"): "", ("De Ashdown", "Maria"): "", ("De Ashdown", "Otto"): "M",
    ("Beech", "Ida"): "M", ("Beech", "Maria Ida"): "M", ("Beech", "Otto"): "MFU",
}  # fmt: skip


@pytest.mark.parametrize("format", ["hl7", "fhir"])
@pytest.mark.parametrize(("family", "given"), ASKED_WITH)
def test_nobody_is_written_over_unasked_by_somebody_else_of_the_same_number_and_day(board, ana, family, given, format):
    """Each combination of a name that is the same, has a part in common or is another with each sex; another day always asks."""
    bring(board, ana, adt(pid()))
    genders = {"M": "male", "F": "female", "U": "unknown"}
    for born in ("1960-05-17", "1961-05-17"):
        for sex, gender in genders.items():
            sent = adt(pid(name=f"{family}^{given}", sex=sex, born=born.replace("-", "")), number=f"{sex}{born}")
            if format == "fhir":
                named = [{"use": "official", "family": family, "given": given.split()}]
                sent = bundle(patient(name=named, gender=gender, birthDate=born), number=f"{sex}{born}")
            asks = [one for one in look(board, ana, sent).questions if "same person" in one.words]
            assert bool(asks) == (born == "1961-05-17" or sex in ASKED_WITH[family, given]), (born, sex)
            if asks:
                with pytest.raises(ValidationError, match="same person"):
                    bring(board, ana, sent, confirmed=[])
    row = Patient.objects.get()
    assert (row.family_name, row.given_name, row.sex, str(row.birth_date)) == (
        "Ashdown",
        "Ida Maria",
        "female",
        "17 May 1960",
    )


def test_a_name_from_before_is_theirs_whatever_the_sex(board, ana):
    bring(board, ana, adt(pid(name="Beech^Ida")))
    bring(board, ana, adt(pid(name="Ashdown^Ida"), number="MSG-2", at="20260511083000"))
    shown = look(board, ana, adt(pid(name="Beech^Ida", sex="M"), number="MSG-3", at="20260512083000"))
    assert [one.words for one in shown.questions if "same person" in one.words] == []
