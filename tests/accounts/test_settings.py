import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEvent
from accounts.services.settings import change_settings

ALL_ON = dict.fromkeys(["mail_reminders", "mail_overdue", "mail_escalations", "mail_signatures"], "on")


def test_a_person_changes_name_and_mail(client, ana):
    client.force_login(ana)
    wanted = {name: value for name, value in ALL_ON.items() if name != "mail_overdue"}
    client.post("/settings/", wanted | {"name": "Ana C"})
    ana.refresh_from_db()
    assert (ana.name, ana.mail_overdue, ana.mail_reminders) == ("Ana C", False, True)
    assert AuditEvent.objects.get(action="settings_changed").data == {"fields": ["name", "mail_overdue"]}


def test_no_flag_can_be_slipped_in(client, ana):
    client.force_login(ana)
    client.post("/settings/", ALL_ON | {"name": "Ana C", "is_administrator": "on", "email": "x@x.example"})
    ana.refresh_from_db()
    assert (ana.is_administrator, ana.email) == (False, "ana@northgate.example")


def test_nobody_changes_somebody_elses(ana, admin):
    with pytest.raises(PermissionDenied):
        change_settings(ana, by=admin, changes={"mail_overdue": False})


def test_the_page_shows_the_memberships(client, ana):
    client.force_login(ana)
    assert "Coordinator, Coordination" in client.get("/settings/").content.decode()
