"""The board chooses an arm: its steps are planned and the others set aside; before that, nothing of them asks anybody."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import AuditEvent
from careplans.forms.step_progress import verb_form
from careplans.models import Event, FollowUp, Plan, Reminder, Step
from careplans.readers.calendar_feed import dates_of
from careplans.readers.holdings import work_of
from careplans.readers.steps.followed import what_followed
from careplans.readers.steps.gates import gate_now
from careplans.services.arm_choice import choose_arm, correct_decision
from careplans.services.decisions import edit_arm
from careplans.services.gates import rediscuss_step
from careplans.services.plan_ending import complete_plan, revoke_plan
from careplans.services.plans import amend_plan
from careplans.services.proforma import save_proforma
from careplans.services.step_order import order_concerns
from careplans.services.step_progress import hand_over_step, hold_step, skip_step, start_step
from careplans.services.steps import add_step, edit_step
from common.errors import Conflict
from tests.careplans import makers
from tests.rewriting import rewriting

pytestmark = pytest.mark.django_db


def held():
    return {"on": makers.TODAY(), "reason": "medical_reason"}


TO_START = ("lead", "due", "overdue", "escalation")


@pytest.fixture
def case(board, ana):
    return makers.make_case(board, by=ana)


@pytest.fixture
def plan(case, ana, omar, chloe):
    return makers.make_branched_plan(case, by=ana, chair=chloe, owner=omar)


def now(step):
    return Step.objects.select_related("plan__case", "case", "board", "arm__decision", "after_step").get(pk=step.pk)


def choose(plan, arm, by, **values):
    step = now(plan.decision)
    told = {
        "on": step.board.today,
        "reason": "partial response on CT",
        "why": "the first step is done elsewhere",
        "expected_version": step.version,
    } | makers.OUTCOME
    choose_arm(step, by=by, chosen_arm=arm, **(told | values))
    return makers.reread(plan)


def correct(plan, arm, by, **values):
    step = now(plan.decision)
    told = {"on": step.board.today, "reason": "read again", "expected_version": step.version}
    correct_decision(step, by=by, chosen_arm=arm, **(told | values))
    return makers.reread(plan)


def skip(step, by):
    step = now(step)
    return skip_step(step, by=by, expected_version=step.version, reason="patient_choice")


def reminders(step, *kinds):
    return Reminder.objects.scheduled().filter(step=step, kind__in=kinds or TO_START)


# Before the decision


def test_a_step_of_an_arm_waits_without_a_date(plan):
    assert (plan.surgery.status, plan.surgery.due_on, plan.surgery.assignee.name) == (
        "planned",
        None,
        "Omar Oncologist",
    )
    gate = gate_now(now(plan.surgery), makers.TODAY())
    assert gate.sentence == "Waits for the decision of step 2 (re-staging)"
    assert gate.coded_sentence == "Waits for the decision of step 2"


def test_nobody_is_reminded_of_a_step_of_an_arm(plan):
    assert not reminders(plan.surgery).exists()
    assert reminders(plan.decision).exists()


def test_a_step_of_an_arm_is_in_no_list_and_no_calendar(plan, omar):
    listed = set(Step.objects.filter(plan=plan.plan).waiting().values_list("pk", flat=True))
    assert listed == {plan.first.pk, plan.decision.pk, plan.after.pk}
    assert not [one for one in dates_of(omar) if one.uid in (f"step-{plan.surgery.pk}", f"step-{plan.prrt.pk}")]


def test_a_step_of_an_arm_makes_no_later_step_out_of_order(plan, ana):
    for step in (plan.first, plan.decision):
        hold = now(step)
        hold_step(hold, by=ana, expected_version=hold.version, due_on=hold.board.today, **held())
    [words, _] = order_concerns(now(plan.after), makers.TODAY())
    assert "step 2 (re-staging)" in words
    assert "Surgery" not in words


@pytest.mark.parametrize("verb", ["start", "skip", "hold"])
def test_nothing_is_recorded_of_a_step_whose_arm_nobody_chose(plan, omar, verb):
    step = now(plan.surgery)
    seen = {"by": omar, "expected_version": step.version}
    verbs = {
        "start": lambda: start_step(step, on=step.board.today, due_on=step.board.today, why="-", **seen),
        "skip": lambda: skip_step(step, reason="patient_choice", **seen),
        "hold": lambda: hold_step(step, due_on=step.board.today, **held(), **seen),
    }
    with pytest.raises(ValidationError, match=r"Choose an arm at step 2 \(re-staging\) first"):
        verbs[verb]()


def test_another_person_may_see_to_a_step_of_an_arm(plan, ana, omar):
    step = now(plan.surgery)
    hand_over_step(step, by=ana, expected_version=step.version, why="on leave", assignee=ana)
    assert now(step).assignee == ana
    assert not reminders(step).exists()


def test_who_leaves_is_asked_for_the_steps_of_arms_too(plan, board, omar):
    assert work_of(omar, [board])[0].counts["steps"] == 5


def test_a_step_of_an_arm_gets_no_date_by_hand(plan, ana):
    step = now(plan.surgery)
    with pytest.raises(ValidationError, match="Nobody has chosen its arm yet"):
        hand_over_step(step, by=ana, expected_version=step.version, why="-", due_on=makers.TODAY())


def test_a_decision_is_not_started(plan, ana):
    step = now(plan.decision)
    with pytest.raises(ValidationError, match="Choose one of its arms"):
        start_step(step, by=ana, expected_version=step.version, on=step.board.today, due_on=step.board.today, why="-")


# Choosing


def test_choosing_an_arm_plans_its_steps_and_sets_the_others_aside(plan, omar):
    choose(plan, plan.responds, omar)
    assert (plan.decision.status, plan.decision.chosen_arm, plan.decision.due_on) == ("completed", plan.responds, None)
    assert (plan.surgery.status, plan.surgery.due_on) == ("planned", makers.TODAY() + timedelta(days=90))
    assert (plan.prrt.status, plan.prrt.due_on) == ("set_aside", None)
    assert gate_now(now(plan.surgery), makers.TODAY()).sentence == ""
    assert reminders(plan.surgery, "due").count() == 1
    assert not reminders(plan.prrt).exists()
    assert not reminders(plan.decision).exists()


def test_a_choice_is_in_timeline_and_audit_with_its_reason_and_who(plan, omar):
    choose(plan, plan.responds, omar)
    event = Event.objects.get(step=plan.decision, kind="arm_chosen")
    assert (event.old, event.new, event.by) == ("planned", "completed", omar)
    assert event.reason == "arm “responds”: partial response on CT (why now: the first step is done elsewhere)"
    assert (plan.decision.choice_reason, plan.decision.decided_by) == ("partial response on CT", omar)
    moved = Event.objects.get(step=plan.prrt, kind="step_moved", new="set_aside")
    assert moved.reason == "arm “responds” was chosen"
    assert AuditEvent.objects.filter(action="arm_chosen", actor=omar).exists()


def test_a_step_that_waited_for_the_decision_is_free(plan, omar):
    choose(plan, plan.responds, omar)
    assert gate_now(now(plan.after), makers.TODAY()).sentence == ""
    assert Event.objects.filter(step=plan.after, kind="gate_moved", new="open").exists()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"reason": " "}, "Give a reason for this choice"),
        ({"on": makers.TODAY() + timedelta(days=2)}, "lies in the future"),
        ({"response": ""}, "response"),
    ],
)
def test_a_choice_says_when_and_why_and_what_was_found(plan, omar, values, words):
    with pytest.raises(ValidationError, match=words):
        choose(plan, plan.responds, omar, **values)
    assert now(plan.decision).status == "planned"


def test_an_arm_of_another_decision_is_refused(plan, board, ana, omar, chloe):
    other = makers.make_branched_plan(makers.make_case(board, by=ana, record_number="SYN-2"), by=ana, chair=chloe)
    with pytest.raises(ValidationError, match="Choose one of the arms of this decision"):
        choose(plan, other.responds, omar)


def test_an_observer_chooses_nothing(plan, nina):
    with pytest.raises(PermissionDenied):
        choose(plan, plan.responds, nina)


def test_who_looked_at_an_older_decision_is_told(plan, omar):
    with pytest.raises(Conflict):
        choose(plan, plan.responds, omar, expected_version=plan.decision.version + 1)


def test_what_is_decided_is_not_decided_again(plan, omar):
    choose(plan, plan.responds, omar)
    with pytest.raises(ValidationError, match="is completed already. Correct it"):
        choose(plan, plan.other, omar)


def past(case, ana, chloe):
    """A plan whose surgery was planned for a day that is past by now."""
    plan = makers.make_branched_plan(case, by=ana, chair=chloe)
    with rewriting():
        Step.objects.filter(pk=plan.surgery.pk).update(planned_start=makers.TODAY() - timedelta(days=3))
    return makers.reread(plan)


def test_a_start_that_is_past_is_asked_for_and_never_born_overdue(case, ana, chloe):
    plan = past(case, ana, chloe)
    with pytest.raises(ValidationError, match="which is past. Give the day on which it is to start") as refused:
        choose(plan, plan.responds, ana)
    assert set(refused.value.message_dict) == {"starts"}
    assert now(plan.decision).status == "planned"
    day = makers.TODAY() + timedelta(days=14)
    choose(plan, plan.responds, ana, starts={plan.surgery.pk: day})
    assert plan.surgery.due_on == day


def planned_in(plan, days):
    """A decision that was planned for so many days from now."""
    with rewriting():
        Step.objects.filter(pk=plan.decision.pk).update(planned_start=makers.TODAY() + timedelta(days=days))
    return now(plan.decision)


@pytest.mark.parametrize(("away", "asked"), [(60, True), (-60, True), (15, True), (14, False), (-14, False)])
def test_a_decision_on_another_day_than_planned_asks_about_each_start(plan, away, asked):
    """Nothing is filled in; the day that was planned stands beside the field."""
    form, name = verb_form("choose", planned_in(plan, away), makers.TODAY()), f"start_{plan.surgery.pk}"
    assert (name in form.fields) == asked
    if asked:
        assert "after a decision on" in form.fields[name].help_text and form[name].value() is None


def test_the_form_asks_by_the_day_that_was_typed_as_the_service_does(plan):
    decision, on = planned_in(plan, 0), makers.TODAY() - timedelta(days=20)
    form = verb_form("choose", decision, makers.TODAY(), {"on": on.isoformat()})
    assert f"start_{plan.surgery.pk}" in form.fields
    assert f"start_{plan.surgery.pk}" not in verb_form("choose", decision, makers.TODAY(), {"on": "yesterday"}).fields


@pytest.mark.parametrize("away", [60, -60])
def test_whoever_decides_on_another_day_than_planned_says_when_the_steps_of_the_arm_start(plan, ana, away):
    planned_in(plan, away)
    with pytest.raises(
        ValidationError, match=r"Step 3 \(Surgery\) was planned to start on .* after a decision on"
    ) as no:
        choose(plan, plan.responds, ana)
    assert (set(no.value.message_dict), len(no.value.messages)) == ({"starts"}, 1)
    assert now(plan.decision).status == "planned"
    choose(plan, plan.responds, ana, starts={plan.surgery.pk: plan.surgery.planned_start})
    assert plan.surgery.due_on == plan.surgery.planned_start


def test_whoever_decides_within_a_fortnight_of_the_planned_day_is_not_asked(plan, ana):
    planned_in(plan, 14)
    choose(plan, plan.responds, ana)
    assert plan.surgery.due_on == plan.surgery.planned_start


def test_a_correction_asks_for_the_starts_of_the_other_arm_too(plan, ana):
    choose(plan, plan.responds, ana)
    planned_in(plan, 60)
    with pytest.raises(ValidationError, match=r"Step 4 \(PRRT\) was planned to start on"):
        correct(plan, plan.other, ana)
    correct(plan, plan.other, ana, starts={plan.prrt.pk: makers.TODAY() + timedelta(days=30)})
    assert plan.prrt.due_on == makers.TODAY() + timedelta(days=30)


def test_a_past_start_of_the_other_arm_is_not_asked_for(case, ana, chloe):
    plan = past(case, ana, chloe)
    choose(plan, plan.other, ana)
    assert plan.surgery.status == "set_aside"


def test_a_new_start_that_is_past_too_is_refused(plan, ana):
    with pytest.raises(ValidationError, match="cannot begin on"):
        choose(plan, plan.responds, ana, starts={plan.surgery.pk: makers.TODAY() - timedelta(days=1)})


def test_a_step_without_a_planned_start_is_due_from_the_decision(case, ana, chloe):
    plan = makers.make_branched_plan(case, by=ana, chair=chloe, surgery=None)
    choose(plan, plan.responds, ana, on=makers.TODAY() - timedelta(days=5))
    assert plan.surgery.due_on == makers.TODAY()


def test_on_none_of_the_arms_everything_is_set_aside_and_the_board_discusses_again(plan, ana):
    choose(plan, None, ana)
    assert {plan.surgery.status, plan.prrt.status} == {"set_aside"}
    step = now(plan.decision)
    day = makers.TODAY() + timedelta(days=7)
    rediscuss_step(step, by=ana, expected_version=step.version, due_on=day, assignee=ana, title="Re-discuss step 2")
    assert FollowUp.objects.get(plan=plan.plan).kind == "rediscussion"


def test_a_plan_is_completed_with_steps_set_aside(plan, ana, chloe):
    choose(plan, plan.responds, ana)
    for step in (plan.first, plan.surgery, plan.after):
        skip(step, ana)
    done = Plan.objects.select_related("case", "board").get(pk=plan.plan.pk)
    complete_plan(done, by=chloe, expected_version=done.version, ahead=makers.NOTHING_AHEAD, **makers.OUTCOME)
    assert done.status == "completed"


def test_what_is_missing_for_the_end_of_a_plan_names_no_step_of_an_arm(plan, chloe):
    done = Plan.objects.select_related("case", "board").get(pk=plan.plan.pk)
    with pytest.raises(ValidationError) as refused:
        complete_plan(done, by=chloe, expected_version=done.version, **makers.OUTCOME)
    assert "re-staging" in str(refused.value)
    assert "Surgery" not in str(refused.value)


def test_a_step_outside_the_arms_fails_with_the_one_it_waits_for(case, ana, omar, chloe):
    draft = makers.make_branched_draft(case, by=ana, owner=omar)
    edit_step(draft.after, {"after_step": draft.surgery}, by=ana)
    makers.submit(draft.plan, by=ana)
    makers.release(draft.plan, by=chloe)
    choose(draft, draft.other, ana)
    gate = gate_now(now(draft.after), makers.TODAY())
    assert gate.sentence == "Its condition has failed: step 3 (Surgery) was set aside with its arm"
    assert set(reminders(draft.after, "gate").values_list("recipient__name", flat=True)) == {
        "Omar Oncologist", "Ana Coordinator",
    }  # fmt: skip
    correct(draft, draft.responds, ana)
    assert gate_now(now(draft.after), makers.TODAY()).state == "waiting"
    assert not reminders(draft.after, "gate").exists()
    assert reminders(draft.after, "due").exists()


# The decision is not made


def test_a_decision_that_is_not_made_fails_its_arms_and_somebody_is_told(plan, omar):
    skip(plan.decision, omar)
    makers.reread(plan)
    gate = gate_now(now(plan.surgery), makers.TODAY())
    assert gate.sentence.startswith("Its condition has failed: step 2 (re-staging), where its arm was to be chosen")
    assert plan.surgery.due_on == makers.TODAY()
    assert set(reminders(plan.surgery, "gate").values_list("recipient__name", flat=True)) == {
        "Omar Oncologist", "Ana Coordinator",
    }  # fmt: skip
    assert not reminders(plan.surgery, "lead", "due", "overdue").exists()
    assert reminders(plan.surgery, "escalation").exists()


def test_the_steps_of_a_decision_that_is_not_made_stand_in_the_list_of_failed_conditions(plan, omar):
    skip(plan.decision, omar)
    failed = Step.objects.gate_failed().order_by("position").values_list("pk", flat=True)
    assert list(failed) == [plan.surgery.pk, plan.prrt.pk, plan.after.pk]
    waits = Step.objects.before_gate().filter(Step.waits_on(makers.TODAY()))
    assert plan.surgery.pk not in waits.values_list("pk", flat=True)


def test_a_revoked_plan_leaves_no_step_of_an_arm_open(plan, chloe):
    done = Plan.objects.select_related("case", "board").get(pk=plan.plan.pk)
    revoke_plan(
        done,
        by=chloe,
        expected_version=done.version,
        reason_code="patient_choice",
        reason="moved abroad",
        ahead=makers.NOTHING_AHEAD,
    )
    makers.reread(plan)
    assert {plan.surgery.status, plan.prrt.status, plan.decision.status} == {"not_done"}


# Correcting


def test_a_corrected_decision_brings_the_other_arm_back(plan, omar, ana):
    choose(plan, plan.responds, omar)
    correct(plan, plan.other, ana)
    assert (plan.surgery.status, plan.surgery.due_on) == ("set_aside", None)
    assert (plan.prrt.status, plan.prrt.due_on) == ("planned", makers.TODAY() + timedelta(days=90))
    assert not reminders(plan.surgery).exists()
    assert reminders(plan.prrt, "due").exists()
    assert (plan.decision.chosen_arm, plan.decision.decided_by) == (plan.other, ana)
    event = Event.objects.get(step=plan.decision, kind="decision_corrected")
    assert event.reason == "arm “else PRRT” instead of arm “responds”: read again"


def test_a_decision_for_no_arm_is_corrected_too(plan, ana):
    choose(plan, None, ana)
    correct(plan, plan.other, ana)
    assert (plan.prrt.status, plan.surgery.status) == ("planned", "set_aside")


def test_a_decision_is_not_corrected_once_a_step_of_its_arm_has_begun(plan, ana):
    choose(plan, plan.responds, ana)
    step = now(plan.surgery)
    start_step(step, by=ana, expected_version=step.version, on=step.board.today, due_on=step.board.today, why="slot")
    with pytest.raises(ValidationError, match=r"Step 3 \(Surgery\) of arm “responds” has begun"):
        correct(plan, plan.other, ana)
    assert now(plan.prrt).status == "set_aside"


def test_the_same_arm_on_the_same_day_for_the_same_reason_is_no_correction(plan, ana):
    choose(plan, plan.responds, ana)
    with pytest.raises(ValidationError, match="is what was chosen, on that day and for that reason"):
        correct(plan, plan.responds, ana, reason="partial response on CT")


def test_the_day_and_the_reason_of_a_decision_are_corrected_and_its_steps_stay(plan, ana, board):
    choose(plan, plan.responds, ana)
    before = [(step.status, step.due_on) for step in (now(plan.surgery), now(plan.prrt))]
    was, on = board.today, board.today - timedelta(days=6)
    correct(plan, plan.responds, ana, on=on, reason="the meeting was on Friday")
    step = now(plan.decision)
    assert (step.ended_on, step.choice_reason, step.chosen_arm) == (on, "the meeting was on Friday", plan.responds)
    assert [(step.status, step.due_on) for step in (now(plan.surgery), now(plan.prrt))] == before
    event = Event.objects.get(step=step, kind="decision_corrected")
    assert f"decided on {on:%-d %b %Y} and not on {was:%-d %b %Y}" in event.reason


def test_the_day_of_a_decision_is_corrected_after_a_step_of_it_has_begun_but_not_to_a_day_after_that(plan, ana, board):
    choose(plan, plan.responds, ana, on=board.today - timedelta(days=6), starts={plan.surgery.pk: board.today})
    step = now(plan.surgery)
    begun = board.today - timedelta(days=3)
    start_step(step, by=ana, expected_version=step.version, on=begun, due_on=board.today, why="slot")
    with pytest.raises(ValidationError, match=r"of it began on .* before that"):
        correct(plan, plan.responds, ana, on=board.today)
    correct(plan, plan.responds, ana, on=begun)
    assert now(plan.decision).ended_on == begun


def test_a_step_that_is_said_to_have_begun_before_its_arm_was_chosen_asks_why(plan, ana, board):
    choose(plan, plan.responds, ana)
    step, on = now(plan.surgery), board.today - timedelta(days=6)
    with pytest.raises(ValidationError, match=f"Its arm was chosen on {board.today:%-d %B %Y}, after {on:%-d %B %Y}"):
        start_step(step, by=ana, expected_version=step.version, on=on, due_on=board.today)


def test_what_followed_from_a_decision_is_said(plan, ana):
    choose(plan, plan.responds, ana)
    said = what_followed(now(plan.decision), "choose")
    assert "The arm “responds” is chosen. Now planned: step 3 (Surgery) for" in said
    assert "Set aside: step" in said


def test_what_is_not_decided_is_not_corrected(plan, ana):
    with pytest.raises(ValidationError, match="Nothing is decided here yet"):
        correct(plan, plan.responds, ana)


# Amending


def amended(plan, ana, chloe, before_release=None):
    new = amend_plan(Plan.objects.select_related("case", "board").get(pk=plan.plan.pk), by=ana, reason="Progression")
    if before_release:
        before_release(new)
    makers.submit(new, by=ana)
    makers.release(new, by=chloe)
    return {step.carried_from_id: step for step in Step.objects.filter(plan=new).for_plan()}


def test_what_is_decided_stays_decided_in_an_amendment(plan, ana, chloe):
    choose(plan, plan.responds, ana)
    copies = amended(plan, ana, chloe)
    decision, surgery, prrt = (copies[one.pk] for one in (plan.decision, plan.surgery, plan.prrt))
    assert (decision.status, decision.chosen_arm.carried_from) == ("completed", plan.responds)
    assert decision.choice_reason == "partial response on CT"
    assert (surgery.status, surgery.due_on) == ("planned", makers.TODAY() + timedelta(days=90))
    assert prrt.status == "set_aside"
    assert reminders(surgery, "due").exists()


def test_what_is_decided_while_an_amendment_is_drafted_counts_in_it(plan, ana, chloe):
    copies = amended(plan, ana, chloe, lambda new: choose(plan, plan.other, ana))
    assert (copies[plan.surgery.pk].status, copies[plan.prrt.pk].status) == ("set_aside", "planned")


def test_what_is_not_decided_waits_in_the_amendment(plan, ana, chloe):
    copies = amended(plan, ana, chloe)
    assert (copies[plan.surgery.pk].status, copies[plan.surgery.pk].due_on) == ("planned", None)
    assert not reminders(copies[plan.surgery.pk]).exists()
    assert now(plan.surgery).carried_over_at is not None


def out_of_its_arm(code, by):
    """An amendment in which the step of that modality leaves its arm, which then says what happens instead."""

    def edit(new):
        step = new.steps.get(modality_code=code)
        edit_arm(step.arm, {"no_step": "follow-up"}, by=by)
        edit_step(step, {"arm": None}, by=by)

    return edit


def test_a_step_that_an_amendment_takes_out_of_an_arm_gets_its_date(plan, ana, chloe):
    copies = amended(plan, ana, chloe, out_of_its_arm("SURG", ana))
    assert copies[plan.surgery.pk].due_on == makers.TODAY() + timedelta(days=90)


def test_a_step_that_was_set_aside_and_leaves_its_arm_is_planned_anew(plan, ana, chloe):
    choose(plan, plan.responds, ana)
    copies = amended(plan, ana, chloe, out_of_its_arm("PRRT", ana))
    prrt = copies[plan.prrt.pk]
    assert (prrt.status, prrt.due_on) == ("planned", makers.TODAY() + timedelta(days=90))
    assert reminders(prrt, "due").exists()


def test_a_step_added_to_an_arm_that_was_not_chosen_is_set_aside(plan, ana, omar, chloe):
    choose(plan, plan.responds, ana)

    def add(new):
        arm = new.steps.get(is_decision=True).arms.get(name="else PRRT")
        values = {"modality_code": "PRRT", "goals": ["tumour_control"], "owner": omar, "arm": arm}
        add_step(new, by=ana, phase="tumour_control", **values)

    amended(plan, ana, chloe, add)
    assert Step.objects.get(plan__amends=plan.plan, carried_from=None).status == "set_aside"


def test_a_step_that_has_begun_is_not_put_into_an_arm(plan, ana):
    step = now(plan.first)
    start_step(step, by=ana, expected_version=step.version, on=step.board.today, due_on=step.board.today, why="-")
    new = amend_plan(Plan.objects.select_related("case", "board").get(pk=plan.plan.pk), by=ana, reason="Progression")
    arm = new.steps.get(is_decision=True).arms.first()
    with pytest.raises(ValidationError, match="This step has begun, so it cannot wait for a decision"):
        edit_step(new.steps.get(position=1), {"arm": arm}, by=ana)


def test_a_change_of_facts_is_judged_with_the_arm_that_was_chosen(plan, ana):
    choose(plan, plan.responds, ana)
    save_proforma(plan.decision.case, {"extent": "metastatic", "sstr_expression": "none"}, by=ana)
    assert not plan.plan.advisories.standing().filter(rule="PRR-02").exists()


# Cycles in an arm


@pytest.fixture
def cyclic(case, ana, omar, chloe):
    """The same, with a PRRT in four cycles in the second arm."""
    draft = makers.make_branched_draft(case, by=ana, owner=omar)
    edit_step(draft.prrt, makers.CYCLES, by=ana)
    makers.submit(draft.plan, by=ana)
    makers.release(draft.plan, by=chloe)
    return makers.reread(draft)


def test_cycles_of_an_arm_are_written_when_it_is_chosen(cyclic, ana):
    assert not cyclic.prrt.occurrences.exists()
    choose(cyclic, cyclic.other, ana)
    days = list(cyclic.prrt.occurrences.order_by("number").values_list("planned_on", flat=True))
    assert (len(days), days[0]) == (4, cyclic.prrt.due_on)


def test_cycles_that_were_set_aside_and_come_back_begin_on_the_new_day(cyclic, ana):
    choose(cyclic, cyclic.other, ana)
    correct(cyclic, cyclic.responds, ana)
    day = makers.TODAY() + timedelta(days=120)
    correct(cyclic, cyclic.other, ana, starts={cyclic.prrt.pk: day})
    assert cyclic.prrt.occurrences.count() == 4
    assert (cyclic.prrt.occurrences.get(number=1).planned_on, cyclic.prrt.due_on) == (day, day)


def test_a_break_is_over_when_its_step_is_set_aside(cyclic, ana):
    choose(cyclic, cyclic.responds, ana)
    step = now(cyclic.surgery)
    day = makers.TODAY() + timedelta(days=20)
    hold_step(step, by=ana, expected_version=step.version, **(held() | {"until": day}))
    correct(cyclic, cyclic.other, ana)
    assert cyclic.surgery.status == "set_aside"
    assert not cyclic.surgery.breaks.filter(ended_on=None).exists()
