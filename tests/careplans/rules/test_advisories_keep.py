"""Every firing is kept, with what the board knew and answered; answers survive edits that do not touch them."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import AuditEvent
from careplans.models import Advisory, Event, Plan, Signature, Step
from careplans.rules import plan_advice
from careplans.rules.advisories import Given, answer_advisories, refresh_plans
from careplans.services import plans
from careplans.services.proforma import save_proforma
from careplans.services.step_progress import hold_step, replan_step, skip_step, start_step, stop_step
from careplans.services.steps import add_step, edit_step, remove_step, reorder_steps
from tests.careplans import makers

pytestmark = pytest.mark.django_db
JUDGED = Given(answer="clinical_judgement", note="The tumour threatens the bowel.")


@pytest.fixture
def case(board, ana):
    case = makers.make_case(board, by=ana)
    save_proforma(case, {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}, by=ana)
    return case


@pytest.fixture
def plan(case, ana):
    """Localized, operable, functional: no resection (SUR-01, warning), factors missing (DATA-01, note)."""
    return makers.make_plan(case, by=ana)


def standing(plan):
    return {(row.rule, row.step_id): row for row in Advisory.objects.filter(plan=plan).standing()}


def rules(plan):
    return {rule for rule, _ in standing(plan)}


def answer(plan, by, given=JUDGED, rule="SUR-01", step=None):
    return answer_advisories(Plan.objects.get(pk=plan.pk), {(rule, step): given}, by=by)


def test_a_firing_is_kept_with_what_was_known_then(plan):
    row = standing(plan)["SUR-01", None]
    assert (row.state, row.severity, row.rule_set, row.statements) == ("open", "warning", "seed-1", ["S11"])
    assert row.facts == {"functional_status": "functional", "extent": "localized", "surgery_option": "yes"}
    assert row.content_version == 2


def test_what_a_firing_lists_is_kept_too(plan):
    assert "grade" in standing(plan)["DATA-01", None].details


def test_it_is_obsolete_when_it_stops_firing(plan, ana):
    makers.make_modality("SURG")
    add_step(plan, by=ana, phase="tumour_control", modality_code="SURG", goals=["cure"])
    row = Advisory.objects.get(plan=plan, rule="SUR-01")
    assert row.state == "obsolete"
    assert row.ended_at is not None


def test_facts_change_what_stands_on_a_draft(plan, case, ana):
    save_proforma(case, {"extent": "metastatic"}, by=ana)
    assert "SUR-01" not in rules(plan)
    assert "SUR-04" in rules(plan)


def test_facts_do_not_change_what_stands_on_a_submitted_plan(plan, case, ana):
    makers.submit(plan, by=ana)
    save_proforma(case, {"extent": "metastatic"}, by=ana)
    assert "SUR-01" in rules(plan)


def test_a_plan_taken_back_is_judged_by_the_facts_as_they_are_now(plan, case, ana):
    submitted = makers.submit(plan, by=ana)
    save_proforma(case, {"extent": "metastatic"}, by=ana)
    submitted.refresh_from_db()
    plans.recall_plan(submitted, by=ana, expected_version=submitted.version, reason="New CT")
    assert "SUR-01" not in rules(plan)


def test_an_answer_is_kept_with_author_time_and_content(plan, omar):
    row = answer(plan, omar)[0]
    row.refresh_from_db()
    assert (row.state, row.answer, row.note, row.answered_by) == ("kept", "clinical_judgement", JUDGED.note, omar)
    assert timezone.now() - row.answered_at < timedelta(minutes=1)
    assert (row.answered_content_version, row.answered_facts["extent"]) == (2, "localized")
    event = Event.objects.get(kind="advisory_answered")
    assert (event.plan, event.by, event.new, event.reason) == (plan, omar, "clinical_judgement", JUDGED.note)
    assert AuditEvent.objects.filter(action="advisory_answered", actor=omar).exists()


def test_followed_is_a_state_of_its_own(plan, omar):
    assert answer(plan, omar, Given(answer="followed"))[0].state == "followed"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (Given(answer="clinical_judgement", note="  "), "Say in words"),
        (Given(answer="newer_guidance"), "Name the newer guidance"),
        (Given(answer="because"), "Choose an answer"),
        (Given(answer=""), "Choose an answer"),
    ],
)
def test_an_answer_that_lacks_what_it_needs_is_refused(plan, omar, given, words):
    with pytest.raises(ValidationError, match=words):
        answer(plan, omar, given)
    assert not standing(plan)["SUR-01", None].is_answered


def test_the_database_refuses_an_answer_without_its_words(plan, omar):
    rows = Advisory.objects.filter(plan=plan, rule="SUR-01")
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(answer="clinical_judgement", answered_by=omar, answered_at=timezone.now())


def test_one_wrong_answer_keeps_none_of_those_sent_with_it(plan, omar):
    wrong = {("SUR-01", None): JUDGED, ("DATA-01", None): Given(answer="clinical_judgement")}
    with pytest.raises(ValidationError) as refused:
        answer_advisories(plan, wrong, by=omar)
    assert set(refused.value.message_dict) == {"DATA-01"}
    assert not Advisory.objects.exclude(answer="").exists()


def test_an_answer_to_what_no_longer_fires_is_refused(plan, case, ana, omar):
    save_proforma(case, {"extent": "metastatic"}, by=ana)
    with pytest.raises(ValidationError, match="no longer fires"):
        answer(plan, omar)


@pytest.mark.parametrize("role", ["nina", "anselm", "otto", "admin"])
def test_only_who_works_on_plans_answers(plan, role, request):
    with pytest.raises(PermissionDenied):
        answer(plan, request.getfixturevalue(role))


def test_a_colleagues_answer_is_not_overwritten_unseen(plan, ana, omar):
    answer(plan, omar)
    with pytest.raises(ValidationError, match="Omar Oncologist answered this meanwhile"):
        answer(plan, ana, Given(answer="patient_choice", version=1))
    seen = standing(plan)["SUR-01", None].version
    assert answer(plan, ana, Given(answer="patient_choice", version=seen))[0].answer == "patient_choice"


def test_the_same_answer_twice_is_kept_once(plan, omar):
    answer(plan, omar)
    answer(plan, omar)
    assert Event.objects.filter(kind="advisory_answered").count() == 1


def test_an_answer_survives_edits_that_do_not_touch_it(plan, case, ana, omar):
    answer(plan, omar)
    save_proforma(case, {"grade": "G1", "ecog": 1}, by=ana)
    edit_step(plan.steps.first(), {"rationale": "another reason"}, by=ana)
    second = add_step(plan, by=ana, phase="adjuvant", modality_code="OSA", goals=["palliation"])
    reorder_steps(plan, [[second.pk], [plan.steps.first().pk]], by=ana)
    remove_step(second, by=ana)
    row = standing(plan)["SUR-01", None]
    assert (row.answer, row.answered_by) == ("clinical_judgement", omar)
    assert Advisory.objects.filter(plan=plan, rule="SUR-01").count() == 1


def test_an_answer_voids_no_signature(board, plan, ana, omar):
    makers.require_disciplines(board, "medical_oncology")
    makers.submit(plan, by=ana)
    makers.sign(plan, by=omar)
    answer(plan, omar)
    assert Signature.objects.get(plan=plan).status == "approved"
    assert Plan.objects.get(pk=plan.pk).status == "in_signoff"


def test_an_amendment_carries_the_answers_over(plan, ana, chloe, omar):
    step = plan.steps.first()
    edit_step(step, {"goals": ["symptom_control", "local_control"]}, by=ana)
    answer(plan, omar)
    answer(plan, omar, Given(answer="not_applicable"), rule="OSA-01", step=step.pk)
    makers.submit(plan, by=ana)
    active = makers.release(plan, by=chloe)
    new = plans.amend_plan(active, by=ana, reason="Progression")
    copied = Step.objects.get(plan=new)
    rows = standing(new)
    assert (rows["SUR-01", None].note, rows["SUR-01", None].answered_by) == (JUDGED.note, omar)
    assert rows["OSA-01", copied.pk].answer == "not_applicable"
    assert rows["OSA-01", copied.pk].carried_from == Advisory.objects.get(plan=plan, rule="OSA-01")


def test_a_step_that_is_not_done_takes_no_part_any_more(case, ana, chloe):
    save_proforma(case, {"hormone_symptoms_controlled": "no"}, by=ana)
    active = makers.make_active_plan(case, by=ana, chair=chloe)
    assert "SEQ-02" not in rules(active)
    step = active.steps.first()
    skip_step(step, by=ana, expected_version=step.version, reason="patient_choice")
    # The plan has no step left that takes part: what it misses is said.
    assert "SEQ-02" in rules(active)


def test_a_plan_that_has_ended_shows_what_stood_when_it_ended(plan, ana, omar):
    answer(plan, omar)
    plan = Plan.objects.get(pk=plan.pk)
    plans.discard_draft(plan, by=ana, expected_version=plan.version, reason="Wrong patient")
    shown = plan_advice.advice_for(Plan.objects.for_detail().get(pk=plan.pk))
    assert {item.firing.rule for item in shown.all} == rules(plan)
    with pytest.raises(ValidationError, match="has ended"):
        answer(plan, omar, Given(answer="patient_choice"))


def test_a_rule_worded_anew_asks_anew(plan, omar):
    answer(plan, omar)
    Advisory.objects.filter(plan=plan, rule="SUR-01").update(advice="Worded otherwise.")
    done = refresh_plans(list(Plan.objects.for_rules().filter(pk=plan.pk)))
    assert (done.fired, done.obsolete) == (1, 1)
    assert not standing(plan)["SUR-01", None].is_answered
    assert Advisory.objects.get(plan=plan, rule="SUR-01", state="obsolete").note == JUDGED.note


def test_refreshing_twice_changes_nothing(plan):
    before = list(Advisory.objects.values())
    done = refresh_plans(list(Plan.objects.for_rules().filter(pk=plan.pk)))
    assert (done.fired, done.obsolete, done.kept) == (0, 0, len(before))
    assert list(Advisory.objects.values()) == before


def test_many_plans_cost_as_many_queries_as_one(board, ana, django_assert_max_num_queries):
    pks = [makers.make_plan(makers.make_case(board, by=ana, record_number=f"SYN-{n}"), by=ana).pk for n in range(6)]
    Advisory.objects.all().delete()

    def count(some):
        rows = list(Plan.objects.for_rules().filter(pk__in=some))
        with django_assert_max_num_queries(5) as queries:
            fired = refresh_plans(rows).fired
        return fired, len(queries)

    (first, of_one), (others, of_many) = count(pks[:1]), count(pks)
    assert others == 5 * first > 0
    assert of_one == of_many


@pytest.fixture
def in_force(case, ana, chloe):
    plan = makers.make_active_plan(case, by=ana, chair=chloe)
    return Step.objects.get(plan=plan)


def moved(step, verb, **values):
    step.refresh_from_db()
    return verb(step, expected_version=step.version, **values)


def hold(step, by):
    days = {"on": makers.TODAY(), "due_on": makers.TODAY() + timedelta(days=20)}
    moved(step, hold_step, by=by, reason="medical_reason", **days)


def test_a_step_on_hold_is_missed_by_the_plan_at_once(in_force, ana):
    assert "SEQ-02" not in rules(in_force.plan)
    hold(in_force, ana)
    assert "SEQ-02" in rules(in_force.plan)
    event = Event.objects.get(kind="advisories_fired")
    assert (event.step, event.by, event.data) == (in_force, ana, {"rules": ["SEQ-02"]})


def test_a_step_taken_up_again_is_had_again(in_force, ana):
    hold(in_force, ana)
    moved(in_force, replan_step, by=ana, due_on=makers.TODAY() + timedelta(days=20), why="Operated on")
    assert "SEQ-02" not in rules(in_force.plan)
    assert Event.objects.filter(kind="advisories_fired").count() == 1


def test_a_stopped_step_is_missed_by_the_plan(in_force, ana):
    today = makers.TODAY()
    moved(in_force, start_step, by=ana, on=today, due_on=today)
    assert "SEQ-02" not in rules(in_force.plan)
    moved(in_force, stop_step, by=ana, on=today, reason="toxicity_or_not_tolerated", **makers.OUTCOME)
    assert "SEQ-02" in rules(in_force.plan)
