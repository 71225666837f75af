"""Conditions and Observations of a Bundle: cases, and facts of their proforma with unit, comparator and day."""

import pytest
from django.core.exceptions import ValidationError

from careplans.models import Case, FactChange, Import, Patient, Proforma
from careplans.services.cases import move_case
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
    bring(board, ana, bundle(patient(), condition(**named), observation("ecog", **quantity(1, "{score}"))))
    later = bundle(
        patient(),
        condition(title="NET of the ileum", **named),
        observation("ecog", **quantity(2, "{score}")),
        number="B-2",
    )
    shown = look(board, ana, later)
    assert does(shown) == [("Patient", "already"), ("Case", "already"), ("Fact", "set")]
    [change] = shown.parts[2].changes
    assert (change.field, change.old, change.new) == ("ECOG performance status", "1", "2")
    bring(board, ana, later)
    assert Case.objects.count() == 1 and facts().ecog == 2


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
