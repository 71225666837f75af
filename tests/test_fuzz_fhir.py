"""No call of the FHIR server is answered with 5xx, whatever arrives, every refusal is an OperationOutcome, and every Bundle is
one by its shape: each type that the CapabilityStatement names, with each of its parameters, as each role and within projects.

A new type and a new parameter are in here by themselves. What of it a run sends: tests/fuzzing.py.
"""

import json
from urllib.parse import quote, urlencode, urlsplit

import pytest
from django.test import override_settings
from knox.models import AuthToken
from rest_framework.test import APIClient

from careplans.api.fhir.capability import capability_statement
from careplans.api.fhir.search.query import CONTROLS
from careplans.exports import files, work
from tests import wicked
from tests.careplans import test_api_access
from tests.careplans.fhir.fhir import ROOT, link, name
from tests.factories import join, make_cast, make_project, make_user
from tests.fuzzing import draw, fault, send
from tests.test_fuzz_pages import nothing_broke

pytestmark = pytest.mark.django_db
TYPES = {one["type"]: one for one in capability_statement("http://testserver/fhir/R4")["rest"][0]["resource"]}
BOARD = ("ana", "chloe", "omar", "nina")
OUTSIDE = ("anselm", "admin", "otto", "nobody")
PROJECTS = {"months": "months", "shifted": "offsets"}
ROLES = (*BOARD, *OUTSIDE, *PROJECTS)
JSON, FHIR, NDJSON = "application/json", "application/fhir+json", "application/fhir+ndjson"
FORM = "application/x-www-form-urlencoded"
# What only FHIR has: prefixes, systems, references, chains, lists and escapes.
OF_FHIR = {
    "a prefix alone": "ge", "a day of no month": "eq2026-02-30", "a moment without a zone": "sa2026-03-01T24:00",
    "a year of five digits": "ap99999", "bars": "|||", "a system without end": f"http://{'x' * 3000}|1", "commas": ",,,",
    "half an escape": "a\\", "a reference to nothing": "Patient/", "a reference to itself": "Patient/1/Patient/1",
    "a reference elsewhere": "http://[::1/Patient/1", "a version": "Plan/1/_history/0", "a fragment": "#1",
    "a percent": "%", "a number with a unit": "5.4|http://unitsofmeasure.org|mg", "half a surrogate": "\udcff",
}  # fmt: skip
VALUES = wicked.TEXTS | OF_FHIR
FAMILIES = (*wicked.FAMILIES, tuple(OF_FHIR))
MODIFIERS = (
    ":missing", ":not", ":exact", ":contains", ":text", ":in", ":below", ":identifier", ":of-type", ":", "::", ":Patient",
    ":Device", ".identifier", ".name.family", ":Patient.name", ":\x00", "[]",
)  # fmt: skip
HAS = (
    "_has", "_has:", "_has:Observation", "_has:Observation:patient:", "_has:Observation:patient:code",
    "_has:CarePlan:patient:_has:Task:based-on:status", "_has:Nothing:patient:_id", f"_has{':a' * 500}",
)  # fmt: skip
HEADERS = {
    "HTTP_PREFER": ("handling=strict", "handling=lenient", "respond-async", "return=nothing; ,;=", "\xff" * 900, "x," * 3000),
    "HTTP_ACCEPT": (
        FHIR, JSON, "*/*", "application/*", "text/html", "application/fhir+xml", "application/fhir+json; fhirVersion=9.0",
        "application/fhir+json;q=0", "a/b;q=x, */*", ";;;,", "\xff", "",
    ),
    "HTTP_IF_NONE_MATCH": ("*", 'W/"1"', '"', f'"{wicked.DIGITS}"', "W/", "\x00"),
    "HTTP_IF_MODIFIED_SINCE": ("Mon, 01 Jan 0001 00:00:00 GMT", "yesterday"),
    "HTTP_CONSILIUM_PROJECT": ("none", "1", wicked.DIGITS, "-1", "²"),
    "HTTP_AUTHORIZATION": ("Token ", "Token \xff\x00", "Bearer x", "Basic eA=="),
}  # fmt: skip
# Of each parameter, as each role, where all is sent.
MOST_TURNS, MOST_MODIFIERS = 2, 1


@pytest.fixture(scope="module")
def made(module_db, tmp_path_factory):
    """Everybody with a token, a row of each type, and an export that is ready: made once."""
    folder = tmp_path_factory.mktemp("fhir")
    with module_db(), override_settings(DATA_DIR=folder):
        cast = make_cast()
        users = {who: getattr(cast, who) for who in ROLES if who not in ("nobody", *PROJECTS)}
        for who, dates in PROJECTS.items():
            users[who] = make_user(f"{who}@northgate.example", f"{who.title()} Analyst")
            join(users[who], cast.board, "analyst")
            make_project(cast.board, by=cast.chloe, analysts=[users[who]], dates=dates)
        test_api_access.make_things(cast)
        tokens = {who: AuthToken.objects.create(user=user)[1] for who, user in users.items()}
        clients = {who: client_with(tokens.get(who)) for who in ROLES}
        asked = {who: export_of(clients[who]) for who in ("ana", "months")}
        while work.work_exports():
            pass
        asked["waits"] = export_of(clients["ana"])
    return clients, asked, folder


def client_with(token):
    return APIClient(**({"HTTP_AUTHORIZATION": f"Token {token}"} if token else {}))


def export_of(client):
    answer = client.get(f"{ROOT}/$export", {"_type": "Patient,CarePlan"}, HTTP_PREFER="respond-async")
    assert answer.status_code == 202, answer.content
    return urlsplit(answer["Content-Location"]).path


@pytest.fixture
def clients(made, db):
    return made[0]


@pytest.fixture
def exports(made, db, settings, monkeypatch):
    """What a test removes is there again after it: the rows by themselves, and the files stay."""
    settings.DATA_DIR = made[2]
    monkeypatch.setattr(files, "remove", lambda export: None)
    return made[1]


FOUND = {}


def id_of(clients, who, type):
    """Of a resource that they are told; of none, where they are told of none."""
    if (who, type) not in FOUND:
        answer = clients[who].get(f"{ROOT}/{type}", {"_count": 1})
        entries = answer.json().get("entry", []) if answer.status_code == 200 else []
        FOUND[who, type] = next((one["resource"]["id"] for one in entries if one["search"]["mode"] == "match"), "1")
    return FOUND[who, type]


def roles_for(about):
    """Of a sample one of the board or of a project, who mostly finds something: over all types everybody asks."""
    if draw.is_all:
        return ROLES
    dice = draw.dice(about)
    return (dice.choice((*BOARD, *PROJECTS)),)


def others_for(about):
    """Those who are asked for less, in a sample: each of their calls is refused alike."""
    return () if draw.is_all else draw.some(OUTSIDE, 1, f"{about} outside")


def ask(client, method, path, data=None, *, about=(), **more):
    """What is wrong with the answer; empty where nothing is."""
    response = send(client, method, f"{ROOT}/{path}", data, **more)
    if response.status_code >= 500:
        return fault(response, method, path[:80], *about) or f"{about}: {response.status_code}"
    wrong = wrong_with(response)
    return f"{(method, path[:80], *about)}: {response.status_code} {wrong}" if wrong else ""


def wrong_with(response):
    if response.status_code == 304 or (response.status_code == 202 and not response.content):
        return "a body" if response.content else ""
    if response.get("Content-Type", "").startswith(NDJSON):
        return "" if response.status_code == 200 else "rows"
    if response.get("Content-Type", "").partition(";")[0] not in (FHIR, JSON):
        return f"is {response.get('Content-Type')}"
    told = json.loads(response.content)
    if response.status_code >= 400 or told.get("resourceType") == "OperationOutcome":
        return wrong_outcome(told)
    if "transactionTime" in told:
        return ""
    if told.get("resourceType") == "Bundle":
        return wrong_bundle(told)
    return wrong_resource(told)


def wrong_outcome(told):
    issues = told.get("issue") or [{}]
    if told.get("resourceType") != "OperationOutcome":
        return f"is no OperationOutcome: {str(told)[:80]}"
    fit = all(one.get("severity") in ("error", "warning", "information") and one.get("code") for one in issues)
    return empty(told) if fit else f"has issues that are none: {str(issues)[:80]}"


def wrong_bundle(told):
    if told.get("type") not in ("searchset", "history"):
        return f"is a Bundle of type {told.get('type')}"
    if link(told, "self") is None:
        return "is a Bundle without a link to itself"
    if "total" in told and not (isinstance(told["total"], int) and told["total"] >= 0):
        return f"has the total {told['total']}"
    seen = [one.get("fullUrl") for one in told.get("entry", ()) if told["type"] == "searchset"]
    if len(seen) != len({*filter(None, seen)}) + seen.count(None):
        return "tells a resource twice"
    return next(filter(None, (wrong_entry(told["type"], one) for one in told.get("entry", ()))), "")


def wrong_entry(kind, one):
    resource = one.get("resource", {})
    if kind == "searchset":
        mode = one.get("search", {}).get("mode")
        if mode == "outcome":
            return wrong_outcome(resource)
        if mode not in ("match", "include"):
            return f"has an entry of mode {mode}"
    elif not {"request", "response"} <= one.keys():
        return "has a version without request and response"
    if not str(one.get("fullUrl", "")).endswith(name(resource)):
        return f"calls {name(resource)} {one.get('fullUrl')}"
    return wrong_resource(resource)


def wrong_resource(told):
    if not told.get("resourceType") or (told["resourceType"] != "CapabilityStatement" and not told.get("id")):
        return f"is no resource: {str(told)[:80]}"
    return empty(told)


def empty(told):
    """FHIR's JSON has no null, and nothing that is empty."""
    todo = [told]
    while todo:
        part = todo.pop()
        if part in (None, "", [], {}):
            return f"holds {part!r}: {str(told)[:80]}"
        todo += part.values() if isinstance(part, dict) else part if isinstance(part, list) else []
    return ""


def kinds_of(about, number):
    """Of a sample, the next family for each parameter, so that many of them together meet each family."""
    if draw.is_all:
        return draw.dice(about).sample(sorted(VALUES), MOST_TURNS)
    first = draw.dice(about.split()[0]).randrange(len(FAMILIES))
    return (draw.dice(about).choice(FAMILIES[(first + number) % len(FAMILIES)]),)


def parameters_of(type):
    return [*(one["name"] for one in TYPES[type]["searchParam"]), *CONTROLS]


def posted(type, name):
    said = next((one for one in TYPES[type]["searchParam"] if one["name"] == name), {})
    return "documentation" in said


def text_of(kind):
    return VALUES[kind][:6000].encode(errors="replace").decode()


@pytest.mark.parametrize("type", sorted(TYPES))
def test_any_search(type, clients):
    faults, names = [], parameters_of(type)
    for who in roles_for(type):
        faults.append(ask(clients[who], "get", type, about=(who, "as it stands")))
        for number, one in enumerate(names):
            for kind in kinds_of(f"{type} {who} {one}", number):
                data, about = {one: text_of(kind)}, (who, one, kind)
                if posted(type, one):
                    faults.append(
                        ask(clients[who], "post", f"{type}/_search", urlencode(data), content_type=FORM, about=about)
                    )
                else:
                    faults.append(ask(clients[who], "get", type, data, about=about))
        for one in draw.some(names, 2, f"{type} {who} modifiers"):
            for end in draw.dice(f"{type} {who} {one}").sample(MODIFIERS, MOST_MODIFIERS):
                data = {f"{one}{end}": draw.dice(f"{type} {one}{end}").choice(("1", "true", "x", "Patient/1"))}
                faults.append(ask(clients[who], "get", type, data, about=(who, one, end)))
        for one in draw.some(HAS, 1, f"{type} {who}"):
            faults.append(ask(clients[who], "get", type, {one: "1"}, about=(who, one)))
    for who in others_for(type):
        for one in ("_id", *draw.some(names, 1, f"{type} {who}")):
            faults.append(ask(clients[who], "get", type, {one: "1"}, about=(who, one)))
    nothing_broke(faults)


@pytest.mark.parametrize("type", sorted(TYPES))
def test_any_resource(type, clients):
    faults = []
    for who in roles_for(f"{type} read"):
        there = f"{type}/{id_of(clients, who, type)}"
        for path in (there, f"{there}/_history", f"{there}/_history/1"):
            faults.append(ask(clients[who], "get", path, about=(who,)))
        faults += [
            ask(clients[who], "get", path.format(quote(text_of(kind), safe="")), about=(who, kind))
            for path in (
                f"{type}/{{}}",
                f"{there}/_history/{{}}",
                f"{there}?_elements={{}}",
                f"{there}?{{}}=1",
                f"{there}/{{}}",
            )
            for kind in draw.some(sorted(VALUES), 1, f"{type} {path} {who}")
        ]
        for method in draw.some(("put", "patch", "delete", "post"), 1, f"{type} {who}"):
            faults.append(ask(clients[who], method, there, "{}", content_type=JSON, about=(who,)))
    nothing_broke(faults)


@pytest.mark.parametrize("header", sorted(HEADERS))
def test_any_header(header, clients):
    faults = []
    for value in HEADERS[header]:
        for who in roles_for(f"{header} {value[:20]}"):
            patient = id_of(clients, who, "Patient")
            paths = (
                "metadata", "CarePlan", f"Patient/{patient}", f"Patient/{patient}/$everything", "$export", "Nothing/1",
                f"Patient/{patient}/_history",
            )  # fmt: skip
            for path in draw.some(paths, 2, f"{header} {value[:20]} {who}"):
                faults.append(ask(clients[who], "get", path, about=(who, header, value[:40]), **{header: value}))
    nothing_broke(faults)


@pytest.mark.parametrize("who", ROLES)
def test_everything_of_a_patient(who, clients):
    faults, path = [], f"Patient/{id_of(clients, who, 'Patient')}/$everything"
    names = ("_count", "_since", "_type", "_page", "start", "end", "_format", "no-such-parameter")
    for number, one in enumerate(names):
        for kind in kinds_of(f"everything {who} {one}", number):
            faults.append(ask(clients[who], "get", path, {one: text_of(kind)}, about=(who, one, kind)))
    for kind in draw.some(sorted(VALUES), 1, f"everything {who}"):
        faults.append(
            ask(clients[who], "get", f"Patient/{quote(text_of(kind), safe='')}/$everything", about=(who, kind))
        )
    nothing_broke([ask(clients[who], "get", path, about=(who,)), *faults])


@pytest.mark.parametrize("who", ROLES)
def test_any_bulk_export(who, clients, exports):
    faults, asks = [], {"HTTP_PREFER": "respond-async"}
    names = ("_type", "_since", "_typeFilter", "_outputFormat", "_elements", "_format", "patient")
    for number, one in enumerate(names):
        for kind in kinds_of(f"export {who} {one}", number):
            data, about = {one: text_of(kind)}, (who, one, kind)
            level = draw.dice(f"{who} {one}").choice(("$export", "Patient/$export"))
            body = json.dumps({"resourceType": "Parameters", "parameter": [{"name": one, "valueString": data[one]}]})
            if draw.is_all or number % 2:
                faults.append(ask(clients[who], "get", level, data, about=about, **asks))
            if draw.is_all or not number % 2:
                faults.append(ask(clients[who], "post", level, body, content_type=FHIR, about=about, **asks))
    for kind in draw.some(wicked.BODIES, 1, f"export {who}"):
        faults.append(
            ask(clients[who], "post", "$export", wicked.BODIES[kind], content_type=FHIR, about=(who, kind), **asks)
        )
    for path in exports.values():
        status = path.removeprefix(f"{ROOT}/")
        file = status.replace("$export-status", "$export-file")
        faults += [ask(clients[who], "get", status, about=(who,)), ask(clients[who], "delete", status, about=(who,))]
        ends = ("Patient.ndjson", "CarePlan.ndjson", "Nothing.ndjson", "", "Patient.csv")
        for end in draw.some(ends, 2, f"{who} {path}"):
            faults.append(ask(clients[who], "get", f"{file}/{end}", about=(who,)))
    for kind in draw.some(sorted(VALUES), 1, f"status {who}"):
        for path in ("$export-status/{}", "$export-file/{}/Patient.ndjson", "$export-file/1/{}.ndjson"):
            faults.append(ask(clients[who], "get", path.format(quote(text_of(kind), safe="")), about=(who, kind)))
    nothing_broke(faults)


def test_each_role_is_told_something_or_refused(clients, exports):
    """What the other tests look at is there: a role that found nothing would prove nothing."""
    for who in ("ana", *PROJECTS):
        for type in ("CarePlan", "ServiceRequest", "Goal"):
            assert id_of(clients, who, type) != "1", (who, type)
    assert id_of(clients, "nobody", "CarePlan") == id_of(clients, "otto", "CarePlan") == "1"
    assert send(clients["ana"], "get", exports["ana"]).status_code == 200
    assert send(clients["ana"], "get", exports["waits"]).status_code == 202
