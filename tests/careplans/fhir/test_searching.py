"""Searches: what is found, page by page, what comes along, and what is refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, IdentifierSystem
from careplans.api.fhir.kinds import KINDS
from careplans.api.fhir.search.codes import OTHERS, STATUS
from careplans.api.fhir.search.query import orders_of
from careplans.models import Change, Patient, Plan, Step
from careplans.services.patients import change_patient
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import start_step
from common.partial_dates import PartialDate
from tests.careplans import makers
from tests.careplans.fhir.fhir import Fhir, link, name, said
from tests.factories import make_cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast(db):
    return make_cast()


@pytest.fixture
def omar(cast):
    return Fhir(cast.omar)


@pytest.fixture
def plans(cast):
    """In force, a draft, and in sign-off, each of another patient."""
    cases = [makers.make_case(cast.board, by=cast.ana, record_number=f"SYN-{number}") for number in (1, 2, 3)]
    first = makers.make_active_plan(cases[0], by=cast.omar, chair=cast.chloe, steps=2)
    draft = makers.make_plan(cases[1], by=cast.omar)
    asked = makers.submit(makers.make_plan(cases[2], by=cast.omar), by=cast.omar)
    return [Plan.objects.select_related("case").get(pk=plan.pk) for plan in (first, draft, asked)]


@pytest.mark.parametrize(
    ("params", "found"),
    [
        ({"status": "active"}, [0]), ({"status": "draft"}, [2, 1]), ({"status": "active,draft"}, [2, 1, 0]),
        ({"status": "completed"}, []), ({"status": "nonsense"}, []), ({"category": "net-board-plan"}, [2, 1, 0]),
        ({"intent": "plan", "status": "active"}, [0]), ({"activity-code": "OSA"}, [2, 1, 0]), ({"activity-code": "SURG"}, []),
        ({"date": "ge2020"}, [0]), ({"date": "lt2020"}, []), ({"activity-date": "gt2020-01-01"}, [2, 1, 0]),
        ({"_sort": "_id"}, [0, 1, 2]), ({"_sort": "-_id"}, [2, 1, 0]),
    ],
)  # fmt: skip
def test_plans_are_found_by_what_they_say(omar, plans, params, found):
    assert omar.names("CarePlan", params) == [f"CarePlan/{plans[place].pk}" for place in found]


@pytest.mark.parametrize("name_of", ["patient", "subject", "condition", "care-team", "goal", "performer"])
def test_plans_are_found_by_what_they_refer_to(cast, omar, plans, name_of):
    plan = plans[0]
    wanted = {
        "patient": f"Patient/{plan.case.patient_id}", "subject": str(plan.case.patient_id),
        "condition": f"Condition/{plan.case_id}",
        "care-team": f"CareTeam/{plan.case_id}", "goal": f"Goal/plan-{plan.pk}-symptom-control",
        "performer": f"Practitioner/{cast.omar.pk}",
    }[name_of]  # fmt: skip
    found = omar.names("CarePlan", {name_of: wanted})
    assert found == [f"CarePlan/{one.pk}" for one in (reversed(plans) if name_of == "performer" else [plan])]


def test_a_type_before_the_colon_and_a_whole_address_say_the_same(omar, plans):
    key = plans[0].case.patient_id
    ways = [{"patient:Patient": key}, {"patient": f"http://testserver/fhir/R4/Patient/{key}"}, {"patient": key}]
    assert [omar.names("CarePlan", way) for way in ways] == [[f"CarePlan/{plans[0].pk}"]] * 3


def test_a_parameter_twice_means_both(omar, plans):
    assert omar.names("CarePlan?status=active&status=draft") == []
    assert omar.names("CarePlan?date=ge2020&date=le2999") == [f"CarePlan/{plans[0].pk}"]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 200])
def test_pages_of_any_size_hold_everything_once(omar, plans, size):
    whole = omar.names("ServiceRequest", {"_count": 200})
    assert len(whole) == len(set(whole)) == 4
    assert omar.names("ServiceRequest", {"_count": size}) == whole


def test_a_row_that_becomes_many_resources_is_cut_between_two_pages(cast, omar):
    case = makers.make_case(cast.board, by=cast.ana)
    facts = {"grade": "G2", "extent": "metastatic", "primary_site": "ileum", "ki67_percent": "6", "ecog": 1}
    save_proforma(case, facts, by=cast.ana)
    for size in (1, 2, 3, 4):
        bundle = omar.get("Observation", {"_count": size}).json()
        assert len(bundle["entry"]) == size
        assert sorted(omar.names("Observation", {"_count": size})) == sorted(
            f"Observation/fact-{case.pk}-{fact.replace('_', '-')}" for fact in facts
        )


def test_the_next_page_shows_nothing_of_where_it_goes_on(omar, plans):
    following = link(omar.get("CarePlan", {"_count": 1, "status": "draft"}).json(), "next")
    assert following.startswith("http://testserver/fhir/R4/CarePlan?_count=1&status=draft&_page=")
    token = following.rpartition("=")[2]
    assert omar.get("CarePlan", {"_page": f"{token[:-2]}xx"}).status_code == 400
    assert omar.get("Goal", {"_page": token}).status_code == 400


def test_a_number_of_a_patient_is_posted_and_stands_in_no_address(cast, omar, plans):
    IdentifierSystem.objects.filter(is_main=True).update(uri="https://northgate.example/mrn")
    assert omar.get("Patient", {"identifier": "SYN-2"}).status_code == 400
    for value in ("SYN-2", "https://northgate.example/mrn|SYN-2"):
        answer = omar.post("Patient/_search", f"identifier={value}").json()
        assert [entry["resource"]["identifier"][0]["value"] for entry in answer["entry"]] == ["SYN-2"]
        assert "SYN-2" not in link(answer, "self")
        assert omar.follow(link(answer, "self"))["entry"] == answer["entry"]
    assert "entry" not in omar.post("Patient/_search", "identifier=https://elsewhere.example|SYN-2").json()
    paged = omar.post("Patient/_search", "identifier=SYN-1,SYN-2,SYN-3&_count=2").json()
    assert "SYN" not in link(paged, "next")
    assert len(omar.follow(link(paged, "next"))["entry"]) == 1


PEOPLE = [
    ("SYN-P1", "Müller", "Zoë Anna", "1956-04-12"), ("SYN-P2", "Anders", "Jürgen", "1956-04"),
    ("SYN-P3", "Zoega", "Muriel", "1957"),
]  # fmt: skip
SEARCHES = [
    ("family=mul", "P1"), ("family=muel", "P1"), ("family=MÜLLER", "P1"), ("family=zo", "P3"), ("given=mur", "P3"),
    ("given=zoe", "P1"), ("given=anna", "P1"), ("given=old", ""), ("family=former", "P2"), ("family=and,zoe", "P2 P3"),
    ("family=mul&given=zoe", "P1"), ("family=mul&given=mur", ""), ("name=zo", "P1 P3"), ("name=anna%20muller", "P1"),
    ("name=and&name=jur", "P2"), ("name=SYN", ""), ("name=%27", ""), ("birthdate=1956-04-12", "P1"),
    ("birthdate=1956-04", "P1 P2"), ("birthdate=1956", "P1 P2"), ("birthdate=eq1957", "P3"), ("birthdate=1956-05", ""),
    ("birthdate=9999", ""), ("birthdate=0001", ""), ("family=mul&birthdate=1957", ""),
]  # fmt: skip


@pytest.fixture
def named(cast):
    for number, family, given, born in PEOPLE:
        names = {"family_name": family, "given_name": given, "birth_date": PartialDate.read(born)}
        makers.make_patient(cast.board, by=cast.ana, record_number=number, **names)
    two = Patient.objects.get(record_number="SYN-P2")
    change_patient(two, by=cast.ana, expected_version=two.version, family_name="Former", keep_old_name=False)
    two.refresh_from_db()
    change_patient(two, by=cast.ana, expected_version=two.version, family_name="Anders", keep_old_name=True)
    return cast


@pytest.mark.parametrize(("asked", "numbers"), SEARCHES)
def test_a_patient_is_found_by_names_and_day_of_birth(named, omar, asked, numbers):
    answer = omar.post("Patient/_search", asked)
    assert answer.status_code == 200, answer.content
    bundle = answer.json()
    found = {entry["resource"]["identifier"][0]["value"].removeprefix("SYN-") for entry in bundle.get("entry", ())}
    assert found & {"P1", "P2", "P3"} == set(numbers.split())
    assert omar.post("Patient/_search", f"{asked}&_summary=count").json()["total"] == len(found)
    value = asked.partition("=")[2]
    assert f"={value}" not in link(bundle, "self")


def test_what_names_a_patient_stands_in_no_address_and_is_not_for_others(named, omar):
    for asked in ("family=mul", "given=zoe", "name=mul", "birthdate=1956"):
        assert omar.get(f"Patient?{asked}").status_code == 400
        assert "entry" not in Fhir(named.otto).post("Patient/_search", asked).json()
        assert Fhir(named.anselm).post("Patient/_search", asked).status_code == 403
    for wrong in ("birthdate=ge1956", "birthdate=x", "family:exact=Müller"):
        assert omar.post("Patient/_search", wrong).status_code == 400, wrong


def test_a_posted_search_finds_what_the_address_finds(omar, plans):
    answer = omar.post("CarePlan/_search?status=active", "intent=plan").json()
    assert [name(entry["resource"]) for entry in answer["entry"]] == [f"CarePlan/{plans[0].pk}"]
    assert omar.client.post("/fhir/R4/CarePlan/_search", {"status": "active"}, format="json").status_code == 415


def test_what_changed_since_a_moment_is_found(omar, plans):
    before = timezone.now() + timedelta(days=1)
    assert omar.names("CarePlan", {"_lastUpdated": f"ge{before:%Y-%m-%d}"}) == []
    Change.objects.filter(noun="plans", row_id=plans[1].pk).update(at=before + timedelta(days=1))
    assert omar.names("CarePlan", {"_lastUpdated": f"ge{before:%Y-%m-%d}"}) == [f"CarePlan/{plans[1].pk}"]
    assert len(omar.names("CarePlan", {"_lastUpdated": f"lt{before:%Y-%m-%d}"})) == 2


def test_what_is_referred_to_comes_along(omar, plans):
    bundle = omar.get(
        "CarePlan?status=active&_include=CarePlan:patient&_include=CarePlan:goal&_include=CarePlan:care-team"
    ).json()
    modes = {name(entry["resource"]): entry["search"]["mode"] for entry in bundle["entry"]}
    assert modes == {
        f"CarePlan/{plans[0].pk}": "match", f"Patient/{plans[0].case.patient_id}": "include",
        f"Goal/plan-{plans[0].pk}-symptom-control": "include", f"CareTeam/{plans[0].case_id}": "include",
    }  # fmt: skip


def test_what_refers_to_it_comes_along(omar, plans):
    key = plans[0].pk
    bundle = omar.get(f"CarePlan?_id={key}&_revinclude=ServiceRequest:based-on&_revinclude=Provenance:target").json()
    assert sorted(name(entry["resource"]) for entry in bundle["entry"]) == sorted(
        [
            f"CarePlan/{key}",
            f"Provenance/release-{key}",
            *(f"ServiceRequest/step-{pk}" for pk in Step.objects.filter(plan=key).values_list("pk", flat=True)),
        ]
    )


def test_patients_are_found_by_the_state_of_their_plans(omar, plans):
    found = omar.names("Patient", {"_has:CarePlan:patient:status": "active"})
    assert found == [f"Patient/{plans[0].case.patient_id}"]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("CarePlan:patient:status=active", [0]), ("CarePlan:patient:status=draft", [1, 2]),
        ("CarePlan:patient:condition={case}", [0]), ("Condition:patient:_id={case}", [0]),
        ("Condition:patient:clinical-status=active", [0, 1, 2]), ("Condition:patient:clinical-status=resolved", []),
        ("CareTeam:patient:participant={omar}", [0, 1, 2]), ("CareTeam:patient:participant=999999", []),
        ("CareTeam:patient:status=inactive", []),
    ],
)  # fmt: skip
def test_patients_are_found_by_what_refers_to_them(cast, omar, plans, asked, found):
    asked = asked.format(case=plans[0].case_id, omar=cast.omar.pk)
    keys = {f"Patient/{plans[place].case.patient_id}" for place in found}
    assert set(omar.names(f"Patient?_has:{asked}")) == keys
    assert omar.get(f"Patient?_has:{asked}&_summary=count").json()["total"] == len(found)


def test_what_refers_to_a_patient_on_another_board_finds_nobody(cast, omar, plans):
    assert Fhir(cast.otto).names("Patient?_has:CarePlan:patient:status=active,draft") == []


@pytest.mark.parametrize("kind", sorted(kind for kind in KINDS if "_lastUpdated" in orders_of(KINDS[kind])))
@pytest.mark.parametrize("size", [1, 2, 200])
def test_they_come_in_the_order_in_which_they_changed(omar, plans, kind, size):
    for place, plan in enumerate(plans):
        at = timezone.now() + timedelta(days=(place * 2) % 3)
        Change.objects.filter(noun="plans", row_id=plan.pk).update(at=at)
        Change.objects.filter(noun="cases", row_id=plan.case_id).update(at=at)
    told = omar.found(kind, {"_sort": "_lastUpdated", "_count": size})
    moments = [one["meta"]["lastUpdated"] for one in told]
    assert len(moments) == len(omar.names(kind))
    assert moments == sorted(moments)
    backwards = omar.names(kind, {"_sort": "-_lastUpdated", "_count": size})
    assert backwards == [name(one) for one in reversed(told)]


def test_a_total_is_told_where_it_is_asked_for(omar, plans):
    def total(asked):
        return omar.get(asked).json().get("total")

    assert total("CarePlan") is total("CarePlan?_total=none") is None
    assert total("CarePlan?_total=accurate&_count=1") == total("CarePlan?_total=estimate") == 3
    assert total("CarePlan?_total=estimate&date=ge2020") is None
    assert total("CarePlan?_total=accurate&patient=" + str(plans[0].case.patient_id)) == 1


def test_tasks_are_found_by_their_owner_and_state(cast, omar, plans):
    makers.sign(plans[2], by=cast.omar)
    owner = f"Practitioner/{cast.omar.pk}"
    signed = omar.names("Task", {"status": "completed"})
    assert len(signed) == 1
    assert omar.names("Task", {"owner": owner, "status": "completed"}) == omar.names("Task", {"owner": owner}) == signed
    assert omar.names("Task", {"owner": f"Practitioner/{cast.nina.pk}"}) == []
    still = [name(one) for one in omar.found("Task") if one["status"] == "requested"]
    assert omar.names("Task", {"status": "requested"}) == still
    assert omar.names("Task", {"status": "requested", "owner": owner}) == []


def test_counting_reads_no_resource(omar, plans):
    told = omar.get("CarePlan", {"_summary": "count"}).json()
    assert (told["total"], "entry" in told) == (3, False)
    assert omar.get("CarePlan", {"_summary": "count", "status": "draft"}).json()["total"] == 2
    patient = plans[0].case.patient_id
    assert omar.get("ServiceRequest", {"_summary": "count", "patient": patient}).json()["total"] == 2
    assert omar.get("ServiceRequest", {"_count": 0, "patient": patient}).json()["total"] == 2


def test_an_excerpt_keeps_what_the_rest_means_nothing_without(omar, plans):
    found = omar.found("CarePlan", {"_elements": "title", "status": "active"})[0]
    assert set(found) == {"resourceType", "id", "meta", "status", "intent", "subject", "title"}
    assert found["meta"]["tag"][-1]["code"] == "SUBSETTED"


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("CarePlan?stauts=active", "stauts"),
        ("CarePlan?status:not=active", "status:not"),
        ("CarePlan?date=ge20", "date"),
        ("CarePlan?date=ge2020-13-01", "date"),
        ("CarePlan?patient=../5", "patient"),
        ("CarePlan?patient=Condition/5", "patient"),
        ("CarePlan?status=", "status"),
        ("CarePlan?_count=-1", "_count"),
        ("CarePlan?_count=x", "_count"),
        ("CarePlan?_sort=title", "_sort"),
        ("CarePlan?_include=CarePlan:nothing", "_include"),
        ("CarePlan?_include=*", "_include"),
        ("CarePlan?_revinclude=Goal:patient", "_revinclude"),
        ("CarePlan?_summary=text", "_summary"),
        ("CarePlan?_elements=a-b", "_elements"),
        ("CarePlan?_page=abc", "_page"),
        ("Patient?name=Ash", "name"),
        ("CarePlan?_total=many", "_total"),
        ("ServiceRequest?_sort=_lastUpdated", "_sort"),
        ("Patient?_has:CarePlan:patient:title=x", "_has:CarePlan:patient:title"),
        ("Patient?_has:Goal:patient:_id=1", "_has:Goal:patient:_id"),
        ("Practitioner?_has:CarePlan:performer:_id=1", "_has:CarePlan:performer:_id"),
        ("CarePlan?_lastUpdated=ge99999", "_lastUpdated"),
        ("CarePlan?format=xml", "format"),
        ("Patient/1/$everything?x=1", "x"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(cast, omar, path, parameter):
    makers.make_patient(cast.board, by=cast.ana)
    path = path.replace("Patient/1/", f"{omar.names('Patient')[0]}/")
    answer = omar.get(path)
    assert answer.status_code == 400, answer.content
    assert said(answer)[0].startswith(f"{parameter}:")


@pytest.mark.parametrize(
    "value", ["0001-01-01", "9999-12-31", "9999", "0001", "2024-02-29T23:59:60Z", "2026-01-01T00:00:00.000000000+14:00"]
)
@pytest.mark.parametrize("prefix", ["", "ne", "gt", "lt", "ge", "le", "sa", "eb", "ap"])
@pytest.mark.parametrize("parameter", ["date", "_lastUpdated"])
def test_no_day_of_the_calendar_breaks_anything(omar, plans, value, prefix, parameter):
    assert omar.get("CarePlan", {parameter: f"{prefix}{value}"}).status_code in (200, 400)


def test_who_asks_leniently_is_told_what_was_understood(omar, plans):
    answer = omar.get("CarePlan?stauts=active&status=draft", Prefer="handling=lenient").json()
    assert len(answer["entry"]) == 2
    assert link(answer, "self") == "http://testserver/fhir/R4/CarePlan?status=draft"


def test_everything_of_a_patient_is_theirs_alone_and_all_of_it(omar, plans):
    patient = plans[0].case.patient_id
    found = omar.names(f"Patient/{patient}/$everything", {"_count": 3})
    assert len(found) == len(set(found))
    assert set(found) == set(omar.names(f"Patient/{patient}/$everything"))
    kinds = {one.partition("/")[0] for one in found}
    assert kinds >= {
        "Patient",
        "Condition",
        "CareTeam",
        "CarePlan",
        "Goal",
        "RequestGroup",
        "ServiceRequest",
        "Provenance",
    }
    by_search = [
        one for kind in ("CarePlan", "ServiceRequest", "Goal") for one in omar.names(kind, {"patient": patient})
    ]
    assert set(by_search) <= set(found)
    assert f"CarePlan/{plans[1].pk}" not in found
    assert set(omar.names(f"Patient/{patient}/$everything", {"_type": "Goal"})) == set(
        omar.names("Goal", {"patient": patient})
    )
    assert omar.names(f"Patient/{patient}/$everything", {"_since": "2999-01-01"}) == []


def test_a_list_leaves_an_event_that_names_its_rows(cast, omar, plans):
    seen = AuditEvent.objects.latest("pk").pk
    omar.names("Goal")
    event = AuditEvent.objects.get(pk__gt=seen, action="list", actor=cast.omar)
    assert event.subject_type == "plan"
    assert sorted(event.data["ids"]) == sorted(plan.pk for plan in plans)


def test_each_status_that_is_searched_by_has_its_codes_and_no_type_is_named_that_is_not_served():
    searched = {kind for kind, one in KINDS.items() if "status" in one.by_name}
    assert set(STATUS) == searched
    assert all(name in KINDS[kind].by_name for kind, name in OTHERS)
    for kind, one in KINDS.items():
        states = {code for source in one.sources for code in (getattr(source, "states", None) or {})}
        assert states <= set(STATUS.get(kind, ())) | {code for codes in OTHERS.values() for code in codes}, kind


@pytest.mark.parametrize(
    ("path", "attr"),
    [
        ("CarePlan?status=nonsense", "status"), ("Task?status=active,nonsense", "status"),
        ("Goal?lifecycle-status=alive", "lifecycle-status"),
        ("Condition?clinical-status=http://terminology.hl7.org/CodeSystem/condition-clinical|cured", "clinical-status"),
        ("Patient?gender=m", "gender"), ("CarePlan?status=nonsense&_summary=count", "status"),
    ],
)  # fmt: skip
def test_a_code_that_there_is_not_is_refused_strictly_and_else_warned_of(omar, plans, path, attr):
    refused = omar.get(path, Prefer="handling=strict")
    assert (refused.status_code, refused.json()["issue"][0]["details"]["text"].split(":")[0]) == (400, attr)
    for prefer in ({}, {"Prefer": "handling=lenient"}, {"Prefer": "respond-async, handling=lenient"}):
        answer = omar.get(path, **prefer)
        [warned] = [one for one in answer.json()["entry"] if one["search"]["mode"] == "outcome"]
        [issue] = warned["resource"]["issue"]
        assert (answer.status_code, issue["severity"], issue["code"]) == (200, "warning", "code-invalid")
        assert issue["diagnostics"].startswith(f"{attr}: There is no code") and "There are: " in issue["diagnostics"]


@pytest.mark.parametrize(
    "path", ["CarePlan?status=active,draft", "CarePlan?status=http://hl7.org/fhir/request-status|active"]
)
def test_of_a_code_that_there_is_nothing_is_said(omar, plans, path):
    answer = omar.get(path, Prefer="handling=strict").json()
    assert all(one["search"]["mode"] == "match" for one in answer.get("entry", []))


def test_a_page_is_filled_past_the_rows_that_become_no_resource(cast, omar, plans):
    """The oldest step was begun, and is a procedure; the twelve newer ones are none."""
    step = plans[0].steps.order_by("pk").first()
    start_step(step, by=cast.omar, expected_version=step.version, on=makers.TODAY())
    case = makers.make_case(cast.board, by=cast.ana, record_number="SYN-9")
    makers.make_plan(case, by=cast.omar, steps=12)
    whole = omar.names("Procedure", {"_count": 200})
    assert len(whole) == 1
    first = omar.get("Procedure", {"_count": 1}).json()
    assert [name(one["resource"]) for one in first["entry"]] == whole


def test_another_form_is_refused_with_those_that_there_are(omar, plans):
    refused = omar.get("CarePlan", Accept="application/fhir+xml")
    assert refused.status_code == 406
    assert "application/fhir+json or application/json" in refused.json()["issue"][0]["diagnostics"]
