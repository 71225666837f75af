"""Two people meet in the database through the pages and the API: whoever loses is told so, and nobody sees an error page."""

from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import OperationalError, connection
from psycopg.errors import DeadlockDetected, SerializationFailure

from careplans.models import Event, FollowUp, Reminder
from careplans.services.plan_schedules import change_schedule
from careplans.services.plans import amend_plan
from tests.careplans import makers
from tests.careplans.api import Api
from tests.careplans.doors import FETCH, browser, url
from tests.careplans.worlds import make_world, read
from tests.races import WRITES

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def active(board, ana, chloe):
    case = makers.make_case(board, by=ana)
    return makers.make_active_plan(case, by=ana, chair=chloe, schedule=makers.make_template(board))


@pytest.fixture
def amendment(active, ana):
    new = amend_plan(active, by=ana, reason="Progression")
    change_schedule(makers.schedule_of(new), by=ana, expected_version=1, counts_from=makers.TODAY() + timedelta(days=9))
    return makers.submit(new, by=ana)


def releasing(plan, chloe, door):
    seen = {"content_hash": plan.content_hash}
    if door == "page":
        return lambda: browser(chloe).post(url("plan_release", plan.pk), {"version": plan.version, **seen})
    api = Api(chloe)
    return lambda: api.post(f"/plans/{plan.pk}/release/", seen, plan.version)


def skipping(step, omar, door):
    seen = {"reason": "patient_choice"}
    if door == "page":
        data = {"verb": "skip", "version": step.version, **seen}
        return lambda: browser(omar).post(url("step_deliver", step.pk), data)
    api = Api(omar)
    return lambda: api.post(f"/steps/{step.pk}/skip/", seen, step.version)


def missing(follow_up, omar, door):
    seen = {"new_due_on": (follow_up.due_on + timedelta(days=20)).isoformat()}
    if door == "page":
        data = {"verb": "missed", "version": follow_up.version, **seen}
        return lambda: browser(omar).post(url("followup", follow_up.pk), data)
    api = Api(omar)
    return lambda: api.post(f"/follow-ups/{follow_up.pk}/missed/", seen, follow_up.version)


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_step_that_is_skipped_during_a_release_brings_no_error_page(track, active, amendment, omar, chloe, door):
    calls = releasing(amendment, chloe, door), skipping(active.steps.get(), omar, door)
    for met in track.rounds(*calls, count=60):
        assert met.is_clean and any(met.won), str(met)


@pytest.mark.parametrize("door", ["page", "api"])
def test_a_follow_up_that_is_missed_during_a_release_brings_no_error_page(track, active, amendment, omar, chloe, door):
    first = FollowUp.objects.filter(plan=active).order_by("due_on").first()
    for met in track.rounds(releasing(amendment, chloe, door), missing(first, omar, door), count=60):
        assert met.is_clean and any(met.won), str(met)


def test_who_presses_twice_to_put_off_a_reminder_sees_no_error_page(track, active, ana):
    step = active.steps.get()
    data = {"until": (active.board.today + timedelta(days=3)).isoformat(), "reason": "booked"}

    def press():
        return browser(ana).post(url("snooze_step", step.pk), data)

    for met in track.rounds(press, press, count=60):
        assert met.is_clean and sum(met.won) == 1, str(met)
        assert Reminder.objects.scheduled().filter(step=step, kind="snoozed").count() == 1, str(met)


# What a database says when it could not bring two transactions together, and the doors behind which it may say so.

DOORS = {
    "release": ("signed", "chloe", lambda w: (url("plan_release", w.plan.pk), seen(w))),
    "sign": ("in sign-off", "omar", lambda w: (url("signoff", w.plan.pk), seen(w) | {"answer": "sign"})),
    "submit": ("draft", "ana", lambda w: (url("plan_submit", w.plan.pk), seen(w))),
    "save a plan": ("draft", "ana", lambda w: (url("plan_save", w.plan.pk), typed("aim", "Cure", w.plan.aim))),
    "save a step": ("draft", "ana", lambda w: (url("step_save", w.planned.pk), typed("only_if", "Ki-67", ""))),
    "reorder": ("draft", "ana", lambda w: (url("steps_reorder", w.plan.pk), {"order": str(w.reversed)})),
    "remove a step": ("draft", "ana", lambda w: (url("step_remove", w.planned.pk), {})),
    "amend": ("in force", "ana", lambda w: (url("plan_amend", w.plan.pk), seen(w) | {"reason": "Progression"})),
    "hold": ("in force", "chloe", lambda w: (url("plan_close", w.plan.pk), seen(w) | {"verb": "hold", "reason": "-"})),
    "skip": ("in force", "ana", lambda w: (url("step_deliver", w.planned.pk), skip(w))),
    "put off": ("in force", "ana", lambda w: (url("snooze_step", w.planned.pk), {"until": w.day, "reason": "-"})),
    "keep": ("in force", "ana", lambda w: (url("superseded_guidance_keep", w.plan.pk), keep(w))),
    "missed": ("without a plan", "ana", lambda w: (url("followup", w.follow_up.pk), missed(w))),
    "send again": ("without a plan", "ana", lambda w: (url("send_again", w.case.board_id, w.of_follow_up.pk), {})),
    "save facts": ("without a plan", "ana", lambda w: (url("proforma_save", w.case.pk), typed("wishes", "Home", ""))),
    "begin a plan": ("without a plan", "ana", lambda w: (url("plan_new", w.case.pk), {})),
}


def seen(w):
    return {"version": w.plan.version, "content_version": w.plan.content_version, "content_hash": w.plan.content_hash}


def typed(name, mine, base):
    return {name: mine, f"base-{name}": base}


def skip(w):
    return {"verb": "skip", "version": w.planned.version, "reason": "progression"}


def keep(w):
    return {"reason": "tolerated", "seen": ",".join(map(str, w.publications))}


def missed(w):
    return {"verb": "missed", "version": w.follow_up.version, "new_due_on": w.later}


@contextmanager
def refusing(error, times):
    """The database breaks the first `times` transactions at the first row of a patient that they write or hold."""
    broken = []

    def wrapper(execute, sql, params, many, context):
        writes = any(table.startswith("careplans_") for table in WRITES.findall(sql[:100])) or "UPDATE OF" in sql
        if (writes or sql.rstrip().endswith("UPDATE")) and len(broken) < times:
            broken.append(sql)
            raise OperationalError(str(error)) from error
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield broken


def is_refusal(answer):
    """Told in words: a status that says so, or a page that one is led to and that begins with the sentence."""
    if answer.redirect_chain:
        return [message.level_tag for message in answer.context["messages"]] == ["error"]
    return 400 <= answer.status_code < 500


@pytest.mark.parametrize("name", DOORS)
def test_what_the_database_breaks_is_done_again_and_at_last_told(name, board, ana, omar, chloe):
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time: no transaction is broken for another's sake.")
    stage, who, door = DOORS[name]
    case = make_world(board, stage, ana=ana, omar=omar, chloe=chloe)
    client = browser({"ana": ana, "omar": omar, "chloe": chloe}[who])
    # As the error page would come: not as an exception in the test.
    client.raise_request_exception = False
    path, data = door(read(case))
    extra = FETCH if "save" in name or name == "reorder" else {}
    before = Event.objects.count()
    with refusing(DeadlockDetected("deadlock detected"), times=100):
        answer = client.post(path, data, follow=True, **extra)
    assert (is_refusal(answer), Event.objects.count()) == (True, before), answer.status_code
    with refusing(SerializationFailure("could not serialize access"), times=1) as broken:
        answer = client.post(path, data, follow=True, **extra)
    assert (answer.status_code, is_refusal(answer), len(broken)) == (200, False, 1)
