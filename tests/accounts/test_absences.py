from datetime import timedelta

import pytest
import time_machine
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from accounts.models import Absence, AuditEvent
from accounts.permissions import forget_memberships
from accounts.services.absences import end_absence, plan_absence, possible_deputies, today_on
from tests.factories import join

pytestmark = pytest.mark.django_db


def day(number):
    return timezone.localdate() + timedelta(days=number)


def plan(person, deputy, *, first=1, last=10, by=None):
    return plan_absence(person, by=by or person, first_day=day(first), last_day=day(last), deputy=deputy)


def test_an_absence_is_planned(omar, ravi):
    absence = plan(omar, ravi)
    assert (absence.deputy, absence.ended_at) == (ravi, None)
    assert AuditEvent.objects.get(action="absence_planned").data["deputy"] == ravi.pk


def test_nobody_plans_it_for_another(omar, ravi, admin):
    with pytest.raises(PermissionDenied):
        plan(omar, ravi, by=admin)


def test_the_board_that_would_be_uncovered_is_named(omar, ravi, other_board):
    join(omar, other_board, "member", "medical_oncology")
    with pytest.raises(ValidationError, match="Ravi Radiologist does not act on Southbank"):
        plan(omar, ravi)
    join(ravi, other_board, "member", "radiology")
    assert plan(omar, ravi)


def test_where_one_only_observes_no_deputy_is_needed(omar, ravi, other_board):
    join(omar, other_board, "observer")
    assert plan(omar, ravi)


def test_who_only_observes_does_not_stand_in(omar, nina):
    with pytest.raises(ValidationError, match="does not act on Northgate"):
        plan(omar, nina)
    assert nina not in possible_deputies(omar)


@pytest.mark.parametrize(
    ("first", "last", "sentence"), [(5, 4, "before the first"), (-9, -5, "passed"), (1, 400, "a year")]
)
def test_days_that_cannot_be_meant_are_refused(omar, ravi, first, last, sentence):
    with pytest.raises(ValidationError, match=sentence):
        plan(omar, ravi, first=first, last=last)


def test_two_absences_do_not_overlap(omar, ravi, ana):
    plan(omar, ravi)
    with pytest.raises(ValidationError, match="already away"):
        plan(omar, ana, first=10, last=12)
    assert plan(omar, ana, first=11, last=12)


def test_after_an_absence_was_ended_its_days_are_free(omar, ravi):
    end_absence(plan(omar, ravi), by=omar)
    assert plan(omar, ravi)


@pytest.mark.parametrize(("who", "may"), [("omar", True), ("admin", True), ("ana", False)])
def test_the_person_or_an_administrator_ends_it(request, omar, ravi, who, may):
    absence = plan(omar, ravi)
    person = request.getfixturevalue(who)
    if not may:
        with pytest.raises(PermissionDenied):
            end_absence(absence, by=person)
        return
    end_absence(absence, by=person)
    end_absence(absence, by=person)
    assert AuditEvent.objects.filter(action="absence_ended").count() == 1


def test_the_page_plans_and_ends_one(client, omar, ravi):
    client.force_login(omar)
    client.post(reverse("accounts:absences"), {"first_day": day(0), "last_day": day(3), "deputy": ravi.pk})
    absence = Absence.objects.get()
    assert "Ravi Radiologist stands in" in client.get("/settings/").content.decode()
    client.post(reverse("accounts:absence_end", args=[absence.pk]))
    absence.refresh_from_db()
    assert absence.ended_at is not None


def test_anybody_elses_does_not_exist(client, omar, ravi):
    absence = plan(omar, ravi)
    client.force_login(ravi)
    assert client.post(reverse("accounts:absence_end", args=[absence.pk])).status_code == 404


def test_an_administrator_sees_it_on_the_persons_page(client, omar, ravi, admin):
    plan(omar, ravi)
    client.force_login(admin)
    assert "Ravi Radiologist stands in" in client.get(reverse("accounts:person", args=[omar.pk])).content.decode()


@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_the_day_of_an_absence_is_the_persons_own_and_not_the_servers(omar, ravi, board, zone):
    """At half past ten by UTC it is tomorrow already on Kiritimati, and still yesterday in Pago Pago."""
    board.time_zone = zone
    board.save()
    forget_memberships(omar)
    with time_machine.travel("2026-03-10T10:30:00Z", tick=False):
        today = board.today
        assert today != timezone.localdate()
        yesterday = today - timedelta(days=1)
        with pytest.raises(ValidationError, match="passed"):
            plan_absence(omar, by=omar, first_day=yesterday, last_day=yesterday, deputy=ravi)
        assert plan_absence(omar, by=omar, first_day=today, last_day=today, deputy=ravi)
        assert today_on([board]) == today
