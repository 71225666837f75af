"""A client that is generated from the document calls each operation, and understands each answer.

The operations are those of the document: a new one without a call in tests/careplans/client_calls.py fails. An answer that holds
a field that the document does not have, lacks one that it promises, or is of another form, fails too.
"""

import importlib
import json
import subprocess
import sys
import traceback
import typing
from pathlib import Path

import attrs
import httpx
import pytest
import yaml
from django.db import transaction
from django.test import Client
from jsonschema import Draft202012Validator
from knox.models import AuthToken

from accounts.models import User
from accounts.reach import Reach, narrow
from accounts.scopes import whole
from careplans.api.reach import check_scopes
from careplans.models import Occurrence, Signature, StepBreak
from careplans.services.specimens import add_specimen
from tests.careplans import client_acts, makers
from tests.careplans.api import Api
from tests.careplans.client_acts import asked
from tests.careplans.client_calls import CALLS, DRAFT_OF_RULES
from tests.careplans.worlds import make_world, read
from tests.factories import join, make_board, make_user

pytestmark = pytest.mark.django_db
DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "openapi.yaml"
STAGES = sorted({call.stage for call in CALLS.values()})
HOST = "http://testserver"
SECONDS = 120


@pytest.fixture(scope="module")
def document():
    return yaml.load(DOCUMENT.read_text(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


@pytest.fixture(scope="module")
def operations(document):
    """Each with its address and what the document says of it."""
    return {
        told["operationId"]: (address, told)
        for address, methods in document["paths"].items()
        for told in methods.values()
    }


@pytest.fixture(scope="module")
def generated(tmp_path_factory):
    """The name of a package that the document alone was turned into. It asks no network, and nothing may be left out."""
    folder = tmp_path_factory.mktemp("generated")
    (folder / "config.yaml").write_text("post_hooks: []\n")
    where = [
        "--path",
        str(DOCUMENT),
        "--output-path",
        str(folder / "consilium_client"),
        "--config",
        str(folder / "config.yaml"),
    ]
    command = [sys.executable, "-m", "openapi_python_client", "generate", *where, "--meta", "none", "--fail-on-warning"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    sys.path.insert(0, str(folder))
    yield "consilium_client"
    sys.path.remove(str(folder))


@pytest.fixture(autouse=True)
def _each_call_has_just_the_scopes_that_it_is_said_to_need(monkeypatch):
    """What the document declares for an operation is enough to do it, down to the last service."""

    def check(view, user, method):
        if isinstance(user, User) and "-" not in Program.scopes:
            narrow(user, Reach(scopes=whole(Program.scopes)))
        check_scopes(view, user, method)

    monkeypatch.setattr("careplans.api.access.check_scopes", check)


class Wire(httpx.BaseTransport):
    """From the program to the app, without a network and within the test's own transaction."""

    def handle_request(self, request):
        headers = {name: value for name, value in request.headers.items() if not name.startswith("content-")}
        answer = Client(raise_request_exception=False).generic(
            request.method, request.url.raw_path.decode(), request.read(), "application/json", headers=headers
        )
        return httpx.Response(answer.status_code, headers=dict(answer.headers), content=content_of(answer))


class Program:
    """Somebody's program, which knows of the API what the document says."""

    scopes: tuple[str, ...] = ("-",)

    def __init__(self, package, operations, user):
        self.package, self.operations, self.user = package, operations, user
        token = AuthToken.objects.create(user=user)[1]
        kind = importlib.import_module(f"{package}.client").AuthenticatedClient
        self.client = kind(base_url=HOST, token=token, prefix="Token")
        self.client.set_httpx_client(
            httpx.Client(transport=Wire(), base_url=HOST, headers={"Authorization": f"Token {token}"})
        )

    def call(self, operation, *, place, body=None):
        address, told = self.operations[operation]
        # A file needs what its list needs, too: here that of steps.
        Program.scopes = (*told["x-scopes"], *(["plans:read"] if "exports:make" in told["x-scopes"] else []))
        tag = told["tags"][0]
        module = importlib.import_module(f"{self.package}.api.{tag.replace('-', '_')}.{operation}")
        takes = typing.get_type_hints(module.sync_detailed)
        values = dict(place)
        if "body" in takes and body is not None:
            values["body"] = as_body(takes["body"], body)
        if "if_match" in takes:
            values["if_match"] = self.etag_of(address, place)
        return module.sync_detailed(client=self.client, **values)

    def etag_of(self, address, place):
        """Of the row that the verb changes, as it is read."""
        parts = address.format(**place).split("/")
        row = parts[3:6] if "proforma" in parts else parts[3:5]
        return Api(self.user).get(f"/{'/'.join(row)}/")["ETag"]


def as_body(hint, body):
    kind = next(one for one in (hint, *typing.get_args(hint)) if hasattr(one, "from_dict"))
    return [kind.from_dict(one) for one in body] if isinstance(body, list) else kind.from_dict(body)


def content_of(answer):
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def undeclared(answer, path="answer"):
    """What stands in an answer and not in the document."""
    if isinstance(answer, list):
        return [one for item in answer for one in undeclared(item, path)]
    if not attrs.has(type(answer)):
        return []
    names = [one.name for one in attrs.fields(type(answer)) if one.name != "additional_properties"]
    more = list(getattr(answer, "additional_properties", {})) if names else []
    inside = [one for name in names for one in undeclared(getattr(answer, name), f"{path}.{name}")]
    return [f"{path}.{name}" for name in more] + inside


def make(board, stage, *, ana, omar, ravi, chloe):
    elsewhere = make_board("Eastgate", institution=board.institution)
    eve = make_user("eve@eastgate.example", "Eve East")
    join(eve, elsewhere, "coordinator", "coordination")
    people = {"ana": ana, "omar": omar, "ravi": ravi, "chloe": chloe, "eve": eve}
    if stage == "a course":
        case = client_acts.a_course(board, ana=ana, chloe=chloe)
    elif stage == "arms":
        case = client_acts.arms(board, ana=ana, chloe=chloe)
    else:
        case = make_world(board, stage, ana=ana, omar=omar, chloe=chloe)
    makers.make_modality("OSA")
    add_specimen(case, by=ana, decides=False, taken_from="liver")
    template = makers.make_template(board)
    namesake = makers.make_patient(board, by=ana, record_number="SYN-77")

    def world():
        found = read(case, **people)
        arms = list(found.plan.steps.get(is_decision=True).arms.live()) if stage == "arms" else []
        more = {"arm": arms[0], "other": arms[1], "decision": arms[0].decision} if arms else {}
        vars(found).update(
            more, board=board, patient=case.patient, namesake=namesake, elsewhere=elsewhere, template=template, made={},
            specimen=case.specimens.first(), advisory=client_acts.advisory_of(case),
            signature=Signature.objects.filter(plan__case=case).first(), event=case.events.first(),
            fact_change=case.fact_changes.first(), held=StepBreak.objects.filter(case=case).first(),
            occurrence=Occurrence.objects.filter(step__case=case).order_by("number").first(),
        )  # fmt: skip
        return found

    return world


def test_each_operation_of_the_document_has_a_call(operations):
    assert sorted(set(operations) ^ set(CALLS)) == [], "Add it to tests/careplans/client_calls.py, or take it out."


@pytest.mark.parametrize("stage", STAGES)
def test_a_generated_client_runs_each_operation(stage, generated, document, operations, board, ana, omar, ravi, chloe):
    world = make(board, stage, ana=ana, omar=omar, ravi=ravi, chloe=chloe)
    faults = {}
    for operation, call in CALLS.items():
        if call.stage == stage:
            with transaction.atomic():
                try:
                    if fault := fault_of(operation, call, world(), generated, document, operations):
                        faults[operation] = fault
                except Exception:
                    faults[operation] = traceback.format_exc()[-500:]
                transaction.set_rollback(True)
    assert not faults, "\n".join(f"{name}: {said}" for name, said in faults.items())


def fault_of(operation, call, w, generated, document, operations):
    if call.first:
        Program.scopes = ("-",)
        call.first(w)
    program = Program(generated, operations, getattr(w, call.by))
    place = call.place(w) if call.place else {"id": getattr(w, call.row).pk} if call.row else {}
    answer = program.call(operation, place=place, body=asked(call.body, w))
    if not 200 <= answer.status_code < 300:
        return f"{answer.status_code}: {answer.content.decode()[:300]}"
    if answer.status_code != 204 and answer.parsed is None:
        return f"{answer.status_code} is not declared"
    if getattr(answer.parsed, "results", None) == []:
        return "an empty list shows nothing"
    told = operations[operation][1]
    return undeclared(answer.parsed) or misfits(told, asked(call.body, w), answer, document)


def misfits(told, body, answer, document):
    """Where what was sent or answered is not of the shape in the document: what a client of another kind trips over."""
    sent = told.get("requestBody", {}).get("content", {}).get("application/json", {})
    got = told["responses"][str(answer.status_code.value)].get("content", {}).get("application/json", {})
    found = _misfits(got, got and json.loads(answer.content), document)
    return found if body is None else found + _misfits(sent, body, document)


def _misfits(media, value, document):
    if "schema" not in media:
        return []
    shapes = {"components": document["components"]}
    reader = Draft202012Validator(media["schema"] | shapes, format_checker=Draft202012Validator.FORMAT_CHECKER)
    return [f"{one.json_path}: {one.message[:200]}" for one in reader.iter_errors(value)]


def test_a_list_of_plans_is_advised_on_by_a_list_of_lists(generated, operations, ana):
    program = Program(generated, operations, ana)
    [one] = program.call("advise_advise", place={}, body=[DRAFT_OF_RULES]).parsed
    alone = program.call("advise_advise", place={}, body=DRAFT_OF_RULES).parsed
    assert [firing.rule for firing in one] == [firing.rule for firing in alone]
    assert "RFA-02" in {firing.rule for firing in alone}


def test_a_refusal_is_understood_too(generated, operations, board, ana, otto):
    case = makers.make_case(board, by=ana)
    answer = Program(generated, operations, otto).call("cases_retrieve", place={"id": case.pk})
    assert answer.status_code == 404
    assert answer.parsed.errors[0].detail
