"""Outcomes of what has ended, and escalations."""

from datetime import date

import pytest

from careplans.models import Plan, Step
from careplans.services.plans import amend_plan
from careplans.services.step_progress import complete_step, skip_step, start_step, stop_step
from tests.careplans import makers
from tests.careplans.reports.scorecard.asking import MARCH, asked, drafted, figures, in_force, make_case, on, share

pytestmark = pytest.mark.django_db

WHOLE = {
    "response": "partial", "progression": "no", "toxicity": "grade_1", "symptom_control": "not_applicable",
    "toxicity_term": "Nausea", "response_on": date(2026, 3, 11),
}  # fmt: skip


def again(step):
    return Step.objects.get(pk=step.pk)


@pytest.fixture
def made_ended(pages, board, ana, chloe):
    """One plan of four steps: a whole outcome, nothing assessed, stopped without a word of response, and not done."""
    with on(3, 2):
        plan = in_force(make_case(board, 1, by=ana), by=ana, chair=chloe, steps=4)
        whole, looked_away, stopped, left = plan.steps.order_by("position")
        for step in (whole, looked_away, stopped):
            start_step(
                again(step), by=ana, expected_version=again(step).version, on=date(2026, 3, 2), due_on=date(2026, 4, 2),
                why="As agreed.",
            )  # fmt: skip
    with on(3, 12):
        complete_step(
            again(whole),
            by=ana,
            expected_version=again(whole).version,
            on=date(2026, 3, 12),
            fulfilment="full",
            **WHOLE,
        )
        complete_step(
            again(looked_away), by=ana, expected_version=again(looked_away).version, on=date(2026, 3, 12), fulfilment="full",
            **makers.OUTCOME,
        )  # fmt: skip
    with on(3, 14):
        stop_step(
            again(stopped), by=ana, expected_version=again(stopped).version, on=date(2026, 3, 14), reason="progression",
            **makers.OUTCOME | {"progression": "yes", "progressed_on": date(2026, 3, 13)},
        )  # fmt: skip
        Step.objects.filter(pk=stopped.pk).update(response="not_recorded")
    return plan, left


@pytest.fixture
def ended(made_ended):
    with on(3, 16):
        yield made_ended


def test_what_says_something_nothing_and_that_nobody_looked_are_told_apart(ended, chloe):
    found = {one["name"]: one for one in asked(chloe, **MARCH)["results"]}
    response = found["response-recorded"]
    assert share(response["figure"]) == (1, 3)
    assert {name: one["count"] for name, one in response["detail"].items()} == {
        "response_not_assessed": 1,
        "response_nothing": 1,
        "response_not_evaluable": 0,
    }
    assert share(found["progression-recorded"]["figure"]) == (2, 3)
    assert share(found["toxicity-recorded"]["figure"]) == (1, 3)
    assert share(found["symptom-control-recorded"]["figure"]) == (0, 2)
    assert share(found["outcome-of-steps"]["figure"]) == (1, 3)


def test_a_response_that_is_not_evaluable_is_recorded_and_told_by_itself(ended, chloe):
    Step.objects.filter(plan=ended[0], response="partial").update(response="not_evaluable")
    found = {one["name"]: one for one in asked(chloe, **MARCH)["results"]}
    assert share(found["response-recorded"]["figure"]) == (1, 3)
    assert found["response-recorded"]["detail"]["response_not_evaluable"]["count"] == 1
    assert share(found["outcome-of-steps"]["figure"]) == (1, 3)


def test_as_of_a_day_what_ended_later_has_not_ended(ended, chloe):
    assert share(figures(chloe, as_of="2026-03-13", since="2026-03-01")["outcome-of-steps"]) == (1, 2)


def test_an_ended_step_that_an_amendment_takes_over_counts_once(ended, ana, chloe):
    new = amend_plan(Plan.objects.get(pk=ended[0].pk), by=ana, reason="Another order.")
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    assert share(figures(chloe, **MARCH)["outcome-of-steps"]) == (1, 3)


def test_a_plan_that_is_completed_has_an_outcome_of_its_own(ended, ana, chloe):
    from careplans.services.plan_ending import complete_plan

    plan, left = ended
    skip_step(again(left), by=ana, expected_version=again(left).version, reason="patient_choice")
    plan = Plan.objects.get(pk=plan.pk)
    complete_plan(plan, by=ana, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **WHOLE)
    assert share(figures(chloe, **MARCH)["outcome-of-plans"]) == (1, 1)


@pytest.mark.parametrize(
    ("step", "counted"),
    [
        ({}, {"response": 1, "progression": 1, "toxicity": 1, "symptom-control": 1}),
        ({"modality_code": "SURG"}, {"response": 0, "progression": 1, "toxicity": 1, "symptom-control": 1}),
        ({"phase": "surveillance"}, {"response": 0, "progression": 1, "toxicity": 0, "symptom-control": 1}),
        (
            {"phase": "symptom_control", "goals": ["symptom_control", "hormone_reduction"]},
            {"response": 0, "progression": 0, "toxicity": 1, "symptom-control": 1},
        ),
        (
            {"phase": "symptom_control", "goals": ["symptom_control", "tumour_control"]},
            {"response": 1, "progression": 1, "toxicity": 1, "symptom-control": 1},
        ),
        # Whether the death came from the treatment is asked.
        ({"reason": "died"}, {"response": 0, "progression": 0, "toxicity": 1, "symptom-control": 0}),
        ({"reason": "moved_away"}, {"response": 0, "progression": 0, "toxicity": 0, "symptom-control": 0}),
    ],
)  # fmt: skip
def test_what_does_not_apply_to_a_step_is_not_asked_of_it(pages, board, ana, chloe, step, counted):
    """One step that was stopped without a word of its outcome."""
    with on(3, 2):
        plan = drafted(make_case(board, 1, by=ana), by=ana)
        content = {name: value for name, value in step.items() if name != "reason"}
        Step.objects.filter(plan=plan).update(**content or {"phase": "tumour_control"})
        makers.submit(plan, by=ana)
        makers.release(plan, by=chloe)
        Step.objects.filter(plan=plan).update(
            status="stopped", started_on="2026-03-01", ended_on="2026-03-02", due_on=None,
            reason=step.get("reason", "progression"),
        )  # fmt: skip
    with on(3, 16):
        found = {one["name"]: one for one in asked(chloe, **MARCH)["results"]}
    recorded = {name: found[f"{name}-recorded"] for name in counted}
    assert {name: one["figure"]["among"] for name, one in recorded.items()} == counted
    assert {name: one["left_out"][0]["figure"]["count"] for name, one in recorded.items()} == {
        name: 1 - number for name, number in counted.items()
    }
    assert share(found["outcome-of-steps"]["figure"]) == (0, 1 if any(counted.values()) else 0)


def test_a_plan_that_a_death_ended_is_asked_for_no_outcome(pages, board, ana, chloe):
    from careplans.services.care_ends import record_death

    with on(3, 2):
        plan = in_force(make_case(board, 1, by=ana), by=ana, chair=chloe)
    with on(3, 9):
        patient = plan.case.patient
        patient.refresh_from_db()
        record_death(patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=3, day=8)
    with on(3, 16):
        found = {one["name"]: one for one in asked(chloe, **MARCH)["results"]}
    one = found["outcome-of-plans"]
    assert share(one["figure"]) == (0, 0)
    assert one["left_out"][0]["figure"]["count"] == 1


def test_a_plan_that_was_revoked_before_anything_began_is_asked_for_no_outcome(pages, board, ana, chloe):
    from careplans.services.plan_ending import revoke_plan

    with on(3, 2):
        plan = in_force(make_case(board, 1, by=ana), by=ana, chair=chloe)
    with on(3, 9):
        revoke_plan(
            Plan.objects.get(pk=plan.pk), by=chloe, expected_version=plan.version, reason_code="patient_choice",
            reason="Another board.", ahead=makers.NOTHING_AHEAD,
        )  # fmt: skip
    with on(3, 16):
        found = {one["name"]: one for one in asked(chloe, **MARCH)["results"]}
    one = found["outcome-of-plans"]
    assert (share(one["figure"]), one["left_out"][0]["figure"]["count"]) == ((0, 0), 1)


def test_a_death_from_treatment_is_counted_and_known_from_the_day_on_which_it_was_told(pages, board, ana, chloe):
    """Two steps ran when the patient died on 8 March; on the 12th one of them is said to have led to it."""
    from careplans.services.care_ends import record_death
    from careplans.services.later_outcomes import add_outcome

    with on(3, 2):
        plan = in_force(make_case(board, 1, by=ana), by=ana, chair=chloe, steps=2)
        for step in plan.steps.all():
            start_step(
                again(step), by=ana, expected_version=again(step).version, on=date(2026, 3, 2), due_on=date(2026, 4, 2),
                why="As agreed.",
            )  # fmt: skip
    with on(3, 9):
        patient = plan.case.patient
        patient.refresh_from_db()
        record_death(patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=3, day=8)
    with on(3, 12):
        step = again(plan.steps.first())
        add_outcome(
            step,
            by=ana,
            expected_version=step.version,
            on=date(2026, 3, 12),
            toxicity="grade_5",
            toxicity_term="Sepsis",
        )

    def told(**params):
        found = {one["name"]: one for one in asked(chloe, since="2026-03-01", **params)["results"]}
        one = found["toxicity-recorded"]
        return share(one["figure"]), one["detail"]["fatal"]["count"], share(found["outcome-of-steps"]["figure"])

    with on(3, 16):
        # As it is known now: of two deaths on treatment one is judged, and its step wants no other answer.
        assert told(as_of="2026-03-15") == ((1, 2), 1, (1, 2))
        # On the 10th nobody had judged any, whether that is asked as it was known then or as it is known now.
        assert told(as_of="2026-03-10") == ((0, 2), 0, (0, 2))
        assert told(as_of="2026-03-10", known_by="2026-03-15") == ((0, 2), 0, (0, 2))


def test_a_response_that_is_added_later_does_not_change_what_a_report_of_before_says(ended, ana, chloe):
    from careplans.services.later_outcomes import add_outcome

    plan, _ = ended
    looked_away = plan.steps.order_by("position")[1]
    with on(3, 18):
        before = figures(chloe, as_of="2026-03-16", since="2026-03-01")["response-recorded"]
        add_outcome(
            again(looked_away),
            by=ana,
            expected_version=again(looked_away).version,
            on=date(2026, 3, 17),
            response="stable",
        )
    with on(3, 20):
        assert share(figures(chloe, as_of="2026-03-19", since="2026-03-01")["response-recorded"]) == (2, 3)
        assert figures(chloe, as_of="2026-03-16", since="2026-03-01")["response-recorded"] == before


def test_what_stood_before_a_later_addition_counts_on_a_past_day_by_what_is_known_now(ended, ana, chloe):
    """Partial on the 11th and grade 1, recorded with the end; better and worse on the 18th: the 16th stays as it was told."""
    from careplans.services.later_outcomes import add_outcome

    plan, _ = ended
    whole = plan.steps.order_by("position").first()
    with on(3, 18):
        add_outcome(
            again(whole), by=ana, expected_version=again(whole).version, on=date(2026, 3, 18), response="complete",
            toxicity="grade_3", toxicity_term="Anaemia", symptom_control="yes",
        )  # fmt: skip
    with on(3, 19):
        add_outcome(
            again(whole), by=ana, expected_version=again(whole).version, on=date(2026, 3, 19), progression="yes",
            progressed_on=date(2026, 3, 19),
        )  # fmt: skip
    with on(3, 20):
        asked_now = figures(chloe, as_of="2026-03-16", since="2026-03-01", known_by="now")
        known_then = figures(chloe, as_of="2026-03-16", since="2026-03-01")
        for name, (of, among) in {
            "response-recorded": (1, 3), "progression-recorded": (2, 3), "toxicity-recorded": (1, 3),
            "symptom-control-recorded": (0, 2), "outcome-of-steps": (1, 3),
        }.items():  # fmt: skip
            assert (share(asked_now[name]), share(known_then[name])) == ((of, among), (of, among)), name


def test_a_death_from_treatment_stays_on_its_day_whatever_is_added_later(pages, board, ana, chloe):
    """Died on the 8th, judged on the 9th; more words on the 20th, and another event of the treatment on the 21st."""
    from careplans.services.care_ends import record_death
    from careplans.services.later_outcomes import add_outcome

    with on(3, 2):
        plan = in_force(make_case(board, 1, by=ana), by=ana, chair=chloe, steps=1)
        step = plan.steps.get()
        start_step(
            again(step), by=ana, expected_version=again(step).version, on=date(2026, 3, 2), due_on=date(2026, 4, 2),
            why="As agreed.",
        )  # fmt: skip
    fatal = {"toxicity": "grade_5", "toxicity_term": "Sepsis"}
    for day, found in {9: fatal, 20: {"outcome": "Autopsy."}, 21: fatal | {"toxicity_term": "Renal failure"}}.items():
        with on(3, day):
            if day == 9:
                patient = plan.case.patient
                patient.refresh_from_db()
                record_death(
                    patient, by=ana, expected_version=patient.version, source="Ward", year=2026, month=3, day=8
                )
            add_outcome(again(step), by=ana, expected_version=again(step).version, on=date(2026, 3, day), **found)
    with on(3, 25):
        for known_by in ("now", "2026-03-15"):
            found = asked(chloe, since="2026-03-01", as_of="2026-03-15", known_by=known_by)["results"]
            one = next(one for one in found if one["name"] == "toxicity-recorded")
            assert (share(one["figure"]), one["detail"]["fatal"]["count"]) == ((1, 1), 1)


DAYLESS = {"progression": "no", "symptom_control": "not_applicable"}


DATED = {"response": "stable", "toxicity": "none"}


@pytest.mark.parametrize(
    ("sooner", "later"),
    [({}, DATED | DAYLESS), (DATED, DAYLESS), (DAYLESS, DATED)],
    ids=["each part", "what has no day", "what has one"],
)
def test_what_is_added_to_a_revoked_plan_later_was_not_known_before(pages, board, ana, chloe, sooner, later):
    """Revoked on the 10th after its step was stopped; parts are answered on the 12th, and the others on the 18th."""
    from careplans.services.later_outcomes import add_plan_outcome
    from careplans.services.plan_ending import revoke_plan

    with on(3, 2):
        plan = in_force(make_case(board, 1, by=ana), by=ana, chair=chloe, steps=1)
        step = plan.steps.get()
        start_step(
            again(step), by=ana, expected_version=again(step).version, on=date(2026, 3, 2), due_on=date(2026, 4, 2),
            why="As agreed.",
        )  # fmt: skip
    with on(3, 10):
        stop_step(
            again(step), by=ana, expected_version=again(step).version, on=date(2026, 3, 10), reason="progression",
            **makers.OUTCOME | {"progression": "yes", "progressed_on": date(2026, 3, 10)},
        )  # fmt: skip
        plan = Plan.objects.get(pk=plan.pk)
        revoke_plan(
            plan, by=chloe, expected_version=plan.version, reason="Frail.", reason_code="deterioration",
            ahead=makers.NOTHING_AHEAD,
        )  # fmt: skip
    for day, answered in ((12, sooner), (18, later)):
        with on(3, day):
            plan = Plan.objects.get(pk=plan.pk)
            if answered:
                add_plan_outcome(plan, by=chloe, expected_version=plan.version, on=date(2026, 3, day), **answered)
    with on(3, 20):
        told = {
            day: figures(chloe, as_of=day, since="2026-03-01", known_by="now") for day in ("2026-03-16", "2026-03-19")
        }
        assert share(told["2026-03-19"]["outcome-of-plans"]) == (1, 1)
        assert share(told["2026-03-16"]["outcome-of-plans"]) == (0, 1)
