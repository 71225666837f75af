"""Plans that were released, counted on the fingers of two hands."""

from contextlib import contextmanager
from datetime import UTC, datetime

import pytest
import time_machine

from careplans.demo.clock import history_at
from careplans.models import Step
from careplans.services.plans import draft_plan
from careplans.services.steps import add_step
from tests.careplans import makers
from tests.careplans.api import Api

pytestmark = pytest.mark.django_db


@contextmanager
def on(day):
    moment = datetime(2026, *day, 10, tzinfo=UTC)
    with time_machine.travel(moment, tick=False), history_at(moment):
        yield


def released(board, *, by, chair, number, steps):
    case = makers.make_case(board, by=by, record_number=f"SYN-{number}")
    plan = draft_plan(case, by=by)
    for phase, code in steps:
        makers.make_modality(code)
        add_step(
            plan, by=by, phase=phase, modality_code=code, goals=["tumour_control"], owner=by,
            planned_start=makers.TODAY(),
        )  # fmt: skip
    makers.submit(plan, by=by)
    return makers.release(plan, by=chair)


@pytest.fixture
def plans(pages, board, ana, chloe):
    """Two in March, one in April, one draft."""
    made = []
    for number, (day, steps) in enumerate([
        ((3, 2), [("tumour_control", "OSA"), ("tumour_control", "PRRT")]),
        ((3, 31), [("symptom_control", "OSA")]),
        ((4, 1), [("tumour_control", "OSA")]),
    ]):  # fmt: skip
        with on(day):
            made.append(released(board, by=ana, chair=chloe, number=number, steps=steps))
    with on((4, 2)):
        makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-9"), by=ana)
        yield made


def asked(person, **params):
    return Api(person).get("/reports/releases/", **params).json()


def test_they_are_counted_by_board_phase_and_modality(plans, board, chloe):
    found = asked(chloe, since="2026-03-01", until="2026-04-30")
    at = {(row["phase"], row["modality"]): (row["plans"], row["cases"], row["steps"]) for row in found["results"]}
    assert at == {
        ("symptom_control", "OSA"): (1, 1, 1),
        ("tumour_control", "OSA"): (2, 2, 2),
        ("tumour_control", "PRRT"): (1, 1, 1),
    }
    assert found["total"] == {"plans": 3, "first_plans": 3, "cases": 3, "steps": 4}


def test_days_of_the_period_count_themselves(plans, chloe):
    march = asked(chloe, since="2026-03-02", until="2026-03-31", by="month")
    assert [(row["month"], row["plans"]) for row in march["results"]] == [("2026-03", 2)]


def test_as_of_a_day_what_came_later_is_not_there(plans, chloe):
    then = asked(chloe, as_of="2026-03-30", since="2026-03-01", by="")
    assert then["results"][0]["plans"] == then["total"]["plans"] == 1


def test_a_figure_leads_to_its_rows(plans, chloe):
    rows = Api(chloe).get("/reports/releases/rows/", since="2026-03-01", phase="tumour_control", modality="OSA").json()
    assert [row["case"] for row in rows["results"]] == [plans[0].case_id, plans[2].case_id]
    assert {row["cells"]["modality"] for row in rows["results"]} == {Step.ModalityCode.OSA}


@pytest.mark.parametrize(
    ("params", "name"),
    [
        ({"as_of": "2026-13-01"}, "as_of"), ({"as_of": "0001-01-01"}, "as_of"), ({"as_of": "9999-12-31"}, "as_of"),
        ({"known_by": "2027-01-01"}, "known_by"), ({"since": "yesterday"}, "since"), ({"by": "colour"}, "by"),
        ({"since": "2026-04-01", "until": "2026-03-01"}, "since"), ({"phase": "later"}, "phase"), ({"board": "x"}, "board"),
        ({"modality": "\0"}, "modality"), ({"misspelt": "1"}, "misspelt"), ({"since": ""}, "since"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_by_its_name(board, chloe, params, name):
    answer = Api(chloe).get("/reports/releases/", **params)
    assert answer.status_code == 400
    assert [error["attr"] for error in answer.json()["errors"]] == [name]


def test_a_board_that_one_is_not_on_has_no_figures(plans, board, other_board, otto):
    assert Api(otto).get("/reports/releases/", board=board.pk).status_code == 404
    assert asked(otto, since="2026-03-01")["total"]["plans"] == 0
