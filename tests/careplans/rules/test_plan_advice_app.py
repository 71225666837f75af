"""POST /api/v1/advise: what the command prints, storing nothing."""

import json

import pytest

from tests.careplans.api import Api, attrs, problem
from tests.careplans.rules.test_engine_command import plan
from tests.careplans.rules.test_runs_flags import note

pytestmark = pytest.mark.django_db


@pytest.fixture
def api(nina):
    return Api(nina)


def send(api, raw):
    return api.client.generic("POST", "/api/v1/advise", raw, "application/json")


def test_no_plan_gives_no_list(api):
    assert api.post("/advise", []).json() == []


def test_a_mistake_is_named_by_its_place(api):
    answer = api.post("/advise", [plan(), plan(modality="XYZ")])
    assert answer.status_code == 400
    assert attrs(answer) == ["[1].steps[0].modality"]


def test_a_fact_given_twice_is_refused(api):
    raw = json.dumps(plan()).replace('"grade": "G2"', '"grade": "G2", "grade": "G3"').encode()
    answer = send(api, raw)
    assert answer.status_code == 400
    assert attrs(answer) == ["facts.grade"]
    assert problem(answer) == "stands twice in this object"


@pytest.mark.parametrize(
    "raw",
    [b"", b"{", b"null", b"1", b'"x"', b"\xff\xfe", b"[" * 100_000, b'{"facts": {}, "facts": {}}', b'{"\\ud800": 1}'],
)
def test_what_cannot_be_read_is_refused(api, raw):
    assert send(api, raw).status_code == 400


def test_a_step_named_by_half_a_character_is_refused(api):
    assert send(api, json.dumps(plan(id="\ud800")).encode()).status_code == 400


def test_a_body_without_end_is_refused(api):
    assert send(api, b" " * 1_000_001).status_code == 413


def test_a_content_flag_that_is_closed_fires_nothing_here_either(api):
    """AVL-01 doubts that PRRT is available, until the newest notes on that say `current`."""
    body = plan({"sstr_expression": "high"}, modality="PRRT", goals=["tumour_control"])
    assert "AVL-01" in {one["rule"] for one in api.post("/advise", body).json()}
    note("current", 2)
    assert "AVL-01" not in {one["rule"] for one in api.post("/advise", body).json()}
    assert "AVL-01" not in {one["rule"] for one in api.post("/advise", [body]).json()[0]}


def test_it_reads_no_row_but_the_caller_and_the_rules_in_force_with_their_notes(api, django_assert_max_num_queries):
    with django_assert_max_num_queries(4):
        api.post("/advise", [plan()] * 20)
