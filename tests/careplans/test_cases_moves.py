"""One table of moves: the page, the API and the service agree, and every state has a way on."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import User
from accounts.permissions import can
from careplans.models import Case, NothingAhead
from careplans.readers.case_moves import ways_on
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.services.board_closing import close_board
from careplans.services.cases import move_case
from tests.careplans import makers
from tests.careplans.api import Api, attrs

pytestmark = pytest.mark.django_db
S = Case.Status


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


def put(case, status):
    Case.objects.filter(pk=case.pk).update(status=status, close_reason="discharged" if status == S.CLOSED else "")
    return Case.objects.select_related("board").get(pk=case.pk)


@pytest.mark.parametrize("status", S.values)
def test_every_state_has_a_way_on_and_page_and_api_show_the_same(client, case, chloe, status):
    case = put(case, status)
    ways = ways_on(case)
    assert [way.to for way in ways] == list(Case.TRANSITIONS[status]) and any(not way.why_not for way in ways)
    client.force_login(chloe)
    page = client.get(reverse("careplans:case", args=[case.pk]))
    assert [offered.way for offered in page.context["moves"]] == ways
    answer = Api(chloe).get(f"/cases/{case.pk}/moves/").json()
    assert [(one["to"], one["why_not"], one["action"]) for one in answer] == [
        (way.to, way.why_not, way.move.label) for way in ways
    ]


@pytest.mark.parametrize("status", S.values)
def test_what_the_table_allows_goes_and_what_it_refuses_does_not(case, chloe, status):
    case = put(case, status)
    for way in ways_on(case):
        if way.to == S.CLOSED or status == S.CLOSED:
            continue
        case = put(case, status)
        if way.why_not:
            with pytest.raises(ValidationError, match=way.why_not[:30]):
                move_case(case, way.to, by=chloe, reason="because")
        else:
            assert move_case(case, way.to, by=chloe, reason="because").status == way.to


@pytest.mark.parametrize("status", [S.DECLINED, S.WITHDRAWN])
def test_a_case_that_was_turned_away_is_referred_anew_with_what_is_new(case, chloe, status):
    case = put(case, status)
    with pytest.raises(ValidationError):
        move_case(case, S.REFERRED, by=chloe)
    assert move_case(put(case, status), S.REFERRED, by=chloe, reason="New scan").status == S.REFERRED


@pytest.mark.parametrize("status", [S.ACCEPTED, S.LISTED])
def test_a_case_is_not_in_care_without_a_plan_in_force(case, chloe, status):
    case = put(case, status)
    with pytest.raises(ValidationError, match="once a plan of it is in force"):
        move_case(case, S.IN_CARE, by=chloe, reason="because")


def test_a_case_goes_back_into_care_under_its_plan(case, ana, chloe):
    makers.make_active_plan(case, by=ana, chair=chloe)
    case = move_case(Case.objects.get(pk=case.pk), S.LISTED, by=chloe)
    assert move_case(case, S.IN_CARE, by=chloe).status == S.IN_CARE


def test_no_plan_needed_is_a_reason_for_nothing_ahead(board, case, chloe):
    case = put(case, S.DISCUSSED)
    with pytest.raises(ValidationError):
        move_case(case, S.IN_CARE, by=chloe)
    case = move_case(put(case, S.DISCUSSED), S.IN_CARE, by=chloe, reason="Cured by the appendicectomy.")
    assert NothingAhead.objects.get(case=case).reason == "Cured by the appendicectomy."
    assert case.status == S.IN_CARE and not nothing_ahead([board]).exists()


def test_the_api_refuses_with_the_words_of_the_page(case, chloe):
    answer = Api(chloe).post(f"/cases/{case.pk}/move/", {"to": "in_care"}, version=case.version)
    assert answer.status_code == 400 and "once a plan of it is in force" in answer.content.decode()
    case = put(case, S.DECLINED)
    assert attrs(Api(chloe).post(f"/cases/{case.pk}/move/", {"to": "referred"}, version=case.version)) == ["reason"]


def test_the_page_says_why_a_case_cannot_be_closed_now(client, case, ana, chloe):
    makers.make_follow_up(case, by=ana)
    client.force_login(chloe)
    page = client.get(reverse("careplans:case", args=[case.pk])).content.decode()
    assert "not now. Follow-ups of this case are still open" in page


def test_a_case_does_not_begin_anew_on_a_board_that_was_closed_meanwhile(board, ana, admin):
    case = makers.make_case(board, by=ana, status="referred")
    move_case(case, "declined", by=ana, reason="No neuroendocrine tumour")
    ana = User.objects.get(pk=ana.pk)
    assert can(ana, "cases.manage", board)
    close_board(board, by=admin, expected_version=board.version, reason="Merged")
    with pytest.raises(PermissionDenied):
        move_case(Case.objects.get(), "referred", by=ana, reason="Something new")
