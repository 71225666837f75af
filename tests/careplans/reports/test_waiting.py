"""Days to the first step, worked out by hand.

case  opened   sent to sign-off  released  first step  from referral  decision  sign-off
A      2 Mar    6 Mar             9 Mar    16 Mar      14             10         7
B      3 Mar   10 Mar            10 Mar    12 Mar       9              2         2   amended and released again on 25 Mar
C      4 Mar   11 Mar            11 Mar    none                                      waits since 11 Mar: 20 days on 31 Mar
"""

from datetime import date

import pytest

from careplans.models import Arm, Patient, Plan, Step
from careplans.services.arm_choice import choose_arm
from careplans.services.care_ends import correct_death, record_death, record_transfer
from careplans.services.cases import move_case
from careplans.services.decisions import add_decision
from careplans.services.plan_ending import complete_plan, revoke_plan
from careplans.services.plans import amend_plan
from careplans.services.step_progress import complete_step, skip_step, start_step
from careplans.services.steps import add_step, edit_step, remove_step
from tests.careplans import makers
from tests.careplans.reports.worked_out import asked, on, rows_of, share, span

pytestmark = pytest.mark.django_db


def begin(plan, day, *, by):
    step = Step.objects.get(plan=plan)
    with on(3, day.day):
        return start_step(step, by=by, expected_version=step.version, on=day)


@pytest.fixture
def plans(pages, board, ana, chloe):
    made = {}
    for name, opened, sent, released in (("A", 2, 6, 9), ("B", 3, 10, 10), ("C", 4, 11, 11)):
        with on(3, opened):
            case = makers.make_case(board, by=ana, record_number=f"SYN-{name}")
        with on(3, sent):
            plan = makers.make_plan(case, by=ana)
            makers.submit(plan, by=ana)
        with on(3, released):
            made[name] = makers.release(plan, by=chloe)
    begin(made["A"], date(2026, 3, 16), by=ana)
    begin(made["B"], date(2026, 3, 12), by=ana)
    with on(3, 20):
        newer = amend_plan(Plan.objects.get(pk=made["B"].pk), by=ana, reason="Another interval")
        makers.submit(newer, by=ana)
    with on(3, 25):
        makers.release(newer, by=chloe)
    return made


def test_each_plan_counts_once_with_its_amendments(plans, chloe):
    with on(3, 31):
        total = asked(chloe, "waiting", since="2026-03-01")["total"]
    assert (total["plans"], share(total["begun"])) == (3, (2, 3))
    # Of two values the median lies in the middle: (9 + 14) / 2, (2 + 10) / 2, (2 + 7) / 2.
    assert span(total["from_referral"]) == (2, 9, 11.5, 14)
    assert span(total["from_decision"]) == (2, 2, 6.0, 10)
    assert span(total["from_signoff"]) == (2, 2, 4.5, 7)
    assert span(total["still_waiting"]) == (1, 20, 20.0, 20)


def test_as_of_the_day_of_the_last_release_nothing_had_begun(plans, chloe):
    """Also with what was written since."""
    with on(3, 31):
        for known_by in ("2026-03-11", "now"):
            total = asked(chloe, "waiting", since="2026-03-01", as_of="2026-03-11", known_by=known_by)["total"]
            assert (total["plans"], share(total["begun"]), total["from_referral"]["count"]) == (3, (0, 3), 0)
            assert span(total["still_waiting"]) == (3, 0, 1.0, 2)


def test_what_ran_before_the_sign_off_is_no_wait(pages, board, ana, chloe):
    with on(3, 2):
        plan = makers.make_active_plan(makers.make_case(board, by=ana), by=ana, chair=chloe)
        Step.objects.filter(plan=plan).update(status="in_progress", started_on=date(2026, 2, 1))
    with on(3, 31):
        total = asked(chloe, "waiting", since="2026-03-01")["total"]
    assert (total["begun_before"], total["from_signoff"]["count"], total["from_referral"]["count"]) == (1, 0, 0)
    assert share(total["begun"]) == (1, 1)


def test_it_leads_to_its_cases(plans, chloe):
    with on(3, 31):
        rows = rows_of(chloe, "waiting", since="2026-03-01", measure="from_signoff")
    assert [(row["case"], row["cells"]["from_signoff"]) for row in rows] == [
        (plans["A"].case_id, 7), (plans["B"].case_id, 2),
    ]  # fmt: skip


# Ended before a first step


AHEAD = {"nothing_ahead_reason": "Followed elsewhere."}


def end(verb, plan, *, by, day, **said):
    plan = Plan.objects.select_related("case__patient", "board").get(pk=plan.pk)
    with on(3, day):
        verb(plan, by=by, expected_version=plan.version, ahead=AHEAD, **said)


def end_care(verb, plan, *, by, recorded, **said):
    patient = Patient.objects.get(cases=plan.case_id)
    with on(3, recorded):
        verb(patient, by=by, expected_version=patient.version, **said)


@pytest.fixture
def ended(plans, pages, board, ana, chloe):
    """Beside A and B, which have begun, and C, which waits, five that were released on 12 March and never begin: D was revoked on
    the 20th, E is of somebody who died on the 19th, recorded on the 21st, F went to another centre on the 18th, the one step of G
    is not done since the 17th and the plan goes on, and H, with its one step not done, was completed on the 18th."""
    made = {}
    for name in "DEFGH":
        with on(3, 5):
            case = makers.make_case(board, by=ana, record_number=f"SYN-{name}")
        with on(3, 12):
            made[name] = makers.make_active_plan(case, by=ana, chair=chloe)
    for name in "GH":
        step = Step.objects.get(plan=made[name])
        with on(3, 17):
            skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    end(complete_plan, made["H"], by=chloe, day=18, **makers.OUTCOME)
    end(revoke_plan, made["D"], by=chloe, day=20, reason_code="patient_choice", reason="The second pathology differs.")
    end_care(record_death, made["E"], by=chloe, recorded=21, source="a letter", year=2026, month=3, day=19)
    there = {"to_centre": "Elsewhere", "taken_over_by": "Dr Away", "confirmed": "yes"}
    end_care(record_transfer, made["F"], by=chloe, recorded=18, on=date(2026, 3, 18), **there)
    return plans | made


def counts(person, **params):
    total = asked(person, "waiting", since="2026-03-01", **params)["total"]
    names = ("ended_before", "no_treatment", "revoked", "died", "transferred")
    return total["plans"], share(total["begun"]), total["still_waiting"]["count"], {name: total[name] for name in names}


def test_what_ended_before_a_first_step_waits_for_none(ended, chloe):
    """Eight plans: two begun, one waits, five ended before. Two have begun among the three that have or still may."""
    with on(3, 31):
        found = counts(chloe)
        behind = {
            name: {row["case"] for row in rows_of(chloe, "waiting", since="2026-03-01", measure=name)}
            for name in ("still_waiting", "no_treatment", "revoked", "died", "transferred")
        }
    ends = {"ended_before": 5, "no_treatment": 2, "revoked": 1, "died": 1, "transferred": 1}
    assert found == (8, (2, 3), 1, ends)
    assert behind == {
        "still_waiting": {ended["C"].case_id}, "no_treatment": {ended["G"].case_id, ended["H"].case_id},
        "revoked": {ended["D"].case_id}, "died": {ended["E"].case_id}, "transferred": {ended["F"].case_id},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("as_of", "waiting", "ends"),
    [
        ("2026-03-16", 6, (0, 0, 0, 0, 0)), ("2026-03-17", 4, (2, 2, 0, 0, 0)), ("2026-03-18", 3, (3, 2, 0, 0, 1)),
        ("2026-03-19", 2, (4, 2, 0, 1, 1)), ("2026-03-20", 1, (5, 2, 1, 1, 1)),
    ],
)  # fmt: skip
def test_as_of_an_earlier_day_those_that_had_not_ended_still_waited(ended, chloe, as_of, waiting, ends):
    """With all that is known now: A had begun on the 16th, B on the 12th. A death counts from its own day."""
    with on(3, 31):
        found = counts(chloe, as_of=as_of, known_by="now")
    assert (found[2], tuple(found[3].values())) == (waiting, ends)


def test_an_amendment_that_waits_is_still_waiting(ended, ana, chloe):
    """Of a plan whose steps were taken over, none is open where they came from."""
    with on(3, 22):
        newer = amend_plan(Plan.objects.get(pk=ended["C"].pk), by=ana, reason="Another interval")
        makers.submit(newer, by=ana)
        makers.release(newer, by=chloe)
    with on(3, 31):
        assert counts(chloe)[1:3] == ((2, 3), 1)


def test_a_death_that_was_taken_back_ends_nothing(ended, ana, chloe):
    """E was revoked with it, and stays so."""
    patient = Patient.objects.get(cases=ended["E"].case_id)
    with on(3, 24):
        correct_death(patient, by=ana, expected_version=patient.version, reason="Of another person.")
    with on(3, 31):
        assert counts(chloe)[3] == {"ended_before": 5, "no_treatment": 2, "revoked": 2, "died": 0, "transferred": 1}


def test_a_death_after_a_transfer_leaves_the_plan_as_that_ended_it(ended, ana, chloe):
    """F went to another centre on the 18th, which wrote on the 25th of a death on the 24th."""
    end_care(record_death, ended["F"], by=chloe, recorded=25, source="a letter", year=2026, month=3, day=24)
    with on(3, 31):
        assert counts(chloe)[3] == {"ended_before": 5, "no_treatment": 2, "revoked": 1, "died": 1, "transferred": 1}


def test_what_an_amendment_took_over_is_open_there_alone(ended, ana, chloe):
    """The one step of C is not done in the amendment; one that was added to it was removed again before the release."""
    with on(3, 22):
        newer = amend_plan(Plan.objects.get(pk=ended["C"].pk), by=ana, reason="Another interval")
        makers.make_modality("SURG")
        more = add_step(
            newer, by=ana, modality_code="SURG", phase="debulking", goals=["tumour_control"], owner=ana,
            planned_start=date(2026, 4, 1),
        )  # fmt: skip
        remove_step(more, by=ana, reason_code="patient_choice", reason="Not resectable.")
        makers.submit(Plan.objects.get(pk=newer.pk), by=ana)
        makers.release(newer, by=chloe)
    step = Step.objects.get(plan=newer, removed_at=None)
    with on(3, 24):
        skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    with on(3, 31):
        assert counts(chloe)[1:3] == ((2, 2), 0)


def test_a_decision_is_no_first_step(delivery, ana, chloe):
    """Between two arms on 3 March; the chosen one began on the 12th: eleven days after the release."""
    with on(3, 1):
        plan, _ = delivery.draft({})
        decision = add_decision(plan, by=ana, description="re-staging", arms=[{"name": "one"}, {"name": "other"}])
        edit_step(decision, {"owner": ana, "planned_start": date(2026, 3, 3)}, by=ana)
        for code, arm in zip(("SURG", "PRRT"), Arm.objects.filter(decision=decision).order_by("position"), strict=True):
            delivery.add(plan, code=code, start=(3, 10), arm=arm)
        delivery.release(plan)
    with on(3, 3):
        decision = Step.objects.select_related("plan__case", "case__patient", "board").get(pk=decision.pk)
        arm = Arm.objects.get(decision=decision, name="one")
        choose_arm(
            decision, by=ana, expected_version=decision.version, chosen_arm=arm, on=date(2026, 3, 3), reason="CT", why="early",
            **makers.OUTCOME,
        )  # fmt: skip
    delivery.start(Step.objects.get(arm=arm), 3, 12)
    with on(3, 31):
        assert span(asked(chloe, "waiting", since="2026-03-01")["total"]["from_signoff"]) == (1, 11, 11.0, 11)


# One decision


def discuss(case, *, by):
    for status in ("listed", "discussed"):
        case.refresh_from_db()
        move_case(case, status, by=by)


def test_the_decision_is_the_first_discussion_or_the_sending_whichever_was_earlier(pages, board, ana, chloe):
    """Discussed on the 4th, sent on the 6th, released on the 9th, begun on the 16th: 12 days from the decision, as the scorecard
    counts its day."""
    with on(3, 2):
        case = makers.make_case(board, by=ana)
    with on(3, 4):
        discuss(case, by=ana)
    with on(3, 6):
        plan = makers.make_plan(case, by=ana)
        makers.submit(plan, by=ana)
    with on(3, 9):
        makers.release(plan, by=chloe)
    begin(plan, date(2026, 3, 16), by=ana)
    with on(3, 31):
        assert span(asked(chloe, "waiting", since="2026-03-01")["total"]["from_decision"]) == (1, 12, 12.0, 12)
        (row,) = rows_of(chloe, "first-decisions", since="2026-03-01")
    assert row["day"] == "2026-03-04"


def test_the_next_plan_of_a_case_is_decided_when_it_is_sent(plans, ana, chloe):
    """A was decided on the 6th and completed on the 17th; the plan after it was sent on the 20th, and began on the 23rd."""
    (step,) = Step.objects.filter(plan=plans["A"])
    with on(3, 17):
        complete_step(
            step, by=ana, expected_version=step.version, on=date(2026, 3, 17), fulfilment="full", **makers.OUTCOME
        )
    end(complete_plan, plans["A"], by=chloe, day=17, **makers.OUTCOME)
    with on(3, 20):
        newer = makers.make_plan(plans["A"].case, by=ana)
        makers.submit(newer, by=ana)
        makers.release(newer, by=chloe)
    begin(newer, date(2026, 3, 23), by=ana)
    with on(3, 31):
        rows = rows_of(chloe, "waiting", since="2026-03-01", measure="from_decision")
    assert [row["cells"]["from_decision"] for row in rows if row["case"] == newer.case_id] == [10, 3]


# To the first treatment


def test_imaging_and_a_visit_are_a_first_step_and_no_treatment(delivery, chloe):
    """Released on 1 March. Imaging on the 3rd, a visit on the 5th, an analogue for the symptoms on the 10th, surgery on the 12th;
    and a plan of imaging alone, on the 4th."""
    steps = delivery.plan(
        {"phase": "surveillance", "code": "OTHER", "description": "MRI"},
        {"phase": "symptom_control", "code": "OTHER", "description": "Palliative care"},
        {"phase": "symptom_control", "code": "OSA"},
        {"phase": "debulking", "code": "SURG"},
    )
    for step, day in zip(steps, (3, 5, 10, 12), strict=True):
        delivery.start(step, 3, day)
    delivery.start(delivery.one(phase="surveillance", code="OTHER", description="MRI"), 3, 4)
    with on(3, 31):
        total = asked(chloe, "waiting", since="2026-03-01")["total"]
    assert span(total["from_signoff"]) == (2, 2, 2.5, 3)
    for name in ("treatment_from_referral", "treatment_from_decision", "treatment_from_signoff"):
        assert span(total[name]) == (1, 9, 9.0, 9)
