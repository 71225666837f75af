"""My work and the board's home: what waits for whom, and at what cost."""

import re
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Board, Notice, RequiredDiscipline
from careplans.models import FollowUp, OutboxMessage, Reminder, Step
from careplans.services import signatures
from careplans.services.plans import draft_plan
from tests.careplans import makers
from tests.factories import join, make_cast, make_user

pytestmark = pytest.mark.django_db


def my_work(client, user, **params):
    client.force_login(user)
    return client.get(reverse("careplans:my_work"), params)


def board_home(client, user, board, **params):
    client.force_login(user)
    return client.get(reverse("careplans:board_home", args=[board.pk]), params)


def listed(response, name):
    return [item["row"] if isinstance(item, dict) else item.row for item in response.context["sections"][name]["rows"]]


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def submitted(board, case, ana):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    return makers.submit(makers.make_plan(case, by=ana), by=ana)


def in_force(board, ana, chloe, number, **extra):
    case = makers.make_case(board, by=ana, record_number=f"SYN-{number}")
    return makers.make_active_plan(case, by=ana, chair=chloe, **extra)


def make_late(step, days=40):
    Step.objects.filter(pk=step.pk).update(due_on=makers.TODAY() - timedelta(days=days))


def test_a_plan_waits_for_the_discipline_that_was_asked(client, submitted, omar):
    assert listed(my_work(client, omar), "to_sign") == [submitted]
    assert reverse("careplans:signoff", args=[submitted.pk]) in my_work(client, omar).content.decode()


def test_it_no_longer_waits_once_signed(client, submitted, omar):
    makers.sign(submitted, by=omar)
    assert listed(my_work(client, omar), "to_sign") == []


def test_it_does_not_wait_for_another_discipline(client, submitted, chloe):
    assert listed(my_work(client, chloe), "to_sign") == []


def test_a_delegated_signature_waits_for_the_delegate_only(client, submitted, omar, chloe):
    Board.objects.filter(pk=submitted.board_id).update(delegates_may_lack_discipline=True)
    signature = submitted.signatures.select_related("plan", "board").get(discipline="medical_oncology")
    signatures.delegate_signature(signature, by=omar, to=chloe)
    assert listed(my_work(client, chloe), "to_sign") == [submitted]
    assert listed(my_work(client, omar), "to_sign") == []


def test_the_discipline_counts_on_its_own_board_only(client, submitted, other_board):
    elsewhere = make_user("elsa@southbank.example", "Elsa Elsewhere")
    join(elsewhere, other_board, "member", "medical_oncology")
    assert listed(my_work(client, elsewhere), "to_sign") == []


def test_the_chair_sees_what_can_be_released(client, submitted, omar, ravi, chloe):
    assert listed(my_work(client, chloe), "to_release") == []
    makers.sign(submitted, by=omar)
    makers.sign(submitted, by=ravi)
    assert listed(my_work(client, chloe), "to_release") == [submitted]
    assert "to_release" not in my_work(client, omar).context["sections"]


def test_steps_come_by_day_and_the_overdue_one_says_so(client, board, ana, chloe, omar):
    first = in_force(board, ana, chloe, 1, owner=omar).steps.get()
    second = in_force(board, ana, chloe, 2, owner=omar).steps.get()
    make_late(second)
    response = my_work(client, omar)
    assert (listed(response, "overdue"), listed(response, "coming")) == ([second], [first])
    assert "Overdue" in response.content.decode()


def test_a_step_of_a_plan_not_in_force_does_not_wait(client, case, ana, omar):
    makers.make_plan(case, by=ana, owner=omar)
    assert listed(my_work(client, omar), "coming") == []


def test_follow_ups_within_thirty_days_wait(client, case, ana, omar):
    near = makers.make_follow_up(case, by=ana, assignee=omar, due_on=makers.TODAY() + timedelta(days=29))
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=makers.TODAY() + timedelta(days=40))
    assert listed(my_work(client, omar), "coming") == [near]


def test_the_coordinator_sees_what_is_overdue_with_others(client, board, case, ana, chloe, omar):
    make_late(in_force(board, ana, chloe, 2, owner=omar).steps.get())
    makers.make_follow_up(case, by=ana, assignee=omar, due_on=makers.TODAY() - timedelta(days=20))
    makers.make_follow_up(case, by=ana, assignee=ana, due_on=makers.TODAY() - timedelta(days=20))
    sections = my_work(client, ana).context["sections"]
    assert [type(item.row) for item in sections["late"]["rows"]] == [Step, FollowUp]
    assert all(item.escalated for item in sections["late"]["rows"])
    assert [type(item.row) for item in sections["overdue"]["rows"]] == [FollowUp]
    assert "late" not in my_work(client, omar).context["sections"]


def test_failed_reminders_are_counted_for_who_can_send_them_again(client, case, ana, omar):
    makers.make_follow_up(case, by=ana, assignee=omar)
    Reminder.objects.filter(recipient=omar).update(status="failed")
    assert "could not be sent" in my_work(client, ana).content.decode()
    assert "could not be sent" not in my_work(client, omar).content.decode()


def test_drafts_are_those_of_their_author(client, case, ana, omar):
    plan = draft_plan(case, by=omar)
    assert listed(my_work(client, omar), "drafts") == [plan]
    assert listed(my_work(client, ana), "drafts") == []


def test_ten_rows_are_shown_and_the_rest_is_a_page_away(client, case, ana):
    for day in range(12):
        makers.make_follow_up(case, by=ana, due_on=makers.TODAY() + timedelta(days=day))
    response = my_work(client, ana)
    assert (response.context["sections"]["coming"]["count"], len(listed(response, "coming"))) == ("10+", 10)
    assert "?show=coming_followups" in response.content.decode()
    assert len(my_work(client, ana, show="followups").context["section"]["rows"]) == 12


def test_an_unknown_list_is_not_found(client, ana):
    assert my_work(client, ana, show="everything").status_code == 404


@pytest.mark.parametrize(
    ("who", "words"), [("admin", "People: invite"), ("edda", "Reference pages"), ("stranger", "Ask an administrator")]
)
def test_who_is_on_no_board_reads_what_to_do(client, request, db, who, words):
    user = make_user("s@example.org", "Sam") if who == "stranger" else request.getfixturevalue(who)
    response = my_work(client, user)
    assert response.status_code == 200
    assert words in response.content.decode()


def test_an_analyst_sees_no_patient_on_either_page(client, board, case, ana, anselm):
    makers.make_follow_up(case, by=ana, due_on=makers.TODAY() + timedelta(days=3))
    for response in (my_work(client, anselm), board_home(client, anselm, board)):
        assert response.status_code == 200
        assert "Ashdown" not in response.content.decode()
        assert case.title not in response.content.decode()
    assert board_home(client, anselm, board, show="active").status_code == 403


def test_another_board_is_not_found(client, board, otto):
    assert board_home(client, otto, board).status_code == 404


def test_the_board_shows_its_numbers(client, board, submitted, ana, chloe):
    makers.make_follow_up(submitted.case, by=ana, due_on=makers.TODAY() - timedelta(days=20))
    counts = board_home(client, ana, board).context["counts"]
    assert counts == {
        "overdue_steps": "0",
        "failed_gates": "0",
        "waiting_gates": "0",
        "awaiting": "1",
        "board_drafts": "0",
        "ready": "0",
        "active": "0",
        "on_hold": "0",
        "rediscussions": "0",
        "overdue_followups": "1",
        "superseded": "0",
        "facts": "0",
        "nothing_ahead": "0",
        "left": "0",
    }


def fill(board, ana, chloe, omar, numbers):
    """For each number: a plan in force with a late step, late follow-ups, a plan in sign-off, a draft, a failure."""
    for number in numbers:
        plan = in_force(board, ana, chloe, number, owner=omar)
        make_late(plan.steps.get())
        for day in (-30, 3):
            makers.make_follow_up(plan.case, by=ana, assignee=omar, due_on=makers.TODAY() + timedelta(days=day))
        waiting = makers.make_case(board, by=ana, record_number=f"SYN-w{number}")
        makers.submit(makers.make_plan(waiting, by=ana), by=ana)
        draft_plan(makers.make_case(board, by=ana, record_number=f"SYN-d{number}"), by=ana)
    Reminder.objects.filter(pk__in=OutboxMessage.objects.values("reminder")[:3]).update(status="failed")


WORKERS = ["ana", "chloe", "omar"]


@pytest.fixture(scope="module")
def counted(django_db_setup, django_db_blocker):
    """Queries of both pages for each of them, with two rows of each kind and with twelve. Filled once, and undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        for user in (getattr(cast, who) for who in WORKERS):
            join(user, cast.other_board, "chair", "surgery")
            Notice.objects.create(user=user, kind="due", text="-", path="/", dedupe_key=f"x{user.pk}")
        counted = []
        for numbers in (range(2), range(2, 12)):
            fill(cast.board, cast.ana, cast.chloe, cast.omar, numbers)
            counted.append({who: count(getattr(cast, who), cast.board) for who in WORKERS})
        transaction.set_rollback(True)
    return counted


def count(user, board):
    client, queries = Client(), []
    board_home(client, user, board)
    for path in (reverse("careplans:my_work"), reverse("careplans:board_home", args=[board.pk])):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(path).status_code == 200
        queries.append(len(captured))
    return queries


@pytest.mark.parametrize("who", WORKERS)
def test_the_pages_cost_the_same_for_two_rows_and_twelve(counted, who):
    two, twelve = counted[0][who], counted[1][who]
    assert max(two) <= 19
    assert twelve == two


def test_each_list_is_in_its_own_order_whatever_came_first(client, board, ana, case):
    """By the day, and not by the key in which the rows are read."""
    days = [makers.TODAY() + timedelta(days=ahead) for ahead in (9, 3, 6)]
    for day in days:
        makers.make_follow_up(case, by=ana, due_on=day)
    shown = [
        item["row"] if isinstance(item, dict) else item.row for item in board_home(client, ana, board).context["coming"]
    ]
    assert [row.due_on for row in shown if row.due_on in days] == sorted(days)


TILE = re.compile(
    r'<li class="c-tile[^>]*>\s*<strong class="c-tile__number">(.*?)</strong>\s*<a href="([^"]+)">([^<]+)</a>',
    re.DOTALL,
)


def rows_behind(client, path):
    """How many rows the list behind a number has; of what is left to nobody, what each person holds."""
    answer = client.get(path.replace("&amp;", "&"))
    assert answer.status_code == 200, path
    if "people" in answer.context:
        return sum(sum(one.counts.values()) for one in answer.context["people"])
    return len(answer.context["page"].rows)


def test_every_number_of_a_board_is_the_length_of_its_list(client, board, ana, chloe, omar, ravi):
    makers.require_disciplines(board, "radiology")
    RequiredDiscipline.objects.all().delete()
    fill(board, ana, chloe, omar, range(3))
    makers.make_gated_plan(makers.make_case(board, by=ana, record_number="SYN-g"), by=ana, chair=chloe, owner=omar)
    makers.require_disciplines(board, "radiology")
    makers.submit(makers.make_plan(makers.make_case(board, by=ana, record_number="SYN-r"), by=ana), by=ana)
    makers.make_follow_up(makers.make_case(board, by=ana, record_number="SYN-k"), by=ana, kind="rediscussion")
    page = board_home(client, ana, board).content.decode()
    tiles = TILE.findall(page)
    assert len(tiles) == 13
    numbers = {
        title: (int(re.sub(r"<.*?>|\s", "", number)), rows_behind(client, path)) for number, path, title in tiles
    }
    assert {title: pair for title, pair in numbers.items() if pair[0] != pair[1]} == {}
    assert (
        numbers["Overdue steps"][0] == 3
        and numbers["Ready to release"][0] == 3
        and numbers["Plans awaiting signatures"][0] == 1
    )


def test_the_board_says_whose_signatures_are_awaited_by_name_and_leads_to_their_plans(
    client, board, submitted, ana, ravi, omar
):
    awaited = board_home(client, ana, board).context["awaited"]
    assert [(one.discipline, one.people, one.plans) for one in awaited] == [
        ("Medical oncology", ["Omar Oncologist"], 1), ("Radiology", ["Ravi Radiologist"], 1),
    ]  # fmt: skip
    makers.sign(submitted, by=omar)
    assert [one.discipline for one in board_home(client, ana, board).context["awaited"]] == ["Radiology"]
    for key, number in (("radiology", 1), ("medical_oncology", 0), (f"person-{ravi.pk}", 0), ("nonsense", 1)):
        assert len(board_home(client, ana, board, show="awaiting", of=key).context["page"].rows) == number, key


def test_a_delegated_signature_is_awaited_of_the_person(client, board, submitted, ana, omar, chloe):
    Board.objects.filter(pk=board.pk).update(delegates_may_lack_discipline=True)
    asked = submitted.signatures.select_related("plan", "board").get(discipline="medical_oncology")
    signatures.delegate_signature(asked, by=omar, to=chloe)
    awaited = {one.key: one.people for one in board_home(client, ana, board).context["awaited"]}
    assert awaited[f"person-{chloe.pk}"] == ["Chloe Chair (delegated)"] and "medical_oncology" not in awaited
    assert len(board_home(client, ana, board, show="awaiting", of=f"person-{chloe.pk}").context["page"].rows) == 1


def test_an_analyst_reads_no_name_of_who_is_awaited(client, board, submitted, anselm):
    page = board_home(client, anselm, board)
    assert [one.people for one in page.context["awaited"]] == [[], []]
    assert "Ravi" not in page.content.decode()


def test_a_discipline_that_nobody_can_sign_for_says_so(client, board, case, ana):
    makers.require_disciplines(board, "pathology")
    makers.submit(makers.make_plan(case, by=ana), by=ana)
    assert "Nobody on the board" in board_home(client, ana, board).content.decode()


def test_the_board_says_on_which_days_cases_come_back(client, board, case, ana):
    day = makers.TODAY() + timedelta(days=40)
    makers.make_follow_up(case, by=ana, due_on=day, kind="rediscussion")
    page = board_home(client, ana, board)
    assert [at for at, _ in page.context["days"]] == [day] and "Back before the board" in page.content.decode()
