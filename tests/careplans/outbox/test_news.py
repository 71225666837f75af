"""Who is told what happened to a plan or a step: in the app with the patient's name, by e-mail without."""

import pytest

from accounts.models import Notice
from careplans.models import OutboxMessage, Plan, Reminder, Step
from careplans.outbox import sending
from careplans.outbox.messages import notice_text
from careplans.outbox.obstacles import obstacle_to, wants_mail
from careplans.services.cases import open_case
from careplans.services.later_outcomes import add_outcome, add_plan_outcome, correct_outcome
from careplans.services.plan_ending import complete_plan, revoke_plan
from careplans.services.plans import recall_plan
from careplans.services.proforma import save_proforma
from careplans.services.signatures import dissent_from_plan, send_back_plan
from careplans.services.step_progress import complete_step, skip_step, start_step
from tests.careplans import makers
from tests.careplans.outbox.mail import Remembering

pytestmark = pytest.mark.django_db
SECRET = ("Quillfeather", "Zebedee", "RECORD-77", "1960", "Tumourtitle", "patient's choice", "Platelet", "rogressed")


@pytest.fixture
def asked(board, ana, omar, chloe):
    """Drafted by Ana; oncology and radiology are asked."""
    patient = makers.make_patient(
        board, by=ana, record_number="RECORD-77", family_name="Quillfeather", given_name="Zebedee"
    )
    case = open_case(patient, by=ana, responsible=ana, title="Tumourtitle", status="accepted")
    save_proforma(case, {"ki67_percent": 6}, by=ana)
    makers.require_disciplines(board, "medical_oncology", "radiology")
    return makers.submit(makers.make_plan(case, by=omar), by=ana)


def seen(plan):
    plan.refresh_from_db()
    return {"expected_version": plan.content_version, "expected_hash": plan.content_hash}


def told(kind):
    """Who is told, by their names; and nothing of the patient is in an e-mail."""
    mail = Remembering()
    sending.send_due(open_mail=mail)
    for sent in mail.sent:
        for word in SECRET:
            assert word not in sent.as_bytes().decode()
    return {notice.user.name.split()[0]: notice.text for notice in Notice.objects.filter(kind=kind)}


def test_a_dissent_is_told_to_drafter_chair_and_coordinator_and_not_to_who_dissents(asked, ravi):
    dissent_from_plan(asked, by=ravi, reason="Too early.", **seen(asked))
    notices = told("dissent")
    assert set(notices) == {"Omar", "Chloe", "Ana"}
    assert notices["Chloe"].endswith(
        "Quillfeather, Zebedee: plan 1 has a dissent of radiology. The chair decides and says why."
    )
    assert "Too early" not in notices["Chloe"]


def test_the_last_answer_makes_a_plan_ready_and_that_is_told_once(asked, omar, ravi):
    makers.sign(asked, by=ravi)
    assert told("ready") == {}
    makers.sign(asked, by=omar)
    assert set(told("ready")) == {"Chloe", "Ana"}
    assert Reminder.objects.filter(kind="ready").values("recipient").distinct().count() == 2


def test_a_dissent_as_the_last_answer_makes_it_ready_too(asked, omar, ravi):
    makers.sign(asked, by=omar)
    dissent_from_plan(asked, by=ravi, reason="Too early.", **seen(asked))
    assert set(told("ready")) == {"Omar", "Chloe", "Ana"}


def test_a_plan_that_needs_nobody_is_ready_at_once(board, ana, chloe):
    makers.submit(makers.make_plan(makers.make_case(board, by=ana), by=ana), by=ana)
    assert set(told("ready")) == {"Chloe"}


def test_a_plan_that_was_taken_back_is_not_told_to_be_ready(asked, ana, omar, ravi):
    makers.sign(asked, by=ravi)
    makers.sign(asked, by=omar)
    asked.refresh_from_db()
    recall_plan(asked, by=ana, expected_version=asked.version, reason="A step is missing.")
    assert told("ready") == {}


def test_what_is_sent_back_is_told_with_whose_answer_it_was(asked, omar, ravi):
    send_back_plan(asked, by=ravi, reason="No scan.", **seen(asked))
    notices = told("sent_back")
    assert set(notices) == {"Omar", "Chloe", "Ana"}
    assert "was sent back by radiology and is a draft again" in notices["Omar"]


def not_told_because(kind):
    assert told(kind) == {}
    return {message.last_error for message in OutboxMessage.objects.filter(reminder__kind=kind)}


def test_what_was_sent_back_and_went_to_sign_off_again_is_not_told_to_be_a_draft(asked, ana, ravi):
    send_back_plan(asked, by=ravi, reason="No scan.", **seen(asked))
    makers.submit(Plan.objects.get(pk=asked.pk), by=ana)
    assert not_told_because("sent_back") == {"the plan is not a draft any more"}


def test_a_release_is_told_to_drafter_and_coordinator(asked, omar, ravi, chloe):
    makers.sign(asked, by=ravi)
    makers.sign(asked, by=omar)
    makers.release(Plan.objects.get(pk=asked.pk), by=chloe)
    notices = told("released")
    assert set(notices) == {"Omar", "Ana"}
    assert "Quillfeather, Zebedee: plan 1 has been released and is in force" in notices["Ana"]
    assert told("ready") == {}


@pytest.fixture
def active(asked, omar, ravi, chloe):
    makers.sign(asked, by=ravi)
    makers.sign(asked, by=omar)
    return makers.release(Plan.objects.get(pk=asked.pk), by=chloe)


def test_a_release_that_was_revoked_before_it_went_out_is_not_told_to_be_in_force(active, chloe):
    told_why = {"reason_code": "other", "reason": "another patient", "ahead": makers.NOTHING_AHEAD}
    revoke_plan(active, by=chloe, expected_version=active.version, **told_why)
    assert not_told_because("released") == {"the plan is not in force any more"}


def test_a_step_that_is_not_done_is_told_with_its_coded_reason(active, chloe):
    step = Step.objects.filter(plan=active).first()
    skip_step(step, by=chloe, expected_version=step.version, reason="patient_choice")
    notices = told("step_ended")
    assert {"Omar", "Ana"} <= set(notices) and "Chloe" not in notices
    assert f"Quillfeather, Zebedee: step 1 ({step.title}) was not done: patient's choice." in notices["Ana"]


@pytest.fixture
def over(active, chloe):
    """Its step has ended, and nothing bad was known then."""
    step = Step.objects.get(plan=active)
    start_step(step, by=chloe, expected_version=step.version, on=active.board.today)
    complete_step(
        step, by=chloe, expected_version=step.version, on=active.board.today, fulfilment="full", **makers.OUTCOME
    )
    return Step.objects.select_related("plan", "board", "case__patient").get(pk=step.pk)


PROGRESSED = {"progression": "yes"}
HARM = {"toxicity": "grade_4", "toxicity_term": "Platelet count decreased"}


def added(step, by, **found):
    """What was found today."""
    today = step.board.today
    days = {"progressed_on": today} if "progression" in found else {}
    return add_outcome(step, by=by, expected_version=step.version, on=today, **found, **days)


@pytest.mark.parametrize(
    ("found", "words"), [(PROGRESSED, "Progressed on"), (HARM, "Toxicity: Grade 4 (life-threatening): Platelet count")]
)
def test_what_came_out_after_the_end_is_told_to_who_answers_for_the_step_and_the_case(over, chloe, found, words):
    added(over, chloe, **found)
    notices = told("outcome")
    assert set(notices) == {"Omar", "Ana"}
    assert f"Quillfeather, Zebedee: {over.heading}, which has ended. {words}" in notices["Ana"]


def test_of_a_plan_it_is_told_too(active, over, ana, chloe):
    plan = Plan.objects.get(pk=active.pk)
    complete_plan(plan, by=chloe, expected_version=plan.version, ahead=makers.NOTHING_AHEAD, **makers.OUTCOME)
    plan = Plan.objects.select_related("board", "case__patient").get(pk=active.pk)
    add_plan_outcome(plan, by=chloe, expected_version=plan.version, on=plan.board.today, **HARM)
    assert "Quillfeather, Zebedee: Plan 1, which has ended. Toxicity: Grade 4" in told("outcome")["Ana"]


@pytest.mark.parametrize("found", [{"response": "partial"}, {"toxicity": "grade_2", "toxicity_term": "Nausea"}])
def test_what_is_no_bad_news_is_not_told(over, chloe, found):
    added(over, chloe, **found)
    assert told("outcome") == {}


def test_what_was_put_right_before_it_went_out_is_not_told(over, chloe):
    added(over, chloe, **HARM)
    again = Step.objects.get(pk=over.pk)
    correct_outcome(
        again, by=chloe, expected_version=again.version, why="Another patient's report.", toxicity="grade_1",
        toxicity_term="Platelet count decreased",
    )  # fmt: skip
    assert not_told_because("outcome") == {"it was put right"}


def test_more_bad_news_of_the_same_is_told_once_with_all_of_it(over, chloe):
    added(over, chloe, **PROGRESSED)
    added(Step.objects.get(pk=over.pk), chloe, **HARM)
    told_to_ana = told("outcome")["Ana"]
    assert "Progressed on" in told_to_ana and "Grade 4" in told_to_ana
    assert Notice.objects.filter(kind="outcome", user__name__startswith="Ana").count() == 1


def test_changed_facts_are_told_as_they_stand_when_they_are_told(active, ana, omar, ravi, chloe):
    save_proforma(active.case, {"ki67_percent": 40}, by=ana)
    save_proforma(active.case, {"ki67_percent": 80}, by=ana)
    notices = told("facts")
    assert set(notices) == {"Omar", "Ravi", "Chloe"}
    assert "now 80 %" in notices["Chloe"] and "40" not in notices["Chloe"]


def test_facts_that_were_set_right_before_it_went_out_are_not_told(active, ana):
    save_proforma(active.case, {"ki67_percent": 80}, by=ana)
    save_proforma(active.case, {"ki67_percent": 6}, by=ana)
    assert told("facts") == {}
    assert {m.last_error for m in OutboxMessage.objects.filter(reminder__kind="facts")} == {
        "the facts are again those that it was signed on, or the plan has ended"
    }


@pytest.mark.parametrize("kind", Reminder.NEWS)
def test_it_is_mailed_to_whom_wants_to_hear_of_it(omar, kind):
    assert wants_mail(omar, kind)
    omar.mail_news = False
    assert not wants_mail(omar, kind)


def test_who_left_the_board_is_not_told_and_nobody_instead(active, ana, omar):
    save_proforma(active.case, {"ki67_percent": 80}, by=ana)
    omar.memberships.update(ended_at=active.released_at)
    assert "Omar" not in told("facts")
    assert not Reminder.objects.filter(kind="escalation", plan__isnull=False).exists()


def test_it_leads_to_the_sign_off_while_that_is_open_and_then_to_the_plan(asked, omar, ravi, chloe):
    dissent_from_plan(asked, by=ravi, reason="Too early.", **seen(asked))
    told("dissent")
    assert Notice.objects.get(kind="dissent", user=omar).path == f"/plans/{asked.pk}/sign-off/"


def test_an_away_drafter_has_a_deputy_who_reads_for_whom(active, ana, omar):
    save_proforma(active.case, {"ki67_percent": 80}, by=ana)
    row = Reminder.objects.get(kind="facts", recipient=omar)
    row.instead_of, row.why = row, "for Omar Oncologist, who is away until 3 Mar 2026"
    assert notice_text(row).endswith("Told for Omar Oncologist, who is away until 3 Mar 2026.")
    assert obstacle_to(OutboxMessage.objects.for_sending().filter(reminder=row).first()) == ""
