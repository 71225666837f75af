"""The API against its own document, as each role: whatever Schemathesis makes of the document is sent, no answer is a 5xx, and
each has a status, a content type, headers and a shape that the document gives it.

    pytest tests/test_schemathesis.py               a sample, which --fuzz-seed repeats: a call of each as each role
    pytest tests/test_schemathesis.py --fuzz all    more than 10,000 calls, of all roles together
    pytest tests/test_schemathesis.py --fuzz all --fuzz-calls 10000 -k omar    at least so many, as each role that is chosen
"""

import json
import sys
from pathlib import Path

import hypothesis
import pytest
import requests
import schemathesis
import yaml
from django.db import transaction
from django.test import Client
from knox.models import AuthToken
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.careplans import test_api_access
from tests.factories import make_cast
from tests.fuzzing import draw

pytestmark = pytest.mark.django_db
DOCUMENT = yaml.load(
    (Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml").read_text(),
    getattr(yaml, "CSafeLoader", yaml.SafeLoader),
)
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
ROLES = ("ana", "chloe", "omar", "nina", "anselm", "admin", "nobody")
# Signing in makes a token, signing out ends the one that we come with.
NOT_SENT = ("tokens_create", "tokens_destroy_current", "tokens_destroy_all")
OF_NOUN = {
    "boards": "board", "patients": "patient", "cases": "case", "plans": "plan", "steps": "step", "arms": "arm",
    "occurrences": "occurrence", "follow-ups": "followup", "specimens": "specimen", "prior-treatments": "therapy",
    "advisories": "advisory", "record-moves": "record_move", "signatures": "signature", "events": "event",
    "fact-changes": "fact_change", "step-breaks": "held", "nothing-ahead": "nothing", "imports": "upload",
}  # fmt: skip
OURS = ("content-", "auth", "accept-encoding")
HOST = "http://testserver"
# So many calls of each operation in each mode, where all is sent and `--fuzz-calls` says nothing.
ALL = 9
SCHEMA = schemathesis.openapi.from_dict(DOCUMENT)
OPERATIONS = [
    one for one in (result.ok() for result in SCHEMA.get_all_operations())
    if one.definition.raw["operationId"] not in NOT_SENT
]  # fmt: skip


@pytest.fixture(scope="module")
def made(module_db):
    with module_db():
        cast = make_cast()
        tokens = {who: AuthToken.objects.create(user=getattr(cast, who))[1] for who in ROLES if who != "nobody"}
        return tokens, test_api_access.make_things(cast)


def test_every_operation_is_sent():
    there = {told["operationId"] for methods in DOCUMENT["paths"].values() for told in methods.values()}
    assert {one.definition.raw["operationId"] for one in OPERATIONS} == there - set(NOT_SENT)


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE], ids=["fits", "does not fit"])
@pytest.mark.parametrize("who", ROLES)
def test_no_answer_is_a_5xx_or_other_than_the_document_says(who, mode, made, db, pytestconfig, capsys):
    tokens, things = made
    faults, calls, wanted = {}, 0, -(-(pytestconfig.getoption("--fuzz-calls") or 0) // 2)
    rounds = 0
    while not faults and (rounds == 0 or calls < wanted):
        # Operations that take next to nothing are soon used up: the others make up for them.
        each = -(-(wanted - calls) // len(OPERATIONS)) or ALL
        for operation in OPERATIONS:
            fault, sent_now = fault_of(operation, mode, tokens.get(who), things, each=each, turn=rounds)
            calls += sent_now
            if fault:
                faults[operation.label] = fault
        rounds += 1
    if draw.is_all:
        with capsys.disabled():
            sys.stdout.write(f"\n{calls} calls as {who}, {mode.value}\n")
    assert not faults, f"{draw.told}\n" + "\n\n".join(f"{name}: {said}" for name, said in faults.items())


def fault_of(operation, mode, token, things, *, is_there=False, each=ALL, turn=0):
    """What is wrong with it, and how many calls that took."""
    try:
        strategy = operation.as_strategy(generation_mode=mode)
    except Exception as error:  # nothing of it can be other than it should be
        if mode is GenerationMode.NEGATIVE:
            return "", 0
        return f"nothing can be sent: {error!r}", 0
    found, calls = [], 0

    @hypothesis.seed((draw.seed or 0) + turn)
    @hypothesis.settings(
        max_examples=each if draw.is_all else 1, database=None, deadline=None,
        suppress_health_check=list(hypothesis.HealthCheck), phases=[hypothesis.Phase.generate],
    )  # fmt: skip
    @hypothesis.given(case=strategy)
    def run(case):
        nonlocal calls
        calls += 1
        if not found and (fault := sent(case, token, things, is_there=is_there)):
            found.append(fault)

    try:
        run()
    except hypothesis.errors.Unsatisfiable:
        if mode is not GenerationMode.NEGATIVE:
            return "nothing can be sent", 0
    return (found[0] if found else ""), calls


def sent(case, token, things, *, is_there=False):
    """What is wrong with the answer to this call; nothing where nothing is. Whatever it wrote is taken back. A drawn id of 1
    stays, and stands for a row that is not there, unless it is to be."""
    noun = case.path.split("/")[3]
    if "id" in (case.path_parameters or {}) and noun in OF_NOUN and (is_there or case.path_parameters["id"] != 1):
        case.path_parameters["id"] = things[OF_NOUN[noun]]
    kwargs = case.as_transport_kwargs(base_url=HOST)
    try:
        asked = requests.Request(
            kwargs["method"], kwargs["url"], params=kwargs.get("params"), headers=kwargs.get("headers"),
            json=kwargs.get("json"), data=kwargs.get("data"), cookies=kwargs.get("cookies"),
        ).prepare()  # fmt: skip
    except (requests.exceptions.InvalidURL, UnicodeError):
        return ""
    # What was compressed on its way would be unpacked by a client: here nothing is.
    headers = {name: value for name, value in asked.headers.items() if not name.lower().startswith(OURS)}
    if token:
        headers["Authorization"] = f"Token {token}"
    with transaction.atomic():
        answer = Client(raise_request_exception=False).generic(
            asked.method, asked.path_url, asked.body or b"", asked.headers.get("Content-Type", "application/json"),
            headers=_as_text(headers),
        )  # fmt: skip
        content = b"".join(answer.streaming_content) if answer.streaming else answer.content
        transaction.set_rollback(True)
    response = Response(
        answer.status_code,
        {name.lower(): [value] for name, value in answer.headers.items()},
        content,
        asked,
        0.0,
        False,
    )
    try:
        case.validate_response(response, checks=checks_for(case))
    except FailureGroup as group:
        said = "; ".join(f"{one.title}: {str(one.message)[:300]}" for one in group.exceptions)
        return f"{asked.method} {asked.path_url} {_short(asked.body)} -> {answer.status_code} {content[:300]!r}: {said}"
    return ""


def checks_for(case):
    """With `fields` an answer has fewer fields than the document promises of one without it."""
    has_fewer = "fields" in (case.query or {})
    return [one for one in CHECKS if not has_fewer or one is not response_schema_conformance]


def _as_text(headers):
    """As gunicorn hands them on: a header is Latin-1."""
    return {
        name: value.decode("latin-1") if isinstance(value, bytes) else value.encode("utf-8").decode("latin-1")
        for name, value in headers.items()
    }


def _short(body):
    return json.dumps(body if isinstance(body, str) else str(body))[:300]


def test_a_fault_is_noticed(made, db, monkeypatch):
    """An answer that is another than the document says, and one that breaks."""
    from careplans.api.cases import CaseViewSet

    tokens, things = made
    operation = next(one for one in OPERATIONS if one.definition.raw["operationId"] == "cases_retrieve")
    assert fault_of(operation, GenerationMode.POSITIVE, tokens["omar"], things, is_there=True)[0] == ""
    as_it_is = CaseViewSet.represent
    monkeypatch.setattr(CaseViewSet, "represent", lambda self, row, **more: as_it_is(self, row, **more) | {"status": 7})
    assert "status" in fault_of(operation, GenerationMode.POSITIVE, tokens["omar"], things, is_there=True)[0]
    monkeypatch.setattr(CaseViewSet, "represent", lambda self, row, **more: 1 / 0)
    assert "500" in fault_of(operation, GenerationMode.POSITIVE, tokens["omar"], things, is_there=True)[0]
