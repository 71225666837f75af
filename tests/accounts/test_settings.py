import pytest
from django.core.exceptions import PermissionDenied

from accounts.models import AuditEvent
from accounts.services.settings import change_settings

ALL_ON = dict.fromkeys(
    [
        "mail_reminders",
        "mail_overdue",
        "mail_escalations",
        "mail_signatures",
        "mail_news",
        "signatures_at_once",
        "single_keys",
    ],
    "on",
)


def test_a_person_changes_name_and_mail(client, ana):
    client.force_login(ana)
    wanted = {name: value for name, value in ALL_ON.items() if name != "mail_overdue"}
    client.post("/settings/", wanted | {"name": "Ana C"})
    ana.refresh_from_db()
    assert (ana.name, ana.mail_overdue, ana.mail_reminders) == ("Ana C", False, True)
    assert AuditEvent.objects.get(action="settings_changed").data == {
        "fields": ["name", "mail_overdue"],
        "was": {"name": "Ana Coordinator", "mail_overdue": True},
        "now": {"name": "Ana C", "mail_overdue": False},
    }


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


@pytest.mark.parametrize(
    ("typed", "field", "sentence"),
    [
        ({"quiet_from": "22:00"}, "quiet_until", "both hours, or neither"),
        ({"quiet_until": "07:00"}, "quiet_from", "both hours, or neither"),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "quiet_until", "another hour"),
        (
            {"quiet_from": "22:00", "quiet_until": "07:00", "digest_at": "06:30"},
            "digest_at",
            "lies in your quiet hours",
        ),
    ],
)
def test_hours_that_contradict_each_other_are_refused(client, ana, typed, field, sentence):
    client.force_login(ana)
    answer = client.post("/settings/", ALL_ON | {"name": "Ana"} | typed)
    assert sentence in answer.context["form"].errors[field][0]
    ana.refresh_from_db()
    assert (ana.quiet_from, ana.quiet_until, ana.digest_at) == (None, None, None)


def test_quiet_hours_and_the_daily_mail_are_set_and_cleared(client, ana):
    client.force_login(ana)
    hours = {"quiet_from": "22:00", "quiet_until": "07:00", "digest_at": "08:30"}
    typed = {name: value for name, value in ALL_ON.items() if name != "signatures_at_once"} | hours
    client.post("/settings/", typed | {"name": ana.name})
    ana.refresh_from_db()
    assert (f"{ana.quiet_from:%H:%M}", f"{ana.digest_at:%H:%M}", ana.signatures_at_once) == ("22:00", "08:30", False)
    client.post("/settings/", ALL_ON | {"name": ana.name})
    ana.refresh_from_db()
    assert (ana.quiet_from, ana.quiet_until, ana.digest_at) == (None, None, None)
