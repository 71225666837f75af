"""What ends along with something else says what happened: nobody's clinical reason is made up for it."""

import importlib
from types import SimpleNamespace

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone

from careplans.forms.step_progress import SkipForm
from careplans.models import Event, Occurrence, Plan, Step
from careplans.models.step_values import REASONS_OFFERED, SAID_BY_PROGRAM, Reason
from careplans.services.plan_ending import complete_plan
from careplans.services.step_progress import skip_step
from careplans.services.step_restoring import restore_step
from careplans.services.steps import edit_step, remove_step
from tests.careplans import makers
from tests.careplans.api import Api, problem
from tests.careplans.fhir.fhir import Fhir
from tests.careplans.reports.delivering import CYCLES, ONGOING, asked, classes, on, rows

pytestmark = pytest.mark.django_db
migration = importlib.import_module("careplans.migrations.0048_reasons_of_endings")


def said(step):
    step.refresh_from_db()
    found = step.occurrences.filter(status="omitted").values_list("reason", "reason_note")
    return (step.reason, step.reason_note), set(found)


def test_a_step_of_a_revoked_plan_says_that_and_why_the_plan_was_revoked(delivery, chloe):
    step = delivery.one(**CYCLES)
    delivery.revoke(step, 3, 20)
    told = ("plan_revoked", "The plan was revoked: withdrawn")
    assert said(step) == (told, {told})
    # What is counted is what whoever revoked the plan said.
    assert (
        step.reason_given == "patient_choice" and Plan.objects.get(pk=step.plan_id).end_reason_code == "patient_choice"
    )
    assert rows(chloe, "concordance")[0]["cells"]["reason"] == "patient_choice"
    assert {row["cells"]["reason"] for row in rows(chloe, "concordance-cycles")} == {"patient_choice"}


def test_of_a_plan_that_was_revoked_before_there_was_a_code_the_program_s_own_is_told(delivery, chloe):
    step = delivery.one()
    delivery.revoke(step, 3, 20)
    with on(3, 20):
        Step.objects.filter(pk=step.pk).update(reason_given="")
    assert rows(chloe, "concordance")[0]["cells"]["reason"] == "plan_revoked"


def left_out(delivery, *steps, reason="No operation any more."):
    """The second of two is not part of the amendment."""
    first, second = delivery.plan(*steps)
    plan, (_, copy) = delivery.amend(first, 4, 1)
    with on(4, 1):
        remove_step(copy, by=delivery.ana, reason_code="patient_choice", reason=reason)
    delivery.release_on((plan, []), 4, 2)
    return first, second


def test_a_step_that_an_amendment_does_without_says_that_and_why_it_was_taken_out(delivery, chloe):
    _, second = left_out(delivery, {}, {"code": "SURG", "start": (5, 1)} | CYCLES)
    told = ("left_out_by_amendment", "Not part of plan 2: No operation any more.")
    assert said(second) == (told, {told})
    (row,) = rows(chloe, "concordance", measure="fell_away")
    assert (second.reason_given, row["cells"]["reason"]) == ("patient_choice", "patient_choice")
    cycles = rows(chloe, "concordance-cycles", measure="fell_away")
    assert [row["cells"]["reason"] for row in cycles] == ["patient_choice"] * 2


def test_a_step_that_is_left_out_is_asked_for_a_reason_out_of_the_list(delivery):
    first, _ = delivery.plan({}, {"code": "SURG", "start": (5, 1)})
    _, (_, copy) = delivery.amend(first, 4, 1)
    with on(4, 1):
        for code in ("", "died", "plan_revoked"):
            with pytest.raises(ValidationError) as told:
                remove_step(copy, by=delivery.ana, reason="No operation.", reason_code=code)
            assert list(told.value.message_dict) == ["reason_code"]
        remove_step(copy, by=delivery.ana, reason="No operation.", reason_code="patient_choice")
        restore_step(copy, by=delivery.ana)
    copy.refresh_from_db()
    assert (copy.removed_at, copy.reason_given) == (None, "")


@pytest.mark.parametrize("code", ["", "died", "plan_revoked", "fancy"])
def test_a_plan_is_revoked_with_a_reason_out_of_the_list(delivery, chloe, code):
    plan = Plan.objects.get(pk=delivery.one().plan_id)
    body = {"reason": "Moved.", "reason_code": code, **makers.NOTHING_AHEAD}
    refused = Api(chloe).post(f"/plans/{plan.pk}/revoke/", body, version=plan.version)
    assert refused.status_code == 400 and "reason_code" in str(refused.json())
    assert Plan.objects.get(pk=plan.pk).status == "active"


def test_cycles_that_do_not_fit_the_amended_course_are_left_out_by_it(delivery):
    step = delivery.one(**CYCLES)
    delivery.give(step, 1, 3, 10)
    plan, (copy,) = delivery.amend(step, 3, 20)
    with on(3, 20):
        edit_step(copy, {"occurrences_planned": 1}, by=delivery.ana)
    delivery.release_on((plan, []), 3, 21)
    assert said(step)[1] == {("left_out_by_amendment", "Not part of plan 2.")}


def test_what_a_completed_step_leaves_was_not_judged_by_anybody(delivery, chloe):
    step = delivery.one(**ONGOING)
    delivery.give(step, 1, 3, 10)
    delivery.complete(step, 3, 20)
    assert said(step)[1] == {("step_completed", "The step was completed.")}
    found = [row["cells"]["reason"] for row in rows(chloe, "concordance-cycles")]
    assert sorted(found, key=str) == [None, "step_completed"]


def goes_on(delivery):
    step = delivery.one(**ONGOING)
    delivery.give(step, 1, 3, 10)
    with on(3, 20):
        plan = Plan.objects.get(pk=step.plan_id)
        words = {"goes_on": {step.pk: "Dr Hale"}, "ahead": makers.NOTHING_AHEAD}
        complete_plan(plan, by=delivery.chloe, expected_version=plan.version, **words, **makers.OUTCOME)
    return step


def test_cycles_of_a_course_that_goes_on_in_other_care_say_so_and_fell_away(delivery, chloe):
    step = goes_on(delivery)
    assert said(step)[1] == {("goes_on_in_other_care", "Goes on under the care of Dr Hale.")}
    (row,) = rows(chloe, "concordance-cycles", **{"class": "fell_away"})
    assert row["cells"]["reason"] == "goes_on_in_other_care"


def test_what_ended_with_its_plan_has_the_reason_of_that(delivery, chloe):
    delivery.revoke(delivery.one(), 3, 20)
    left_out(delivery, {}, {"code": "SURG", "start": (5, 1)})
    delivery.skip(delivery.one(), 3, 20)
    delivery.skip(delivery.one(), 3, 20, reason="unknown")
    # Three were not done, and one fell away. Of the three somebody was asked why, and of two of them the answer is known.
    total = asked(chloe, "concordance", by="")["total"]
    assert (total["not_done"], total["reason_known"]["count"], total["reason_known"]["among"]) == (3, 2, 3)
    by_reason = asked(chloe, "concordance", by="reason")["results"]
    told = {row["reason"]: row["not_done"] for row in by_reason if row["not_done"]}
    assert told == {"patient_choice": 2, "unknown": 1}


@pytest.mark.parametrize(("words", "found"), [("Only on progression", "conditional"), ("", "not_done")])
def test_a_step_in_words_that_ended_with_its_plan_is_neither_followed_nor_missed(delivery, chloe, words, found):
    revoked = delivery.one(only_if=words, **CYCLES)
    delivery.revoke(revoked, 3, 20)
    _, without = left_out(delivery, {"start": (5, 1)}, {"code": "SURG", "only_if": words} | CYCLES)
    told = classes(chloe)
    # Without words it was overdue when the amendment left it out.
    assert (told[revoked.pk], told[without.pk]) == (found, found)
    cycles = {(row["cells"]["class"], row["cells"]["reason"]) for row in rows(chloe, "concordance-cycles")}
    assert not words or cycles == {("conditional", "patient_choice")}


def test_another_treatment_that_somebody_chose_is_that_also_in_a_plan_that_was_amended(delivery, chloe):
    first, second = delivery.plan({"start": (5, 1)}, {"code": "SURG", "only_if": "Only on progression"})
    delivery.skip(second, 3, 20, reason="other_treatment_chosen")
    plan, (_, copy) = delivery.amend(first, 4, 1)
    with on(4, 1):
        remove_step(copy, by=delivery.ana, reason_code="patient_choice", reason="Done with.")
    delivery.release_on((plan, []), 4, 2)
    assert classes(chloe)[second.pk] == "not_done"


def test_fhir_tells_what_happened_and_in_words_why_the_plan_was_revoked(delivery, chloe):
    step = delivery.one()
    delivery.revoke(step, 3, 20)
    why = Fhir(chloe).one(f"Procedure/step-{step.pk}")["statusReason"]
    assert [one["code"] for one in why["coding"]] == ["plan_revoked", "patient_choice"]
    assert why["text"] == "The plan was revoked: withdrawn"


@pytest.mark.parametrize("reason", SAID_BY_PROGRAM)
def test_nobody_can_give_what_the_program_says(delivery, ana, reason):
    step = delivery.one()
    api, version = Api(ana), Step.objects.get(pk=step.pk).version
    refused = api.post(f"/steps/{step.pk}/skip/", {"reason": reason}, version=version)
    assert refused.status_code == 400 and "reason" in problem(refused)
    assert reason not in {code for code, _ in REASONS_OFFERED}
    assert reason not in {code for code, _ in SkipForm().fields["reason"].choices}


OLD = {
    "plan_revoked": ("no_longer_indicated", "The plan was revoked."),
    "left_out_by_amendment": ("other_treatment_chosen", "Not part of plan 2."),
    "step_completed": ("no_longer_indicated", "The step was completed."),
    "goes_on_in_other_care": ("other", "Goes on under the care of Dr Hale."),
}


def as_it_was_written_before():
    """As the program wrote these rows until it had codes for them. Their events said as much as a plan without a reason says now;
    an event never changes, so those that say more get one beside them."""
    for code, (was, note) in OLD.items():
        for model in (Step, Occurrence):
            model.objects.filter(reason=code).update(reason=was, reason_note=note)
    for code in ("plan_revoked", "left_out_by_amendment"):
        was, note = OLD[code]
        for step in Step.objects.filter(reason=was, reason_note=note):
            Event.objects.create(
                board_id=step.board_id, case_id=step.case_id, plan_id=step.plan_id, step=step, kind="occurrences_ended",
                reason=note, at=timezone.now(), data={"count": 1},
            )  # fmt: skip


def rewrite():
    migration.say_what_happened(apps, SimpleNamespace(connection=connection))


on_postgresql = pytest.mark.skipif(connection.vendor == "sqlite", reason="an update rewrites nothing there")


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the triggers stand during an update")
def test_where_no_past_is_kept_meanwhile_nothing_is_rewritten(delivery):
    step = delivery.one(**CYCLES)
    delivery.revoke(step, 3, 20)
    as_it_was_written_before()
    before = said(step)
    rewrite()
    assert said(step) == before and before[0][0] == "no_longer_indicated"


@on_postgresql
def test_what_was_written_before_is_told_apart_where_its_events_say_it(delivery):
    course = {"code": "SURG", "start": (5, 1)} | CYCLES
    revoked = delivery.one(**CYCLES)
    delivery.revoke(revoked, 3, 20)
    _, without = left_out(delivery, {}, course)
    completed = delivery.one(**ONGOING)
    delivery.give(completed, 1, 3, 10)
    delivery.complete(completed, 3, 20)
    plan, (again,) = delivery.amend(completed, 4, 1)
    with on(4, 1):
        makers.submit(plan, by=delivery.ana)
        makers.release(plan, by=delivery.chloe, ahead=makers.NOTHING_AHEAD)
    elsewhere = goes_on(delivery)
    steps = (revoked, without, completed, again, elsewhere)
    now = [(said(step)[0][0], {code for code, _ in said(step)[1]}) for step in steps]
    assert now[3][1] == {"step_completed"}
    as_it_was_written_before()
    versions = {step.pk: Step.objects.get(pk=step.pk).version for step in steps}
    assert not {Reason(said(step)[0][0] or "other") for step in steps} & set(SAID_BY_PROGRAM)
    rewrite()
    assert [(said(step)[0][0], {code for code, _ in said(step)[1]}) for step in steps] == now
    assert Step.objects.get(pk=revoked.pk).version == versions[revoked.pk] + 1


@on_postgresql
def test_what_somebody_gave_in_the_same_words_is_left_as_they_gave_it(delivery):
    step = delivery.one(**CYCLES)
    with on(3, 12):
        fresh = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=step.pk)
        skip_step(
            fresh, by=delivery.ana, expected_version=fresh.version, reason="no_longer_indicated",
            reason_note="The plan was revoked.",
        )  # fmt: skip
    before = said(step)
    rewrite()
    assert said(step) == before
