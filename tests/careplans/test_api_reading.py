"""Reading over the API goes through the same door as the pages: 404 outside, 403 for a small role, always recorded."""

from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import AuditEvent
from careplans.models import FollowUp
from careplans.services.steps import remove_step
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem, version_in
from tests.factories import join, make_cast

pytestmark = pytest.mark.django_db

NAMES = ("Ashdown", "SYN-1", "1960-05-17")


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def plan(case, ana, chloe):
    schedule = makers.make_template(case.board)
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=2, schedule=schedule)


@pytest.fixture
def rows(board, case, plan):
    follow_up = FollowUp.objects.first()
    return {
        "boards": board.pk, "patients": case.patient_id, "cases": case.pk, "plans": plan.pk,
        "steps": plan.steps.first().pk, "follow-ups": follow_up.pk,
    }  # fmt: skip


CLINICAL = ["patients", "cases", "plans", "steps", "follow-ups"]
LISTS = ["boards", "modalities", *CLINICAL]
# A plan comes with its schedules, arms, cycles, breaks and what hangs on its steps: one query for each kind.
# A patient comes with cases, names, numbers, boards and what was merged into it.
MOST_QUERIES = {"plans": 14, "patients": 12}
KINDS = {"patients": "patient", "cases": "case", "plans": "plan", "steps": "step", "follow-ups": "followup"}


@pytest.mark.parametrize("noun", ["boards", *CLINICAL])
def test_a_member_reads_the_row_with_its_version(noun, rows, omar):
    answer = Api(omar).get(f"/{noun}/{rows[noun]}/")
    assert answer.status_code == 200
    assert version_in(answer) == answer.json()["version"]
    assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("noun", ["boards", *CLINICAL])
def test_a_foreign_row_and_a_missing_one_look_the_same(noun, rows, otto):
    api = Api(otto)
    foreign, missing, beyond = (api.get(f"/{noun}/{pk}/") for pk in (rows[noun], 987654, 10**30))
    assert foreign.status_code == missing.status_code == beyond.status_code == 404
    assert foreign.content == missing.content == beyond.content


@pytest.mark.parametrize("noun", CLINICAL)
def test_a_foreign_board_shows_nothing_in_lists(noun, rows, otto):
    assert Api(otto).get(f"/{noun}/").json()["results"] == []


@pytest.mark.parametrize("noun", ["boards", *CLINICAL])
def test_an_administrator_has_no_clinical_access(noun, rows, admin):
    api = Api(admin)
    assert api.get(f"/{noun}/").status_code == 403
    assert api.get(f"/{noun}/{rows[noun]}/").status_code == 404


def test_an_analyst_does_not_see_patients(rows, anselm):
    api = Api(anselm)
    assert api.get(f"/patients/{rows['patients']}/").status_code == 403
    assert api.get("/patients/").status_code == 403
    answer = api.get("/patients/", board=rows["boards"])
    assert answer.status_code == 403
    assert "see patients" in problem(answer)


@pytest.mark.parametrize("noun", ["cases", "plans", "steps", "follow-ups"])
def test_an_analyst_reads_the_rest_without_a_name(noun, rows, anselm):
    api = Api(anselm)
    for answer in (api.get(f"/{noun}/"), api.get(f"/{noun}/{rows[noun]}/")):
        assert answer.status_code == 200
        assert not [word for word in NAMES if word in answer.content.decode()]


@pytest.mark.parametrize("noun", CLINICAL)
def test_every_read_is_recorded(noun, rows, omar):
    api = Api(omar)
    api.get(f"/{noun}/{rows[noun]}/")
    event = AuditEvent.objects.get(action="read", actor=omar)
    assert (event.subject_type, event.subject_id) == (KINDS[noun], str(rows[noun]))
    listed = [row["id"] for row in api.get(f"/{noun}/").json()["results"]]
    assert AuditEvent.objects.get(action="list", actor=omar, subject_type=KINDS[noun]).data["ids"] == listed


def test_a_refused_read_leaves_no_read_event(rows, otto, anselm):
    Api(otto).get(f"/plans/{rows['plans']}/")
    Api(anselm).get(f"/patients/{rows['patients']}/")
    assert not AuditEvent.objects.filter(action="read", actor__in=[otto, anselm]).exists()


def test_a_board_names_its_people_and_schedules(rows, plan, omar):
    board = Api(omar).get(f"/boards/{rows['boards']}/").json()
    assert (board["role"], board["discipline"]) == ("member", "medical_oncology")
    assert {"id": omar.pk, "name": omar.name, "role": "member", "discipline": "medical_oncology"} in board["members"]
    assert board["follow_up_schedules"][0]["id"] == makers.schedule_of(plan).schedule_id


def test_a_plan_comes_with_its_steps_and_their_revision(plan, omar):
    body = Api(omar).get(f"/plans/{plan.pk}/").json()
    assert [step["position"] for step in body["steps"]] == [1, 2]
    assert body["steps"][0]["modality_revision"]["modality"] == "osa"
    assert body["content_hash"] == plan.content_hash


def test_a_case_comes_with_its_facts(case, omar):
    facts = Api(omar).get(f"/cases/{case.pk}/").json()["proforma"]
    assert (facts["grade"], facts["ecog"], facts["version"]) == ("not_recorded", None, 1)


# Filters


def ids(answer):
    assert answer.status_code == 200, answer.content
    return [row["id"] for row in answer.json()["results"]]


def test_plans_are_filtered(plan, board, omar):
    api = Api(omar)
    after = (plan.updated_at + timedelta(seconds=1)).isoformat()
    assert ids(api.get("/plans/", board=board.pk, case=plan.case_id, status="active")) == [plan.pk]
    assert ids(api.get("/plans/", status=["draft", "active"])) == [plan.pk]
    assert ids(api.get("/plans/", status="draft")) == []
    assert ids(api.get("/plans/", updated_since=plan.updated_at.isoformat())) == [plan.pk]
    assert ids(api.get("/plans/", updated_since=after)) == []


def test_steps_are_filtered(plan, ana, omar):
    api = Api(omar)
    first, second = plan.steps.all()
    assert ids(api.get("/steps/", plan=plan.pk)) == [second.pk, first.pk]
    assert ids(api.get("/steps/", phase="symptom_control", status="planned", assignee=ana.pk)) == [first.pk]
    assert ids(api.get("/steps/", modality_code="SURG")) == []
    assert ids(api.get("/steps/", due_after=first.due_on)) == [second.pk]


def test_a_step_taken_out_of_a_draft_is_not_listed(board, ana, omar):
    draft = makers.make_plan(makers.make_case(board, by=ana), by=ana)
    remove_step(draft.steps.get(), by=ana)
    assert ids(Api(omar).get("/steps/", plan=draft.pk)) == []


def test_patients_are_found_by_the_beginning_of_a_name(case, omar):
    api = Api(omar)
    assert ids(api.post("/patients/search/", {"search": "ash syn"})) == [case.patient_id]
    assert ids(api.post("/patients/search/", {"search": "down"})) == []


def test_a_name_in_the_address_is_refused_and_told_where_it_goes(case, omar):
    answer = Api(omar).get("/patients/", search="ash")
    assert (answer.status_code, attrs(answer)) == (400, ["search"])
    assert "/api/v1/patients/search/" in problem(answer)


def test_a_search_goes_on_at_next_with_the_same_body(board, ana):
    made = [makers.make_patient(board, by=ana, record_number=f"SYN-{n}").pk for n in range(3)]
    api, body = Api(ana), {"search": "ashdown"}
    first = api.post("/patients/search/?page_size=2", body)
    assert "ash" not in first.json()["next"].lower()
    second = api.client.post(first.json()["next"], body, format="json")
    assert ids(first) + ids(second) == made[::-1]


@pytest.mark.parametrize(
    ("noun", "param"), [("steps", "due_before"), ("follow-ups", "due_after"), ("occurrences", "planned_after")]
)
@pytest.mark.parametrize(("day", "moment"), [("0001-01-01", "00:00:00+14:00"), ("9999-12-31", "23:59:59-12:00")])
def test_the_first_and_the_last_year_are_days_like_others(noun, param, day, moment, case, plan, omar):
    api = Api(omar)
    assert api.get(f"/{noun}/", **{param: day}).status_code == 200
    # Such a moment is in no calendar once it is brought to UTC.
    answer = api.get(f"/{noun}/", updated_since=f"{day}T{moment}")
    assert answer.status_code in (200, 400) and (answer.status_code == 200 or attrs(answer) == ["updated_since"])


def test_analysts_search_for_nobody(case, anselm):
    assert Api(anselm).post("/patients/search/", {"search": "ash"}).status_code == 403


def test_follow_ups_are_filtered(case, ana, omar):
    api, today = Api(omar), makers.TODAY()
    late = makers.make_follow_up(case, by=ana, due_on=today - timedelta(days=9))
    later = makers.make_follow_up(case, by=ana, due_on=today + timedelta(days=9), assignee=omar)
    assert ids(api.get("/follow-ups/", overdue="true")) == [late.pk]
    assert ids(api.get("/follow-ups/", overdue="false")) == [later.pk]
    assert ids(api.get("/follow-ups/", assignee=omar.pk, case=case.pk, status="planned")) == [later.pk]
    assert ids(api.get("/follow-ups/", due_before=today)) == [late.pk]
    assert api.get(f"/follow-ups/{late.pk}/").json()["state"] == "overdue"


@pytest.mark.parametrize("value", ["maybe", "1", "yes", ""])
@pytest.mark.parametrize("filtered", ["/follow-ups/?overdue=", "/cases/?nothing_ahead=", "/advisories/?standing="])
def test_what_is_neither_true_nor_false_is_refused(case, omar, filtered, value):
    where, _, name = filtered.rstrip("=").partition("?")
    answer = Api(omar).get(where, **{name: value})
    assert answer.status_code == 400
    assert "Say true or false." in str(answer.json())


def test_a_board_that_is_not_mine_is_not_found(plan, other_board, omar):
    api = Api(omar)
    foreign, missing = api.get("/plans/", board=other_board.pk), api.get("/plans/", board=987654)
    assert foreign.status_code == missing.status_code == 404
    assert foreign.content == missing.content


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("statsu", "draft"), ("status", "nonsense"), ("case", "x"), ("case", "1.5"), ("case", "-1"), ("board", "x"),
        ("case", "9" * 40), ("case", "\x00"), ("updated_since", "yesterday"), ("cursor", "x"), ("cursor", "nWzFd0"),
        ("cursor", "n"), ("cursor", "\xff"), ("page_size", "0"), ("page_size", "201"), ("page_size", "x"),
    ],
)  # fmt: skip
def test_a_parameter_that_cannot_be_read_is_refused_by_name(plan, omar, name, value):
    answer = Api(omar).get("/plans/", **{name: value})
    assert (answer.status_code, attrs(answer)) == (400, [name])


def test_a_huge_id_finds_nothing(plan, omar):
    assert ids(Api(omar).get("/plans/", case=2**63 - 1)) == []


# Paging


def test_pages_follow_each_other_by_key(board, ana):
    cases = [makers.make_case(board, by=ana, record_number=f"SYN-{n}").pk for n in range(5)]
    api = Api(ana)
    first = api.get("/cases/", page_size=2, board=board.pk).json()
    assert [row["id"] for row in first["results"]] == [cases[4], cases[3]]
    assert first["previous"] is None
    second = api.client.get(first["next"]).json()
    makers.make_case(board, by=ana, record_number="SYN-late")
    last = api.client.get(second["next"]).json()
    assert [row["id"] for row in second["results"] + last["results"]] == [cases[2], cases[1], cases[0]]
    assert last["next"] is None
    back = api.client.get(last["previous"]).json()
    assert [row["id"] for row in back["results"]] == [cases[2], cases[1]]


# Queries


def fill(board, ana, chloe, start, stop):
    schedule = board.follow_up_schedules.first() or makers.make_template(board)
    for number in range(start, stop):
        case = makers.make_case(board, by=ana, record_number=f"SYN-{number}")
        makers.make_active_plan(case, by=ana, chair=chloe, steps=2, schedule=schedule)


@pytest.fixture(scope="module")
def asked(django_db_setup, django_db_blocker):
    """Of each list: how many queries and rows with two cases, and with twelve. Filled once for all lists, and undone."""
    with django_db_blocker.unblock(), transaction.atomic():
        cast = make_cast()
        api = Api(cast.omar)
        asked = []
        for start, stop in ((0, 2), (2, 12)):
            fill(cast.board, cast.ana, cast.chloe, start, stop)
            asked.append({noun: look(api, noun) for noun in LISTS})
        transaction.set_rollback(True)
    return asked


def look(api, noun):
    with CaptureQueriesContext(connection) as captured:
        rows = api.get(f"/{noun}/").json()["results"]
    return len(captured), len(rows)


@pytest.mark.parametrize("noun", LISTS)
def test_a_list_asks_as_often_for_two_rows_as_for_twelve(noun, asked):
    (queries_of_two, two), (queries_of_twelve, twelve) = asked[0][noun], asked[1][noun]
    assert queries_of_two <= MOST_QUERIES.get(noun, 10)
    assert queries_of_twelve == queries_of_two
    assert twelve > two or noun in ("boards", "modalities")


@pytest.mark.parametrize("noun", CLINICAL)
def test_a_row_asks_a_fixed_number_of_times(noun, rows, omar, django_assert_max_num_queries):
    api = Api(omar)
    with django_assert_max_num_queries(MOST_QUERIES.get(noun, 10)):
        assert api.get(f"/{noun}/{rows[noun]}/").status_code == 200


# Reference pages


def test_everybody_who_signs_in_reads_the_reference_pages(admin):
    modality = makers.make_modality("PRRT")
    api = Api(admin)
    assert api.get("/modalities/", code="PRRT").json()["results"][0]["current_revision"]["number"] == 1
    assert api.get("/modalities/prrt/").json()["code"] == "PRRT"
    assert [row["number"] for row in api.get("/modalities/prrt/revisions/").json()["results"]] == [1]
    assert api.get("/modalities/prrt/revisions/1/").json()["id"] == modality.current_revision_id
    assert api.get("/modalities/prrt/revisions/2/").status_code == 404
    assert api.get("/modalities/none/revisions/").status_code == 404


@pytest.mark.parametrize("path", ["/nowhere/", "/plans/x/", "/plans/1/sing/", "/modalities/a b/", "/modalities/a%0A/"])
def test_an_address_that_the_api_does_not_have_is_refused_like_a_missing_row(plan, omar, path):
    api = Api(omar)
    for answer in (api.get(path), api.post(path), api.delete(path)):
        assert (answer.status_code, answer.content) == (404, api.get("/plans/987654/").content)


def test_the_rows_of_several_boards_come_in_one_order(board, other_board, ana, otto):
    join(ana, other_board, "coordinator", "coordination")
    cases = []
    for number in range(6):
        where = board if number in (0, 1, 4) else other_board
        cases.append(makers.make_case(where, by=ana, record_number=f"SYN-{number}").pk)
    api, seen, url = Api(ana), [], "/api/v1/cases/?page_size=2"
    while url:
        page = api.client.get(url).json()
        seen += [row["id"] for row in page["results"]]
        url, last = page["next"], page
    assert seen == cases[::-1]
    assert ids(api.client.get(last["previous"])) == cases[3:1:-1]
    assert ids(Api(otto).get("/cases/")) == [cases[5], cases[3], cases[2]]
    assert ids(api.get("/cases/", board=board.pk)) == [cases[4], cases[1], cases[0]]


def test_what_has_changed_since_is_asked_of_my_boards_alone(plan, other_board, ana, otto):
    join(ana, other_board, "coordinator", "coordination")
    other = makers.make_plan(makers.make_case(other_board, by=ana, record_number="SYN-2"), by=ana)
    since = (plan.updated_at - timedelta(days=1)).isoformat()
    assert ids(Api(ana).get("/plans/", updated_since=since)) == [other.pk, plan.pk]
    assert ids(Api(otto).get("/plans/", updated_since=since)) == [other.pk]


def test_moments_are_told_in_utc_whatever_page_the_same_session_has_open(board, chloe, client):
    """A session keeps the zone of the board that it looked at last."""
    makers.make_case(board, by=chloe)
    type(board).objects.update(time_zone="Pacific/Kiritimati")
    client.force_login(chloe)
    before = client.get("/api/v1/cases/").content
    assert client.get(reverse("careplans:board_home", args=[board.pk])).status_code == 200
    assert client.session["zone"] == "Pacific/Kiritimati"
    assert client.get("/api/v1/cases/").content == before
    assert b'Z"' in before
