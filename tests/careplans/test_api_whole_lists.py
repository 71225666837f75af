"""A list as CSV and as NDJSON: all of it, as JSON would tell it, recorded, and never taken for whole where it is not."""

import csv
import gzip
import io
import json

import pytest
from django.test import Client

from accounts.models import AuditEvent, Board, Membership
from careplans.api.http.negotiation import quality
from careplans.api.lists import whole
from careplans.api.lists.columns import columns_of
from careplans.services.cases import change_case
from careplans.services.proforma import save_proforma
from config.middleware import takes_gzip
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.test_api_lists import LISTS

pytestmark = pytest.mark.django_db
# Lists of rows that are lists of the API.
APART = ("steps", "arms", "occurrences", "prior_treatments")
CSV, NDJSON = "text/csv", "application/x-ndjson"


@pytest.fixture
def cases(board, ana):
    return [makers.make_case(board, by=ana, record_number=f"SYN-{number}") for number in range(5)]


@pytest.fixture
def plan(cases, ana, chloe):
    return makers.make_active_plan(cases[0], by=ana, chair=chloe, steps=2)


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch):
    monkeypatch.setattr(whole, "CHUNK", 2)


def text(answer):
    assert answer.status_code == 200, answer.content
    return b"".join(answer.streaming_content).decode()


def table(answer):
    return list(csv.DictReader(io.StringIO(text(answer).removeprefix("\ufeff"))))


def lines(answer):
    return [json.loads(line) for line in text(answer).splitlines()]


def rows(api, path, **params):
    found, answer = [], api.get(path, page_size=200, **params)
    return found + answer.json()["results"]


@pytest.mark.parametrize("path", [path for path in LISTS if path != "/rules/"])
@pytest.mark.parametrize("who", ["omar", "anselm"])
def test_ndjson_says_what_json_says(path, who, plan, request):
    api = Api(request.getfixturevalue(who))
    told = api.get(path, page_size=200)
    answer = api.get(path, format="ndjson")
    if told.status_code == 403:
        assert answer.status_code == 403
    else:
        assert lines(answer) == told.json()["results"]


@pytest.mark.parametrize("path", ["/cases/", "/plans/", "/steps/", "/events/", "/rules/", "/boards/"])
def test_csv_has_a_row_for_each_and_a_column_for_each_value(path, plan, omar):
    api = Api(omar)
    told, found = rows(api, path), table(api.get(path, format="csv"))
    assert len(found) == len(told) > 0
    for row, cells in zip(told, found, strict=True):
        for name, value in row.items():
            if name in APART:
                assert name not in cells
                continue
            inside = {f"{name}.{key}" for key in value if key != "bounds"} if isinstance(value, dict) else {name}
            assert inside <= set(cells) or name in cells or (value is None and f"{name}.id" in cells), name
            if isinstance(value, str) and value and not value.startswith(("=", "+", "-", "@")):
                assert cells[name] == value


def test_what_is_one_object_has_dotted_columns_and_a_list_is_json(plan, omar):
    row = table(Api(omar).get("/cases/", format="csv"))[-1]
    assert (row["proforma.grade"], row["responsible.name"]) == ("not_recorded", "Ana Coordinator")
    step = table(Api(omar).get("/steps/", format="csv"))[-1]
    assert json.loads(step["goals"]) == ["symptom_control"]
    assert step["gate.state"] == "open"


def test_a_header_asks_for_it_as_well(cases, omar):
    client = Api(omar).client
    answers = {
        accept: client.get("/api/v1/cases/", headers={"Accept": accept})["Content-Type"]
        for accept in (CSV, NDJSON, "application/ndjson", "*/*", "application/json, text/csv;q=0.5", "text/*", "")
    }
    assert {accept: kind.partition(";")[0] for accept, kind in answers.items()} == {
        CSV: CSV, NDJSON: NDJSON, "application/ndjson": NDJSON, "*/*": "application/json",
        "application/json, text/csv;q=0.5": "application/json", "text/*": CSV, "": "application/json",
    }  # fmt: skip


@pytest.mark.parametrize("accept", ["application/xml", "image/png, text/html", "text/csv;q=0"])
def test_a_header_that_wants_none_of_them_is_told_which_there_are(accept, cases, omar):
    answer = Api(omar).client.get("/api/v1/cases/", headers={"Accept": accept})
    assert answer.status_code == 406
    assert "application/json, text/csv, application/x-ndjson" in problem(answer)


def test_weights_and_ranges_of_a_header():
    browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
    assert quality(browser, "application/json") == 0.8
    assert quality("text/csv;q=0, */*", CSV) == 0
    assert quality("text/csv; charset=utf-8", CSV) == 1
    assert quality("text/csv;q=none", CSV) == 1


def test_a_table_opens_in_a_spreadsheet_and_runs_nothing(cases, ana, omar):
    cases[0].refresh_from_db()
    change_case(cases[0], by=ana, expected_version=cases[0].version, title="=HYPERLINK(1)")
    save_proforma(cases[0], {"weight_change_kg": "-4.0"}, by=ana)
    answer = Api(omar).get("/cases/", format="csv")
    assert answer["Content-Disposition"] == 'attachment; filename="cases.csv"'
    found = text(answer)
    assert found.startswith("\ufeff")
    row = list(csv.DictReader(io.StringIO(found.removeprefix("\ufeff"))))[-1]
    assert row["title"] == "'=HYPERLINK(1)"
    assert row["proforma.weight_change_kg"] == "-4.00"


def test_columns_stay_where_there_is_no_row(db, board, omar):
    answer = text(Api(omar).get("/signatures/", format="csv", status="declined"))
    assert answer.removeprefix("\ufeff").startswith("id,board,case,plan,plan_number,plan_status,lineage,")


def test_what_analysts_do_not_read_has_no_column(plan, anselm):
    first = table(Api(anselm).get("/plans/", format="csv"))[0]
    assert "aim" not in first and "created_by.name" not in first
    assert first["created_by.id"]


def test_fields_and_filters_hold_for_the_whole_list(cases, omar):
    answer = Api(omar).get("/cases/", format="csv", fields="id,responsible", status=cases[0].status)
    found = table(answer)
    assert list(found[0]) == ["id", "responsible.id", "responsible.name"]
    assert [int(row["id"]) for row in found] == [case.pk for case in cases[::-1]]


@pytest.mark.parametrize("name", ["cursor", "page_size", "count", "order"])
def test_what_is_of_pages_is_refused(name, cases, omar):
    answer = Api(omar).get("/cases/", format="ndjson", **{name: {"count": "true", "order": "id"}.get(name, "2")})
    assert (answer.status_code, attrs(answer)) == (400, [name])


# On the record


def test_it_is_recorded_with_its_filters_its_rows_and_its_end(cases, board, omar):
    text(Api(omar).get("/cases/", format="csv", board=board.pk))
    begun, done = (AuditEvent.objects.get(actor=omar, action=f"list.{name}") for name in ("export_begun", "exported"))
    asked = {"form": "csv", "asked": {"board": [str(board.pk)]}}
    assert begun.data == asked
    assert done.data == asked | {"rows": 5, "whole": True}
    assert (done.subject_type, done.board_id) == ("case", board.pk)
    read = AuditEvent.objects.filter(actor=omar, action="list", subject_type="case").order_by("pk")
    assert [pk for event in read for pk in event.data["ids"]] == [case.pk for case in cases[::-1]]


def test_whoever_hangs_up_is_on_record_with_what_they_got(cases, omar):
    answer = Api(omar).get("/cases/", format="ndjson")
    next(iter(answer.streaming_content))
    # What `answer.close()` does before it closes the connection, which the rest of this test needs.
    for close in answer._resource_closers:
        close()
    done = AuditEvent.objects.get(actor=omar, action="list.exported")
    assert (done.data["rows"], done.data["whole"]) == (2, False)


# Where it breaks off


def breaks_at_the_second_page(monkeypatch):
    as_it_is = whole.Listing.__init__
    turns = iter(range(9))

    def breaking(self, *args, **kwargs):
        as_it_is(self, *args, **kwargs)
        page = self.page

        def once(params, size):
            if next(turns):
                raise RuntimeError("the database is gone")
            return page(params, size)

        object.__setattr__(self, "page", once)

    monkeypatch.setattr(whole.Listing, "__init__", breaking)


def test_an_answer_that_breaks_off_ends_in_an_error_and_not_in_an_end(cases, omar, monkeypatch):
    breaks_at_the_second_page(monkeypatch)
    answer = Api(omar).get("/cases/", format="ndjson")
    with pytest.raises(RuntimeError):
        list(answer.streaming_content)
    assert AuditEvent.objects.get(action="list.exported").data["whole"] is False


def test_over_http_1_0_the_length_is_told_and_a_break_is_an_error(cases, omar, monkeypatch):
    client = Api(omar).client
    answer = client.get("/api/v1/cases/?format=ndjson", SERVER_PROTOCOL="HTTP/1.0", HTTP_ACCEPT_ENCODING="gzip")
    assert int(answer["Content-Length"]) == len(b"".join(answer.streaming_content))
    assert "Content-Encoding" not in answer
    breaks_at_the_second_page(monkeypatch)
    client.raise_request_exception = False
    assert client.get("/api/v1/cases/?format=ndjson", SERVER_PROTOCOL="HTTP/1.0").status_code == 500


@pytest.mark.parametrize("change", ["left", "smaller role", "texts", "deactivated"])
def test_whoever_may_not_read_it_any_more_gets_no_further_row(change, cases, board, omar, anselm):
    person = anselm if change == "texts" else omar
    answer = Api(person).get("/cases/", format="ndjson")
    parts = iter(answer.streaming_content)
    next(parts)
    mine = Membership.objects.filter(user=person)
    if change == "left":
        mine.update(ended_at=cases[0].created_at)
    elif change == "smaller role":
        mine.update(role="analyst")
    elif change == "texts":
        Board.objects.update(analysts_read_text=True)
    else:
        type(person).objects.filter(pk=person.pk).update(is_active=False)
    with pytest.raises(Exception, match="has changed while this was sent"):
        list(parts)


# Compressed


def test_a_whole_list_is_compressed_for_who_shows_a_token(cases, omar):
    answer = Api(omar).client.get("/api/v1/cases/?format=ndjson", headers={"Accept-Encoding": "gzip"})
    assert answer["Content-Encoding"] == "gzip"
    assert len(gzip.decompress(b"".join(answer.streaming_content)).splitlines()) == 5


def test_gzip_with_a_weight_of_nothing_is_no_gzip(cases, omar):
    client = Api(omar).client
    for header in ("gzip;q=0", "gzip; q=0.0, br", "identity", "*;q=0"):
        answer = client.get("/api/v1/cases/", headers={"Accept-Encoding": header})
        assert "Content-Encoding" not in answer, header
        assert "Accept-Encoding" in answer["Vary"]
    assert takes_gzip("br, gzip;q=0.5") and takes_gzip("*") and takes_gzip("GZIP") and not takes_gzip("")


def test_a_tag_that_compression_made_weak_is_known_again(cases, omar):
    client = Api(omar).client
    zipped = client.get("/api/v1/cases/", headers={"Accept-Encoding": "gzip"})
    assert zipped["ETag"].startswith("W/")
    assert client.get("/api/v1/cases/", headers={"If-None-Match": zipped["ETag"]}).status_code == 304


def test_what_a_link_may_have_brought_is_not_compressed(cases, omar):
    client = Client()
    client.force_login(omar)
    answer = client.get("/api/v1/cases/?format=csv", headers={"Accept-Encoding": "gzip"})
    assert "Content-Encoding" not in answer
    assert "title" in text(answer)


def test_columns_follow_the_serializer_and_not_the_rows():
    from careplans.api.serializers.steps import StepSerializer

    names = [column.name for column in columns_of(StepSerializer, with_text=True)]
    assert len(names) == len(set(names))
    assert {"id", "plan_status", "lineage", "gate.state", "owner.id", "modality_revision.number"} <= set(names)
    assert {"owner", "arms", "occurrences"} & set(names) == set()


def test_rows_that_have_a_list_of_their_own_are_a_column_where_they_are_asked_for(plan, omar):
    whole, asked = (table(Api(omar).get("/plans/", format="csv", **more))[-1] for more in ({}, {"fields": "id,steps"}))
    assert "steps" not in whole
    assert [row["plan"] for row in json.loads(asked["steps"])] == [plan.pk] * plan.steps.count()
