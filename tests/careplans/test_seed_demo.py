"""The demo board is what it claims to be. It is told once for this module and rolled back at its end."""

import re
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.password_validation import validate_password
from django.core.management import CommandError, call_command
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import Absence, Board, Holiday, Membership, Notice, User
from careplans.demo.people import read
from careplans.models import (
    Case,
    Event,
    FollowUp,
    OutboxMessage,
    Patient,
    Plan,
    PlanSchedule,
    Proforma,
    RecordMove,
    Signature,
    Step,
)
from careplans.models.plan_content import content_hash
from careplans.reports.asked import read_asked
from careplans.reports.reminders import REMINDERS
from careplans.reports.shown import answer
from careplans.rules.vignettes import read_cases
from modalities.models import Publication

# Each test runs in a savepoint of the module's transaction.
pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module", autouse=True)
def demo(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        out = StringIO()
        call_command("seed_demo", yes=True, stdout=out)
        yield out.getvalue()
        transaction.set_rollback(True)


@pytest.mark.parametrize("names", [("Another name",), ("Another name", "Riverside is called this")])
def test_it_is_made_once_whatever_its_boards_are_called_by_now(names):
    """Each start of script/demo asks for it."""
    with transaction.atomic():
        for board, name in zip(Board.objects.order_by("pk"), names, strict=False):
            Board.objects.filter(pk=board.pk).update(name=name)
        out, before = StringIO(), Patient.objects.count()
        call_command("seed_demo", yes=True, stdout=out)
        assert "there already" in out.getvalue() and Patient.objects.count() == before
        transaction.set_rollback(True)


def test_it_prints_what_it_made(demo):
    assert demo.splitlines()[-1].startswith("Demo NET board: 18 people, 26 synthetic patients,")


def test_it_says_how_far_it_is(demo):
    """Whoever starts the demo for the first time waits a minute or two."""
    told = [int(found) for found in re.findall(r"(\d+) of \d+ acts are told", demo)]
    assert told[0] == 0 and told == sorted(set(told)) and 8 <= len(told) <= 9


def test_a_report_as_of_yesterday_finds_its_reminders_sent():
    """Dated back as the steps are: else it says that the product lost hundreds of them."""
    person = User.objects.get(email="chair@consilium.example")
    board = person.memberships.get(ended_at=None).board
    for days, least in ((1, 600), (60, 300)):
        day = board.today - timedelta(days=days)
        asked = read_asked(REMINDERS, person, {"as_of": day.isoformat()})
        found = answer(asked, by=person).total.figures
        assert found["unsent"] == 0 and found["in_time"] + found["late"] > least, (days, found)


def test_there_are_26_patients_who_show_that_they_are_invented():
    patients = Patient.objects.all()
    assert patients.count() == 26
    assert all(p.is_synthetic and p.record_number.startswith("SYN-") for p in patients)
    assert all(p.family_name.endswith("-Synthetic") for p in patients)


def test_somebody_is_recorded_twice_and_waits_to_be_merged():
    asked = RecordMove.objects.get(kind="merge")
    assert (asked.status, asked.from_patient.record_number) == ("asked", "SYN-0026")
    stands = asked.to_patient
    assert [name.family_name for name in stands.names.all()] == [asked.from_patient.family_name]
    assert stands.identifiers.filter(value="0900000003").exists()


def test_a_case_was_moved_to_its_patient():
    moved = RecordMove.objects.get(kind="case")
    assert moved.status == "confirmed" and moved.case.patient.record_number == "SYN-0018"


def test_a_revision_of_a_page_waits_for_its_day():
    assert Publication.objects.filter(in_force_on__gt=timezone.now().date()).count() == 1


def test_every_state_occurs():
    for model in (Plan, Step, FollowUp):
        assert set(model.objects.values_list("status", flat=True)) == set(model.Status.values), model
    some = {"referred", "returned", "accepted", "listed", "in_care", "closed"}
    assert some <= set(Case.objects.values_list("status", flat=True))
    assert Plan.objects.filter(no_treatment=True, status="active").exists()
    assert Plan.objects.filter(status="completed").exclude(response="not_recorded").exists()


def test_plans_wait_for_signatures_and_one_has_a_dissent():
    waiting = Signature.objects.filter(plan__status="in_signoff").current()
    assert {"pending", "delegated", "approved", "dissented"} <= set(waiting.values_list("status", flat=True))


def test_follow_ups_are_overdue_due_and_ahead():
    today = timezone.now().date()
    assert FollowUp.objects.overdue(today).exists()
    assert FollowUp.objects.due(today).exists()
    assert FollowUp.objects.open().filter(due_on__gt=today + timedelta(days=30)).exists()


def test_the_worked_examples_have_exactly_their_facts():
    examples = read_cases()
    assert len(examples) == 6
    for example in examples:
        case = Case.objects.get(title=example["title"])
        assert case.patient.record_number == f"SYN-000{example['id'][-1]}"
        for name, value in example["facts"].items():
            if name.endswith("_cm"):
                name, value = name.replace("_cm", "_mm"), round(value * 10)
            assert getattr(case.proforma, name) == value, (example["id"], name)


def test_every_signed_content_has_the_hash_that_was_signed():
    plans = Plan.objects.exclude(content_hash="").prefetch_related("signatures")
    assert plans.count() > 15
    for plan in plans:
        assert plan.content_hash == content_hash(
            plan, list(Step.objects.filter(plan=plan).for_plan()), list(PlanSchedule.objects.filter(plan=plan).live())
        ), plan
        answers = [s for s in plan.signatures.all() if s.status not in ("void", "declined")]
        assert {(s.content_hash, s.content_version) for s in answers} <= {(plan.content_hash, plan.content_version)}


def test_the_timeline_spans_months_and_none_of_it_lies_ahead():
    times = Event.objects.order_by("at").values_list("at", flat=True)
    assert times[0] < timezone.now() - timedelta(days=365)
    assert times[len(times) - 1] <= timezone.now()
    for case in Case.objects.all():
        told = list(case.events.order_by("id").values_list("at", flat=True))
        assert told == sorted(told)


def test_only_today_is_left_to_deliver_and_notices_stay_few():
    waiting = OutboxMessage.objects.filter(status="pending", due_at__lte=timezone.now())
    assert waiting.count() <= 40
    assert not waiting.filter(due_at__lt=timezone.now() - timedelta(days=1)).exists()
    assert 0 < Notice.objects.count() + waiting.filter(channel="in_app").count() <= 70


def test_notices_stand_in_the_order_of_their_time():
    for user in User.objects.filter(notices__isnull=False).distinct():
        times = list(user.notices.order_by("id").values_list("created_at", flat=True))
        assert times == sorted(times)
    assert not OutboxMessage.objects.filter(status="sent", sent_at__lt=F("reminder__created_at")).exists()


def test_everybody_can_sign_in_with_the_documented_password():
    password = read()["password"]
    for user in User.objects.all():
        assert user.email.endswith("@consilium.example")
        assert user.check_password(password)
        validate_password(password, user)


def test_the_administrator_and_the_content_people_see_no_patient():
    for user in User.objects.filter(
        email__in=[f"{key}@consilium.example" for key in ("administrator", "editor", "approver")]
    ):
        assert not Membership.objects.filter(user=user).exists()


def test_one_person_is_on_both_boards():
    assert Board.objects.count() == 2
    assert Membership.objects.filter(user__email="oncology@consilium.example").count() == 2


def test_the_settings_pages_have_something_to_show():
    board = Board.objects.get(name="Demo NET board")
    assert Absence.objects.standing().filter(person__memberships__board=board, first_day__gt=board.today).count() == 1
    assert Holiday.objects.filter(board=board).ahead(board.today).count() == 3
    assert User.objects.exclude(quiet_from=None).exists()
    assert User.objects.exclude(digest_at=None).exists()


def test_proformas_differ_in_how_full_they_are():
    names = ("grade", "extent", "ecog", "sstr_expression")
    filled = {sum(facts.is_recorded(name) for name in names) for facts in Proforma.objects.all()}
    assert {0, 4} <= filled


def test_a_second_time_changes_nothing():
    before = (Plan.objects.count(), Event.objects.count(), User.objects.count())
    out = StringIO()
    call_command("seed_demo", yes=True, stdout=out)
    assert "nothing was changed" in out.getvalue()
    assert (Plan.objects.count(), Event.objects.count(), User.objects.count()) == before


def test_it_refuses_outside_the_demo(settings):
    settings.DEMO = False
    with pytest.raises(CommandError, match="--yes"):
        call_command("seed_demo")


def test_logins_begin_with_the_coordinator():
    out = StringIO()
    call_command("seed_demo", logins=True, stdout=out)
    first, second, *_ = out.getvalue().splitlines()
    assert read()["password"] in first
    assert second.split()[0] == "coordinator@consilium.example"
