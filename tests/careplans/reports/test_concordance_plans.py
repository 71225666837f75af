"""Planned against delivered where plans end, follow each other, and are looked at as of the past."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from careplans.models import Arm, Patient, Plan, Step
from careplans.readers import known
from careplans.services.care_ends import record_death
from careplans.services.decisions import add_decision
from careplans.services.steps import edit_step, remove_step
from tests.careplans import makers
from tests.careplans.reports.delivering import asked, class_of, classes, day, on, rows

pytestmark = pytest.mark.django_db


def test_a_step_that_an_amendment_took_over_counts_once_where_it_stands(delivery, chloe):
    first, second = delivery.plan({}, {"code": "SURG", "start": (5, 1)})
    delivery.start(first, 3, 10)
    plan, (again, later) = delivery.amend(first, 4, 1)
    assert classes(chloe, at=(4, 2)) == {first.pk: "in_progress", second.pk: "ahead"}
    with on(4, 3):
        edit_step(later, {"planned_start": day(6, 1)}, by=delivery.ana)
        delivery.release(plan)
    assert classes(chloe, at=(4, 4)) == {again.pk: "in_progress", later.pk: "ahead"}
    assert {row["cells"]["amended"] for row in rows(chloe, "concordance", at=(4, 4))} == {"same", "date"}
    delivery.complete(again, 5, 3)
    # Against what is signed there: on the first of May nothing was due, and of the course more is known than was then.
    assert classes(chloe) == {again.pk: "as_planned", later.pk: "unknown"}
    assert classes(chloe, as_of="2026-04-02", known_by="now") == {first.pk: "in_progress", second.pk: "ahead"}


def test_what_happened_before_an_amendment_and_was_recorded_after_it_is_known_of_the_plan_before(delivery, chloe):
    step = delivery.one()
    plan, (again,) = delivery.amend(step, 4, 1)
    with on(4, 2):
        delivery.release(plan)
    delivery.start(again, 3, 12, recorded=(4, 3))
    plan, (third,) = delivery.amend(again, 4, 10)
    with on(4, 10):
        delivery.release(plan)
    delivery.complete(third, 3, 30, recorded=(4, 11))
    for as_of, pk, found in (
        ("2026-03-20", step.pk, "in_progress"), ("2026-03-31", step.pk, "as_planned"),
        ("2026-04-05", again.pk, "as_planned"), ("2026-04-12", third.pk, "as_planned"),
    ):  # fmt: skip
        assert classes(chloe, as_of=as_of, known_by="now") == {pk: found}


def test_a_step_in_words_that_an_amendment_left_out_is_neither_followed_nor_missed(delivery, chloe):
    first, second = delivery.plan({"start": (5, 1)}, {"code": "SURG", "only_if": "Only on progression"})
    plan, (_, left_out) = delivery.amend(first, 4, 1)
    with on(4, 1):
        remove_step(left_out, by=delivery.ana, reason_code="patient_choice", reason="No operation any more.")
    delivery.release_on((plan, []), 4, 2)
    assert classes(chloe, at=(4, 3))[second.pk] == "conditional"
    assert asked(chloe, "concordance", by="", at=(4, 3))["total"]["followed"]["among"] == 0


def test_what_an_amendment_left_out_the_team_has_not_missed(delivery, chloe):
    """Of two steps one is unknown, which is a miss; the other the board has signed anew that it is not to be done."""
    first, second = delivery.plan({}, {"code": "SURG", "start": (5, 1)})
    plan, (again, left_out) = delivery.amend(first, 4, 1)
    with on(4, 1):
        remove_step(left_out, by=delivery.ana, reason_code="patient_choice", reason="No operation any more.")
        delivery.release(plan)
    assert classes(chloe) == {again.pk: "unknown", second.pk: "fell_away"}
    (row,) = rows(chloe, "concordance", measure="fell_away")
    assert row["cells"]["reason"] == "patient_choice"
    total = asked(chloe, "concordance", by="")["total"]
    assert (total["not_done"], total["reason_known"]["among"]) == (0, 0)
    assert [(total[name]["count"], total[name]["among"]) for name in ("followed", "carried_out")] == [(0, 1), (0, 1)]


@pytest.mark.parametrize(
    ("at", "found"),
    [(8, "fell_away"), (11, "fell_away"), (12, "not_done")],
    ids=["before", "last day of grace", "after"],
)
def test_what_was_overdue_when_an_amendment_left_it_out_was_missed(delivery, chloe, at, found):
    """Planned for 8 March, with three days of grace."""
    first, second = delivery.plan({}, {"code": "SURG", "start": (3, 8)})
    assert second.board.grace_days == 3
    plan, (again, left_out) = delivery.amend(first, 3, at)
    with on(3, at):
        remove_step(left_out, by=delivery.ana, reason_code="not_available", reason="No slot.")
        delivery.release(plan)
    second.refresh_from_db()
    assert second.due_when_left_out == day(3, 8)
    (row,) = rows(chloe, "concordance", measure=found)
    assert (classes(chloe)[second.pk], row["cells"]["reason"]) == (found, "not_available")
    total = asked(chloe, "concordance", by="")["total"]
    assert (total["carried_out"]["count"], total["not_done"]) == (0, int(found == "not_done"))


def test_a_step_that_was_put_on_a_later_day_before_is_held_against_that(delivery, chloe):
    first, second = delivery.plan({}, {"code": "SURG", "start": (3, 8)})
    delivery.put_off(second, 3, 9, to=(4, 20))
    plan, (again, left_out) = delivery.amend(first, 4, 1)
    with on(4, 1):
        remove_step(left_out, by=delivery.ana, reason_code="not_available", reason="No slot.")
        delivery.release(plan)
    assert classes(chloe)[second.pk] == "fell_away"


def test_an_amendment_with_another_modality_is_no_departure(delivery, chloe):
    step = delivery.one()
    plan, (again,) = delivery.amend(step, 3, 2)
    with on(3, 2):
        makers.make_modality("PRRT")
        edit_step(again, {"modality_code": "PRRT"}, by=delivery.ana)
        delivery.release(plan)
    delivery.start(again, 3, 10)
    delivery.complete(again, 3, 11)
    (row,) = rows(chloe, "concordance")
    assert (row["cells"]["class"], row["cells"]["amended"], row["cells"]["modality"]) == (
        "as_planned",
        "modality",
        "PRRT",
    )


def test_steps_of_a_revoked_plan_are_not_done(delivery, chloe):
    step = delivery.one()
    delivery.revoke(step, 3, 20)
    assert class_of(chloe, step) == "not_done"
    assert rows(chloe, "concordance")[0]["cells"]["reason"] == "patient_choice"


def test_a_plan_entered_in_error_never_was(delivery, chloe):
    step = delivery.one()
    delivery.skip(step, 3, 10)
    with on(3, 11):
        Plan.objects.filter(pk=step.plan_id).update(status="entered_in_error", end_reason="Another patient.")
    assert classes(chloe) == {}


def test_a_death_counts_from_its_day_though_it_is_recorded_later(delivery, chloe):
    begun, ahead = delivery.plan({}, {"start": (5, 1)})
    delivery.start(begun, 3, 10)
    with on(5, 20):
        patient = Patient.objects.get(pk=begun.case.patient_id)
        record_death(
            patient, by=chloe, expected_version=patient.version, source="a letter", year=2026, month=4, day=20
        )  # fmt: skip
    assert classes(chloe) == {begun.pk: "stopped", ahead.pk: "fell_away"}
    assert {row["cells"]["reason"] for row in rows(chloe, "concordance")} == {"died"}
    assert classes(chloe, as_of="2026-04-19", known_by="now")[begun.pk] == "in_progress"
    assert classes(chloe, as_of="2026-04-20", known_by="now") == {begun.pk: "stopped", ahead.pk: "fell_away"}


def test_a_draft_does_not_count(delivery, chloe):
    with on(3, 1):
        delivery.draft({})
    assert classes(chloe) == {}


def test_a_step_without_a_planned_start_counts_in_the_period_of_its_release(delivery, ana, chloe):
    with on(3, 1):
        plan, _ = delivery.draft({"start": (4, 1)})
        decision = add_decision(
            plan, by=ana, description="re-staging", arms=[{"name": "one", "no_step": "-"}, {"name": "two"}]
        )
        edit_step(decision, {"owner": ana, "planned_start": day(4, 1)}, by=ana)
        undated = delivery.add(plan, start=None, arm=Arm.objects.get(decision=decision, name="two"))
        delivery.release(plan)
    (row,) = rows(chloe, "concordance", since="2026-03-01", until="2026-03-01")
    assert (row["day"], row["cells"]["step_id"], row["cells"]["class"]) == ("2026-03-01", undated.pk, "waiting")
    assert row["cells"]["planned_start"] is row["cells"]["days_off"] is None


# What has no day of its own


@pytest.fixture
def as_known_then(monkeypatch):
    """From when it is called, `{then_step}` answers as of an earlier moment with the rows that there are now."""
    own = known.relation

    def relation(model, asked, only=None):
        if model is Step and asked.by is not None and asked.by < relation.until:
            return "SELECT * FROM steps_then", {}
        return own(model, asked, only)

    def remember(until):
        relation.until = until
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMPORARY TABLE steps_then AS SELECT * FROM careplans_step")
        monkeypatch.setattr(known, "relation", relation)

    yield remember
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS steps_then")


def test_not_done_counts_from_when_it_was_recorded(delivery, chloe, as_known_then):
    step = delivery.one()
    as_known_then(datetime(2026, 4, 1, tzinfo=UTC))
    delivery.skip(step, 4, 1)
    assert class_of(chloe, step, as_of="2026-03-13", known_by="now") == "ahead"
    assert class_of(chloe, step, as_of="2026-03-31", known_by="now") == "unknown"
    assert class_of(chloe, step, as_of="2026-04-01", known_by="now") == "not_done"


def test_what_is_due_is_what_was_due_then(delivery, chloe, as_known_then):
    """On 20 March it was put off to May: until then it was late."""
    step = delivery.one()
    as_known_then(datetime(2026, 3, 20, tzinfo=UTC))
    delivery.put_off(step, 3, 20, to=(5, 1))
    assert class_of(chloe, step, as_of="2026-03-19", known_by="now") == "unknown"
    assert class_of(chloe, step, as_of="2026-03-20", known_by="now") == "ahead"
