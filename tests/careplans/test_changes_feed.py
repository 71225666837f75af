"""The feed of changes, as somebody follows it: each change that they may see, and of nothing else a word."""

import base64
import json
import zlib
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext, override_settings
from django.utils import timezone

from accounts.models import AuditEvent, Membership
from careplans.models import Change, ChangeBatch, ChangeCount
from careplans.readers.changes import TOLD
from careplans.services import changes as numbering
from careplans.services.cases import add_prior_treatment, change_case
from careplans.services.patients import change_patient
from careplans.services.proforma import save_proforma
from careplans.services.record_moves import ask_merge
from careplans.services.specimens import add_specimen
from tests.careplans import makers
from tests.careplans.api import Api, attrs, problem
from tests.factories import join

pytestmark = pytest.mark.django_db


class Follower:
    def __init__(self, user, cursor=""):
        self.user, self.cursor = user, cursor

    def ask(self, **params):
        cursor = {"cursor": self.cursor} if self.cursor else {}
        return Api(self.user).get("/changes/", **cursor, **params)

    def read(self, **params):
        """Everything that is new, however many answers it takes."""
        told, more = [], True
        while more:
            answer = self.ask(**params)
            assert answer.status_code == 200, answer.content
            body = answer.json()
            told += [(row["noun"], row["id"]) for row in body["results"]]
            self.cursor, more = body["cursor"], body["more"]
        return told


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def plan(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=2)


def clinical(told):
    """Without the line of the timeline that each change leaves."""
    return [(noun, pk) for noun, pk in told if noun != "events"]


def retitle(case, title="Jejunal NET"):
    case.refresh_from_db()
    change_case(case, by=case.responsible, expected_version=case.version, title=title)


def test_from_the_beginning_it_names_every_row_once(plan, omar):
    told = Follower(omar).read()
    steps = {("steps", step.pk) for step in plan.steps.all()}
    whole = {("plans", plan.pk), ("cases", plan.case_id), ("patients", plan.case.patient_id), ("boards", plan.board_id)}
    assert set(told) >= steps | whole
    assert len(told) == len(set(told))


def test_afterwards_it_names_what_has_changed_and_nothing_else(plan, omar):
    follower = Follower(omar)
    follower.read()
    assert follower.read() == []
    retitle(plan.case)
    assert clinical(follower.read()) == [("cases", plan.case_id)]
    assert follower.read() == []


def test_an_entry_says_where_it_belongs_and_when_it_changed(plan, omar):
    follower, step = Follower(omar), plan.steps.first()
    follower.read()
    type(step).objects.filter(pk=step.pk).update(outcome="because")
    entry = next(row for row in follower.ask().json()["results"] if row["noun"] == "steps")
    assert entry == {
        "noun": "steps", "id": step.pk, "board": plan.board_id, "case": plan.case_id, "plan": plan.pk,
        "updated_at": Api(omar).get(f"/steps/{step.pk}/").json()["updated_at"],
    }  # fmt: skip


def test_every_entry_opens_the_row_that_it_names(plan, omar):
    api = Api(omar)
    assert {api.get(f"/{noun}/{pk}/").status_code for noun, pk in Follower(omar).read()} == {200}


def test_it_may_be_read_in_small_parts(plan, omar):
    assert sorted(Follower(omar).read(page_size=2)) == sorted(Follower(omar).read(page_size=200))


def test_what_changes_while_it_is_read_in_parts_comes_once_more(plan, omar):
    follower = Follower(omar)
    first = follower.ask(page_size=3).json()
    follower.cursor = first["cursor"]
    retitle(plan.case)
    assert follower.read(page_size=3).count(("cases", plan.case_id)) == 1


def test_it_can_be_followed_from_now_on(plan, omar):
    follower = Follower(omar)
    answer = follower.ask(**{"from": "now"}).json()
    assert (answer["results"], answer["more"]) == ([], False)
    follower.cursor = answer["cursor"]
    retitle(plan.case)
    assert clinical(follower.read()) == [("cases", plan.case_id)]


def test_more_than_is_numbered_at_once_is_not_forgotten(plan, omar, monkeypatch):
    whole = sorted(Follower(omar).read())
    Change.objects.update(batch=None)
    monkeypatch.setattr(numbering, "MOST_AT_ONCE", 2)
    assert sorted(Follower(omar).read()) == whole


# Who may see what


def test_of_another_board_it_says_nothing(plan, otto):
    assert {noun for noun, _ in Follower(otto).read()} == {"boards"}


def test_an_analyst_is_told_of_no_patient(plan, anselm):
    nouns = {noun for noun, _ in Follower(anselm).read()}
    assert "cases" in nouns
    assert "patients" not in nouns


def test_an_administrator_is_refused(plan, admin):
    assert Follower(admin).ask().status_code == 403


def test_whoever_joins_a_board_is_told_all_of_it_from_its_beginning(plan, otto):
    follower = Follower(otto)
    follower.read()
    join(otto, plan.board, "member", "surgery")
    told = follower.read()
    assert {("plans", plan.pk), ("cases", plan.case_id), ("patients", plan.case.patient_id)} <= set(told)
    assert follower.read() == []


def test_whoever_is_given_a_larger_role_is_told_what_it_opens(plan, anselm):
    follower = Follower(anselm)
    follower.read()
    Membership.objects.filter(user=anselm).update(role="observer")
    assert ("patients", plan.case.patient_id) in follower.read()


def test_whoever_leaves_is_told_nothing_any_more(plan, board, other_board, ana):
    join(ana, other_board, "coordinator", "coordination")
    follower = Follower(ana)
    follower.read()
    retitle(plan.case)
    Membership.objects.filter(user=ana, board=board).update(ended_at=plan.created_at)
    assert {noun for noun, _ in follower.read()} <= {"boards"}
    assert follower.ask().json()["boards"] == [other_board.pk]


def test_whoever_comes_back_is_told_what_happened_meanwhile(plan, omar):
    follower, mine = Follower(omar), Membership.objects.filter(user=omar)
    follower.read()
    mine.update(ended_at=plan.created_at)
    retitle(plan.case)
    mine.update(ended_at=None)
    assert ("cases", plan.case_id) in follower.read()


def test_a_patient_of_two_boards_is_told_once(plan, other_board, ana, omar):
    join(omar, other_board, "member", "surgery")
    follower, patient = Follower(omar), plan.case.patient
    follower.read()
    change_patient(patient, by=ana, expected_version=patient.version, given_name="Other")
    assert follower.read() == [("patients", patient.pk)]


def test_nobody_follows_it_without_a_token(client, db):
    assert client.get("/api/v1/changes/").status_code == 401


# The cursor


def test_a_cursor_holds_no_name(plan, omar):
    follower = Follower(omar)
    follower.read()
    packed = follower.cursor.lstrip(".").partition(":")[0]
    raw = base64.urlsafe_b64decode(packed + "=" * (-len(packed) % 4))
    text = (zlib.decompress(raw) if follower.cursor.startswith(".") else raw).decode()
    assert not [word for word in (omar.name, omar.email, plan.board.name, "Ashdown") if word in text]
    assert json.loads(text)[0] == str(ChangeCount.objects.get().era)


FOREIGN = [signing.dumps(one, salt="changes") for one in ([1], "x", ["x", [[1, 2, 3]]])]


# A signature holds the second in which it was made: the names of tests must not.
@pytest.mark.parametrize("cursor", ["x", "\x00", "[[[[", "9" * 5000, *FOREIGN], ids=range(7))
def test_a_cursor_that_cannot_be_read_is_refused(plan, omar, cursor):
    answer = Follower(omar, cursor).ask()
    assert (answer.status_code, attrs(answer)) == (400, ["cursor"])


def test_a_cursor_of_another_state_of_the_database_is_refused(plan, omar):
    follower = Follower(omar)
    for title in ("one", "two", "three"):
        follower.read()
        retitle(plan.case, title)
    follower.read()
    # As a backup from before all that has it.
    ChangeCount.objects.update(last=0)
    Change.objects.update(batch=None)
    answer = follower.ask()
    assert answer.status_code == 400
    assert "Begin again without one" in problem(answer)


@pytest.mark.parametrize(
    ("params", "attr"),
    [
        ({"cursor": ""}, "cursor"), ({"from": "yesterday"}, "from"), ({"from": "now", "cursor": "x"}, "from"),
        ({"page_size": "0"}, "page_size"), ({"since": "now"}, "since"), ({"board": "1"}, "board"),
        ({"since": ""}, "since"), ({"since": "9999-01-01"}, "since"), ({"since": "2026-01-01", "from": "now"}, "since"),
        ({"since": "2026-01-01", "cursor": "x"}, "since"), ({"since": ["2026-01-01", "2026-01-02"]}, "since"),
        ({"since": "0001-01-01T00:00:00+14:00"}, "since"), ({"since": "2026-01-01T00:00:00"}, "since"),
    ],
)  # fmt: skip
def test_a_parameter_that_it_does_not_have_is_refused(plan, omar, params, attr):
    answer = Api(omar).get("/changes/", **params)
    assert (answer.status_code, attrs(answer)) == (400, [attr])


# Since a moment


def back_to(hours):
    """As if all that was numbered until now was so many hours ago."""
    for batch in ChangeBatch.objects.all():
        ChangeBatch.objects.filter(pk=batch.pk).update(at=batch.at - timedelta(hours=hours))


def since(user, at, **params):
    """All that one call after the other tells since a moment, and the cursor behind it."""
    follower = Follower(user)
    first = follower.ask(since=at if isinstance(at, str) else at.isoformat(), **params)
    assert first.status_code == 200, first.content
    follower.cursor = first.json()["cursor"]
    told = [(row["noun"], row["id"]) for row in first.json()["results"]]
    return (told + follower.read(**params) if first.json()["more"] else told), follower


def test_what_changed_since_yesterday_is_told_whole_and_nothing_before_it(plan, ana, omar):
    Follower(omar).read()
    back_to(48)
    save_proforma(plan.case, {"grade": "G2"}, by=ana)
    add_prior_treatment(plan.case, by=ana, modality_code="SURG", response="complete")
    add_specimen(plan.case, by=ana, decides=False, taken_from="liver")
    told, follower = since(omar, timezone.now() - timedelta(hours=24))
    # The plan, too: a fact on which it was signed is another now.
    assert {noun for noun, _ in told} == {"cases", "plans", "prior-treatments", "specimens", "events", "fact-changes"}
    assert sorted(since(omar, timezone.now() - timedelta(hours=24), page_size=2)[0]) == sorted(told)
    assert follower.read() == []
    retitle(plan.case)
    assert clinical(follower.read()) == [("cases", plan.case_id)]


def test_since_a_moment_after_all_of_it_nothing_has_changed(plan, omar):
    Follower(omar).read()
    back_to(2)
    assert since(omar, timezone.now() - timedelta(hours=1))[0] == []


def test_since_the_year_one_everything_has_changed(plan, omar):
    assert sorted(since(omar, "0001-01-01")[0]) == sorted(Follower(omar).read())


def test_a_day_begins_at_the_midnight_of_the_centre(plan, omar):
    Follower(omar).read()
    ChangeBatch.objects.update(at=datetime(2026, 3, 4, 23, 30, tzinfo=UTC))
    assert since(omar, "2026-03-05")[0] == []
    with override_settings(CENTRE_TIME_ZONE="Europe/Berlin"):
        assert since(omar, "2026-03-05")[0]


def test_of_another_board_nothing_is_told_since_any_moment(plan, otto):
    assert {noun for noun, _ in since(otto, "2026-01-01")[0]} == {"boards"}


def test_a_clock_that_was_set_back_hides_nothing(plan, omar):
    """A batch is never said to be older than the one before it, and a row is found by its batch and not by its own moment."""
    Follower(omar).read()
    begun = timezone.now()
    with time_machine.travel(begun - timedelta(hours=5)):
        retitle(plan.case)
        Change.objects.filter(noun="cases").update(at=begun - timedelta(hours=5))
        Follower(omar).read()
    # Who asks the rows themselves finds none.
    assert not Change.objects.filter(noun="cases", at__gte=begun).exists()
    assert ("cases", plan.case_id) in since(omar, begun - timedelta(minutes=1))[0]
    numbers = list(ChangeBatch.objects.order_by("number").values_list("at", flat=True))
    assert numbers == sorted(numbers)


def test_the_tick_numbers_whatever_nobody_has_read(plan, omar, monkeypatch):
    monkeypatch.setattr(numbering, "MOST_AT_ONCE", 2)
    assert Change.objects.filter(batch=None).exists()
    numbering.number_all_changes()
    assert not Change.objects.filter(batch=None).exists()


def test_a_merge_is_told_to_who_sees_both_patients(board, other_board, ana, omar, otto):
    one, other = (makers.make_patient(board, by=ana, record_number=f"SYN-{number}") for number in (1, 2))
    follower, outside = Follower(omar), Follower(otto)
    follower.read(), outside.read()
    move = ask_merge(one, by=ana, into=other.pk, reason="Both letters.")
    assert ("record-moves", move.pk) in follower.read()
    assert outside.read() == []


# Beside it


def test_what_was_told_is_in_the_audit_trail(plan, omar):
    Follower(omar).read()
    event = AuditEvent.objects.filter(action="list", subject_type="change", actor=omar).latest("pk")
    assert event.data["ids"]["plans"] == [plan.pk]


def test_it_asks_as_often_on_one_board_as_on_two(plan, other_board, ana, omar):
    def asked():
        with CaptureQueriesContext(connection) as captured:
            Follower(omar).ask()
        return len(captured)

    Follower(omar).read()
    alone = asked()
    join(omar, other_board, "member", "surgery")
    makers.make_case(other_board, by=join(ana, other_board, "coordinator", "coordination").user, record_number="SYN-2")
    Follower(omar).read()
    assert asked() == alone


def test_of_every_noun_it_is_known_what_its_rows_are_and_who_may_read_them():
    assert set(TOLD) == set(Change.Noun.values)
