"""FHIR within a reporting project: it says as little of who is meant as the lists do, and can be asked for no more."""

from datetime import date

import pytest

from accounts.models import AuditEvent, User
from careplans.api.fhir.kinds import KINDS
from careplans.api.fhir.projects import masking, paths
from careplans.api.fhir.projects.kinds import WHY_NOT, project_kinds
from careplans.api.fhir.projects.masking import PSEUDONYM, masked
from careplans.api.fhir.projects.paths import PATHS, Extensions, Rule
from careplans.deidentified.reader import Reader
from careplans.models import FollowUp, Patient, Plan, Proforma, Step
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.deidentified.fhir_answers import ProjectFhir, fhir_answers
from tests.careplans.deidentified.marked import keys_of, leaks, make_marked, masking_key
from tests.careplans.fhir.fhir import Fhir, extension, said
from tests.careplans.fhir.fhir import name as name_of
from tests.careplans.fhir.test_bulk import exported
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings, tmp_path):
    settings.DATA_DIR = tmp_path


@pytest.fixture(scope="module")
def made(module_db):
    with module_db():
        return make_marked()


@pytest.fixture
def keys(made, db):
    return keys_of(made)


@pytest.fixture
def anselm(made, db):
    return User.objects.get(pk=made.anselm.pk)


@pytest.fixture
def months(made, anselm):
    return ProjectFhir(anselm, made.months)


def reader_of(project):
    return Reader(project, masking_key(project))


# What is given


def test_nothing_in_it_says_who_is_meant(made, anselm, keys):
    told = fhir_answers(anselm, made.months)
    types = {address.removeprefix("/fhir/R4/").partition("/")[0] for address in told if " in pages" not in address}
    assert types == set(PATHS)
    assert leaks(told, keys, months=True) == {}


def test_nor_where_days_are_shifted(made, anselm, keys):
    told = fhir_answers(anselm, made.shifted)
    assert len(told) > 50
    assert leaks(told, keys, months=False) == {}


@pytest.mark.parametrize(
    ("where", "name", "instead"),
    [
        (Reader, "pseudonym", lambda self, noun, pk: pk),
        (Reader, "partial", lambda self, value, patient: value),
        (Reader, "written", lambda self, value, patient: value.isoformat()),
    ],
)
def test_the_sweep_sees_what_leaks(made, anselm, keys, monkeypatch, where, name, instead):
    monkeypatch.setattr(where, name, instead)
    bundle = {"bundle": ProjectFhir(anselm, made.months).get("CarePlan").content.decode()}
    assert leaks(bundle, keys, months=True)


def test_the_sweep_sees_a_text_that_leaks(made, anselm, keys, monkeypatch):
    monkeypatch.setattr(masking, "_CODE", masking.re.compile("(?s).*"))
    monkeypatch.setitem(paths.PATHS["CarePlan"], "description", Rule.CODE)
    assert leaks({"plans": ProjectFhir(anselm, made.months).get("CarePlan").content.decode()}, keys, months=True)


def test_no_text_is_given_where_board_and_project_let_text_be_read(made, anselm, keys):
    made.months.__class__.objects.filter(pk=made.months.pk).update(allows_text=True)
    made.board.__class__.objects.filter(pk=made.board.pk).update(analysts_read_text=True)
    assert leaks(fhir_answers(anselm, made.months), keys, months=True) == {}


def test_it_tells_the_pseudonyms_of_the_lists(made, anselm, months):
    api = Api(anselm)
    cases = api.get("/cases/", project=made.months.pk, page_size=200).json()["results"]
    assert {one["id"] for one in months.found("Condition")} == {str(one["id"]) for one in cases}
    told = {one["id"]: one["subject"]["reference"] for one in months.found("Condition")}
    assert told == {str(one["id"]): f"Patient/{one['patient']}" for one in cases}
    steps = api.get("/steps/", project=made.months.pk, page_size=200).json()["results"]
    requests = {one["id"] for one in months.found("ServiceRequest")}
    assert {f"step-{one['id']}" for one in steps} <= requests and steps
    plans = api.get("/plans/", project=made.months.pk, page_size=200).json()["results"]
    authors = {one["id"]: one["author"]["reference"] for one in months.found("CarePlan")}
    assert authors == {str(one["id"]): f"Practitioner/{one['created_by']['id']}" for one in plans}


def test_a_patient_is_a_number_and_what_a_count_needs(made, months):
    [one] = [
        one for one in months.found("Patient") if one["id"] == months.found("Condition")[0]["subject"]["reference"][8:]
    ]
    assert set(one) <= {
        "resourceType",
        "id",
        "meta",
        "identifier",
        "active",
        "gender",
        "deceasedBoolean",
        "deceasedDateTime",
    }
    assert one["identifier"] == [{"system": PSEUDONYM, "value": one["id"]}]


def test_a_death_is_told_as_far_as_days_are(made, anselm):
    row = Patient.objects.filter(cases__board=made.board).order_by("pk").first()
    Patient.objects.filter(pk=row.pk).update(is_dead=True, died_year=2025, died_month=7, died_day=19)
    for project in (made.months, made.shifted):
        reader = reader_of(project)
        told = ProjectFhir(anselm, project).one(f"Patient/{reader.pseudonym('patient', row.pk)}")
        assert told["deceasedDateTime"] == reader.written(date(2025, 7, 19), row.pk)
        assert told["deceasedDateTime"] != "2025-07-19"


def test_a_fact_that_is_nearly_a_name_is_not_there_and_a_size_is_rough(made, months):
    case = Plan.objects.filter(board=made.board).first().case
    with rewriting():
        Proforma.objects.filter(case=case).update(
            largest_primary_mm=23, haemoglobin_g_dl="13.1", men1="positive", ki67_percent="ca. 5"
        )
    key = reader_of(made.months).pseudonym("case", case.pk)
    facts = {
        one["id"]: one
        for one in months.found("Observation", {"focus": f"Condition/{key}"})
        if one["id"].startswith("fact")
    }
    assert facts[f"fact-{key}-largest-primary-mm"]["valueQuantity"]["value"] == 20
    assert facts[f"fact-{key}-ki67-percent"]["dataAbsentReason"]["coding"][0]["code"] == "masked"
    assert not [id for id in facts if "haemoglobin" in id or "men1" in id]
    assert months.get(f"Observation/fact-{key}-men1").status_code == 404


def test_days_are_months_and_nothing_says_when_a_resource_changed(made, months):
    plan = months.found("CarePlan", {"status": "active"})[0]
    assert len(plan["created"]) == len(plan["period"]["start"]) == 7
    assert set(plan["meta"]) <= {"versionId", "tag"}
    answer = months.get(f"CarePlan/{plan['id']}")
    assert "Last-Modified" not in answer.headers
    assert months.get(f"CarePlan/{plan['id']}", **{"If-None-Match": answer.headers["ETag"]}).status_code == 304


def test_a_step_says_that_it_hangs_on_a_condition_and_not_on_which(made, months):
    """The words are withheld, and not that there are some: without that a step would look free to begin."""
    step = Step.objects.filter(arm=None, is_decision=False, plan__board=made.board).first()
    with rewriting():
        Step.objects.filter(pk=step.pk).update(only_if="Marked if Ki-67 is confirmed", not_before=date(2026, 5, 20))
    chair = Fhir(User.objects.get(pk=made.chloe.pk)).one(f"RequestGroup/{step.plan_id}")
    [full] = [one for one in chair["action"] if one["id"] == f"step-{step.pk}"]
    assert full["condition"][0]["expression"]["expression"] == "Marked if Ki-67 is confirmed"
    reader = reader_of(made.months)
    given = masked(reader, chair)
    [told] = [one for one in given["action"] if one["id"] == f"step-{reader.pseudonym('step', step.pk)}"]
    assert told["condition"] == [{"kind": "applicability"}]
    assert extension(told, "not-before") == "2026-05"
    assert "Marked" not in str(given)


def test_all_days_of_a_patient_are_shifted_as_in_the_lists(made, anselm):
    reader = reader_of(made.shifted)
    told = {one["id"]: one for one in ProjectFhir(anselm, made.shifted).found("ServiceRequest")}
    rows = list(FollowUp.objects.filter(board=made.board).select_related("case"))
    listed = Api(anselm).get("/follow-ups/", project=made.shifted.pk, page_size=200).json()["results"]
    days = {row["id"]: row["due_on"] for row in listed}
    for row in rows:
        key = reader.pseudonym("followup", row.pk)
        start = told[f"followup-{key}"]["occurrencePeriod"]["start"]
        assert start == days[key] == reader.day(row.due_on, row.case.patient_id).isoformat() != row.due_on.isoformat()
    assert len(rows) > 3


def test_two_projects_have_no_number_in_common(made, anselm):
    told = [set(_words(fhir_answers(anselm, project))) for project in (made.months, made.again)]
    assert min(map(len, told)) > 40
    assert told[0] & told[1] == set()


def _words(answers):
    """Pseudonyms, versions and places."""
    for address, text in answers.items():
        if not any(f"/{kind}" in address for kind in paths.OPEN):
            yield from masking.re.findall(r"\d{10,}", text)
            yield from masking.re.findall(r'"versionId":"([0-9a-f]+)"', text)
            yield from masking.re.findall(r"_page=([\w-]+)", text)


# Files


def test_a_bulk_export_holds_the_same_resources(made, anselm, months, keys):
    told, resources = exported(months)
    assert {one["type"] for one in told["output"]} == set(project_kinds())
    files = {name_of(one): one for one in resources}
    assert {name_of(one): one for kind in project_kinds() for one in months.found(kind, {"_count": 200})} == files
    assert leaks({"files": str(files)}, keys, months=True) == {}


def test_its_files_are_of_the_project_alone(made, anselm, months):
    told, _ = exported(
        months, "Patient/$export", {"_type": "Patient,CarePlan", "_typeFilter": "CarePlan?status=active"}
    )
    assert {one["type"] for one in told["output"]} == {"Patient", "CarePlan"}
    for output in told["output"]:
        path = output["url"].partition("/fhir/R4/")[2]
        assert b"".join(months.get(path).streaming_content)
        assert ProjectFhir(anselm, made.again).get(path).status_code == 404
    assert "project" not in told["request"]


@pytest.mark.parametrize(
    "asked",
    [
        {"_since": "2026-01-01T00:00:00Z"}, {"_type": "Task"}, {"_typeFilter": "Practitioner?active=true"},
        {"_typeFilter": "CarePlan?_lastUpdated=ge2026-01-01"},
    ],
)  # fmt: skip
def test_what_is_not_given_is_not_exported(made, months, asked):
    assert months.get("$export", asked, Prefer="respond-async").status_code == 400


def test_an_export_is_asked_for_by_the_address_too(made, anselm):
    told, _ = exported(Fhir(anselm), f"$export?project={made.months.pk}&_type=Goal")
    assert [one["type"] for one in told["output"]] == ["Goal"]


# The walk


def everything(value):
    """The same with something at each place that nobody has said anything of."""
    if isinstance(value, list):
        return [everything(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {**{name: everything(one) for name, one in value.items()}, "somethingNew": "Hidden", "display": "Hidden"}


def test_what_nobody_has_allowed_is_left_out_at_any_depth(made):
    """Of each type, as the chair reads it: with something new at every place of it, it is given as without."""
    reader, chair = reader_of(made.months), Fhir(User.objects.get(pk=made.chloe.pk))
    for kind in PATHS:
        found = chair.found(kind)
        assert found, kind
        for one in found:
            new = everything(one)
            # What a code means stays beside it.
            assert masked(reader, _without_display(new)) == masked(reader, _without_display(one)), one["id"]
            assert "Hidden" not in str(masked(reader, _without_display(new)))
    assert masked(reader, {"resourceType": "Basic", "id": "1"}) is None


def _without_display(value):
    if isinstance(value, list):
        return [_without_display(one) for one in value]
    if not isinstance(value, dict):
        return value
    return {name: _without_display(one) for name, one in value.items() if name != "display"}


@pytest.mark.parametrize("kind", sorted(PATHS))
def test_no_path_is_allowed_that_is_a_text_or_a_name(kind):
    """The last words of the paths that are given, without a rule that cuts what somebody wrote."""
    given = {path for path, rule in flat(PATHS[kind]) if rule is Rule.CODE}
    words = {path.rpartition(".")[2] for path in given}
    assert words <= {
        "resourceType", "active", "gender", "deceasedBoolean", "status", "intent", "kind", "lifecycleStatus", "actuality",
        "instantiatesCanonical", "groupingBehavior", "selectionBehavior", "relationship", "valueBoolean", "sequence",
        "carried-over", "gate-failed", "event", "occurrence", "after-occurrence", "content-version", "no-treatment-now",
        "conditional",
    }  # fmt: skip


def flat(allowed, before=""):
    inside = allowed.told if isinstance(allowed, Extensions) else allowed
    for name, rule in inside.items():
        if isinstance(rule, Rule):
            yield f"{before}{name}", rule
        elif rule is not allowed:
            yield from flat(rule, f"{before}{name}.")


# What can be asked for


def test_it_is_asked_by_a_pseudonym_and_anothers_is_nobody(made, anselm, months):
    patient = months.found("AdverseEvent")[0]["subject"]["reference"]
    plan = months.found("CarePlan", {"patient": patient})[0]
    for kind in ("Condition", "CarePlan", "Goal", "RequestGroup", "ServiceRequest", "Observation"):
        found = months.found(kind, {"patient": patient})
        assert {one["subject"]["reference"] for one in found} == {patient}, kind
    assert months.names("Patient", {"identifier": f"{PSEUDONYM}|{patient[8:]}"}) == [patient]
    assert months.names("CarePlan", {"_id": plan["id"]}) == [f"CarePlan/{plan['id']}"]
    again = ProjectFhir(anselm, made.again)
    truly = Plan.objects.get(pk=reader_of(made.months).unmask("plan", int(plan["id"])))
    for api, key in ((again, plan["id"]), (months, truly.pk)):
        assert api.get(f"CarePlan/{key}").status_code == 404
        assert api.found("CarePlan", {"_id": key}) == api.found("ServiceRequest", {"based-on": f"CarePlan/{key}"}) == []
    for number in (truly.case.patient_id, truly.case.patient.record_number):
        assert (
            months.found("Patient", {"identifier": number})
            == months.found("CarePlan", {"patient": truly.case.patient_id})
            == []
        )


def test_what_comes_along_is_of_the_project_too(made, months):
    found = months.found(
        "CarePlan", {"_include": ["CarePlan:patient", "CarePlan:condition"], "_revinclude": "ServiceRequest:based-on"}
    )
    kinds = {one["resourceType"] for one in found}
    assert kinds == {"CarePlan", "Patient", "Condition", "ServiceRequest"}
    assert {one["id"] for one in found if one["resourceType"] == "Patient"} <= {
        one["id"] for one in months.found("Patient")
    }
    for asked in (
        {"_include": "CarePlan:performer"},
        {"_revinclude": "Task:based-on"},
        {"_revinclude": "Provenance:target"},
    ):
        assert months.get("CarePlan", asked).status_code == 400, asked


def test_a_day_is_compared_as_it_is_told(made, months):
    """A month is before a day or not: no true day is found by asking again and again."""
    request = next(one for one in months.found("ServiceRequest") if "occurrencePeriod" in one)
    month = request["occurrencePeriod"]["start"]
    name = f"ServiceRequest/{request['id']}"
    seen = {
        (prefix, day): name
        in months.names("ServiceRequest", {"_id": request["id"], "occurrence": f"{prefix}{month}-{day:02}"})
        for prefix in ("eq", "sa", "eb")
        for day in (1, 15, 28)
    }
    assert set(seen.values()) == {False}
    assert name in months.names("ServiceRequest", {"occurrence": f"ge{month}", "_id": request["id"]})


REFUSED = (
    "CarePlan?_lastUpdated=ge2026-01-01", "CarePlan?_sort=-_lastUpdated", "CarePlan?identifier=x", "Patient?name=a",
    "Patient?birthdate=1956", "Patient?family=a", "Patient?given=a", "Patient?link=1",
    "Patient?_has:CarePlan:patient:status=active", "Condition?_has:CarePlan:condition:status=active", "CarePlan?care-team=1",
)  # fmt: skip


@pytest.mark.parametrize("path", REFUSED)
def test_what_would_be_compared_with_true_rows_is_refused(made, months, path):
    answer = months.get(path)
    assert answer.status_code == 400, answer.content
    assert "There is no such parameter" in said(answer)[0] or "Sort by one of _id, -_id" in said(answer)[0]


def test_other_types_are_refused_with_the_reason(made, months):
    others = sorted(set(KINDS) - set(project_kinds()))
    assert others == sorted(WHY_NOT)
    for kind in others:
        for path in (kind, f"{kind}/1"):
            refused = months.get(path)
            assert refused.status_code == 403 and WHY_NOT[kind] in said(refused)[0], path
    assert months.get("Basic").status_code == 404


def test_versions_and_all_of_a_patient_are_refused(made, months):
    plan = months.found("CarePlan")[0]
    paths = [
        f"CarePlan/{plan['id']}/_history",
        f"CarePlan/{plan['id']}/_history/1",
        f"{plan['subject']['reference']}/$everything",
    ]
    for path in paths:
        refused = months.get(path)
        assert refused.status_code == 403 and "not given within a reporting project" in said(refused)[0], path


def test_the_project_is_said_in_the_address_too_and_kept_in_the_links(made, anselm):
    api = Fhir(anselm)
    told = [one["id"] for one in api.found("Observation", {"project": made.months.pk, "_count": 3})]
    assert told == [one["id"] for one in ProjectFhir(anselm, made.months).found("Observation")] and len(told) > 3
    assert api.get(f"Observation/{told[0]}", {"project": made.months.pk}).status_code == 200
    assert api.get("Observation").status_code == 400
    posted = api.post("Observation/_search", f"project={made.months.pk}")
    assert posted.status_code == 400


def test_a_place_of_another_project_is_none(made, anselm, months):
    following = next(
        one["url"] for one in months.get("CarePlan", {"_count": 1}).json()["link"] if one["relation"] == "next"
    )
    query = following.partition("?")[2]
    assert months.get(f"CarePlan?{query}").status_code == 200
    assert ProjectFhir(anselm, made.again).get(f"CarePlan?{query}").status_code == 400


def test_the_capability_statement_is_of_the_project(made, months):
    told = months.one("metadata")
    resources = {one["type"]: one for one in told["rest"][0]["resource"]}
    assert set(resources) == set(project_kinds())
    assert {code["code"] for one in resources.values() for code in one["interaction"]} == {"read", "search-type"}
    values = {"token": "x", "date": "2026", "reference": "1", "uri": "https://x.example", "string": "x"}
    for kind, one in resources.items():
        for param in one["searchParam"]:
            assert months.get(f"{kind}?{param['name']}={values[param['type']]}").status_code == 200, (kind, param)
        for name, known in (
            ("_include", one.get("searchInclude", ())),
            ("_revinclude", one.get("searchRevInclude", ())),
        ):
            for value in known:
                assert months.get(f"{kind}?{name}={value}").status_code == 200, (kind, name, value)
    assert [one["name"] for one in told["rest"][0]["operation"]] == ["export"] and "operation" not in resources[
        "Patient"
    ]
    assert months.get("$export", Prefer="respond-async").status_code == 202


def test_a_read_is_in_the_trail_with_the_project_and_the_true_key(made, months):
    plan = Plan.objects.filter(board=made.board).first()
    before = AuditEvent.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
    months.one(f"CarePlan/{reader_of(made.months).pseudonym('plan', plan.pk)}")
    [event] = AuditEvent.objects.filter(pk__gt=before, action="read")
    assert (event.subject_id, event.data["project"]) == (str(plan.pk), made.months.pk)


def test_nobody_elses_patient_is_read(made, months):
    """One without a case of the project has a pseudonym, and is not there."""
    other = makers.make_case(made.other_board, by=made.otto, record_number="Z-1").patient
    key = reader_of(made.months).pseudonym("patient", other.pk)
    assert months.get(f"Patient/{key}").status_code == 404
    assert f"Patient/{key}" not in months.names("Patient")
