from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from accounts.models import AuditEvent, Board, Holiday
from accounts.services.holidays import DayOff, add_holidays, remove_holiday

pytestmark = pytest.mark.django_db


def ahead(board, days=30, name="Founders’ day"):
    return DayOff(board.today + timedelta(days=days), name)


def page(board):
    return reverse("accounts:holidays", args=[board.pk])


def test_a_day_is_added(board, ana):
    assert add_holidays(board, [ahead(board)], by=ana) == 1
    assert Holiday.objects.get().name == "Founders’ day"
    assert AuditEvent.objects.get(action="holidays_added").board_id == board.pk
    assert Board.objects.get(pk=board.pk).timing == 2


def test_a_day_that_is_listed_stays_as_it_is(board, ana):
    add_holidays(board, [ahead(board)], by=ana)
    assert add_holidays(board, [ahead(board, name="Another name")], by=ana) == 0
    assert Holiday.objects.get().name == "Founders’ day"


def test_a_day_that_has_passed_is_refused(board, ana):
    with pytest.raises(ValidationError, match="has passed"):
        add_holidays(board, [ahead(board, days=-1)], by=ana)


def test_a_day_needs_a_name(board, ana):
    with pytest.raises(ValidationError, match="Say what"):
        add_holidays(board, [ahead(board, name=" ")], by=ana)


@pytest.mark.parametrize("who", ["omar", "nina", "otto"])
def test_only_who_configures_the_board_adds_and_removes(request, board, ana, who):
    person = request.getfixturevalue(who)
    with pytest.raises(PermissionDenied):
        add_holidays(board, [ahead(board)], by=person)
    add_holidays(board, [ahead(board)], by=ana)
    with pytest.raises(PermissionDenied):
        remove_holiday(Holiday.objects.get(), by=person)
    assert Holiday.objects.count() == 1


def test_a_day_is_removed_once(board, ana):
    add_holidays(board, [ahead(board)], by=ana)
    row = Holiday.objects.get()
    remove_holiday(row, by=ana)
    row.pk = row.pk or 1
    remove_holiday(row, by=ana)
    assert AuditEvent.objects.filter(action="holiday_removed").count() == 1


def test_the_page_adds_one_and_pastes_several(client, board, ana):
    client.force_login(ana)
    first, second, third = (board.today + timedelta(days=n) for n in (10, 11, 12))
    client.post(page(board), {"day": first.isoformat(), "name": "One"})
    client.post(page(board), {"lines": f"{second.isoformat()} Two\n\n{third:%d.%m.%Y}; Three, and more\n"})
    assert list(Holiday.objects.values_list("name", flat=True)) == ["One", "Two", "Three, and more"]
    assert "Three, and more" in client.get(reverse("careplans:board_home", args=[board.pk])).content.decode()


def test_a_line_that_cannot_be_read_is_named_and_nothing_is_lost(client, board, ana):
    client.force_login(ana)
    answer = client.post(page(board), {"lines": "2099-01-01\nsoon New year"})
    shown = answer.content.decode()
    assert answer.status_code == 400
    assert "Line 1, “2099-01-01”" in shown
    assert "Line 2, “soon New year”" in shown
    assert "soon New year</textarea>" in shown
    assert not Holiday.objects.exists()


def test_another_boards_day_is_not_removed(client, board, other_board, ana):
    row = Holiday.objects.create(board=other_board, day=other_board.today, name="Theirs")
    client.force_login(ana)
    client.post(reverse("accounts:holiday_remove", args=[board.pk, row.pk]))
    assert Holiday.objects.filter(pk=row.pk).exists()
    assert client.post(reverse("accounts:holiday_remove", args=[other_board.pk, row.pk])).status_code == 404
