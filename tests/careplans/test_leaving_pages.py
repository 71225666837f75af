"""The pages on which somebody leaves, and on which a board sees what is left to nobody."""

import ast
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Membership, User
from careplans.models import FollowUp, Step
from tests.careplans import makers
from tests.factories import join

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def seat(omar):
    return omar.memberships.get()


@pytest.fixture
def held(board, ana, omar, chloe):
    return makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe, owner=omar)


@pytest.fixture
def desk(client, admin):
    client.force_login(admin)
    return client


def end(seat):
    return f"/administration/memberships/{seat.pk}/end/"


def test_with_nothing_open_one_click_does_it(desk, seat):
    assert desk.post(end(seat)).status_code == 302
    assert Membership.objects.get(pk=seat.pk).ended_at is not None


def test_with_something_open_the_first_click_asks_and_nothing_has_happened(desk, held, seat):
    page = desk.post(end(seat))
    assert page.status_code == 200 and "1 open step" in page.content.decode()
    assert Membership.objects.get(pk=seat.pk).ended_at is None


def test_an_administrator_sees_numbers_and_no_patient(desk, held, seat):
    page = desk.get(end(seat)).content.decode()
    for word in ("Ashdown", "SYN-1", "Ileal NET"):
        assert word not in page


def test_who_coordinates_the_board_too_may_look_at_what_it_is(desk, held, seat, admin, board):
    join(admin, board, "coordinator")
    assert reverse("careplans:person_work", args=[board.pk, seat.user_id]) in desk.get(end(seat)).content.decode()


def test_with_a_successor_it_is_done(desk, held, seat, board, ana):
    assert desk.post(end(seat), {"asked": "1", f"b{board.pk}-steps": ana.pk}).status_code == 302
    assert Step.objects.get().assignee == ana


def test_without_one_it_says_what_to_choose(desk, held, seat):
    refused = desk.post(end(seat), {"asked": "1"})
    assert refused.status_code == 400 and "Choose who takes this over" in refused.content.decode()


def test_one_person_takes_everything(desk, held, seat, board, ana, omar, ravi):
    makers.make_follow_up(held.case, by=ana, assignee=omar)
    desk.post(end(seat), {"asked": "1", f"b{board.pk}-all": ravi.pk, f"b{board.pk}-follow_ups": ana.pk})
    assert (Step.objects.get().assignee, FollowUp.objects.get().assignee) == (ravi, ana)


def test_the_coordinators_are_offered_first(desk, held, seat, ana):
    page = desk.get(end(seat)).content.decode()
    assert page.index("Coordinators") < page.index("Ana Coordinator") < page.index("Others who act on the board")


def test_a_role_that_only_reads_is_asked_about_and_typed_once(desk, held, seat, board, ana):
    shown = {"seen_role": "member", "seen_discipline": "medical_oncology", "role": "analyst", "discipline": ""}
    typed = {f"m{seat.pk}-{name}": text for name, text in shown.items()}
    url = f"/administration/memberships/{seat.pk}/"
    page = desk.post(url, typed)
    assert f'name="m{seat.pk}-role" value="analyst"' in page.content.decode()
    assert "Change the role on Northgate to analyst" in page.content.decode()
    assert desk.post(url, typed | {"asked": "1", f"b{board.pk}-steps": ana.pk}).status_code == 302
    assert Membership.objects.get(pk=seat.pk).role == "analyst"


def test_deactivating_asks_for_every_board(desk, held, seat, board, other_board, omar, otto, ana):
    join(omar, other_board, "member", "radiology")
    makers.make_follow_up(makers.make_case(other_board, by=otto), by=otto, assignee=omar)
    url = f"/administration/people/{omar.pk}/deactivate/"
    page = desk.post(url).content.decode()
    assert "Northgate" in page and "Southbank" in page
    typed = {"asked": "1", f"b{board.pk}-steps": ana.pk, f"b{other_board.pk}-follow_ups": otto.pk}
    assert desk.post(url, typed).status_code == 302
    assert not User.objects.get(pk=omar.pk).is_active


def test_where_nobody_else_is_there_it_says_so(desk, other_board, otto):
    makers.make_follow_up(makers.make_case(other_board, by=otto), by=otto)
    page = desk.get(f"/administration/people/{otto.pk}/deactivate/").content.decode()
    assert "Nobody else on this board can take over 1 follow-up, 1 case" in page


def gone(user):
    Membership.objects.filter(user=user).update(ended_at=timezone.now())


def test_a_coordinator_sees_what_is_left_to_nobody_and_hands_it_over(client, held, board, ana, omar, ravi):
    gone(omar)
    client.force_login(ana)
    assert "Left to nobody" in client.get("/").content.decode()
    assert "Omar Oncologist" in client.get(f"/boards/{board.pk}/left-over/").content.decode()
    url = f"/boards/{board.pk}/people/{omar.pk}/work/"
    assert "Ashdown" in client.get(url).content.decode()
    assert client.post(url, {f"b{board.pk}-steps": ravi.pk}).status_code == 302
    assert "Everything is with somebody" in client.get(f"/boards/{board.pk}/left-over/").content.decode()


def test_work_handover_nothing_is_refused(client, held, board, ana, omar):
    client.force_login(ana)
    refused = client.post(f"/boards/{board.pk}/people/{omar.pk}/work/", {f"b{board.pk}-steps": ""})
    assert refused.status_code == 400 and "Choose who takes over at least one" in refused.content.decode()


def test_the_plan_marks_a_step_that_is_left_to_nobody(client, held, ana, omar):
    client.force_login(ana)
    url = reverse("careplans:plan", args=[held.pk])
    assert "Left to nobody" not in client.get(url).content.decode()
    gone(omar)
    assert "Left to nobody" in client.get(url).content.decode()


def test_the_case_and_the_follow_up_mark_it_too(client, held, board, ana, omar):
    follow_up = makers.make_follow_up(held.case, by=ana, assignee=omar)
    client.force_login(ana)
    places = [("case", held.case_id, 1), ("followup", follow_up.pk, 1), ("followups", board.pk, 1)]
    for name, pk, _ in places:
        assert "Left to nobody" not in client.get(reverse(f"careplans:{name}", args=[pk])).content.decode()
    gone(omar)
    for name, pk, count in places:
        page = client.get(reverse(f"careplans:{name}", args=[pk]) + ("?state=planned" if name == "followups" else ""))
        assert page.content.decode().count("Left to nobody") == count, name


def test_a_long_list_goes_by_pages(client, held, board, ana, omar):
    for _ in range(30):
        makers.make_follow_up(held.case, by=ana, assignee=omar)
    client.force_login(ana)
    page = client.get(f"/boards/{board.pk}/people/{omar.pk}/work/?show=follow_ups").content.decode()
    assert "after=" in page


@pytest.mark.parametrize("name", ["left-over", "people/{}/work"])
def test_the_pages_ask_as_little_for_twelve_rows_as_for_two(client, held, board, ana, omar, name):
    client.force_login(ana)
    url = f"/boards/{board.pk}/{name.format(omar.pk)}/"
    counts = []
    for more in (2, 10):
        for _ in range(more):
            makers.make_follow_up(held.case, by=ana, assignee=omar)
        Membership.objects.filter(user=omar).update(ended_at=timezone.now())
        client.get(url)
        with CaptureQueriesContext(connection) as seen:
            client.get(url)
        counts.append(len(seen))
        Membership.objects.filter(user=omar).update(ended_at=None)
    assert counts[0] == counts[1]


def test_nothing_else_ends_a_membership_or_closes_an_account():
    """The accounts' own verbs hand nothing over: only the services of leaving call them."""
    verbs, found = {"end_membership", "change_membership", "deactivate_person"}, set()
    for app in ("accounts", "careplans", "modalities", "common"):
        for path in (ROOT / app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in verbs:
                    found.add((str(path.relative_to(ROOT)), ast.unparse(node.func.value)))
                if isinstance(node, ast.ImportFrom) and verbs & {alias.name for alias in node.names}:
                    found.add((str(path.relative_to(ROOT)), node.module))
    assert found == {
        ("careplans/services/leaving.py", "memberships"),
        ("careplans/services/leaving.py", "people"),
        ("careplans/views/leaving.py", "leaving"),
        # A system's account has nothing that could be handed over.
        ("accounts/services/systems.py", "accounts.services.memberships"),
    }
