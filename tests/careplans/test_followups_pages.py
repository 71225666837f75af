"""The work list, the page of one follow-up, and the schedules of a board."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEvent, Notice
from careplans.models import Event, FollowUp, FollowUpSchedule
from careplans.services.followups import cancel_follow_up, complete_follow_up
from tests.careplans import makers
from tests.careplans.makers import TODAY

pytestmark = pytest.mark.django_db


def day(number):
    return TODAY() + timedelta(days=number)


def work_list(client, user, board, **params):
    client.force_login(user)
    return client.get(reverse("careplans:followups", args=[board.pk]), params)


def page(client, user, follow_up):
    client.force_login(user)
    return client.get(reverse("careplans:followup", args=[follow_up.pk]))


def settle(client, user, follow_up, verb, **values):
    client.force_login(user)
    data = {"verb": verb, "version": follow_up.version} | values
    return client.post(reverse("careplans:followup", args=[follow_up.pk]), data)


def rows(response):
    return [item.row for item in response.context["rows"]]


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def late(case, ana):
    return makers.make_follow_up(case, by=ana, due_on=day(-30))


@pytest.fixture
def due(case, ana, omar):
    return makers.make_follow_up(case, by=ana, due_on=day(-1), assignee=omar, kind="visit")


@pytest.fixture
def coming(case, ana):
    return makers.make_follow_up(case, by=ana, due_on=day(20))


def test_the_work_list_begins_with_what_is_overdue(client, board, ana, coming, late, due):
    response = work_list(client, ana, board)
    assert rows(response) == [late, due, coming]
    assert [item.state for item in response.context["rows"]] == ["overdue", "due", "planned"]


@pytest.mark.parametrize("state", ["overdue", "due", "coming"])
def test_each_state_has_its_own_list(client, board, ana, coming, late, due, state):
    expected = {"overdue": late, "due": due, "coming": coming}[state]
    assert rows(work_list(client, ana, board, state=state)) == [expected]


def test_what_ended_is_listed_by_how_it_ended(client, board, ana, late, due):
    complete_follow_up(late, by=ana, expected_version=1, done_on=day(0))
    cancel_follow_up(due, by=ana, expected_version=1, reason="moved away")
    assert rows(work_list(client, ana, board)) == []
    assert rows(work_list(client, ana, board, state="done")) == [late]
    assert rows(work_list(client, ana, board, state="cancelled")) == [due]


def test_it_can_be_narrowed_to_mine_and_to_a_kind(client, board, ana, omar, late, due):
    assert rows(work_list(client, omar, board, who="mine")) == [due]
    assert rows(work_list(client, ana, board, who=omar.pk)) == [due]
    assert rows(work_list(client, ana, board, kind="markers")) == [late]


def test_a_filter_that_cannot_be_read_counts_as_none(client, board, ana, late):
    assert rows(work_list(client, ana, board, who="1 or 1=1", kind="x", state="y", after="!!")) == [late]


def test_the_list_goes_on_by_key(client, board, case, ana):
    for number in range(27):
        makers.make_follow_up(case, by=ana, due_on=day(number))
    first = work_list(client, ana, board)
    second = client.get(reverse("careplans:followups", args=[board.pk]) + first.context["page"].next_url)
    assert (len(rows(first)), len(rows(second))) == (25, 2)
    assert not {row.pk for row in rows(first)} & {row.pk for row in rows(second)}


@pytest.mark.parametrize(("who", "code"), [("otto", 404), ("admin", 404), ("anselm", 403), ("nina", 200)])
def test_who_opens_the_list_and_the_page(client, request, board, late, who, code):
    user = request.getfixturevalue(who)
    assert work_list(client, user, board).status_code == code
    assert page(client, user, late).status_code == code


@pytest.mark.parametrize("name", ["followups", "schedules"])
def test_a_stranger_is_sent_to_sign_in(client, board, name):
    assert client.get(reverse(f"careplans:{name}", args=[board.pk])).status_code == 302


def test_done_is_recorded_with_its_day_and_result(client, ana, late):
    FollowUp.objects.update(created_at=timezone.now() - timedelta(days=60))
    response = settle(client, ana, late, "done", done_on=day(-2).isoformat(), result="Chromogranin A stable")
    assert response.status_code == 302
    late.refresh_from_db()
    assert (late.status, late.done_on, late.result) == ("done", day(-2), "Chromogranin A stable")
    assert AuditEvent.objects.filter(action="follow_up_settled", subject_id=late.pk).exists()


def test_a_day_in_the_future_is_refused_beside_its_field(client, ana, late):
    response = settle(client, ana, late, "done", done_on=day(3).isoformat(), result="typed text")
    assert response.status_code == 400
    assert "lies in the future" in response.content.decode()
    assert "typed text" in response.content.decode()


def test_who_did_not_attend_gets_a_new_date(client, ana, late):
    response = settle(client, ana, late, "missed", new_due_on=day(5).isoformat(), reason="Was ill")
    late.refresh_from_db()
    new = late.replaced_by
    assert response.url.partition("?")[0] == reverse("careplans:followup", args=[new.pk])
    assert (late.status, new.due_on, new.assignee) == ("did_not_attend", day(5), ana)


def test_it_moves_to_another_day_and_person(client, ana, omar, late):
    settle(client, ana, late, "move", due_on=day(9).isoformat(), assignee=omar.pk, reason="Scanner out of order")
    late.refresh_from_db()
    assert (late.due_on, late.assignee, late.status) == (day(9), omar, "planned")
    assert Event.objects.get(follow_up=late, kind="follow_up_changed").reason == "Scanner out of order"


def test_cancelling_needs_a_reason(client, ana, late):
    assert settle(client, ana, late, "cancel", reason=" ").status_code == 400
    assert settle(client, ana, late, "cancel", reason="Treated elsewhere").status_code == 302
    late.refresh_from_db()
    assert (late.status, late.reason) == ("cancelled", "Treated elsewhere")


def test_after_a_conflict_the_text_stays_and_can_be_sent_again(client, ana, late):
    FollowUp.objects.filter(pk=late.pk).update(version=4)
    response = settle(client, ana, late, "done", done_on=day(0).isoformat(), result="My long text")
    assert response.status_code == 400
    assert "My long text" in response.content.decode()
    assert '<input type="hidden" name="version" value="4"' in response.content.decode()
    late.version = 4
    assert settle(client, ana, late, "done", done_on=day(0).isoformat(), result="My long text").status_code == 302


def test_text_for_one_that_a_colleague_settled_is_shown_again(client, ana, late):
    complete_follow_up(late, by=ana, expected_version=1, done_on=day(0))
    response = settle(client, ana, late, "cancel", reason="My long reason")
    assert response.status_code == 400
    assert "What you typed was not saved" in response.content.decode()
    assert "My long reason" in response.content.decode()


@pytest.mark.parametrize(("who", "code"), [("nina", 403), ("otto", 404), ("anselm", 403)])
def test_who_may_not_settle_changes_nothing(client, request, late, who, code):
    response = settle(client, request.getfixturevalue(who), late, "cancel", reason="no")
    assert response.status_code == code
    late.refresh_from_db()
    assert late.status == "planned"


def test_an_observer_sees_no_form(client, nina, late):
    assert page(client, nina, late).context["moves"] == []


def new(client, user, case, **values):
    client.force_login(user)
    data = {"kind": "echo", "due_on": day(30).isoformat(), "window_days": 5, "assignee": user.pk} | values
    return client.post(reverse("careplans:followup_new", args=[case.pk]), data)


def test_a_follow_up_is_added_to_a_case(client, case, omar):
    response = new(client, omar, case)
    follow_up = FollowUp.objects.get(case=case)
    assert response.url == f"{reverse('careplans:case', args=[case.pk])}#follow-up-{follow_up.pk}"
    assert (follow_up.due_until, follow_up.assignee) == (day(35), omar)


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"kind": "other"}, "Say in words"),
        ({"assignee": 0}, "Select a valid choice"),
        ({"due_on": "soon"}, "Enter a valid date"),
        ({"window_days": 900}, "less than or equal to 180"),
    ],
)
def test_what_is_wrong_with_a_new_one_stands_beside_the_field(client, case, omar, values, sentence):
    response = new(client, omar, case, **values)
    assert response.status_code == 400
    assert sentence in response.content.decode()
    assert not FollowUp.objects.exists()


@pytest.mark.parametrize(("who", "code"), [("nina", 403), ("anselm", 403), ("otto", 404)])
def test_who_may_not_add_one(client, request, case, who, code):
    assert new(client, request.getfixturevalue(who), case).status_code == code


def schedule_data(**values):
    return {
        "name": "Small bowel, resected", "then": "discharge to the GP", "source": "ESMO 2020", "is_active": "on",
        "line-TOTAL_FORMS": 1, "line-INITIAL_FORMS": 0, "line-0-kinds": ["cross_sectional", "markers"], "line-0-interval": 6,
        "line-0-unit": "months", "line-0-starts_unit": "months", "line-0-ends_after": 5, "line-0-ends_unit": "years",
        "line-0-window_days": 14,
    } | values  # fmt: skip


def test_a_schedule_is_added_and_changed(client, board, ana):
    client.force_login(ana)
    assert client.post(reverse("careplans:schedule_new", args=[board.pk]), schedule_data()).status_code == 302
    row = FollowUpSchedule.objects.get(board=board)
    url = reverse("careplans:schedule", args=[board.pk, row.pk])
    assert client.post(url, schedule_data(version=1, **{"line-0-interval": 12})).status_code == 302
    row.refresh_from_db()
    assert (row.lines.get().interval, row.version) == (12, 2)


def test_two_people_changing_a_schedule_see_each_other(client, board, ana):
    row = makers.make_template(board, version=3, name="Small bowel, resected", source="Theirs")
    client.force_login(ana)
    response = client.post(reverse("careplans:schedule", args=[board.pk, row.pk]), schedule_data(version=2))
    assert response.status_code == 400
    assert ("Source", "Theirs") in response.context["stands"]
    text = response.content.decode()
    assert "ESMO 2020" in text
    assert 'name="version" value="3"' in text


def test_a_second_schedule_of_the_same_name_is_refused(client, board, ana):
    makers.make_template(board, name="Small bowel, resected")
    client.force_login(ana)
    response = client.post(reverse("careplans:schedule_new", args=[board.pk]), schedule_data())
    assert "already has a schedule of this name" in response.content.decode()


@pytest.mark.parametrize(
    ("who", "read", "write"), [("omar", 200, 403), ("anselm", 403, 403), ("otto", 404, 404), ("chloe", 200, 302)]
)
def test_everybody_on_the_board_reads_schedules_and_few_change_them(client, request, board, who, read, write):
    row = makers.make_template(board)
    client.force_login(request.getfixturevalue(who))
    url = reverse("careplans:schedule", args=[board.pk, row.pk])
    assert client.get(reverse("careplans:schedules", args=[board.pk])).status_code == read
    assert client.get(url).status_code == read
    assert client.post(url, schedule_data(version=1)).status_code == write


def test_a_schedule_of_another_board_is_not_found(client, board, other_board, ana):
    row = makers.make_template(other_board)
    client.force_login(ana)
    assert client.get(reverse("careplans:schedule", args=[board.pk, row.pk])).status_code == 404


def test_the_pages_cost_the_same_for_two_rows_and_twelve(client, board, case, ana, django_assert_max_num_queries):
    Notice.objects.create(user=ana, kind="due", text="-", path="/", dedupe_key="x")
    follow_up = makers.make_follow_up(case, by=ana)
    page(client, ana, follow_up)
    urls = [
        reverse("careplans:followups", args=[board.pk]), reverse("careplans:schedules", args=[board.pk]),
        reverse("careplans:followup", args=[follow_up.pk]), reverse("careplans:followup_new", args=[case.pk]),
    ]  # fmt: skip
    counted = []
    for numbers in (range(2), range(2, 12)):
        for number in numbers:
            makers.make_template(board, name=f"Schedule {number}")
            makers.make_follow_up(makers.make_case(board, by=ana, record_number=f"SYN-x{number}"), by=ana)
            Event.objects.create(board=board, case=case, follow_up=follow_up, kind="follow_up_changed", by=ana)
        for url in urls:
            # One of them for the steps of the plan at hand: by them the header says what decides.
            with django_assert_max_num_queries(13) as queries:
                assert client.get(url).status_code == 200
            counted.append(len(queries))
    assert counted[:4] == counted[4:]
