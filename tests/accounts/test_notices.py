from threading import Barrier, Thread

import pytest
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction

from accounts.models import Membership, Notice, User
from accounts.services.notices import LONGEST, add_notice, mark_read


def tell(user, key="k1", path="/boards/1/"):
    return add_notice(user, "due", "A follow-up is due.", path, key, board=None)


def test_a_notice_is_written_once(ana):
    assert tell(ana)
    assert not tell(ana)
    assert Notice.objects.count() == 1


def test_a_notice_goes_with_the_callers_transaction(ana):
    with pytest.raises(RuntimeError), transaction.atomic():
        tell(ana)
        raise RuntimeError
    assert not Notice.objects.exists()


def test_a_repeated_notice_leaves_the_callers_transaction_usable(ana):
    tell(ana)
    with transaction.atomic():
        tell(ana)
        tell(ana, "k2")
    assert Notice.objects.count() == 2


def test_a_long_text_is_cut_at_a_word_and_says_so(ana):
    add_notice(ana, "due", "Facts have changed, " * 60, "/", "k1", board=None)
    text = Notice.objects.get().text
    assert text.endswith(("Facts…", "have…", "changed…"))
    assert len(text) <= LONGEST


def test_a_text_that_can_be_read_at_a_glance_is_whole(ana):
    add_notice(ana, "due", "x" * LONGEST, "/", "k1", board=None)
    assert Notice.objects.get().text == "x" * LONGEST


def names_a_patient(user, board):
    add_notice(user, "facts", "Ashdown, Synthetic: plan 1 rests on facts that have changed.", "/", "p", board=board)
    return Notice.objects.get(dedupe_key="p")


def test_who_is_on_the_board_reads_the_notice_that_names_its_patient(client, omar, board):
    names_a_patient(omar, board)
    client.force_login(omar)
    assert "Ashdown" in client.get("/notices/").content.decode()


@pytest.mark.parametrize("change", [{"ended_at": "2026-03-01T09:00Z"}, {"role": "analyst"}])
def test_who_does_not_see_the_boards_patients_any_more_reads_no_notice_that_names_one(client, omar, board, change):
    found = names_a_patient(omar, board)
    tell(omar, "mine")
    Membership.objects.filter(user=omar).update(**change)
    client.force_login(User.objects.get(pk=omar.pk))
    page = client.get("/notices/")
    assert [row.dedupe_key for row in page.context["page"]] == ["mine"]
    assert page.context["unread_notices"] == 1
    assert client.get(f"/notices/{found.pk}/").status_code == 404
    client.post("/notices/read/", {"shown": f"{found.pk}"})
    found.refresh_from_db()
    assert found.read_at is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_write_one_notice():
    user = User.objects.create_user("ana@northgate.example", "Ana")
    start, results = Barrier(4), []

    def work():
        start.wait()
        with transaction.atomic():
            results.append(tell(user))
        connection.close()

    threads = [Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False, False, False, True]
    assert Notice.objects.count() == 1


def test_the_page_shows_the_persons_own_and_unread_ones_first(client, ana, omar):
    for number in range(3):
        tell(ana, f"a{number}")
    tell(omar, "o")
    mark_read(Notice.objects.get(dedupe_key="a2"), by=ana)
    client.force_login(ana)
    assert [n.dedupe_key for n in client.get("/notices/").context["page"]] == ["a1", "a0", "a2"]


def test_the_pages_of_a_long_list_hold_each_notice_once(client, ana):
    for number in range(60):
        tell(ana, f"a{number}")
    Notice.objects.filter(pk__lte=Notice.objects.order_by("pk")[29].pk).update(read_at="2026-01-01T00:00Z")
    client.force_login(ana)
    page, seen = client.get("/notices/").context["page"], []
    while True:
        seen += [n.pk for n in page]
        if not page.next_url:
            break
        page = client.get("/notices/" + page.next_url).context["page"]
    assert len(seen) == len(set(seen)) == 60


def test_opening_a_notice_marks_it_read_and_goes_there(client, ana):
    tell(ana)
    client.force_login(ana)
    assert client.get(f"/notices/{Notice.objects.get().pk}/").url == "/boards/1/"
    assert Notice.objects.get().read_at


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/", "javascript:x", "/\\evil.example"])
def test_a_notice_leads_nowhere_else(client, ana, path):
    tell(ana, path=path)
    client.force_login(ana)
    assert client.get(f"/notices/{Notice.objects.get().pk}/").url == "/notices/"


def test_somebody_elses_notice_is_not_there(client, ana, omar):
    tell(omar)
    client.force_login(ana)
    assert client.get(f"/notices/{Notice.objects.get().pk}/").status_code == 404
    assert Notice.objects.get().read_at is None


def test_nobody_marks_somebody_elses_as_read(ana, omar):
    tell(omar)
    with pytest.raises(PermissionDenied):
        mark_read(Notice.objects.get(), by=ana)


def test_all_ones_own_are_marked_read(client, ana, omar):
    tell(ana, "a")
    tell(omar, "o")
    client.force_login(ana)
    client.post("/notices/read/", {"shown": " ".join(str(row.pk) for row in Notice.objects.all())})
    assert list(Notice.objects.filter(read_at=None).values_list("dedupe_key", flat=True)) == ["o"]


def test_what_came_since_the_page_was_drawn_stays_unread(client, ana):
    tell(ana, "a")
    client.force_login(ana)
    shown = client.get("/notices/").context["unread"]
    tell(ana, "b")
    client.post("/notices/read/", {"shown": " ".join(map(str, shown))})
    assert list(Notice.objects.filter(read_at=None).values_list("dedupe_key", flat=True)) == ["b"]


@pytest.mark.parametrize("sent", [{}, {"shown": ""}, {"shown": "all"}, {"shown": "9" * 3000}, {"shown": "-1 ٣ 1e9"}])
def test_what_names_no_notice_marks_none(client, ana, sent):
    tell(ana, "a")
    client.force_login(ana)
    assert client.post("/notices/read/", sent).status_code == 302
    assert Notice.objects.get().read_at is None


def test_unread_ones_can_be_looked_at_alone(client, ana):
    tell(ana, "a")
    tell(ana, "b")
    mark_read(Notice.objects.get(dedupe_key="a"), by=ana)
    client.force_login(ana)
    assert [n.dedupe_key for n in client.get("/notices/?show=unread").context["page"]] == ["b"]
    mark_read(Notice.objects.get(dedupe_key="b"), by=ana)
    assert "Nothing is unread" in client.get("/notices/?show=unread").content.decode()


def test_the_page_takes_the_same_queries_for_2_rows_and_12(client, ana, django_assert_max_num_queries):
    client.force_login(ana)
    counts = []
    for number in range(12):
        tell(ana, f"a{number}")
        if number in (1, 11):
            with django_assert_max_num_queries(10) as captured:
                client.get("/notices/")
            counts.append(len(captured))
    assert counts[0] == counts[1]
