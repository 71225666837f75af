"""The pages of exports: chosen, estimated, made, looked at, cancelled."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Notice
from careplans import tasks
from careplans.exports import parquet_file, work
from careplans.models import Export
from tests.careplans import makers
from tests.careplans.exports.makers import make_export

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(pages, board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3)


@pytest.fixture
def browser(client, ana):
    client.force_login(ana)
    return client


def page(browser, address, status=200, **more):
    response = browser.get(address, **more)
    assert response.status_code == status
    return response.content.decode()


def new(**asked):
    return reverse("careplans:export_new", query=asked)


def test_a_list_is_chosen_its_rows_are_counted_and_the_file_is_there(plan, browser):
    assert "No exports yet" in page(browser, "/exports/")
    assert "?what=steps" in page(browser, new())
    assert "3 rows" in page(browser, new(what="steps", board=plan.board_id))
    made = browser.post(new(what="steps", board=plan.board_id), {"form": "csv"}, follow=True)
    assert "Download" in made.content.decode() and "3 rows" in made.content.decode()
    assert Export.objects.get().filters == {"board": [str(plan.board_id)]}
    listed = page(browser, "/exports/")
    assert "Ready" in listed and f"/exports/{Export.objects.get().pk}/file/" in listed


def test_a_file_is_downloaded_as_one(plan, browser, ana):
    export = make_export(ana, form="csv")
    response = browser.get(f"/exports/{export.pk}/file/")
    assert response["Content-Disposition"] == f'attachment; filename="{export.file_name}"'
    assert b"".join(response.streaming_content).startswith(b"\xef\xbb\xbfid,board")


def test_a_large_one_shows_how_far_it_is_and_is_cancelled(plan, browser, ana, monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 0)
    monkeypatch.setattr(work, "CHUNK", 1)
    assert "made in the background" in page(browser, new(what="steps"))
    made = browser.post(new(what="steps"), {"form": "csv"})
    work.work_exports(0)
    part = page(browser, made["Location"], headers={"HX-Request": "true"})
    assert "1 of 3 rows" in part and 'hx-trigger="every 3s"' in part and "<html" not in part
    browser.post(f"{made['Location']}act/", {"verb": "cancel"})
    text = page(browser, made["Location"])
    assert "Cancelled" in text and "Ask for the same again" in text and "hx-trigger" not in text
    assert not work.work_exports()


def test_a_failed_one_says_why_and_is_asked_for_again(plan, browser, ana):
    export = make_export(ana, work_it=False, status="planned")
    Export.objects.filter(pk=export.pk).update(
        state="failed", reason="The disk of the server is full. Ask an administrator."
    )
    text = page(browser, f"/exports/{export.pk}/")
    assert (
        "The disk of the server is full" in text and new(status="planned", what="steps").replace("&", "&amp;") in text
    )


def test_what_cannot_be_read_stands_at_its_field(plan, browser):
    assert "Enter a valid date" in page(browser, new(what="steps", due_before="soon"), 400)
    assert "colour: There is no filter of this name" in page(browser, new(what="steps", colour="red"), 400)
    assert "case: " in page(browser, new(what="steps", case="x"), 400)
    assert browser.post(new(what="steps"), {}).status_code == 400
    assert browser.post(new(what="steps"), {"form": "xls"}).status_code == 400
    assert not Export.objects.exists()


def test_a_link_from_a_list_carries_its_filter(plan, browser, board):
    text = page(browser, reverse("careplans:cases", args=[board.pk]) + "?status=accepted")
    [link] = re.findall(r'href="(/exports/new/[^"]*)"', text)
    assert link.replace("&amp;", "&") == f"/exports/new/?what=cases&board={board.pk}&status=accepted"
    assert "1 row<" in page(browser, link.replace("&amp;", "&")).replace("</h2>", "<")


def test_parquet_is_not_offered_where_it_is_not_set_up(plan, browser, monkeypatch):
    assert "Parquet" in page(browser, new(what="steps"))
    monkeypatch.setattr("careplans.exports.forms.is_possible", lambda: False)
    monkeypatch.setattr(parquet_file, "is_possible", lambda: False)
    assert "Parquet" not in page(browser, new(what="steps"))
    assert browser.post(new(what="steps"), {"form": "parquet"}).status_code == 400


def test_analysts_are_not_offered_patients(plan, client, anselm):
    client.force_login(anselm)
    assert "?what=patients" not in page(client, new())
    assert "What to take out" in page(client, new(what="patients"))


def test_anothers_pages_do_not_exist(plan, client, chloe, ana):
    export = make_export(ana)
    client.force_login(chloe)
    for name in ("export", "export_file"):
        assert client.get(reverse(f"careplans:{name}", args=[export.pk])).status_code == 404
    assert client.post(reverse("careplans:export_act", args=[export.pk]), {"verb": "remove"}).status_code == 404
    export.refresh_from_db()
    assert export.state == "done"


def test_the_list_takes_as_many_queries_for_many_as_for_few(plan, browser, ana):
    def queries():
        with CaptureQueriesContext(connection) as found:
            page(browser, "/exports/")
        return len(found)

    for _ in range(2):
        make_export(ana)
    page(browser, "/exports/")
    few = queries()
    for _ in range(10):
        make_export(ana)
    assert queries() == few


def test_the_notice_leads_to_it(plan, browser, ana):
    export = make_export(ana)
    notice = Notice.objects.get(user=ana)
    assert browser.get(reverse("accounts:notice", args=[notice.pk]))["Location"] == f"/exports/{export.pk}/"


def test_the_task_asks_for_itself_while_there_is_more(plan, ana, monkeypatch):
    asked = []
    monkeypatch.setattr(tasks.work_exports, "apply_async", lambda **how: asked.append(how))
    tasks.work_exports()
    assert asked == []
    make_export(ana, work_it=False)
    tasks.work_exports()
    assert asked == [{"expires": 60}]
    assert Export.objects.get().state == "done"
