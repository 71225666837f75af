"""What reports leave out: worlds in which it is there, and would be counted if nobody left it out."""

from datetime import UTC, datetime

import pytest

from careplans.models import Advisory, Arm, Plan, Signature, Step
from careplans.services.arm_choice import choose_arm
from careplans.services.decisions import add_decision
from careplans.services.steps import edit_step, remove_step
from tests.careplans import makers
from tests.careplans.reports import worked_out
from tests.careplans.reports.delivering import asked, day, on
from tests.careplans.reports.worked_out import share, span

pytestmark = pytest.mark.django_db


def total(person, report, **params):
    return asked(person, report, by="", **params)["total"]


def in_error(plan):
    with on(5, 1):
        Plan.objects.filter(pk=plan).update(status="entered_in_error", end_reason="Of another patient.")


def chosen(delivery, *, on_day):
    """A plan of 1 March whose one step comes after a decision that was taken on a day."""
    with on(3, 1):
        plan, _ = delivery.draft()
        decision = add_decision(
            plan, by=delivery.ana, description="re-staging", arms=[{"name": "one", "no_step": "-"}, {"name": "other"}]
        )
        edit_step(decision, {"owner": delivery.ana, "planned_start": day(*on_day)}, by=delivery.ana)
        one, other = Arm.objects.filter(decision=decision).order_by("position")
        step = delivery.add(plan, start=(5, 1), arm=other)
        delivery.release(plan)
    with on(*on_day):
        decision = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=decision.pk)
        choose_arm(
            decision, by=delivery.chloe, expected_version=decision.version, chosen_arm=other, on=day(*on_day),
            reason="It responds.", why="as agreed", starts={step.pk: day(5, 1)}, **makers.OUTCOME,
        )  # fmt: skip
    return decision, step


# Releases


def test_a_step_that_was_removed_before_the_release_was_not_released(delivery, ana, chloe):
    with on(3, 1):
        plan, (_, second) = delivery.draft({}, {"code": "SURG"})
        remove_step(second, by=ana, reason_code="patient_choice", reason="No operation.")
        delivery.release(plan)
    found = asked(chloe, "releases", by="modality")
    assert {row["modality"]: row["plans"] for row in found["results"]} == {"OSA": 1}
    assert (found["total"]["plans"], found["total"]["steps"]) == (1, 1)


# Answers to rules


def test_an_answer_that_an_amendment_carried_over_counts_once(delivery, omar, chloe):
    """Two fired on 2 March, one was followed; the amendment carries both over."""
    first = delivery.one()
    plan, _ = delivery.amend(first, 3, 4)
    with on(3, 4):
        Advisory.objects.all().delete()

    def fire(plan, rule, *, answer="", of=None):
        with on(3, 4):
            return Advisory.objects.create(
                board=plan.board, case=plan.case, plan=plan, rule=rule, rule_set="seed-1", severity="caution", basis="direct",
                advice="x", content_version=1, fired_at=datetime(2026, 3, 2, tzinfo=UTC), carried_from=of,
                state="followed" if answer else "open", answer=answer, answered_by=omar if answer else None,
                answered_at=datetime(2026, 3, 3, tzinfo=UTC) if answer else None,
            )  # fmt: skip

    before = Plan.objects.get(pk=first.plan_id)
    for rule, answer in (("F-1", "followed"), ("O-1", "")):
        fire(plan, rule, answer=answer, of=fire(before, rule, answer=answer))
    told = total(chloe, "answers")
    assert (told["fired"], share(told["followed"]), told["unanswered"], told["plans"]) == (2, (1, 1), 1, 1)


# Days to the first step


def test_what_began_in_an_amendment_that_was_entered_in_error_is_no_first_step(delivery, chloe):
    """Released on 1 March, amended on the 4th; a step of the amendment began on the 10th."""
    step = delivery.one()
    plan, (again,) = delivery.amend(step, 3, 4)
    delivery.release_on((plan, None), 3, 4)
    delivery.start(again, 3, 10)
    told = total(chloe, "waiting")
    assert (told["plans"], share(told["begun"]), span(told["from_signoff"])) == (1, (1, 1), (1, 9, 9.0, 9))
    in_error(plan.pk)
    told = total(chloe, "waiting")
    assert (told["plans"], share(told["begun"]), told["from_signoff"]["count"]) == (1, (0, 0), 0)
    # Its own step went to the amendment, and so nothing of it can begin any more.
    assert (told["ended_before"], told["still_waiting"]["count"]) == (1, 0)


# Time to sign


def test_a_signature_that_nobody_asked_for_is_measured_by_no_time(delivery, ana, omar, ravi, chloe):
    """Asked of medical oncology at 10:00, who sign at 13:00; radiology signs at 15:00 without being asked: not after 0 hours."""
    makers.require_disciplines(delivery.board, "medical_oncology")
    with on(3, 1):
        plan, _ = delivery.draft({})
        makers.submit(plan, by=ana)
    with on(3, 1, 13):
        makers.sign(plan, by=omar)
    with on(3, 1, 15):
        makers.sign(plan, by=ravi)
    assert not Signature.objects.get(signer=ravi).is_required
    found = asked(chloe, "signing", by="discipline")
    hours = {row["discipline"]: (row["answered"]["count"], row["hours"]["count"]) for row in found["results"]}
    assert hours == {"medical_oncology": (1, 1), "radiology": (1, 0)}
    assert span(found["total"]["hours"]) == (1, 3, 3.0, 3)


# Plans that were entered in error, in every report that counts plans


@pytest.mark.parametrize(
    ("report", "measure"),
    [("releases", "plans"), ("waiting", "plans"), ("signing", "asked"), ("answers", "fired")],
)
def test_a_plan_that_was_entered_in_error_is_in_none_of_them(delivery, ana, omar, chloe, report, measure):
    makers.require_disciplines(delivery.board, "medical_oncology")
    with on(3, 1):
        plan, (step,) = delivery.draft({})
        makers.submit(plan, by=ana)
        makers.sign(plan, by=omar)
        makers.release(plan, by=chloe)
        Advisory.objects.all().delete()
        Advisory.objects.create(
            board=delivery.board, case=plan.case, plan=plan, step=step, rule="SEQ-01", rule_set="seed-1", severity="caution",
            basis="direct", advice="x", content_version=1, fired_at=datetime(2026, 3, 1, 10, tzinfo=UTC), state="open",
        )  # fmt: skip
    assert total(chloe, report)[measure] == 1
    in_error(plan.pk)
    assert total(chloe, report)[measure] == 0


def test_what_an_overdue_step_was_taken_over_by_counts_once(delivery, chloe):
    """The step of the plan before goes on in the amendment, and is overdue there."""
    step = delivery.one()
    delivery.release_on(delivery.amend(step, 3, 4), 3, 4)
    with on(3, 20):
        found = worked_out.asked(chloe, "overdue", by="")["total"]
    assert (found["overdue"], found["cases"]) == (1, 1)
