"""Bulk export: asked for, looked at, fetched; the same resources as the searches give, of whoever may read them."""

import json
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Membership
from careplans.api.fhir.kinds import KINDS
from careplans.exports import work
from careplans.exports.fhir import lists
from careplans.models import Case, Change, Export, Plan
from careplans.readers.known import settled_now
from tests.careplans import makers
from tests.careplans.fhir.fhir import ROOT, Fhir, make_three_cases, name, said
from tests.careplans.known.test_races_settled import clock
from tests.careplans.test_races_changes import Elsewhere

pytestmark = pytest.mark.django_db
postgresql_alone = pytest.mark.skipif(
    "connection.vendor == 'sqlite'", reason="SQLite has one writer: nobody else writes while an export is begun."
)
ASYNC = {"Prefer": "respond-async"}


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture
def cast(db):
    cast = make_three_cases()
    makers.make_follow_up(Case.objects.latest("pk"), by=cast.ana)
    return cast


@pytest.fixture
def chloe(cast):
    return Fhir(cast.chloe)


def begin(api, path="$export", params=None):
    answer = api.get(path, params, **ASYNC)
    assert answer.status_code == 202, answer.content
    return answer["Content-Location"].partition("/fhir/R4/")[2]


def work_all():
    while work.work_exports():
        pass


def exported(api, path="$export", params=None):
    """The manifest and every resource of its files."""
    place = begin(api, path, params)
    work_all()
    told = api.one(place)
    return told, [one for output in told["output"] for one in file_of(api, output)]


def file_of(api, output):
    answer = api.get(output["url"].partition("/fhir/R4/")[2], Accept="application/fhir+ndjson")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/fhir+ndjson")
    lines = b"".join(answer.streaming_content).decode()
    assert answer["Content-Length"] == str(len(lines.encode()))
    found = [json.loads(line) for line in lines.splitlines()]
    assert {one["resourceType"] for one in found} == {output["type"]}
    assert len(found) == output["count"]
    return found


def readable(api):
    return [kind for kind in KINDS if kind not in lists.BY_NAME_ALONE and api.get(kind).status_code == 200]


def test_it_holds_what_the_searches_find_and_in_the_same_words(chloe):
    told, resources = exported(chloe)
    by_search = {name(one): one for kind in readable(chloe) for one in chloe.found(kind, {"_count": 200})}
    assert {name(one): one for one in resources} == by_search
    assert len(resources) == len(by_search)
    assert [one["type"] for one in told["output"]] == [
        kind for kind in KINDS if any(one["resourceType"] == kind for one in resources)
    ]


def test_the_manifest_says_what_was_asked_and_when(chloe):
    told, _ = exported(chloe, "$export?_type=CarePlan,Goal")
    assert told["request"] == f"http://testserver{ROOT}/$export?_type=CarePlan,Goal"
    assert (told["requiresAccessToken"], told["error"]) == (True, [])
    assert {one["type"] for one in told["output"]} == {"CarePlan", "Goal"}


@postgresql_alone
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("now", "misses"), [(settled_now, False), (clock, True)])
def test_what_somebody_was_writing_for_long_is_in_the_next(now, misses, cast, chloe, monkeypatch):
    """With the clock instead, it would be in neither."""
    monkeypatch.setattr("careplans.exports.fhir.door.settled_now", now)
    monkeypatch.setattr("careplans.exports.fhir.door.SKEW", timedelta(0))
    case = Case.objects.first()
    long = Elsewhere(lambda: Case.objects.filter(pk=case.pk).update(title="slowly"))
    told, resources = exported(chloe, "$export", {"_type": "Condition"})
    long.end()
    assert "slowly" not in str(resources)
    _, later = exported(chloe, "$export", {"_type": "Condition", "_since": told["transactionTime"]})
    assert (name({"resourceType": "Condition", "id": case.pk}) not in [name(one) for one in later]) is misses


def test_the_moment_lies_before_the_clocks_of_all_servers(chloe):
    told, _ = exported(chloe, "$export", {"_type": "Goal"})
    assert datetime.fromisoformat(told["transactionTime"]) <= timezone.now() - timedelta(minutes=1)


def test_it_is_looked_at_until_it_is_there(chloe):
    place = begin(chloe)
    answer = chloe.get(place)
    assert (answer.status_code, answer.content) == (202, b"")
    assert answer["Retry-After"] == "5"
    assert answer["X-Progress"].startswith("0 of about ")
    work_all()
    assert chloe.get(place)["Expires"].endswith("GMT")


def test_of_patients_only_what_belongs_to_one_is_told(chloe):
    _, resources = exported(chloe, "Patient/$export")
    kinds = {one["resourceType"] for one in resources}
    assert "Patient" in kinds
    assert kinds <= {kind.type for kind in KINDS.values() if kind.in_everything}


def test_a_type_is_narrowed_by_its_searches_any_of_which_will_do(chloe):
    keys = [one["id"] for one in chloe.found("CarePlan", {"_sort": "_id"})]
    asked = f"$export?_type=CarePlan,Goal&_typeFilter=CarePlan%3F_id%3D{keys[0]}&_typeFilter=CarePlan%3F_id%3D{keys[2]}"
    _, resources = exported(chloe, asked)
    assert sorted(one["id"] for one in resources if one["resourceType"] == "CarePlan") == sorted([keys[0], keys[2]])
    assert len([one for one in resources if one["resourceType"] == "Goal"]) == 3


def test_since_a_moment_only_what_changed_is_told(chloe):
    later = timezone.now() + timedelta(days=1)
    plan = Plan.objects.first()
    Change.objects.filter(noun="plans", row_id=plan.pk).update(at=later + timedelta(days=1))
    _, resources = exported(chloe, "$export", {"_type": "CarePlan,Condition", "_since": later.isoformat()})
    assert [name(one) for one in resources] == [f"CarePlan/{plan.pk}"]


def test_what_is_removed_is_there_no_more(chloe):
    told, _ = exported(chloe)
    place = f"$export-status/{Export.objects.get().pk}"
    assert chloe.client.delete(f"{ROOT}/{place}").status_code == 202
    assert chloe.get(place).status_code == 404
    assert chloe.get(told["output"][0]["url"].partition("/fhir/R4/")[2]).status_code in (400, 404)
    assert chloe.client.delete(f"{ROOT}/{place}").status_code == 404


def test_what_is_cancelled_is_not_made(chloe):
    place = begin(chloe)
    assert chloe.client.delete(f"{ROOT}/{place}").status_code == 202
    work_all()
    assert Export.objects.get().state == "cancelled"
    assert chloe.get(place).status_code == 404


def test_a_failure_is_told_with_its_reason(chloe, monkeypatch):
    place = begin(chloe)
    monkeypatch.setattr(lists.FhirListing, "told", lambda listing, rows: 1 / 0)
    work_all()
    answer = chloe.get(place)
    assert answer.status_code == 422
    assert "ZeroDivisionError" in said(answer)[0]


def test_nobody_else_finds_it(cast, chloe):
    told, _ = exported(chloe)
    omar = Fhir(cast.omar)
    assert omar.get(f"$export-status/{Export.objects.get().pk}").status_code == 404
    assert omar.get(told["output"][0]["url"].partition("/fhir/R4/")[2]).status_code == 404


def test_rights_are_asked_again_when_a_file_is_fetched(cast, chloe):
    told, _ = exported(chloe)
    Membership.objects.filter(user=cast.chloe).update(ended_at=timezone.now())
    assert {Fhir(cast.chloe).get(one["url"].partition("/fhir/R4/")[2]).status_code for one in told["output"]} == {404}


def test_an_analyst_is_told_no_patient_and_no_text(cast):
    api = Fhir(cast.anselm)
    _, resources = exported(api)
    by_search = {name(one): one for kind in readable(api) for one in api.found(kind, {"_count": 200})}
    assert {name(one): one for one in resources} == by_search
    assert "Patient" not in {one["resourceType"] for one in resources}
    assert api.get("$export", {"_type": "Patient"}, **ASYNC).status_code == 403


def test_of_patients_whoever_is_on_no_board_has_nothing_to_export(admin):
    answer = Fhir(admin).get("Patient/$export", Prefer="respond-async")
    assert answer.status_code == 403
    assert answer.json()["resourceType"] == "OperationOutcome"


def test_it_is_on_the_trail_with_its_rows(cast, chloe):
    _, resources = exported(chloe, "$export", {"_type": "Goal"})
    events = AuditEvent.objects.filter(action__startswith="exports.", actor=cast.chloe).order_by("pk")
    assert [one.action for one in events] == ["exports.requested", "exports.done", "exports.downloaded"]
    assert events[1].data["rows"] == len(resources)
    assert events[1].data["filters"]["_type"] == ["Goal"]


def test_a_plan_is_read_once_for_all_types(chloe):
    few, many = (statements(chloe, types) for types in ("CarePlan", "CarePlan,Goal,Task,Provenance,ServiceRequest"))
    # Follow-ups are rows of their own.
    assert many <= few + 10


def statements(api, types):
    begin(api, "$export", {"_type": types})
    with CaptureQueriesContext(connection) as heard:
        work_all()
    return len(heard)


@pytest.mark.parametrize("rows", [1, 2, 7])
def test_a_worker_goes_on_where_another_stopped(chloe, monkeypatch, rows):
    monkeypatch.setattr(lists, "MOST_ROWS", rows)
    begin(chloe)
    for _ in range(100):
        work.work_exports(seconds=0)
    told = chloe.one(f"$export-status/{Export.objects.get().pk}")
    resources = [name(one) for output in told["output"] for one in file_of(chloe, output)]
    assert sorted(resources) == sorted(
        name(one) for kind in readable(chloe) for one in chloe.found(kind, {"_count": 200})
    )


@pytest.mark.parametrize(
    ("path", "parameter"),
    [
        ("$export?_type=Nothing", "_type"), ("$export?_type=", "_type"), ("Patient/$export?_type=Practitioner", "_type"),
        ("$export?_since=yesterday", "_since"), ("$export?_since=2026", "_since"),
        ("$export?_since=2026-01-01T00:00:00Z&_since=2026-01-01T00:00:00Z", "_since"),
        ("$export?_outputFormat=csv", "_outputFormat"),
        ("$export?_typeFilter=Goal%3Fx=1", "_typeFilter"), ("$export?_typeFilter=Patient%3Fidentifier=SYN-1", "_typeFilter"),
        ("$export?_type=Goal&_typeFilter=CarePlan%3Fstatus=active", "_typeFilter"), ("$export?patient=5", "patient"),
        ("$export?_typeFilter=CarePlan%3F_count=5", "_typeFilter"), ("$export?level=Patient", "level"),
    ],
)  # fmt: skip
def test_what_is_not_understood_is_refused_by_name(chloe, path, parameter):
    answer = chloe.get(path, **ASYNC)
    assert answer.status_code == 400, answer.content
    assert said(answer)[0].startswith(f"{parameter}:")


def test_what_is_not_known_is_passed_over_for_who_asks_leniently(chloe):
    assert chloe.get("$export?_elements=id", Prefer="respond-async, handling=lenient").status_code == 202


@pytest.mark.parametrize("form", ["application/fhir+ndjson", "application/ndjson", "ndjson"])
def test_each_name_of_the_format_is_understood(chloe, form):
    assert chloe.get("$export", {"_outputFormat": form}, **ASYNC).status_code == 202


def test_it_is_asynchronous_or_not_at_all(chloe):
    assert said(chloe.get("$export"))[0].startswith("Prefer:")


def test_parameters_may_be_posted(chloe):
    body = {"resourceType": "Parameters", "parameter": [{"name": "_type", "valueString": "Goal"}]}
    for kind in ("application/fhir+json", "application/json"):
        answer = chloe.client.post(
            f"{ROOT}/$export", json.dumps(body), content_type=kind, headers={"Prefer": "respond-async"}
        )
        assert answer.status_code == 202, answer.content
    for wrong in (
        [],
        {},
        {"resourceType": "Parameters", "parameter": [1]},
        {"resourceType": "Parameters", "parameter": 5},
    ):
        answer = chloe.client.post(
            f"{ROOT}/$export", json.dumps(wrong), content_type="application/json", headers={"Prefer": "respond-async"}
        )
        assert answer.status_code == 400, wrong


def test_who_asks_for_too_many_is_told_when_to_ask_again(chloe):
    for _ in range(3):
        begin(chloe)
    answer = chloe.get("$export", **ASYNC)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    assert said(answer)
