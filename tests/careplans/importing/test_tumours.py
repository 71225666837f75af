"""Conditions and Observations of a Bundle: cases, and facts of their proforma with unit, comparator and day."""

from datetime import UTC, datetime

import pytest
import time_machine
from django.core.exceptions import ValidationError

from careplans.models import Case, FactChange, Import, Patient, Proforma
from careplans.services.cases import move_case
from careplans.services.proforma import save_proforma
from careplans.services.specimens import add_specimen
from common.partial_dates import PartialDate
from tests.careplans.importing.sent import (
    bring,
    bundle,
    condition,
    does,
    look,
    observation,
    patient,
    quantity,
    told,
)

pytestmark = pytest.mark.django_db
CLINICAL = {"system": "https://consilium.example/fhir/CodeSystem/fact-stage-basis", "code": "clinical"}
LOINC = {"coding": [{"system": "http://loinc.org", "code": "29593-1"}]}


def facts(case=None):
    return Proforma.objects.get(**({"case": case} if case else {}))


def test_a_patient_a_tumour_and_its_findings_come_in_together(board, ana):
    content = bundle(
        patient(), condition(note=[{"text": "PRRT next?"}]), observation("ki67_percent", **quantity(4.5, "%")),
        observation("largest_liver_lesion_mm", **quantity(38, "mm")),
        observation("nt_probnp_ng_l", **quantity(50, "ng/L", comparator="<")),
    )  # fmt: skip
    outcome = bring(board, ana, content)
    assert does(outcome) == [("Patient", "added"), ("Case", "opened"), *[("Fact", "set")] * 3]
    case = Case.objects.get()
    assert (case.title, case.status, case.responsible, case.question) == (
        "Ileal NET with liver metastases", "referred", ana, "PRRT next?",
    )  # fmt: skip
    row = facts()
    assert (row.primary_site, row.ki67_percent, row.largest_liver_lesion_mm, row.nt_probnp_ng_l) == (
        "ileum",
        "4.5",
        38,
        "<50",
    )
    assert row.pathology_on == row.liver_imaged_on == PartialDate(2026, 5, 3)
    assert FactChange.objects.filter(field="ki67_percent", new="4.5", by=ana).exists()


def test_the_same_tumour_of_a_later_bundle_is_the_same_case(board, ana):
    named = {"identifier": [{"system": "urn:example:tumours", "value": "T-9"}]}
    bring(board, ana, bundle(patient(), condition(**named), observation("ki67_percent", **quantity(1, "%"))))
    later = bundle(
        patient(),
        condition(title="NET of the ileum", **named),
        observation("ki67_percent", **quantity(2, "%")),
        number="B-2",
    )
    shown = look(board, ana, later)
    assert does(shown) == [("Patient", "already"), ("Case", "already"), ("Fact", "set")]
    [change] = shown.parts[2].changes
    assert (change.field, change.old, change.new) == ("Ki-67", "1 %", "2 %")
    bring(board, ana, later)
    assert Case.objects.count() == 1 and facts().ki67_percent == "2"


def test_a_known_code_of_loinc_is_read(board, ana):
    bring(board, ana, bundle(patient(), condition(), observation("x", **quantity(12, "%")) | {"code": LOINC}))
    assert facts().ki67_percent == "12"


def test_figures_are_kept_as_the_report_has_them(board, ana):
    given = {"low": {"value": 3, "unit": "%"}, "high": {"value": 5, "unit": "%"}}
    bring(board, ana, bundle(patient(), condition(), observation("ki67_percent", valueRange=given)))
    assert facts().ki67_percent == "3-5"


@pytest.mark.parametrize(
    ("value", "place", "words"),
    [
        (quantity(3.8, "cm"), "entry[2].resource.valueQuantity", "nothing is converted"),
        ({"valueQuantity": {"value": 38}}, "entry[2].resource.valueQuantity", "has no unit"),
        (quantity(3.8, "mm"), "entry[2].resource", "whole number"),
        (quantity(900, "mm"), "entry[2].resource", "500"),
        (quantity("38", "mm"), "entry[2].resource.valueQuantity.value", "a number here"),
        ({"valueString": "large"}, "entry[2].resource.valueString", "one number"),
        ({}, "entry[2].resource", "one value"),
    ],
)
def test_a_value_that_is_none_is_refused_at_its_place(board, ana, value, place, words):
    shown = look(board, ana, bundle(patient(), condition(), observation("largest_primary_mm", **value)))
    assert [one.place for one in shown.problems] == [place] and words in shown.problems[0].words


def test_a_refused_finding_leaves_nothing_of_the_bundle(board, ana):
    with pytest.raises(ValidationError, match="nothing is converted"):
        bring(board, ana, bundle(patient(), condition(), observation("largest_primary_mm", **quantity(3.8, "cm"))))
    assert (Patient.objects.count(), Case.objects.count(), Import.objects.count()) == (0, 0, 0)


def test_codes_and_findings_that_have_no_place_are_named(board, ana):
    icd = {"system": "http://hl7.org/fhir/sid/icd-10", "code": "C17.2"}
    content = bundle(
        patient(), condition(code={"coding": [icd], "text": "Ileal NET"}),
        observation("x") | {"code": {"text": "Chromogranin A"}},
        observation("ecog", **quantity(1, "{score}")) | {"status": "preliminary"},
        {"resourceType": "MedicationStatement", "id": "m"},
    )  # fmt: skip
    shown = look(board, ana, content)
    said = [(one.place, one.words) for one in shown.left_out]
    assert ("entry[1].resource.code.coding[0]", "The record has no place for the code http://hl7.org/fhir/sid/icd-10 C17.2: "
            "the tumour goes by its name.") in said  # fmt: skip
    assert {place for place, _ in said} == {
        "entry[1].resource.code.coding[0]", "entry[2].resource", "entry[3].resource", "entry[4].resource",
    }  # fmt: skip
    assert shown.can_apply and does(shown)[-1] == ("Case", "opened")


def test_an_older_finding_replaces_nothing_that_is_newer(board, ana):
    bring(board, ana, bundle(patient(), condition(), observation("ki67_percent", on="2026-05-03", **quantity(4, "%"))))
    older = bundle(patient(), condition(), observation("ki67_percent", on="2025-01", **quantity(2, "%")), number="B-2")
    outcome = bring(board, ana, older)
    assert does(outcome)[-1] == ("Fact", "left_out") and "the newer one stays" in told(outcome)
    assert facts().ki67_percent == "4"


def test_a_finding_of_no_day_replaces_none_of_a_day(board, ana):
    """It would stand under the other one's day."""
    bring(board, ana, bundle(patient(), condition(), observation("ki67_percent", on="2026-05-03", **quantity(4, "%"))))
    undated = observation("ki67_percent", **quantity(20, "%"))
    del undated["effectiveDateTime"]
    outcome = bring(board, ana, bundle(patient(), condition(), undated, number="B-2"))
    assert does(outcome)[-1] == ("Fact", "left_out") and "does not say when it was found" in told(outcome)
    assert (facts().ki67_percent, facts().pathology_on) == ("4", PartialDate(2026, 5, 3))


def yes(name="yes", system="fact-yes-no"):
    return {
        "valueCodeableConcept": {
            "coding": [{"system": f"https://consilium.example/fhir/CodeSystem/{system}", "code": name}]
        }
    }


@pytest.mark.parametrize("on", ["2022-01-10", "2022", None])
def test_a_finding_replaces_no_fact_of_unknown_day_that_was_recorded_later(board, ana, on):
    """ECOG has no day of its own; and of this lesion nobody wrote when it was measured."""
    bring(board, ana, bundle(patient(), condition()))
    case = Case.objects.get()
    save_proforma(case, {"ecog": 1, "largest_liver_lesion_mm": 45}, by=ana)
    older = bundle(
        patient(), condition(), observation("ecog", on=on, **quantity(3, "{score}")),
        observation("largest_liver_lesion_mm", on=on, **quantity(12, "mm")), number="B-2",
    )  # fmt: skip
    shown = look(board, ana, older)
    [ecog, lesion] = [one.words for part in shown.parts[2:] for one in part.questions]
    assert "recorded is 1, of which no day is recorded, written down on" in ecog and "this finding says 3" in ecog
    assert "recorded is 45 mm" in lesion and "this finding says 12 mm" in lesion
    assert (
        "found in 2022" if on == "2022" else "without a day" if on is None else "found on 10 January 2022"
    ) in lesion
    with pytest.raises(ValidationError, match="what is recorded stays"):
        bring(board, ana, older, confirmed=[])
    assert does(bring(board, ana, older))[2:] == [("Fact", "left_out")] * 2
    assert (facts().ecog, facts().largest_liver_lesion_mm, facts().liver_imaged_on) == (1, 45, None)


def test_a_finding_replaces_a_fact_of_unknown_day_that_was_recorded_before_it(board, ana):
    bring(board, ana, bundle(patient(), condition()))
    with time_machine.travel(datetime(2026, 5, 2, 12, tzinfo=UTC)):
        save_proforma(Case.objects.get(), {"ecog": 1}, by=ana)
    newer = bundle(patient(), condition(), observation("ecog", **quantity(2, "{score}")), number="B-2")
    assert not [one for part in look(board, ana, newer).parts for one in part.questions]
    bring(board, ana, newer)
    assert facts().ecog == 2


def test_the_day_of_an_old_finding_does_not_date_what_is_recorded_beside_it(board, ana):
    bring(board, ana, bundle(patient(), condition()))
    save_proforma(Case.objects.get(), {"largest_liver_lesion_mm": 45}, by=ana)
    older = bundle(patient(), condition(), observation("liver_metastases", on="2022-01-10", **yes()), number="B-2")
    assert "would stand for what is recorded beside it" in told(bring(board, ana, older))
    assert (facts().liver_metastases, facts().liver_imaged_on) == ("yes", None)


def dating(outcome):
    return [one.words for one in outcome.questions if one.key.startswith("dates:")]


def test_a_newer_day_dates_no_neighbour_without_a_question(board, ana):
    """Grade and Ki-67 share the day of the pathology: a newer Ki-67 alone would date the grade, too."""
    grade = {
        "valueCodeableConcept": {
            "coding": [{"system": "https://consilium.example/fhir/CodeSystem/fact-grade", "code": "G2"}]
        }
    }
    first = bundle(
        patient(), condition(), observation("ki67_percent", **quantity(4, "%")), observation("grade", **grade)
    )
    assert not dating(look(board, ana, first))
    bring(board, ana, first)
    newer = [observation("ki67_percent", on="2026-05-09", **quantity(12, "%"))]
    [asked] = dating(look(board, ana, bundle(patient(), condition(), *newer, number="B-2")))
    assert "9 May 2026 then stands for what is recorded beside it, too: Grade NET G2" in asked
    assert "recorded of 3 May 2026" in asked
    with pytest.raises(ValidationError, match="stands for what is recorded beside it"):
        bring(board, ana, bundle(patient(), condition(), *newer, number="B-2"), confirmed=[])
    newer.append(observation("grade", on="2026-05-09", **grade))
    both = bundle(patient(), condition(), *newer, number="B-2")
    assert not dating(look(board, ana, both))
    bring(board, ana, both)
    assert (facts().ki67_percent, facts().grade, facts().pathology_on) == ("12", "G2", PartialDate(2026, 5, 9))


def test_a_finding_that_was_left_out_dates_no_neighbour_either(board, ana):
    """Of two that differ on the new day neither is taken over: what is recorded then was not found on that day."""
    bring(board, ana, bundle(patient(), condition(), observation("ki67_percent", **quantity(25, "%"))))
    two = [observation("ki67_percent", on="2026-05-09", **quantity(value, "%")) for value in (5, 60)]
    newer = bundle(patient(), condition(), graded("G3", "2026-05-09"), *two, number="B-2")
    [asked] = dating(look(board, ana, newer))
    assert "9 May 2026 then stands for what is recorded beside it, too: Ki-67" in asked


def graded(grade, on):
    system = "https://consilium.example/fhir/CodeSystem/fact-grade"
    return observation("grade", on=on, valueCodeableConcept={"coding": [{"system": system, "code": grade}]})


@pytest.mark.parametrize("turned", [False, True])
def test_two_specimens_of_one_upload_are_never_put_together(board, ana, turned):
    """The proforma has one day for what pathology says: of two the newer is taken, whatever the order in the file."""
    two = [observation("ki67_percent", on="2026-05-03", **quantity(2, "%")), graded("G3", "2026-05-09")]
    content = bundle(patient(), condition(), *(two[::-1] if turned else two))
    shown = look(board, ana, content)
    [older] = [part for part in shown.parts if part.about == "Ki-67"]
    assert older.does == "left_out" and older.changes == []
    assert "facts of two specimens are never put together" in told(shown) and shown.questions
    with pytest.raises(ValidationError):
        bring(board, ana, content, confirmed=[])
    bring(board, ana, content)
    assert (facts().grade, facts().ki67_percent, facts().pathology_on) == ("G3", None, PartialDate(2026, 5, 9))


A, B = {"specimen": {"reference": "Specimen/a"}}, {"specimen": {"identifier": {"value": "S-77"}}}


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("day", ["2026-05-03", "2026-05"])
def test_two_named_specimens_of_one_day_are_never_put_together(board, ana, turned, day):
    """The node and the liver of one afternoon. Nobody can tell by the day which of them holds."""
    two = [observation("ki67_percent", on=day, **quantity(2, "%"), **A), graded("G3", "2026-05-03") | B]
    content = bundle(
        patient(), condition(), *(two[::-1] if turned else two), observation("chromogranin", **quantity(90, "ng/mL"))
    )
    shown = look(board, ana, content)
    [asked] = [one.words for one in shown.questions if "specimens" in one.words]
    assert "names 2 specimens" in asked and "Ki-67 2 %" in asked and "Enter each as a specimen of its own." in asked
    with pytest.raises(ValidationError):
        bring(board, ana, content, confirmed=[])
    bring(board, ana, content)
    assert (facts().grade, facts().ki67_percent, facts().pathology_on) == ("not_recorded", None, None)


@pytest.mark.parametrize("names", [(A, A), (A, {}), ({}, {})])
def test_what_is_of_one_specimen_or_does_not_say_is_taken_as_before(board, ana, names):
    one, other = names
    two = [observation("ki67_percent", on="2026-05-03", **quantity(2, "%"), **one), graded("G3", "2026-05-03") | other]
    bring(board, ana, bundle(patient(), condition(), *two))
    assert (facts().grade, facts().ki67_percent, facts().pathology_on) == ("G3", "2", PartialDate(2026, 5, 3))


def test_of_two_named_specimens_the_newer_is_taken_where_it_says_all(board, ana):
    older, newer = (
        [observation("ki67_percent", on=day, **quantity(figure, "%"), **name), graded(grade, day) | name]
        for day, figure, grade, name in (("2026-05-03", 2, "G1", A), ("2026-05-09", 60, "G3", B))
    )
    bring(board, ana, bundle(patient(), condition(), *newer, *older))
    assert (facts().grade, facts().ki67_percent, facts().pathology_on) == ("G3", "60", PartialDate(2026, 5, 9))


def test_what_is_said_later_of_the_same_specimen_is_asked_about_and_not_left_out(board, ana):
    two = [observation("ki67_percent", on="2026-05-03", **quantity(2, "%"), **A), graded("G3", "2026-05-09") | A]
    content = bundle(patient(), condition(), *two)
    [asked] = dating(look(board, ana, content))
    assert "if all of it is of one specimen" in asked
    bring(board, ana, content)
    assert (facts().grade, facts().ki67_percent, facts().pathology_on) == ("G3", "2", PartialDate(2026, 5, 9))


@pytest.mark.parametrize("turned", [False, True])
def test_two_findings_that_may_be_of_one_specimen_are_asked_about(board, ana, turned):
    """One day is known to the month. The day of the specimen is told once, as exactly as it is known."""
    two = [observation("ki67_percent", on="2026-05", **quantity(2, "%")), graded("G3", "2026-05-09")]
    content = bundle(patient(), condition(), *(two[::-1] if turned else two))
    shown = look(board, ana, content)
    days = [change.new for part in shown.parts for change in part.changes if "specimen" in change.field.lower()]
    assert days == ["9 May 2026"]
    [asked] = dating(shown)
    assert "Ki-67 2 % (in this upload in May 2026)" in asked and "if all of it is of one specimen" in asked
    with pytest.raises(ValidationError, match="of one specimen"):
        bring(board, ana, content, confirmed=[])
    bring(board, ana, content)
    assert (facts().grade, facts().ki67_percent, facts().pathology_on) == ("G3", "2", PartialDate(2026, 5, 9))


def test_a_day_known_to_the_month_replaces_no_exact_one(board, ana):
    bring(board, ana, bundle(patient(), condition(), observation("ki67_percent", **quantity(4, "%"))))
    later = bundle(patient(), condition(), graded("G2", "2026-05"), number="B-2")
    [asked] = dating(look(board, ana, later))
    assert "Grade NET G2 (in this upload in May 2026)" in asked and "3 May 2026 then stands for" in asked
    bring(board, ana, later)
    assert (facts().grade, facts().ki67_percent, facts().pathology_on) == ("G2", "4", PartialDate(2026, 5, 3))


def test_a_fact_that_is_new_is_not_said_to_be_recorded(board, ana):
    """What this upload brings without a day is told as that, and what is recorded with the day of the record."""
    first = [observation("ki67_percent", on="2026-04-20", **quantity(2, "%"))]
    bring(board, ana, bundle(patient(), condition(), *first))
    newer = bundle(patient(), condition(), graded("G3", "2026-05-09"), number="B-2")
    [asked] = dating(look(board, ana, newer))
    assert "Ki-67 2 % (recorded of 20 Apr 2026)" in asked and "Grade" not in asked


def test_what_a_condition_says_replaces_nothing_without_a_question(board, ana):
    """A Condition has no day: nobody can tell that its site is newer than the one that is recorded."""
    bring(board, ana, bundle(patient(), condition()))
    save_proforma(Case.objects.get(), {"primary_site": "pancreas"}, by=ana)
    again = bundle(patient(), condition(), number="B-2")
    [asked] = [one.words for one in look(board, ana, again).questions]
    assert "recorded is" in asked and "so what is recorded stays" in asked
    with pytest.raises(ValidationError, match="what is recorded stays"):
        bring(board, ana, again, confirmed=[])
    bring(board, ana, again)
    assert facts().primary_site == "pancreas"


@pytest.mark.parametrize("days", [("2026-05-03", "2026-05-03"), ("2026-05", "2026-05-03"), (None, "2026-05-03")])
def test_of_two_findings_of_one_day_neither_wins(board, ana, days):
    two = [observation("ki67_percent", on=on, **quantity(value, "%")) for on, value in zip(days, (5, 60), strict=True)]
    for number, pair in enumerate((two, two[::-1])):
        content = bundle(patient(), condition(), *pair, number=f"B-{number}")
        [asked] = [one.words for part in look(board, ana, content).parts for one in part.questions]
        assert "5 %" in asked and "60 %" in asked and "None of them is taken over" in asked
        with pytest.raises(ValidationError, match="None of them is taken over"):
            bring(board, ana, content, confirmed=[])
        assert does(bring(board, ana, content))[2:] == [("Fact", "left_out")] * 2
        assert facts().ki67_percent is None


def test_of_two_findings_the_newer_one_is_taken(board, ana):
    two = [
        observation("ki67_percent", on=f"2026-05-0{day}", **quantity(value, "%")) for day, value in ((3, 5), (4, 60))
    ]
    assert does(bring(board, ana, bundle(patient(), condition(), *two)))[2:] == [("Fact", "left_out"), ("Fact", "set")]
    assert (facts().ki67_percent, facts().pathology_on) == ("60", PartialDate(2026, 5, 4))


def test_what_a_specimen_decides_is_not_written_over(board, ana):
    bring(board, ana, bundle(patient(), condition()))
    add_specimen(Case.objects.get(), by=ana, taken_from="liver", decides=True, grade="G2", ki67_percent="12")
    later = bundle(patient(), condition(), observation("ki67_percent", **quantity(30, "%")), number="B-2")
    outcome = bring(board, ana, later)
    assert "comes from the specimen that decides" in told(outcome) and facts().ki67_percent == "12"


def test_a_day_before_the_birth_is_asked_about(board, ana):
    content = bundle(patient(), condition(), observation("ki67_percent", on="1950-01-01", **quantity(4, "%")))
    shown = look(board, ana, content)
    assert "is before the patient was born" in told(shown)
    with pytest.raises(ValidationError, match="before the patient was born"):
        bring(board, ana, content, confirmed=[])
    bring(board, ana, content)
    assert facts().pathology_on == PartialDate(1950, 1, 1)


def test_what_contradicts_is_asked_about(board, ana):
    system = "https://consilium.example/fhir/CodeSystem/"
    grade = {"valueCodeableConcept": {"coding": [{"system": f"{system}fact-grade", "code": "NEC"}]}}
    well = {"valueCodeableConcept": {"coding": [{"system": f"{system}fact-differentiation", "code": "well"}]}}
    content = bundle(patient(), condition(), observation("grade", **grade), observation("differentiation", **well))
    assert "NEC is poorly differentiated" in told(look(board, ana, content))
    with pytest.raises(ValidationError, match="NEC is poorly"):
        bring(board, ana, content, confirmed=[])
    bring(board, ana, content)
    assert (facts().grade, facts().differentiation) == ("NEC", "well")


def test_a_finding_of_a_patient_with_two_tumours_says_of_which(board, ana):
    content = bundle(
        patient(),
        condition(),
        condition("c2", title="Lung NET"),
        observation("ecog", focus="", **quantity(1, "{score}")),
    )
    shown = look(board, ana, content)
    assert [one.place for one in shown.problems] == ["entry[3].resource.focus"]


def test_a_reference_out_of_the_bundle_is_refused(board, ana):
    shown = look(board, ana, bundle(patient(), condition(of="Patient/other")))
    assert [one.place for one in shown.problems] == ["entry[1].resource.subject.reference"]


def test_a_case_that_has_ended_is_neither_opened_anew_nor_written_to(board, ana):
    bring(board, ana, bundle(patient(), condition()))
    move_case(Case.objects.get(), "declined", by=ana, reason="Not a NET")
    shown = look(board, ana, bundle(patient(), condition(), number="B-2"))
    assert does(shown)[-1] == ("Case", "already") and "reopened on its page" in told(shown)
    changed = bundle(patient(), condition(), observation("ecog", **quantity(1, "{score}")), number="B-3")
    assert not look(board, ana, changed).can_apply
    assert Case.objects.count() == 1


def test_what_our_own_server_writes_comes_back_as_it_stands(board, ana):
    """As the FHIR server tells a case: codes and texts of ours, LOINC beside them, a bound, a range, words, and sites."""
    ours = "https://consilium.example/fhir/"
    written = {
        "meta": {"lastUpdated": "2026-05-10T08:30:00Z"}, "category": [{"coding": [{"code": "exam"}]}], "method": {"text": "MRI"},
    }  # fmt: skip
    sites = [{"code": {"coding": [{"system": f"{ours}CodeSystem/fact-other-site", "code": code}]}, "valueBoolean": True}
             for code in ("bone", "nodes")]  # fmt: skip
    controlled = {"coding": [{"system": f"{ours}CodeSystem/fact-yes-no", "code": "yes"}], "text": "Yes"}
    content = bundle(
        patient(active=True, managingOrganization={"reference": "Organization/institution-1"}),
        condition(
            extension=[
                {"url": f"{ours}StructureDefinition/case-status", "valueCoding": {"code": "in_care"}},
                {"url": "http://hl7.org/fhir/StructureDefinition/condition-assertedDate", "valueDateTime": "2025-11"},
            ],
            clinicalStatus={"coding": [{"code": "active"}]}, recordedDate="2026-01-01",
            stage=[{"summary": {"text": "IV"}, "type": {"coding": [CLINICAL]}}],
        ),
        observation("liver_metastases", valueCodeableConcept=controlled, **written),
        observation("liver_lesion_count", **quantity(10, "{lesions}", comparator=">")),
        observation("other_metastatic_sites", component=sites),
        observation("wishes", valueString="At home.", on=None),
        observation("ki67_percent", valueString="ca. 5 %"),
    )  # fmt: skip
    outcome = bring(board, ana, content)
    assert outcome.left_out == []
    row = facts()
    assert (row.diagnosed_on, row.stage_group, row.stage_basis) == (PartialDate(2025, 11), "IV", "clinical")
    assert (row.liver_metastases, row.liver_imaging, row.liver_lesion_count) == ("yes", "MRI", ">10")
    assert (set(row.other_metastatic_sites), row.wishes, row.ki67_percent) == ({"bone", "nodes"}, "At home.", "ca. 5")
    again = bring(board, ana, content.replace("B-1", "B-2"))
    assert {what for _, what in does(again)} == {"already"}


def test_a_disease_that_is_over_opens_no_case(board, ana):
    over = {"clinicalStatus": {"coding": [{"code": "resolved"}]}}
    shown = look(board, ana, bundle(patient(), condition(**over)))
    assert does(shown) == [("Patient", "added")] and "no case is opened" in told(shown)


def ki67(value):
    return observation("ki67_percent", **quantity(value, "%"))


@pytest.mark.parametrize("how", ["unconfirmed", "provisional", "differential"])
def test_a_tumour_that_nobody_has_confirmed_opens_no_case(board, ana, how):
    """It is no diagnosis yet; the record has no place to say so of a case."""
    said = {"verificationStatus": {"coding": [{"code": how}]}}
    shown = look(board, ana, bundle(patient(), condition(**said)))
    assert does(shown) == [("Patient", "added")]
    assert f"not confirmed ({how})" in told(shown)
    confirmed = {"verificationStatus": {"coding": [{"code": "confirmed"}]}}
    assert does(look(board, ana, bundle(patient(), condition(**confirmed))))[1] == ("Case", "opened")


def test_an_id_of_nobody_names_no_tumour_again(board, ana):
    """Bundles of unknown senders each have their own “c1”: a pancreatic NET is not the ileal one."""
    bring(board, ana, bundle(patient(), condition(bodySite=[]), ki67(2), number=""))
    second = bundle(patient(), condition(title="Pancreatic NET", bodySite=[]), ki67(25), number="")
    assert does(bring(board, ana, second)) == [("Patient", "already"), ("Case", "opened"), ("Fact", "set")]
    first, other = Case.objects.order_by("pk")
    assert (facts(first).ki67_percent, facts(other).ki67_percent) == ("2", "25")


def test_the_same_id_for_another_name_is_asked_about(board, ana):
    bring(board, ana, bundle(patient(), condition(), ki67(2)))
    second = bundle(patient(), condition(title="Pancreatic NET"), ki67(25), number="B-2")
    assert "Only if both are one tumour" in told(look(board, ana, second))
    with pytest.raises(ValidationError):
        bring(board, ana, second, confirmed=[])
    assert facts(Case.objects.get()).ki67_percent == "2"


def test_an_identifier_with_a_system_is_one_tumours_whoever_says_it(board, ana):
    named = {"identifier": [{"system": "urn:example:tumours", "value": "T-9"}]}
    bring(board, ana, bundle(patient(), condition(**named), number=""))
    second = bundle(patient(), condition(title="NET of the ileum", **named), number="")
    assert does(bring(board, ana, second)) == [("Patient", "already"), ("Case", "already")]
    unnamed = {"identifier": [{"value": "T-9"}]}
    third = bundle(patient(), condition(title="Another NET", **unnamed), number="")
    assert does(look(board, ana, third))[1] == ("Case", "opened")
