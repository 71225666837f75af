"""Who asks for what, who gets it, and what the audit trail says."""

import json
import stat

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, Membership, Notice
from careplans.exports import asking, files, tidying, work
from careplans.exports.asking import LEFT, MOST_OPEN, ask_export
from careplans.models import Export, SendingHold
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.careplans.exports.makers import file_of, make_export
from tests.factories import join, make_board

pytestmark = pytest.mark.django_db


@pytest.fixture
def plan(pages, board, ana):
    return makers.make_plan(makers.make_case(board, by=ana), by=ana, steps=3)


def actions(export):
    found = AuditEvent.objects.filter(subject_type="export", subject_id=str(export.pk)).order_by("pk")
    return [event.action for event in found]


def fetch(user, export):
    return Api(user).get(f"/exports/{export.pk}/file/")


def body(response):
    return b"".join(response.streaming_content)


# Asking


def test_a_small_one_is_ready_when_the_answer_comes(plan, ana):
    response = Api(ana).post("/exports/", {"what": "steps", "form": "ndjson", "filters": {"board": plan.board_id}})
    assert (response.status_code, response.json()["state"], response.json()["rows"]) == (201, "done", 3)
    fetched = fetch(ana, Export.objects.get())
    assert len(body(fetched).splitlines()) == 3
    assert fetched["Content-Disposition"].endswith('.ndjson"')


def test_a_large_one_waits_for_a_worker_and_is_told_by_a_notice(plan, ana, monkeypatch):
    monkeypatch.setattr(work, "AT_ONCE", 2)
    told = Api(ana).post("/exports/", {"what": "steps", "form": "csv"}).json()
    assert (told["state"], told["file"], told["estimate"]) == ("queued", None, 3)
    assert work.work_exports()
    told = Api(ana).get(f"/exports/{told['id']}/").json()
    assert (told["state"], told["rows"]) == ("done", 3)
    notice = Notice.objects.get(user=ana)
    assert notice.text.startswith("Your export of steps is ready: 3 rows.")
    assert notice.path == f"/exports/{told['id']}/"


@pytest.mark.parametrize(
    ("sent", "attr"),
    [
        ({"what": "nothing"}, "what"),
        ({"form": "xls"}, "form"),
        ({"form": "dataset"}, "form"),
        ({"what": "everything"}, "form"),
        ({"filters": {"colour": "red"}}, "colour"),
        ({"filters": {"status": "asleep"}}, "status"),
        ({"filters": {"board": "x"}}, "board"),
        ({"filters": {"board": 10**30}}, "board"),
        ({"filters": {"due_before": "0001-13-01"}}, "due_before"),
        ({"filters": {"status": ""}}, "filters.status"),
        ({"filters": {"board": [1, 2]}}, "board"),
        ({"filters": {"cursor": "n1"}}, "cursor"),
        ({"filters": []}, "filters"),
        ({"other": 1}, "other"),
    ],
)
def test_what_cannot_be_asked_for_is_refused_by_its_name(plan, ana, sent, attr):
    response = Api(ana).post("/exports/", {"what": "steps", "form": "csv"} | sent)
    assert response.status_code == 400, response.content
    assert attr in attrs(response), response.json()
    assert not Export.objects.exists()


def test_everything_is_narrowed_by_its_board_alone(plan, ana):
    asked = {"what": "everything", "form": "dataset", "filters": {"status": "planned"}}
    assert attrs(Api(ana).post("/exports/", asked)) == ["status"]


def test_patients_are_not_for_analysts_and_nothing_is_for_who_is_on_no_board(plan, anselm, admin):
    asked = {"what": "patients", "form": "csv"}
    assert Api(anselm).post("/exports/", asked).status_code == 403
    assert Api(admin).post("/exports/", {"what": "cases", "form": "csv"}).status_code == 403
    assert Api(admin).post("/exports/", {"what": "everything", "form": "dataset"}).status_code == 403


def test_another_board_does_not_exist(plan, ana, other_board):
    asked = {"what": "cases", "form": "csv", "filters": {"board": other_board.pk}}
    assert Api(ana).post("/exports/", asked).status_code == 404


def test_nobody_has_more_than_a_few_under_way(plan, ana):
    for _ in range(MOST_OPEN):
        ask_export(by=ana, what="steps", form="csv", filters={})
    response = Api(ana).post("/exports/", {"what": "steps", "form": "csv"})
    assert (response.status_code, "cancel one" in problem(response)) == (400, True)


def test_nobody_keeps_more_than_their_share(plan, ana, settings):
    settings.EXPORT_QUOTA_MB = 1
    export = make_export(ana)
    Export.objects.filter(pk=export.pk).update(bytes=2**20)
    response = Api(ana).post("/exports/", {"what": "steps", "form": "csv"})
    assert (response.status_code, "Remove one first" in problem(response)) == (400, True)


def test_the_same_call_sent_again_makes_one(plan, ana):
    api = Api(ana)
    for _ in range(2):
        response = api.client.post(
            "/api/v1/exports/", {"what": "steps", "form": "csv"}, format="json", headers={"Idempotency-Key": "k-1"}
        )
        assert response.status_code == 201
    assert Export.objects.count() == 1


# Fetching


def test_it_belongs_to_who_asked_for_it(plan, ana, chloe, client):
    export = make_export(ana)
    for address in (f"/exports/{export.pk}/", f"/exports/{export.pk}/file/"):
        assert Api(chloe).get(address).status_code == 404
    assert Api(chloe).delete(f"/exports/{export.pk}/").status_code == 404
    assert Api(chloe).get("/exports/").json()["results"] == []
    assert client.get(f"/exports/{export.pk}/file/").status_code == 302


def test_who_has_lost_the_board_has_lost_the_file(plan, ana):
    export = make_export(ana)
    assert fetch(ana, export).status_code == 200
    Membership.objects.filter(user=ana).update(ended_at=timezone.now())
    assert fetch(ana, export).status_code == 404
    assert AuditEvent.objects.filter(action="refused", actor=ana).exists()


def test_who_may_not_read_text_any_more_has_lost_a_file_with_text(plan, ana, anselm):
    export, coded = make_export(ana), make_export(anselm)
    Membership.objects.filter(user=ana).update(role="analyst", discipline="")
    assert fetch(ana, export).status_code == 404
    assert fetch(anselm, coded).status_code == 200


def test_who_has_lost_another_board_keeps_it(plan, ana):
    other = join(ana, make_board("Eastgate"), "coordinator", "coordination")
    export = make_export(ana)
    type(other).objects.filter(pk=other.pk).update(ended_at=timezone.now())
    assert fetch(ana, export).status_code == 200


def test_rights_are_asked_again_for_each_chunk(plan, ana, monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 1)
    export = make_export(ana, work_it=False)
    work.work_exports(0)
    export.refresh_from_db()
    assert (export.state, export.rows) == ("running", 1)
    Membership.objects.filter(user=ana).update(ended_at=timezone.now())
    work.work_exports()
    export.refresh_from_db()
    assert (export.state, export.reason) == ("failed", LEFT)
    assert not files.folder(export).exists()


def test_a_board_that_is_lost_on_the_way_is_in_no_file(plan, ana, monkeypatch):
    """Of two boards: what was written of the one that is lost must not be given out."""
    east = make_board("Eastgate")
    other = join(ana, east, "coordinator", "coordination")
    makers.make_plan(makers.make_case(east, by=ana, record_number="SYN-20"), by=ana, steps=2)
    monkeypatch.setattr(work, "CHUNK", 1)
    export = make_export(ana, work_it=False)
    work.work_exports(0)
    type(other).objects.filter(pk=other.pk).update(ended_at=timezone.now())
    work.work_exports()
    export.refresh_from_db()
    assert (export.state, export.reason) == ("failed", LEFT)


def test_a_broken_download_goes_on_where_it_broke_off(plan, ana):
    export = make_export(ana)
    whole = file_of(export)
    get = Api(ana).client.get
    address = f"/api/v1/exports/{export.pk}/file/"
    part = get(address, headers={"Range": "bytes=10-"})
    assert (part.status_code, body(part), part["Content-Range"]) == (
        206, whole[10:], f"bytes 10-{len(whole) - 1}/{len(whole)}",
    )  # fmt: skip
    assert body(get(address, headers={"Range": "bytes=-5"})) == whole[-5:]
    assert body(get(address, headers={"Range": "bytes=0-3,7-9"})) == whole
    assert body(get(address, headers={"Range": "bytes=10-", "If-Range": '"other"'})) == whole
    assert get(address, headers={"Range": f"bytes={len(whole)}-"}).status_code == 416


def test_the_length_and_the_hash_are_those_of_the_file(plan, ana):
    import hashlib

    export = make_export(ana, form="csv")
    response = fetch(ana, export)
    sent = body(response)
    assert int(response["Content-Length"]) == len(sent) == export.bytes
    assert hashlib.sha256(sent).hexdigest() == export.sha256 == response["ETag"].strip('"')


def test_files_are_for_the_account_of_the_program_alone(plan, ana):
    export = make_export(ana, form="csv")
    modes = {
        path: stat.S_IMODE(path.stat().st_mode) for path in (files.root(), files.folder(export), files.finished(export))
    }
    assert list(modes.values()) == [0o700, 0o700, 0o600]


def test_a_file_that_is_on_another_machine_says_so(plan, ana):
    export = make_export(ana)
    files.finished(export).unlink()
    response = fetch(ana, export)
    assert (response.status_code, "share the folder" in problem(response)) == (400, True)


# Ending


def test_cancelled_it_is_over_and_its_rows_are_gone(plan, ana, monkeypatch):
    monkeypatch.setattr(work, "CHUNK", 1)
    export = make_export(ana, work_it=False)
    work.work_exports(0)
    assert files.folder(export).exists()
    assert Api(ana).delete(f"/exports/{export.pk}/").status_code == 204
    assert not files.folder(export).exists()
    assert not work.work_exports()
    assert Api(ana).get(f"/exports/{export.pk}/").json()["state"] == "cancelled"
    assert fetch(ana, export).status_code == 400


def test_cancelled_just_as_its_time_is_over_it_ends_as_when_it_is_cancelled_before(plan, ana, monkeypatch):
    """What is written last is that another may take it up: there is nothing to take up any more."""
    monkeypatch.setattr(work, "CHUNK", 1)
    export, chunk = make_export(ana, work_it=False), work._chunk

    def then_cancelled(*args, **kwargs):
        more = chunk(*args, **kwargs)
        assert Api(ana).delete(f"/exports/{export.pk}/").status_code == 204
        return more

    monkeypatch.setattr(work, "_chunk", then_cancelled)
    assert work.work_exports(0)
    assert Api(ana).get(f"/exports/{export.pk}/").json()["state"] == "cancelled"
    assert not files.folder(export).exists()


def test_removed_its_file_is_gone_and_the_entry_stays(plan, ana):
    export = make_export(ana)
    assert Api(ana).delete(f"/exports/{export.pk}/").status_code == 204
    assert not files.folder(export).exists()
    assert Api(ana).get(f"/exports/{export.pk}/").json()["state"] == "removed"
    assert Api(ana).delete(f"/exports/{export.pk}/").status_code == 400


def test_what_is_asked_of_a_file_is_no_download(plan, ana):
    export = make_export(ana)
    answer = Api(ana).client.head(f"/api/v1/exports/{export.pk}/file/")
    assert (answer.status_code, answer["Content-Length"]) == (200, str(export.bytes))
    export.refresh_from_db()
    assert export.downloads == 0
    assert fetch(ana, export).status_code == 200
    export.refresh_from_db()
    assert export.downloads == 1


def test_a_filter_that_is_refused_is_told_in_one_sentence(board, ana):
    answer = Api(ana).post("/exports/", {"what": "cases", "form": "ndjson", "filters": {"board": [""]}})
    assert answer.status_code == 400
    assert [one["detail"] for one in answer.json()["errors"]] == ["Give a value, or leave this filter out."]


def test_its_time_over_the_file_is_removed(plan, ana):
    export, later = make_export(ana), make_export(ana)
    assert tidying.remove_old_exports() == 0
    Export.objects.filter(pk=export.pk).update(expires_at=timezone.now())
    response = fetch(ana, export)
    assert (response.status_code, "was kept until" in problem(response)) == (400, True)
    assert tidying.remove_old_exports() == 1
    assert not files.folder(export).exists()
    assert files.finished(later).exists()
    response = fetch(ana, export)
    assert (response.status_code, "Ask for it again" in problem(response)) == (400, True)


def test_what_belongs_to_no_export_is_swept_away(plan, ana):
    kept = make_export(ana)
    left = files.root() / "6f0e6dd4-0b0f-4c7a-8c5f-6a3e0c3b6a11"
    other = files.root() / "something"
    for folder in (left, other):
        folder.mkdir()
    tidying.remove_old_exports()
    assert (left.exists(), other.exists(), files.finished(kept).exists()) == (False, True, True)


# Told


def test_every_step_is_on_the_audit_trail_with_filters_form_and_rows(plan, ana):
    export = make_export(ana, form="csv", board=plan.board_id)
    fetch(ana, export)
    Api(ana).delete(f"/exports/{export.pk}/")
    assert actions(export) == ["exports.requested", "exports.done", "exports.downloaded", "exports.removed"]
    done = AuditEvent.objects.get(action="exports.done")
    assert (done.data["form"], done.data["rows"], done.data["filters"]) == ("csv", 3, {"board": [str(plan.board_id)]})
    assert done.data["sha256"] == export.sha256
    assert "Ashdown" not in json.dumps([event.data for event in AuditEvent.objects.all()])


def test_who_wants_a_mail_gets_one_that_names_nothing(plan, ana, mailoutbox):
    export = make_export(ana, mail=True)
    SendingHold.objects.update_or_create(pk=1, defaults={"held_why": "by_hand", "held_at": timezone.now()})
    assert tidying.send_export_mails() == 0
    SendingHold.objects.update(held_why="", held_at=None)
    assert tidying.send_export_mails() == 1
    assert tidying.send_export_mails() == 0
    [mail] = mailoutbox
    assert (mail.to, f"/exports/{export.pk}/" in mail.body) == ([ana.email], True)
    assert "steps" not in mail.body and "Ashdown" not in mail.body


def test_a_failed_one_says_in_one_sentence_what_to_do(plan, ana, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files, "append", full)
    export = make_export(ana)
    assert (export.state, export.reason) == (
        "failed", "The disk of the server is full. Ask an administrator to make room, then ask for the file again.",
    )  # fmt: skip
    assert Notice.objects.get(user=ana).text == f"Your export of steps has failed. {export.reason}"


def test_a_folder_that_cannot_be_written_is_told(plan, ana, monkeypatch):
    def closed(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(files, "begin", closed)
    assert "may not write into its folder" in make_export(ana).reason


@pytest.mark.parametrize("name", ["as_of", "known_by"])
def test_a_list_says_that_it_knows_no_day_but_this_one(ana, name):
    response = Api(ana).post("/exports/", {"what": "steps", "form": "csv", "filters": {name: "2026-01-31"}})
    assert response.status_code == 400
    error = response.json()["errors"][0]
    assert name in error["attr"] and "Ask a report" in error["detail"]


def test_a_fault_of_the_program_tells_its_name_alone(plan, ana, monkeypatch):
    def broken(*_):
        raise KeyError("Ashdown")

    monkeypatch.setattr(work, "next_stretch", broken)
    export = make_export(ana)
    assert (export.state, "KeyError" in export.reason, "Ashdown" in export.reason) == ("failed", True, False)


def test_who_has_the_file_is_told_so_and_it_is_no_download(plan, ana, client):
    export = make_export(ana)
    client.force_login(ana)
    same = {"If-None-Match": f'"{export.sha256}"'}
    for answer in (
        Api(ana).client.get(f"/api/v1/exports/{export.pk}/file/", headers=same),
        client.get(f"/exports/{export.pk}/file/", headers=same),
    ):
        assert (answer.status_code, answer["ETag"], answer.content) == (304, f'"{export.sha256}"', b"")
    other = Api(ana).client.get(f"/api/v1/exports/{export.pk}/file/", headers={"If-None-Match": '"other"'})
    export.refresh_from_db()
    assert (other.status_code, export.downloads) == (200, 1)


def test_a_page_is_asked_about_its_file_as_the_api_is(plan, ana, client):
    export = make_export(ana)
    client.force_login(ana)
    answer = client.head(f"/exports/{export.pk}/file/")
    export.refresh_from_db()
    assert (answer.status_code, answer["Content-Length"], export.downloads) == (200, str(export.bytes), 0)


def test_removed_between_the_look_and_the_sending_it_is_told_and_no_error(plan, ana, monkeypatch, client):
    """By the same person in another window, or since its time is over."""
    look = asking.fetch_export
    client.force_login(ana)
    for fetch_it in (
        lambda pk: fetch(ana, Export.objects.get(pk=pk)),
        lambda pk: client.get(f"/exports/{pk}/file/", follow=True),
    ):
        export = make_export(ana)

        def then_removed(row, **kwargs):
            look(row, **kwargs)
            asking.remove_export(Export.objects.get(pk=row.pk), by=ana)

        monkeypatch.setattr(asking, "fetch_export", then_removed)
        answer = fetch_it(export.pk)
        monkeypatch.setattr(asking, "fetch_export", look)
        assert answer.status_code in (400, 200)
        assert "The file is there no more (removed)" in answer.content.decode()


def test_opened_it_is_sent_whole_whoever_removes_it(plan, ana):
    export = make_export(ana)
    whole, answer = file_of(export), fetch(ana, export)
    asking.remove_export(export, by=ana)
    assert body(answer) == whole


def test_a_small_one_is_mailed_too_where_that_was_asked_for(plan, ana, mailoutbox):
    told = Api(ana).post("/exports/", {"what": "steps", "form": "csv", "mail": True}).json()
    assert (told["state"], tidying.send_export_mails()) == ("done", 1)
    assert f"/exports/{told['id']}/" in mailoutbox[0].body


@pytest.mark.parametrize("verb", ["cancel", "remove"])
def test_a_file_stays_where_the_row_that_says_it_is_gone_is_taken_back(plan, ana, monkeypatch, verb):
    export = make_export(ana, work_it=verb == "remove")
    files.begin(export)

    def broken(*args, **kwargs):
        raise RuntimeError

    monkeypatch.setattr(asking.audit, "record", broken)
    with pytest.raises(RuntimeError):
        getattr(asking, f"{verb}_export")(export, by=ana)
    assert files.folder(export).exists()


def test_every_sentence_about_a_filter_is_whole(plan, ana):
    """And not told letter by letter."""
    for filters in ({"board": []}, {"board": {}}, {"status": [None]}, [], "x", {"x": "y" * 201}, {"board": ["1", "2"]}):
        answer = Api(ana).post("/exports/", {"what": "steps", "form": "csv", "filters": filters})
        assert answer.status_code == 400
        assert all(len(one["detail"]) > 10 for one in answer.json()["errors"]), answer.json()
