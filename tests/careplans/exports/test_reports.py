"""Reports as files: the figures and rows of the API, of moments that are fixed when the file is asked for."""

import csv
import io
import json
import shutil
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Membership, User
from careplans.exports import files, work
from careplans.exports.asking import LEFT, ask_export
from careplans.exports.dictionary import entries_of
from careplans.exports.reported import listing
from careplans.exports.sources import CHOICES
from careplans.models import Export
from careplans.reports.tables.contents import REPORTED
from tests.careplans.api import Api, attrs, problem
from tests.careplans.exports.makers import file_of, make_export
from tests.careplans.reports.delivering import Delivery, on
from tests.factories import join, make_board, make_user

pytestmark = pytest.mark.django_db

LATER = "2100-01-01"


def rows_of(export):
    return [json.loads(line) for line in file_of(export).splitlines()]


def table_of(export):
    return list(csv.DictReader(io.StringIO(file_of(export).decode("utf-8-sig"))))


@pytest.fixture
def delivery(pages, board, ana, chloe):
    with on(1, 1):
        Membership.objects.filter(board=board).update(started_at="2026-01-01T00:00:00Z")
    return Delivery(board, ana, chloe)


@pytest.fixture
def steps(delivery):
    """Three plans in force since 1 March, each with a step that was to begin on 10 March, and has not."""
    return [delivery.one() for _ in range(3)]


ASKED = {"since": "2026-03-01", "until": "2026-03-31"}


def api_answer(user, name, **params):
    return Api(user).get(f"/reports/{name}/", **params).json()


def test_the_figures_are_those_of_the_api(steps, ana):
    made = make_export(ana, "report.concordance", by="phase", **ASKED)
    moments = {name: made.filters[name][0] for name in ("as_of", "known_by")}
    told = api_answer(ana, "concordance", by="phase", **ASKED, **moments)
    assert made.state == "done", made.reason
    *rows, whole = rows_of(made)
    assert rows == [{"total": False, **row, "rows_left_out": None} for row in told["results"]] != []
    assert (whole["total"], whole["rows_left_out"]) == (True, False)
    assert {name: whole[name] for name in told["total"]} == told["total"]
    assert (whole["phase"], whole["steps"]) == (None, 3)


def test_the_rows_behind_are_those_of_the_api(steps, ana, monkeypatch):
    """In pieces of two, gone on with behind the last."""
    monkeypatch.setattr(listing, "CHUNK", 2)
    made = make_export(ana, "rows.concordance", measure="steps", **ASKED)
    moments = {name: made.filters[name][0] for name in ("as_of", "known_by")}
    told = Api(ana).get("/reports/concordance/rows/", measure="steps", **ASKED, **moments).json()
    assert (made.rows, made.estimate, rows_of(made)) == (3, 3, told["results"])


def test_what_is_told_by_nothing_is_one_row(steps, ana):
    asked = {"what": "report.concordance", "form": "ndjson", "filters": {"by": "", **ASKED}}
    assert Api(ana).post("/exports/", asked).status_code == 201
    [row] = rows_of(Export.objects.get())
    assert (row["total"], row["steps"]) == (True, 3)


def test_it_is_as_of_the_moment_at_which_it_was_asked_for(steps, delivery, ana):
    """A step that is given up before a worker comes to it stood open then."""
    with on(4, 1):
        made = make_export(ana, "report.concordance", by="", work_it=False, **ASKED)
    delivery.skip(steps[0], 4, 2)
    while work.work_exports():
        pass
    [then] = rows_of(made)
    [now] = rows_of(make_export(ana, "report.concordance", by="", **ASKED))
    assert [(one["steps"], one["not_done"]) for one in (then, now)] == [(3, 0), (3, 1)]


@pytest.fixture
def both(steps, board, ana, chloe):
    """Ana is on two boards; on the second one a plan of one step came into force."""
    east = make_board("Eastgate")
    join(ana, east, "coordinator", "coordination")
    join(chloe, east, "chair", "surgery")
    Membership.objects.filter(board=east).update(started_at="2026-01-01T00:00:00Z")
    there = Delivery(east, ana, chloe)
    there.cases = 50
    there.plan({}, {"start": (3, 12)})
    return board, east


REPORTS_OF_ALL = [("report.concordance", {"by": "board"}), ("rows.concordance", {}), ("scorecard", {"by": "board"})]


@pytest.mark.parametrize(("what", "more"), REPORTS_OF_ALL)
def test_it_is_of_the_boards_that_were_theirs_when_they_asked_and_none_joins(both, ana, chloe, what, more):
    made = make_export(ana, what, work_it=False, **ASKED, **more)
    requested = AuditEvent.objects.get(action="exports.requested")
    assert requested.data["boards"] == sorted(board.pk for board in both)
    third = make_board("Westgate")
    join(ana, third, "coordinator", "coordination")
    while work.work_exports():
        pass
    made.refresh_from_db()
    assert (made.state, made.boards) == ("done", {what: sorted(board.pk for board in both)})


@pytest.mark.parametrize("is_lost", [False, True])
@pytest.mark.parametrize(("what", "more"), REPORTS_OF_ALL)
def test_it_is_not_made_of_fewer_boards_than_it_was_asked_of(both, ana, what, more, is_lost):
    """Before its first rows, and where what was written is lost: never figures of one board told as those of two."""
    made = make_export(ana, what, work_it=False, **ASKED, **more)
    if is_lost:
        work.work_on(work.claim(), seconds=-1)
        shutil.rmtree(files.folder(made))
    Membership.objects.filter(user=ana, board=both[1]).update(ended_at=timezone.now())
    while work.work_exports():
        pass
    made.refresh_from_db()
    assert (made.state, made.reason) == (
        "failed", "You may not read all of it any more. Ask for it anew: then it is of what you may read by now."
    )  # fmt: skip
    again = make_export(User.objects.get(pk=ana.pk), what, **ASKED, **more)
    assert (again.state, again.boards) == ("done", {what: [both[0].pk]})


def test_as_a_table_a_figure_has_a_column_for_each_of_its_parts(steps, ana):
    [row] = table_of(make_export(ana, "report.concordance", "csv", by="", **ASKED))
    assert (row["steps"], row["followed_among"], row["total"]) == ("3", "3", "true")
    assert "phase" not in row
    rows = table_of(make_export(ana, "rows.concordance", "csv", **ASKED))
    assert [row["planned_start"] for row in rows] == ["2026-03-10"] * 3
    assert {row["board"] for row in rows} == {str(steps[0].board_id)}


@pytest.mark.parametrize("name", sorted(REPORTED))
def test_each_is_made_in_every_form_with_every_column_in_the_dictionary(name, steps, ana):
    parquet = pytest.importorskip("pyarrow.parquet")
    told = {entry.field: entry for entry in entries_of(name)}
    assert all(entry.description for entry in told.values())
    for form in ("csv", "ndjson", "parquet"):
        made = make_export(ana, name, form)
        assert made.state == "done", (form, made.reason)
    table = parquet.read_table(io.BytesIO(file_of(made)))
    assert table.num_rows == made.rows
    assert {one.name for one in table.schema} and name in dict(CHOICES)


def test_the_scorecard_tells_each_indicator_beside_the_time_before(steps, ana):
    made = make_export(ana, "scorecard", "csv", **ASKED)
    told = Api(ana).get("/scorecard/", **ASKED).json()
    found = {(row["indicator"], row["measure"], row["period"]): row for row in table_of(made)}
    for one in told["results"]:
        row = found[one["name"], one["measure"], "now"]
        assert row["count"] == ("" if one["figure"]["count"] is None else str(one["figure"]["count"]))
    assert (found[one["name"], one["measure"], "now"]["since"]) == "2026-03-01"


def test_an_analyst_is_shown_no_small_number_in_a_file_either(steps, anselm, ana):
    made = make_export(anselm, "report.concordance", "csv", by="", **ASKED)
    [row] = table_of(made)
    assert (row["steps"], row["followed_share"], made.smallest) == ("not shown", "not shown", 5)
    assert make_export(ana, "report.concordance", "csv", by="", **ASKED).smallest == 1
    answer = Api(anselm).post("/exports/", {"what": "rows.concordance", "form": "csv", "filters": ASKED})
    assert (answer.status_code, "too few" in problem(answer)) == (403, True)


@pytest.mark.parametrize("form", ["csv", "ndjson", "parquet"])
@pytest.mark.parametrize(
    ("what", "path"), [("report.concordance", "/reports/concordance/"), ("scorecard", "/scorecard/")]
)
@pytest.mark.parametrize("who", ["ana", "anselm"])
def test_the_head_of_a_download_says_what_the_table_of_the_api_says(steps, request, who, what, path, form):
    """What is not shown, and of when it is: of the same moment to the letter."""
    user = request.getfixturevalue(who)
    made = make_export(user, what, form, **ASKED)
    file = Api(user).get(f"/exports/{made.pk}/file/")
    moments = {name: made.filters[name][0] for name in ("as_of", "known_by")}
    same = Api(user).get(path, format="csv", **ASKED, **moments)
    assert same.status_code == 200 and 'since="2026-03-01"' in same["Asked"]
    assert (file["Withheld"], file["Asked"]) == (same["Withheld"], same["Asked"])
    assert file["Withheld"].startswith("figures=0, rows=?0, smallest=1") == (who == "ana")
    head = Api(user).client.head(f"/api/v1/exports/{made.pk}/file/")
    assert head["Withheld"] == file["Withheld"]


def test_rows_say_of_when_they_are_and_a_list_says_neither(steps, ana):
    made = make_export(ana, "rows.concordance", **ASKED)
    file = Api(ana).get(f"/exports/{made.pk}/file/")
    assert 'until="2026-03-31"' in file["Asked"] and "Withheld" not in file
    made = make_export(ana, "steps")
    file = Api(ana).get(f"/exports/{made.pk}/file/")
    assert "Asked" not in file and "Withheld" not in file


def test_what_takes_longer_than_its_person_waits_goes_on_in_the_background(steps, ana, monkeypatch):
    """Eight seconds, of which docs/api.md tells."""
    assert work.BUDGET_SECONDS == 8
    monkeypatch.setattr(work, "BUDGET_SECONDS", -1)
    told = Api(ana).post("/exports/", {"what": "report.concordance", "form": "csv", "filters": ASKED}).json()
    assert (told["state"], told["file"], told["finished_at"]) == ("running", None, None)
    monkeypatch.undo()
    while work.work_exports():
        pass
    told = Api(ana).get(f"/exports/{told['id']}/").json()
    assert told["state"] == "done" and Api(ana).client.get(told["file"]).status_code == 200


def test_who_has_become_an_analyst_has_lost_a_file_with_small_numbers(steps, ana):
    made = make_export(ana, "report.concordance", by="", **ASKED)
    assert Api(ana).get(f"/exports/{made.pk}/file/").status_code == 200
    Membership.objects.filter(user=ana).update(role="analyst", discipline="")
    assert Api(ana).get(f"/exports/{made.pk}/file/").status_code == 404


def test_who_becomes_one_between_two_pieces_gets_none(steps, ana, monkeypatch):
    monkeypatch.setattr(listing, "CHUNK", 1)
    made = make_export(ana, "rows.concordance", work_it=False, **ASKED)
    work.work_exports(0)
    Membership.objects.filter(user=ana).update(role="analyst", discipline="")
    work.work_exports()
    made.refresh_from_db()
    assert (made.state, made.reason, made.rows) == ("failed", LEFT, 1)


@pytest.mark.parametrize(
    ("what", "filters", "attr"),
    [
        ("report.waiting", {"colour": "red"}, "colour"),
        ("report.waiting", {"by": "colour"}, "by"),
        ("report.waiting", {"measure": "plans"}, "measure"),
        ("rows.waiting", {"measure": "colours"}, "measure"),
        ("report.waiting", {"phase": ["adjuvant", "debulking"]}, "phase"),
        ("report.waiting", {"phase": "blue"}, "phase"),
        ("report.waiting", {"as_of": LATER}, "as_of"),
        ("report.waiting", {"since": "0001-01-01"}, "since"),
        ("report.waiting", {"board": "x"}, "board"),
        ("report.overdue", {"since": "2026-01-01"}, "since"),
        ("scorecard", {"phase": "adjuvant"}, "phase"),
        ("report.nothing", {}, "what"),
    ],
)
def test_what_cannot_be_asked_is_refused_by_its_name(steps, ana, what, filters, attr):
    answer = Api(ana).post("/exports/", {"what": what, "form": "csv", "filters": filters})
    assert (answer.status_code, attrs(answer)) == (400, [attr]), answer.content
    assert all(len(one["detail"]) > 10 for one in answer.json()["errors"])
    assert not Export.objects.exists()


def test_another_board_does_not_exist_and_nobody_reports_without_the_right(steps, ana, other_board, admin):
    asked = {"what": "report.waiting", "form": "csv"}
    assert Api(ana).post("/exports/", asked | {"filters": {"board": other_board.pk}}).status_code == 404
    assert Api(admin).post("/exports/", asked).status_code == 403
    assert Api(ana, scopes=["exports:make", "plans:read"]).post("/exports/", asked).status_code == 403
    assert Api(ana, scopes=["exports:make", "reports:read"]).post("/exports/", asked).status_code == 201


@pytest.mark.parametrize("lacking", ["cases:read", "plans:read"])
def test_the_rows_behind_a_figure_need_what_lists_of_them_need(steps, ana, lacking):
    """They hold ids of cases and plans, their days, courses and outcomes: over the API and as a file."""
    asked = {"what": "rows.concordance", "form": "csv"}
    scopes = ["exports:make", "reports:read", "cases:read", "plans:read"]
    few, all_of_them = Api(ana, scopes=[one for one in scopes if one != lacking]), Api(ana, scopes=scopes)
    for refused in (few.get("/reports/concordance/rows/"), few.post("/exports/", asked)):
        assert refused.status_code == 403 and f"lacks the scope {lacking}" in refused.content.decode()
    assert few.get("/reports/concordance/").status_code == 200
    assert few.post("/exports/", asked | {"what": "report.concordance"}).status_code == 201
    assert all_of_them.get("/reports/concordance/rows/").status_code == 200
    assert all_of_them.post("/exports/", asked).status_code == 201


def test_the_audit_trail_tells_the_question_with_its_moments_and_how_many_rows(steps, ana):
    made = make_export(ana, "rows.concordance", measure="steps", board=steps[0].board_id, **ASKED)
    done = AuditEvent.objects.get(action="exports.done")
    assert (done.data["rows"], done.data["filters"]) == (3, made.filters)
    assert {"as_of", "known_by", "since", "until", "board", "measure"} == set(made.filters)
    read = AuditEvent.objects.get(action="reports.rows_read", subject_type="report")
    assert (read.actor, len(read.data["ids"])) == (ana, 3)


def test_it_reaches_no_board_that_its_token_does_not(both, ana):
    board, east = both
    asked = {"what": "report.concordance", "form": "ndjson", "filters": {"by": "", **ASKED}}
    for boards, count in [([board.pk], 3), ([east.pk], 2), (None, 5)]:
        Api(ana, boards=boards).post("/exports/", asked)
        assert rows_of(Export.objects.latest("pk"))[0]["steps"] == count


def test_a_person_on_no_board_is_refused(board):
    with pytest.raises(Exception, match="may not|403|permission|Your role") as told:
        ask_export(by=make_user("nobody@example.org", "Nobody"), what="report.waiting", form="csv", filters={})
    assert type(told.value).__name__ in ("PermissionDenied", "OutOfScope")


def test_on_pages_the_question_of_the_report_is_carried(steps, ana, client):
    client.force_login(ana)
    page = client.get(
        "/reports/concordance/", {"since": "2026-03-01", "until": "2026-03-31", "by": "phase"}
    ).content.decode()
    link = next(part.split('"')[0] for part in page.split('href="') if part.startswith("/exports/new/"))
    new = client.get(link.replace("&amp;", "&"))
    text = new.content.decode()
    assert (new.status_code, "The figures" in text, "Told by: phase" in text) == (200, True, True), text[:2000]
    made = client.post(link.replace("&amp;", "&"), {"form": "csv"}, follow=True).content.decode()
    assert "Download" in made
    [export] = Export.objects.all()
    assert (export.what, export.filters["by"], export.filters["since"]) == (
        "report.concordance",
        ["phase"],
        ["2026-03-01"],
    )
    assert client.get("/exports/").content.decode().count('aria-current="page">Reports') == 1


def test_on_pages_an_analyst_is_told_why_the_rows_of_few_are_not_given(steps, anselm, client):
    client.force_login(anselm)
    answer = client.get("/exports/new/", {"what": "rows.concordance", **ASKED})
    assert (answer.status_code, "too few to be shown" in answer.content.decode()) == (400, True)


def test_a_list_of_what_there_is_names_every_report(steps, ana, client):
    client.force_login(ana)
    text = client.get("/exports/new/").content.decode()
    assert all(f"?what={name}" in text for name in REPORTED)
    assert "Id of the case" in client.get("/exports/dictionary/?noun=rows.waiting").content.decode()


def test_of_every_row_in_a_file_of_rows_the_trail_names_the_patient(steps, ana, monkeypatch):
    """More rows than a page shows are read at once: none of them goes unsaid."""
    monkeypatch.setattr("careplans.reports.answering.PAGE", 1)
    make_export(ana, "rows.concordance", measure="steps", **ASKED)
    named = AuditEvent.objects.filter(action="reports.rows_read", subject_type="patient")
    assert {int(one.subject_id) for one in named} == {step.plan.case.patient_id for step in steps}


def test_a_report_that_takes_longer_than_a_lease_is_worked_out_by_one_worker(steps, ana, monkeypatch):
    """While it is worked out, nothing is written: nobody else may take it for left."""
    taken, real = [], listing.rows_behind

    def slow(*args, **kwargs):
        Export.objects.filter(lease_until__lt=timezone.now() + timedelta(minutes=5)).update(lease_until=timezone.now())
        taken.append(work.claim())
        return real(*args, **kwargs)

    monkeypatch.setattr(listing, "rows_behind", slow)
    made = make_export(ana, "rows.concordance", measure="steps", **ASKED)
    assert (made.state, made.rows) == ("done", 3)
    assert taken == [None]
