"""A centre that comes from a version which kept no past: what the record held is known from that day on, and it says so.

The triggers come over rows that are there, on 10 March, as a `migrate` brings them.
"""

from datetime import UTC, date, datetime

import pytest
from django.core.management import call_command
from django.db import connection

from careplans.models import PastRow, past_triggers
from careplans.readers.known.moments import kept_since
from careplans.services.step_progress import complete_step, start_step
from common import triggers
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import browser
from tests.careplans.makers import OUTCOME
from tests.careplans.reports.worked_out import on
from tests.factories import make_project
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db
WORDS = "What the record held is known from 10 March 2026"


@pytest.fixture
def plan(pages, board, ana, chloe):
    """In force on 2 March; the first step is done on the 6th. Nothing of that is in a history."""
    with on(3, 2):
        plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, steps=2)
    with on(3, 6):
        step = plan.steps.order_by("position").first()
        start_step(step, by=ana, expected_version=step.version, on=date(2026, 3, 5), why="early")
        step.refresh_from_db()
        complete_step(step, by=ana, expected_version=step.version, on=date(2026, 3, 6), fulfilment="full", **OUTCOME)
    return plan


@pytest.fixture
def upgraded(plan):
    past_triggers.remove(connection)
    with rewriting():
        PastRow.objects.all()._raw_delete("default")
    with on(3, 10):
        call_command("migrate", verbosity=0)
    return plan


def read(person, path, **params):
    with on(3, 20):
        return Api(person).get(path, **params)


def test_a_centre_that_began_with_its_past_knows_all_of_it(plan):
    assert kept_since() is None


def test_the_triggers_write_down_from_when_on_they_keep_it(upgraded):
    assert kept_since() == datetime(2026, 3, 10, 10, tzinfo=UTC)
    assert past_triggers.astray(connection) == []
    with on(3, 15):
        call_command("migrate", verbosity=0)
        triggers.remove(connection, past_triggers.PREFIX)
        call_command("migrate", verbosity=0)
    assert kept_since() == datetime(2026, 3, 10, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    "path",
    ["/reports/waiting/", "/reports/overdue/", "/scorecard/", "/report-pack/", "/overrides/", "/cases/{}/course/"],
)
def test_what_was_known_before_is_refused_with_the_day_from_which_it_is(upgraded, chloe, path):
    answer = read(chloe, path.format(upgraded.case_id), as_of="2026-03-05")
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert error["attr"] == "as_of" and WORDS in error["detail"] and "known_by=now" in error["detail"]
    known_by = read(chloe, path.format(upgraded.case_id), as_of="2026-03-05", known_by="2026-03-06")
    assert known_by.json()["errors"][0]["attr"] == "known_by"
    assert read(chloe, path.format(upgraded.case_id), as_of="2026-03-10").status_code == 200


@pytest.mark.parametrize(
    "path",
    ["/reports/waiting/", "/reports/overdue/", "/scorecard/", "/report-pack/", "/overrides/", "/cases/{}/course/"],
)
def test_by_what_is_known_now_an_earlier_day_is_told_and_says_from_when_it_is_known(upgraded, chloe, path):
    early = read(chloe, path.format(upgraded.case_id), as_of="2026-03-05", known_by="now").json()
    assert early["known_from"] == "2026-03-10T10:00:00Z"
    late = read(chloe, path.format(upgraded.case_id), as_of="2026-03-12").json()
    assert late["known_from"] is None
    assert read(chloe, path.format(upgraded.case_id)).json()["known_from"] is None


def test_what_has_a_day_counts_by_it_all_the_same(upgraded, chloe):
    """Done on the 6th: as of the 5th it had begun."""
    told = read(chloe, f"/cases/{upgraded.case_id}/course/", as_of="2026-03-05", known_by="now").json()
    assert [step["status"] for step in told["plans"][0]["steps"]] == ["in_progress", "planned"]


@pytest.mark.parametrize("path", ["/reports/waiting/", "/reports/pack/", "/cases/{}/course/"])
def test_the_pages_say_so_too(upgraded, chloe, path):
    with on(3, 20):
        client, address = browser(chloe), path.format(upgraded.case_id)
        told = client.get(address, {"as_of": "2026-03-05", "known_by": "now"})
        refused = client.get(address, {"as_of": "2026-03-05"})
        today = client.get(address)
    assert told.status_code == 200 and "What the record held is known from 10 Mar" in told.content.decode()
    assert refused.status_code == 400 and WORDS in refused.content.decode()
    assert "What the record held" not in today.content.decode()


def test_a_table_that_is_kept_later_holds_up_only_what_reads_it(plan, chloe, monkeypatch):
    """Of reminders the past is kept from the 10th: waiting does not read them, what became of reminders does."""
    with connection.cursor() as cursor:
        at = "'2026-03-10 10:00:00.000000'" + ("::timestamptz" if connection.vendor == "postgresql" else "")
        cursor.execute(
            "INSERT INTO careplans_pastrow (noun, row_id, parent_id, since, at, row) "
            f"VALUES ('kept', 0, NULL, NULL, {at}, '{{\"noun\": \"reminder\"}}')"
        )
    assert read(chloe, "/reports/waiting/", as_of="2026-03-05").status_code == 200
    assert read(chloe, "/reports/reminders/", as_of="2026-03-05").status_code == 400


def test_within_a_project_nothing_is_told_until_a_whole_month_is_known(upgraded, board, chloe, anselm):
    """There the end of the last month is told, which lies before: refused at once, and not when the answer is asked again."""
    with on(3, 10):
        make_project(board, by=chloe, analysts=[anselm])
    for path in ("/reports/waiting/", f"/cases/{upgraded.case_id}/course/"):
        answer = read(anselm, path)
        assert answer.status_code in (400, 404), (path, answer.json())
    answer = read(anselm, "/reports/waiting/")
    assert answer.status_code == 400 and WORDS in answer.json()["errors"][0]["detail"]
    assert answer.json()["errors"][0]["detail"].endswith("here whole months are told. Ask again from 1 April 2026 on.")
    with on(4, 2):
        told = Api(anselm).get("/reports/waiting/").json()
        again = Api(anselm).get("/reports/waiting/", as_of=told["as_of"], known_by=told["known_by"])
    assert again.json() == told
