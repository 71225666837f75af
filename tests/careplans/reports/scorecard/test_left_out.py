"""What the scorecard leaves out: worlds in which it is there, and would be counted if nobody left it out."""

from datetime import UTC, date, datetime

import pytest

from careplans.models import Step
from careplans.services.cases import move_case, open_case
from careplans.services.known_patients import take_known_patient
from modalities.models import Publication, Revision
from tests.careplans import makers
from tests.careplans.reports.escalating import escalated
from tests.careplans.reports.scorecard.asking import figures, on, record, share, span
from tests.careplans.reports.test_left_out import chosen, in_error
from tests.careplans.test_superseded_guidance import publish
from tests.factories import join

pytestmark = pytest.mark.django_db
YEAR = {"since": "2026-01-01", "until": "2026-12-31"}


def asked(person, **params):
    with on(6, 30):
        return figures(person, **YEAR | params)


# Signing


def test_a_plan_that_was_entered_in_error_was_not_signed_off(delivery, ana, omar, chloe):
    """Sent at 10:00, signed at 13:00, released the day after at 10:00."""
    makers.require_disciplines(delivery.board, "medical_oncology")
    with on(3, 1):
        plan, _ = delivery.draft({})
        makers.submit(plan, by=ana)
    with on(3, 1, 13):
        makers.sign(plan, by=omar)
    with on(3, 2):
        makers.release(plan, by=chloe)
    found = asked(chloe)
    assert (span(found["hours-to-release"]), span(found["hours-to-sign"])) == ((1, 24, 24.0, 24), (1, 3, 3.0, 3))
    assert (share(found["released-over-dissent"]), share(found["dissent-rate"])) == ((0, 1), (0, 1))
    in_error(plan.pk)
    found = asked(chloe)
    assert (found["hours-to-release"]["count"], found["hours-to-sign"]["count"]) == (0, 0)
    assert (share(found["released-over-dissent"]), share(found["dissent-rate"])) == ((0, 0), (0, 0))


# Outcomes


def test_a_decision_has_no_outcome(delivery, chloe):
    """It ended as taken, with what was found then; the one treatment has not ended."""
    decision, _ = chosen(delivery, on_day=(4, 1))
    assert Step.objects.get(pk=decision.pk).status == "completed"
    found = asked(chloe)
    names = ("outcome-of-steps", "response-recorded", "toxicity-recorded")
    assert [share(found[name]) for name in names] == [(0, 0)] * 3


def test_an_outcome_of_a_plan_that_was_entered_in_error_is_none(delivery, chloe):
    step = delivery.one()
    delivery.start(step, 3, 10)
    delivery.complete(step, 3, 12)
    assert share(asked(chloe)["outcome-of-steps"]) == (0, 1)
    in_error(step.plan_id)
    assert share(asked(chloe)["outcome-of-steps"]) == (0, 0)


# First decisions


@pytest.fixture
def before_the_board(delivery, ana):
    """A case that was opened on 2 March and discussed on the 20th; its plan is released on the 21st, with one step."""

    def made(**values):
        with on(3, 2):
            plan, (step,) = delivery.draft(values)
        with on(3, 20):
            for status in ("listed", "discussed"):
                plan.case.refresh_from_db()
                move_case(plan.case, status, by=ana)
        with on(3, 21):
            delivery.release(plan)
        return step

    return made


def begun_before(step):
    """A day before the discussion, as it is when the analogue was running already."""
    with on(3, 22):
        Step.objects.filter(pk=step.pk).update(status="in_progress", started_on=date(2026, 3, 10))


def test_surveillance_is_no_treatment(before_the_board, chloe):
    step = before_the_board(phase="surveillance")
    begun_before(step)
    assert share(asked(chloe)["treated-before"]) == (0, 1)


@pytest.mark.parametrize(("goals", "treated"), [(["symptom_control"], 0), (["symptom_control", "tumour_control"], 1)])
def test_what_bridges_the_symptoms_is_no_treatment_of_the_tumour(before_the_board, chloe, goals, treated):
    step = before_the_board(phase="symptom_control", goals=goals)
    begun_before(step)
    assert share(asked(chloe)["treated-before"]) == (treated, 1)


def test_what_else_began_before_is_one(before_the_board, chloe):
    """The same but for its phase."""
    step = before_the_board(phase="tumour_control")
    begun_before(step)
    assert share(asked(chloe)["treated-before"]) == (1, 1)


@pytest.mark.parametrize(
    ("diagnosed", "days", "within"),
    [("2026-03-19", (1, 1, 1.0, 1), (1, 1)), ("2026-03-20", (1, 0, 0.0, 0), (1, 1)), ("2026-03-21", None, (0, 0))],
)
def test_a_diagnosis_after_the_decision_is_no_time_at_all(before_the_board, ana, chloe, diagnosed, days, within):
    """Two days before 0 would be a good figure, and nonsense."""
    step = before_the_board()
    with on(3, 25):
        record(step.case, {"diagnosed_on": diagnosed}, by=ana)
    found = asked(chloe)
    told = found["days-from-diagnosis"]
    assert (span(told) if told["count"] else None) == days
    assert share(found["within-four-weeks"]) == within


# Changes under plans


def test_a_page_that_was_withdrawn_changes_nothing_any_more(delivery, admin, chloe):
    """In force from 10 March, withdrawn on the 12th: the plan rests on the page that is in force again."""
    delivery.one(start=(5, 1))
    with on(3, 10):
        publish(2, matters=True, in_force_on=date(2026, 3, 10))
    assert asked(chloe, as_of="2026-03-11")["guidance-changed"]["count"] == 1
    with on(3, 12):
        Publication.objects.filter(revision__number=2).update(
            withdrawn_at=datetime(2026, 3, 12, 10, tzinfo=UTC), withdrawn_by=admin, withdrawn_reason="Wrong."
        )
    assert asked(chloe, as_of="2026-03-12")["guidance-changed"]["count"] == 0
    assert asked(chloe)["guidance-changed"]["count"] == 0


@pytest.mark.parametrize(("released", "count"), [((3, 9), 1), ((3, 10), 0), ((3, 11), 0)])
def test_a_plan_that_was_released_after_the_page_changed_was_released_with_it(delivery, ana, chloe, released, count):
    """Sent to sign-off on the old page; the board that released it had the new one before it."""
    with on(3, 1):
        plan, (step,) = delivery.draft({"start": (5, 1)})
        makers.submit(plan, by=ana)
        old = Revision.objects.get(modality__code="OSA", number=1)
    with on(3, 10):
        publish(2, matters=True, in_force_on=date(2026, 3, 10))
    with on(*released):
        makers.release(plan, by=chloe)
    assert Step.objects.get(pk=step.pk).modality_revision == old
    assert asked(chloe)["guidance-changed"]["count"] == count


# Escalations


def test_an_escalation_that_reached_nobody_was_told_nobody(delivery, ana, chloe):
    """Of three steps that stayed overdue one was told, one was called off, and of one the message failed."""
    steps = delivery.plan({}, {"code": "SURG"}, {"code": "PRRT"})
    with on(3, 18):
        for step, status in zip(steps, ("sent", "cancelled", "failed"), strict=True):
            escalated(step, ana, 18, status)
    assert asked(chloe)["escalations"]["count"] == 1


# New patients


def test_a_patient_is_new_on_each_board(pages, board, ana, eve, chloe):
    """Known to one board since 2 March, to the other since the 9th; on the second of them for a second tumour, too."""
    with on(1, 1):
        join(chloe, eve.board, "member", "surgery")
    with on(3, 2):
        case = makers.make_case(board, by=ana)
    with on(3, 9):
        patient = take_known_patient(eve.board, by=eve, record_number="SYN-1", birth_date=case.patient.birth_date)
        open_case(patient, by=eve, responsible=eve, title="Ileal NET", status="accepted")
        open_case(patient, by=eve, responsible=eve, title="A second tumour", status="accepted")
    new = {one.pk: asked(chloe, board=one.pk)["new-patients"]["count"] for one in (board, eve.board)}
    assert new == {board.pk: 1, eve.board.pk: 1}
    # Over both boards it is one patient.
    assert asked(chloe)["new-patients"]["count"] == 1
