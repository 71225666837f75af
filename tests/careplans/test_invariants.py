"""The invariants of domain note D.3: held by the database where it can hold them, by the services elsewhere."""

import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, models, transaction
from django.db.models import ProtectedError

from accounts.models import AuditEvent
from careplans import models as clinical
from careplans.models import Case, Event, FollowUp, Plan, Step
from careplans.services import cases, followups, plans, signatures, step_progress, steps
from common.errors import Conflict
from tests.careplans import makers
from tests.patience import join

pytestmark = pytest.mark.django_db


@pytest.fixture
def case(board, ana, chloe, omar, ravi):
    return makers.make_case(board, by=ana)


@pytest.fixture
def active(case, ana, chloe):
    return makers.make_active_plan(case, by=ana, chair=chloe, steps=2)


def refused_by_database(change):
    with pytest.raises(IntegrityError), transaction.atomic():
        change()


def clone(row, **changes):
    values = {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields if not f.primary_key}
    type(row)._base_manager.create(**(values | changes))


def test_the_database_holds_one_plan_in_force_per_case(active):
    refused_by_database(lambda: clone(active, number=2, status="on_hold"))


def test_the_database_holds_one_draft_per_case(case, ana):
    plan = makers.make_plan(case, by=ana)
    refused_by_database(lambda: clone(plan, number=2))


def test_the_database_wants_a_reason_for_what_is_not_done(active):
    refused_by_database(lambda: Step.objects.filter(plan=active).update(status="not_done", reason=""))


def test_the_database_wants_date_and_fulfilment_of_what_is_completed(active):
    refused_by_database(lambda: Step.objects.filter(plan=active).update(status="completed"))


def test_the_database_wants_an_owner_and_a_date_for_what_is_open(active):
    refused_by_database(lambda: Step.objects.filter(plan=active).update(due_on=None))
    refused_by_database(lambda: Step.objects.filter(plan=active).update(assignee=None))


def test_the_database_wants_a_reason_for_a_cancelled_follow_up(case, ana):
    follow_up = makers.make_follow_up(case, by=ana)
    refused_by_database(lambda: FollowUp.objects.filter(pk=follow_up.pk).update(status="cancelled"))


def test_the_database_wants_a_reason_for_a_closed_case(case):
    refused_by_database(lambda: Case.objects.filter(pk=case.pk).update(status="closed"))


def test_the_database_wants_a_revision_behind_every_modality(active):
    refused_by_database(lambda: Step.objects.filter(plan=active).update(modality_revision=None))


def test_the_database_wants_a_hash_on_what_is_signed(active):
    refused_by_database(lambda: Plan.objects.filter(pk=active.pk).update(content_hash=""))


def test_positions_have_no_gap_after_any_save(case, ana):
    plan = makers.make_plan(case, by=ana, steps=4)
    rows = Step.objects.filter(plan=plan, removed_at=None).order_by("position", "id")
    steps.move_in_order(plan, rows[3], "join", by=ana)
    steps.remove_step(rows[0], by=ana)
    steps.move_in_order(plan, rows[0], "down", by=ana)
    positions = sorted(set(rows.values_list("position", flat=True)))
    assert positions == list(range(1, len(positions) + 1))


def test_no_signature_survives_a_change(board, case, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    makers.sign(plan, by=omar)
    plans.edit_plan(plan, {"aim": "changed"}, by=ana)
    assert not plan.signatures.current().exists()


def test_a_closed_case_has_no_open_follow_up(case, ana):
    makers.make_follow_up(case, by=ana)
    with pytest.raises(ValidationError, match="still open"), transaction.atomic():
        cases.close_case(case, by=ana, reason="discharged")
    case = Case.objects.get(pk=case.pk)
    follow_up = FollowUp.objects.get(case=case)
    followups.cancel_follow_up(follow_up, by=ana, expected_version=follow_up.version, reason="moved away")
    cases.close_case(case, by=ana, reason="transferred")
    with pytest.raises(ValidationError, match="closed"):
        makers.make_follow_up(case, by=ana)


def test_a_stale_page_adds_nothing_to_a_closed_case(case, ana):
    seen_open = Case.objects.get(pk=case.pk)
    cases.close_case(case, by=ana, reason="transferred")
    with pytest.raises(ValidationError, match="closed"):
        makers.make_follow_up(seen_open, by=ana)


def test_every_transition_writes_who_when_from_to_and_why(active, ana):
    step = active.steps.order_by("position").first()
    step_progress.skip_step(
        step, by=ana, expected_version=step.version, reason="patient_choice", reason_note="prefers to wait"
    )
    event = Event.objects.filter(step=step, kind="step_moved").first()
    assert (event.old, event.new, event.by) == ("planned", "not_done", ana)
    assert event.at is not None
    assert event.reason == "Patient's choice: prefers to wait"
    assert AuditEvent.objects.filter(actor=ana, action="step_moved", subject_id=str(step.pk)).exists()


def test_every_move_of_a_plan_is_an_event(active):
    moves = Event.objects.filter(plan=active, kind="plan_moved").order_by("id").values_list("old", "new")
    assert list(moves) == [("draft", "in_signoff"), ("in_signoff", "active")]


def test_clinical_rows_are_protected():
    rows = [m for m in vars(clinical).values() if isinstance(m, type) and issubclass(m, models.Model)]
    assert len(rows) >= 13
    for model in rows:
        for field in model._meta.get_fields():
            # What leads nowhere protects nothing: by it no transaction ends with the history's clock set.
            if f"{model.__name__}.{field.name}" == "HistoryClock.nowhere":
                continue
            if field.many_to_one or (field.one_to_one and field.concrete):
                assert field.remote_field.on_delete is models.PROTECT, f"{model.__name__}.{field.name}"


def test_a_case_with_a_plan_cannot_be_deleted(active):
    with pytest.raises(ProtectedError):
        active.case.delete()


@pytest.mark.django_db(transaction=True)
def test_of_sign_and_edit_at_once_exactly_one_wins(board, ana, omar, chloe):
    """Whatever the order, never a signature on a content that nobody saw."""
    makers.require_disciplines(board, "medical_oncology")
    case = makers.make_case(board, by=ana)
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    outcome = race(
        lambda: signatures.sign_plan(
            Plan.objects.get(pk=plan.pk),
            by=omar,
            expected_version=plan.content_version,
            expected_hash=plan.content_hash,
        ),
        lambda: plans.edit_plan(Plan.objects.get(pk=plan.pk), {"aim": "edited at the same time"}, by=ana),
    )
    assert "edit" not in outcome
    assert not plan.signatures.current().exists()


@pytest.mark.django_db(transaction=True)
def test_two_members_signing_at_once_both_succeed(board, ana, omar, ravi):
    makers.require_disciplines(board, "medical_oncology", "radiology")
    case = makers.make_case(board, by=ana)
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    seen = {"expected_version": plan.content_version, "expected_hash": plan.content_hash}
    failures = race(
        lambda: signatures.sign_plan(Plan.objects.get(pk=plan.pk), by=omar, **seen),
        lambda: signatures.sign_plan(Plan.objects.get(pk=plan.pk), by=ravi, **seen),
    )
    assert failures == []
    assert plan.signatures.filter(status="approved").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_plan_is_released_once(board, ana, chloe):
    case = makers.make_case(board, by=ana)
    plan = makers.submit(makers.make_plan(case, by=ana), by=ana)
    seen = {"expected_version": plan.version, "expected_hash": plan.content_hash}

    def release():
        plans.release_plan(Plan.objects.get(pk=plan.pk), by=chloe, **seen)

    assert len(race(release, release)) == 1
    assert Event.objects.filter(plan=plan, new="active").count() == 1


def race(*calls):
    """Run the calls at once, each in its own thread and connection; returns the refusals."""
    failures, gate = [], threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        try:
            call()
        except (Conflict, ValidationError) as error:
            failures.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    join(threads)
    return failures
