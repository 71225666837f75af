"""Every resource of the demo, and of two hundred cases that have little in common, passes two validators that know nothing of
each other; and each of them refuses what is wrong."""

import copy
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings

from accounts.models import AuditEvent, Membership, User
from careplans.api.fhir.kinds import KINDS
from careplans.api.fhir.terms.map_files import MAPPED
from careplans.models import Case
from careplans.models.snomed_maps import SNOMED
from tests.careplans.fhir.cases import make_cases
from tests.careplans.fhir.fhir import Fhir, name
from tests.careplans.fhir.site_map import concepts, load, of_every_code
from tests.careplans.fhir.test_bulk import exported
from tests.careplans.fhir.validators import medplum, pyrofile
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
CASES = 200
# Of lists within lists it adds up what stands in each: it takes two interactions of one type for a type with two. The other
# validator looks at this one, too, and so does fhirclient (test_clients.py).
MISTAKEN = ("CapabilityStatement",)


@pytest.fixture(scope="module")
def told(django_db_setup, django_db_blocker, tmp_path_factory):
    """What the chair, who reads everything, and an analyst, who reads no text, are told; and what the files of the chair hold.
    The chair where a site has mapped every code of ours to SNOMED CT, the analyst where it has mapped none."""
    data = override_settings(DATA_DIR=tmp_path_factory.mktemp("exports"))
    with django_db_blocker.unblock(), transaction.atomic(), data:
        call_command("seed_demo", yes=True, stdout=StringIO())
        analyst = resources_of(of_role("analyst"))
        with rewriting():
            varied = make_cases()
        assert Case.objects.filter(board=varied).count() >= CASES
        chair = of_role("chair")
        # Who reads the audit trail, too.
        User.objects.filter(pk=chair.pk).update(is_administrator=True)
        load(User.objects.get(pk=chair.pk), of_every_code())
        found = {"chair": resources_of(chair), "analyst": analyst, "files": exported(Fhir(chair))[1]}
        transaction.set_rollback(True)
        return found


def of_role(role):
    """Who has it on all boards of the demo."""
    return Membership.objects.filter(role=role, ended_at=None).order_by("pk").first().user


def resources_of(person):
    api = Fhir(person)
    kinds = [kind for kind in KINDS if api.get(kind, {"_count": 1}).status_code == 200]
    found = [one for kind in kinds if kind != "AuditEvent" for one in api.found(kind, {"_count": 200})]
    if "AuditEvent" in kinds:
        # Of the thousands some of each kind: they are alike but for their keys.
        for action in AuditEvent.objects.order_by().values_list("action", flat=True).distinct():
            entries = api.get("AuditEvent", {"subtype": action, "_count": 5}).json().get("entry", ())
            found += [entry["resource"] for entry in entries]
    found.append(api.one("metadata"))
    signed = [one for one in found if one["resourceType"] == "CarePlan" and one["status"] == "active"][:20]
    return [*found, *(api.one(f"CarePlan/{one['id']}/_history") for one in signed), api.get("CarePlan?_count=3").json()]


def of_all(told):
    return [*told["chair"], *told["analyst"]]


def test_each_type_of_the_table_is_among_what_is_validated(told):
    assert {one["resourceType"] for one in of_all(told)} >= set(KINDS)


def apart(one):
    """A map, or a set that lists its codes, as one for each code: that validator adds them up (`MISTAKEN`)."""
    for outer, whole, inner in (("ConceptMap", "group", "element"), ("ValueSet", "include", "concept")):
        within = one if outer == "ConceptMap" else one.get("compose", {})
        if one["resourceType"] == outer and inner in within[whole][0]:
            [group] = within[whole]
            alone = [{whole: [group | {inner: [code]}]} for code in group[inner]]
            return [one | (part if within is one else {"compose": part}) for part in alone]
    return [one]


def test_the_codes_of_snomed_ct_are_among_what_is_validated(told):
    """Wherever a concept has a code of ours; and nowhere for the analyst."""
    ours = {system.url for system in MAPPED.values()}
    # What was signed is told as it was (`_history`), and so without.
    every = [
        (name(one), systems) for one in told["chair"] if one["resourceType"] != "Bundle" for systems in systems_in(one)
    ]
    with_ours = [(key, systems) for key, systems in every if ours & set(systems)]
    assert len(with_ours) > 10_000
    assert [key for key, systems in with_ours if SNOMED not in systems] == []
    assert [key for key, systems in every if SNOMED in systems and not ours & set(systems)] == []
    assert not any(SNOMED in str(one) for one in told["analyst"])


def systems_in(resource):
    return [[coding["system"] for coding in codings] for codings in concepts(resource)]


@pytest.mark.parametrize("validator", [medplum, pyrofile])
def test_none_of_them_is_refused(told, validator):
    every = of_all(told)
    if validator is pyrofile:
        every = [part for one in every if one["resourceType"] not in MISTAKEN for part in apart(one)]
    assert {name(every[place]): said for place, said in validator(every).items()} == {}


def test_the_files_of_a_bulk_export_hold_what_was_validated_and_nothing_else(told):
    valid = {name(one): one for one in told["chair"] if one["resourceType"] != "Bundle" and "id" in one}
    files = {name(one): one for one in told["files"]}
    assert len(files) == len(told["files"]) > 10_000
    assert {key for key, one in files.items() if valid.get(key) != one} == set()
    assert {key for key in valid if not key.startswith("AuditEvent/")} == set(files)


def put(path, value):
    """A fault: this value, there; nothing there, where the value is None."""

    def change(resource):
        *way, last = path
        for step in way:
            resource = resource[step]
        if value is None:
            del resource[last]
        else:
            resource[last] = value

    return change


# What is wrong, of which type, and which of the two notices.
FAULTS = [
    ("a status that is none", "CarePlan", put(["status"], "running"), "pyrofile"),
    ("an intent that is none", "ServiceRequest", put(["intent"], "wish"), "pyrofile"),
    ("no status", "CarePlan", put(["status"], None), "both"),
    ("no patient", "Goal", put(["subject"], None), "both"),
    ("a date that is none", "CarePlan", put(["created"], "2026-13-45"), "medplum"),
    ("a moment without a zone", "Provenance", put(["recorded"], "2026-01-01T10:00:00"), "both"),
    ("an element that R4 does not have", "CarePlan", put(["sequence"], 1), "both"),
    ("a number written as text", "CodeSystem", put(["count"], "7"), "both"),
    ("one where there are many", "CarePlan", put(["category"], {"text": "plan"}), "medplum"),
    ("a reference to the wrong type", "CarePlan", put(["subject"], {"reference": "Condition/1"}), "pyrofile"),
    (
        "detail and reference (cpl-3)",
        "CarePlan",
        put(["activity", 0, "reference"], {"reference": "ServiceRequest/1"}),
        "both",
    ),
    ("a value and a reason for none (obs-6)", "Observation", put(["dataAbsentReason"], {"text": "masked"}), "both"),
    ("an appointment without its hours (app-3)", "Appointment", put(["status"], "booked"), "both"),
    ("a state of a task that is none", "Task", put(["status"], "signed"), "pyrofile"),
    ("an id that is too long", "CarePlan", put(["id"], "x" * 65), "pyrofile"),
    ("an empty list", "CarePlan", put(["goal"], []), "pyrofile"),
    (
        "an extension with nothing in it",
        "CarePlan",
        put(["extension", 0], {"url": "https://consilium.example/x"}),
        "both",
    ),
    (
        "an extension that nobody declared",
        "CarePlan",
        put(["extension", 0, "url"], "https://consilium.example/x"),
        "pyrofile",
    ),
    (
        "a group that is action and request (rqg-1)",
        "RequestGroup",
        put(["action", 0, "action"], [{"title": "x"}]),
        "both",
    ),
    (
        "a period that ends before it begins",
        "CarePlan",
        put(["period"], {"start": "2026-02-01", "end": "2026-01-01"}),
        "pyrofile",
    ),
]


def with_faults(told):
    """Of each a resource that was right until this was done to it."""
    for _, kind, change, _ in FAULTS:
        wrong = copy.deepcopy(next(one for one in told["chair"] if one["resourceType"] == kind and fits(one)))
        change(wrong)
        yield wrong


def fits(resource):
    group = resource["resourceType"] != "RequestGroup" or "resource" in resource.get("action", [{}])[0]
    plan = resource["resourceType"] != "CarePlan" or "activity" in resource
    value = resource["resourceType"] != "Observation" or "valueCodeableConcept" in resource
    return group and plan and value


def test_each_fault_is_found_by_the_validators_that_are_said_to(told):
    own = [one for one in told["chair"] if one["resourceType"] in ("StructureDefinition", "CodeSystem", "ValueSet")]
    wrong = [*with_faults(told), *own]
    by = {"medplum": medplum(wrong), "pyrofile": pyrofile(wrong)}
    noticed = {}
    for place, (words, *_) in enumerate(FAULTS):
        who = [name for name, refused in by.items() if place in refused]
        noticed[words] = "both" if len(who) == 2 else next(iter(who), "neither")
    assert noticed == {words: by for words, _, _, by in FAULTS}
