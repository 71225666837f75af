"""Reporting projects: opened, changed, read and closed; and analysts of a whole institution."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import (
    AuditEvent,
    Board,
    InstitutionAnalyst,
    Membership,
    Notice,
    ProjectAnalyst,
    ReportingProject,
    User,
)
from accounts.permissions import boards_where, forget_memberships, memberships_of
from accounts.reading import bound_memberships, enter, projects_of, wanted_project
from accounts.services.boards import create_board, requirements_of
from accounts.services.institution_analysts import end_analyst_of, follow_institution_analysts, make_analyst_of
from accounts.services.memberships import add_membership, change_membership, end_membership
from accounts.services.projects import change_project, close_project, renew_pseudonyms, set_analysts
from careplans.services.institutions import move_board
from common.centre_day import centre_today
from common.errors import Conflict
from tests.factories import join, make_board, make_project, make_user

pytestmark = pytest.mark.django_db
FIELDS = ("name", "purpose", "approval", "starts_on", "ends_on", "dates", "smallest_cell", "allows_text")


def values_of(project):
    return {name: getattr(project, name) for name in FIELDS}


def fresh(user):
    return User.objects.get(pk=user.pk)


@pytest.fixture
def project(board, chloe, anselm):
    return make_project(board, by=chloe, analysts=[anselm])


def test_a_chair_opens_one_and_it_is_in_the_trail(board, chloe):
    made = make_project(board, by=chloe, name="Waiting times")
    event = AuditEvent.objects.get(action="project_opened")
    assert (event.subject_id, event.label, event.board_id) == (str(made.pk), "Waiting times", board.pk)
    assert made.nonce not in str(event.data)


@pytest.mark.parametrize("who", ["omar", "nina", "anselm", "admin", "otto"])
def test_nobody_else_does(request, board, who):
    with pytest.raises(PermissionDenied):
        make_project(board, by=request.getfixturevalue(who))


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("name", " ", "name"), ("purpose", "", "found out"), ("approval", "", "allowed"), ("starts_on", None, "which day"),
        ("ends_on", date(2025, 12, 31), "before it begins"), ("smallest_cell", 0, "1 or more"),
        ("allows_text", True, "does not let its analysts"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_said_at_its_field(board, chloe, field, value, words):
    with pytest.raises(ValidationError, match=words) as refused:
        make_project(board, by=chloe, **{field: value})
    assert list(refused.value.message_dict) == [field]


def test_over_an_institution_small_numbers_are_never_shown(board, admin):
    with pytest.raises(ValidationError, match="2 or more"):
        make_project(board.institution, by=admin, smallest_cell=1)


def test_a_name_stands_once(board, chloe, project):
    with pytest.raises(ValidationError, match="already"):
        make_project(board, by=chloe, name=project.name)


def test_text_is_given_where_the_board_lets_it(board, chloe):
    Board.objects.filter(pk=board.pk).update(analysts_read_text=True)
    assert make_project(Board.objects.get(pk=board.pk), by=chloe, allows_text=True).allows_text


def test_how_days_are_given_stays(project, chloe):
    with pytest.raises(ValidationError, match="stays"):
        change_project(
            project, by=chloe, expected_version=project.version, fields=values_of(project) | {"dates": "offsets"}
        )


def test_a_change_is_told_with_old_and_new(project, chloe):
    change_project(
        project, by=chloe, expected_version=project.version, fields=values_of(project) | {"smallest_cell": 10}
    )
    event = AuditEvent.objects.get(action="project_changed")
    assert (event.data["was"], event.data["now"]) == ({"smallest_cell": 5}, {"smallest_cell": 10})


def test_a_stale_change_is_a_conflict(project, chloe):
    with pytest.raises(Conflict):
        change_project(project, by=chloe, expected_version=project.version - 1, fields=values_of(project))


def test_a_closed_one_is_not_changed(project, chloe):
    close_project(project, by=chloe, expected_version=project.version)
    with pytest.raises(ValidationError, match="closed"):
        set_analysts(project, [], by=chloe, expected_version=project.version)


def test_only_an_analyst_of_the_board_reads_in_it(project, chloe, omar):
    with pytest.raises(ValidationError, match="Omar"):
        set_analysts(project, [omar], by=chloe, expected_version=project.version)


def test_whom_it_names_reads_that_board_in_projects_alone(board, anselm, project):
    reader = fresh(anselm)
    assert memberships_of(reader) == []
    assert [one.board for one in bound_memberships(reader)] == [board]
    assert wanted_project(reader, "") == project
    enter(reader, project)
    assert boards_where(reader, "cases.view") == [board.pk]
    assert boards_where(reader, "text.view") == []


def test_whom_it_does_not_name_reads_as_before(board, chloe, anselm):
    make_project(board, by=chloe)
    assert [one.board for one in memberships_of(fresh(anselm))] == [board]


def test_a_board_may_want_a_project(board, anselm):
    Board.objects.filter(pk=board.pk).update(analysts_need_project=True)
    reader = fresh(anselm)
    assert memberships_of(reader) == []
    assert projects_of(reader) == []


def test_after_its_last_day_nothing_is_read_neither_in_it_nor_outside(anselm, project):
    ReportingProject.objects.update(ends_on=centre_today() - timedelta(days=1))
    reader = fresh(anselm)
    assert wanted_project(reader, "") is None
    assert memberships_of(reader) == []


def test_on_its_last_day_it_is(anselm, project):
    ReportingProject.objects.update(ends_on=centre_today())
    assert wanted_project(fresh(anselm), "") == project


def test_before_its_first_day_nothing_is_read(anselm, project):
    ReportingProject.objects.update(starts_on=centre_today() + timedelta(days=1))
    assert projects_of(fresh(anselm)) == []


def test_who_is_taken_out_reads_nothing_until_they_are_made_an_analyst_anew(board, chloe, anselm, project, admin):
    """The pseudonyms that they have would lead to the true rows."""
    set_analysts(project, [], by=chloe, expected_version=project.version)
    assert ProjectAnalyst.objects.get(project=project).removed_at is not None
    assert memberships_of(fresh(anselm)) == []
    end_membership(board.memberships.get(user=anselm), by=admin)
    add_membership(anselm, board, role="analyst", discipline="", by=admin)
    assert [one.board for one in memberships_of(fresh(anselm))] == [board]


def test_other_work_goes_on_and_the_project_is_entered_by_its_name(board, other_board, anselm, project):
    join(anselm, other_board, "coordinator", "coordination")
    reader = fresh(anselm)
    assert [one.board for one in memberships_of(reader)] == [other_board]
    assert wanted_project(reader, "") is None
    enter(reader, wanted_project(reader, str(project.pk)))
    assert [one.board for one in memberships_of(reader)] == [board]


def test_a_coordinator_whom_nobody_made_an_analyst_is_bound_by_no_project(board, ana, project):
    ProjectAnalyst.objects.create(project=project, user=ana)
    assert wanted_project(fresh(ana), "") is None
    enter_as = fresh(ana)
    enter(enter_as, project)
    assert memberships_of(enter_as) == []


def test_renewed_it_has_another_key(project, chloe):
    before = (project.nonce, project.key_check)
    renew_pseudonyms(project, by=chloe, expected_version=project.version)
    project.refresh_from_db()
    assert project.nonce != before[0]
    assert project.key_check != before[1]
    event = AuditEvent.objects.get(action="project_pseudonyms_renewed")
    assert "nonce" not in str(event.data)


# Analysts of all boards of an institution


def test_an_analyst_of_all_boards_reads_those_that_are_and_those_that_come(board, admin):
    ingo = make_user("ingo@northgate.example", "Ingo")
    second = make_board("Second", institution=board.institution)
    make_analyst_of(board.institution, ingo, by=admin, ends_on=None)
    third = create_board(
        by=admin, fields={"name": "Third", "institution": board.institution}, requirements=requirements_of(board)
    )
    assert {one.board for one in memberships_of(fresh(ingo))} == {board, second, third}
    assert {one.role for one in memberships_of(fresh(ingo))} == {"analyst"}


def test_a_role_of_their_own_stays(board, admin, omar):
    make_analyst_of(board.institution, omar, by=admin, ends_on=None)
    assert [one.role for one in memberships_of(fresh(omar))] == ["member"]


def test_and_once_that_is_ended_they_are_an_analyst_there(board, admin, omar):
    make_analyst_of(board.institution, omar, by=admin, ends_on=None)
    Membership.objects.filter(user=omar).update(ended_at="2026-01-01T00:00Z")
    assert follow_institution_analysts() == 1
    assert follow_institution_analysts() == 0
    assert [one.role for one in memberships_of(fresh(omar))] == ["analyst"]


def test_it_ends_with_its_day_at_once_and_then_for_good(board, admin):
    ingo = make_user("ingo@northgate.example", "Ingo")
    make_analyst_of(board.institution, ingo, by=admin, ends_on=centre_today())
    assert memberships_of(fresh(ingo))
    yesterday = centre_today() - timedelta(days=1)
    InstitutionAnalyst.objects.update(ends_on=yesterday)
    Membership.objects.filter(user=ingo).update(ends_on=yesterday)
    assert memberships_of(fresh(ingo)) == []
    follow_institution_analysts()
    assert not Membership.objects.filter(user=ingo, ended_at=None).exists()
    follow_institution_analysts()
    ended = AuditEvent.objects.get(action="institution_analyst_ended")
    assert (ended.actor, ended.subject_id) == (None, str(ingo.pk))
    assert "until" in Notice.objects.get(user=ingo).text


def test_it_is_ended_with_all_its_memberships(board, admin):
    ingo = make_user("ingo@northgate.example", "Ingo")
    row = make_analyst_of(board.institution, ingo, by=admin, ends_on=None)
    end_analyst_of(row, by=admin)
    assert memberships_of(fresh(ingo)) == []
    with pytest.raises(Conflict):
        end_analyst_of(InstitutionAnalyst.objects.get(pk=row.pk), by=admin)


def test_a_board_that_moves_takes_the_analysts_of_where_it_comes(board, other_board, admin):
    ingo, olga = make_user("ingo@northgate.example", "Ingo"), make_user("olga@southbank.example", "Olga")
    make_analyst_of(board.institution, ingo, by=admin, ends_on=None)
    make_analyst_of(other_board.institution, olga, by=admin, ends_on=None)
    move_board(board, other_board.institution, by=admin, expected_version=board.version)
    assert memberships_of(fresh(ingo)) == []
    assert {one.board for one in memberships_of(fresh(olga))} == {board, other_board}


def test_its_memberships_are_not_changed_one_by_one(board, admin):
    ingo = make_user("ingo@northgate.example", "Ingo")
    make_analyst_of(board.institution, ingo, by=admin, ends_on=None)
    membership = Membership.objects.select_related("board__institution").get(user=ingo)
    with pytest.raises(ValidationError, match="all boards"):
        end_membership(membership, by=admin)
    with pytest.raises(ValidationError, match="all boards"):
        change_membership(membership, seen=("analyst", ""), role="observer", discipline="", by=admin)


def test_an_institutions_project_is_read_on_all_its_boards(board, admin):
    ingo = make_user("ingo@northgate.example", "Ingo")
    second = make_board("Second", institution=board.institution)
    make_analyst_of(board.institution, ingo, by=admin, ends_on=None)
    project = make_project(board.institution, by=admin, analysts=[ingo])
    reader = fresh(ingo)
    assert memberships_of(reader) == []
    enter(reader, wanted_project(reader, ""))
    assert reader.__dict__["_project"] == project
    assert {one.board for one in memberships_of(reader)} == {board, second}


# Pages


def test_a_chair_does_all_of_it_on_pages(client, board, chloe, anselm):
    client.force_login(chloe)
    typed = {
        "name": "Waiting times", "purpose": "How long it takes.", "approval": "EK 7/2026", "starts_on": "2026-01-01",
        "ends_on": "", "dates": "offsets", "smallest_cell": "5",
    }  # fmt: skip
    made = client.post(reverse("accounts:project_new", args=[board.pk]), typed)
    project = ReportingProject.objects.get()
    assert made.url == reverse("accounts:project", args=[board.pk, project.pk])
    assert (project.dates, project.smallest_cell) == ("offsets", 5)
    at = {
        name: reverse(f"accounts:project_{name}", args=[board.pk, project.pk])
        for name in ("analysts", "close", "renew")
    }
    client.post(at["analysts"], {"version": 1, "analysts": [anselm.pk]})
    assert projects_of(fresh(anselm)) == [project]
    client.post(made.url, typed | {"name": "Waiting times 2026", "version": 2})
    client.post(at["renew"], {"version": 3})
    client.post(at["close"], {"version": 4})
    project.refresh_from_db()
    assert (project.name, project.closed_at is None, project.version) == ("Waiting times 2026", False, 5)
    assert "nobody reads in it any more" in client.get(made.url).content.decode()


def test_nothing_typed_is_lost_when_it_is_refused(client, board, chloe):
    client.force_login(chloe)
    page = client.post(
        reverse("accounts:project_new", args=[board.pk]), {"name": "Waiting times", "smallest_cell": "x"}
    )
    assert page.status_code == 400
    assert 'value="Waiting times"' in page.content.decode()


def test_home_names_the_project_and_what_it_means(client, board, anselm, project):
    client.force_login(fresh(anselm))
    page = client.get(reverse("careplans:my_work")).content.decode()
    assert project.name in page
    assert "You are on no board yet" not in page
    assert "numbers under 5 are not shown" in page
    assert reverse("careplans:board_home", args=[board.pk]) not in page
    assert client.get(reverse("careplans:board_home", args=[board.pk])).status_code == 404
    report = client.get(reverse("careplans:overrides")).content.decode()
    assert f"Within the reporting project <strong>{project.name}</strong>" in report


def test_home_says_where_a_project_is_missing(client, board, anselm):
    Board.objects.filter(pk=board.pk).update(analysts_need_project=True)
    client.force_login(fresh(anselm))
    assert "no open one names you" in client.get(reverse("careplans:my_work")).content.decode()


def test_a_new_board_begins_with_projects_alone(client, admin):
    client.force_login(admin)
    page = client.get(reverse("accounts:board_new")).content.decode()
    box = page[page.index('name="analysts_need_project"') - 200 : page.index('name="analysts_need_project"') + 200]
    assert "checked" in box


def test_an_administrator_names_an_analyst_of_all_boards_on_a_page(client, admin, board):
    ingo = make_user("ingo@northgate.example", "Ingo")
    client.force_login(admin)
    institution = board.institution
    client.post(
        reverse("accounts:institution_analyst_new", args=[institution.pk]),
        {"new-user": ingo.pk, "new-ends_on": "2099-01-01"},
    )
    row = InstitutionAnalyst.objects.get()
    assert (row.user, row.ends_on) == (ingo, date(2099, 1, 1))
    assert "Ingo" in client.get(reverse("accounts:institution", args=[institution.pk])).content.decode()
    client.post(reverse("accounts:institution_analyst_end", args=[institution.pk, row.pk]))
    forget_memberships(ingo)
    assert memberships_of(fresh(ingo)) == []
