"""A day that can be, and is unlikely, is asked about everywhere: what is recorded in the future, before the birth or after the
death, what is done before it was planned or far from it, and what is planned in the past. Every day of every form and of every
body stands in one of the lists below, with who asks or why nobody does. One that is in none fails here, so that whoever adds it
decides.
"""

import importlib
import inspect
import re
from pathlib import Path

from django import forms

from careplans.api.fields import AsksAboutDays
from careplans.forms.proforma import ProformaForm
from common.forms import PartialDay
from tests.test_days import days_of_bodies, days_of_forms
from tests.test_numbers import bodies, parts

ROOT = Path(__file__).resolve().parent.parent

# The service that asks, and the days that it asks about: of `ProformaForm.*` all.
ASKED = {
    "careplans.services.proforma.save_proforma": "ProformaForm.* ProformaBody.*",
    "careplans.services.specimens.add_specimen": "NewSpecimenForm.taken_on NewSpecimen.taken_on",
    "careplans.services.specimens.change_specimen": "SpecimenForm.taken_on SpecimenBody.taken_on",
    "careplans.services.cases.add_prior_treatment": "TherapyForm.started_on TherapyForm.ended_on "
    "TherapyEditForm.started_on TherapyEditForm.ended_on "
    "PriorTreatmentBody.started_on PriorTreatmentBody.ended_on",
    "careplans.services.followups.add_follow_up": "FollowUpForm.due_on NewFollowUp.due_on",
    "careplans.services.followups.change_follow_up": "MoveFollowUpForm.due_on FollowUpChange.due_on MoveAllForm.due_on",
    "careplans.services.followups.record_missed_follow_up": "MissedForm.new_due_on FollowUpMissed.new_due_on",
    # Also before it was added, or long before it was due; in the future it is refused.
    "careplans.services.followups.complete_follow_up": "DoneForm.done_on FollowUpDone.done_on AllDoneForm.done_on",
    "careplans.services.done_follow_ups.correct_done_day": "CorrectDoneForm.done_on FollowUpDoneDay.done_on",
    "careplans.services.steps._check_values": "StepForm.planned_start StepForm.planned_end StepForm.not_before "
    "DecisionForm.planned_start DecisionForm.planned_end DecisionForm.not_before "
    "StepBody.planned_start StepBody.planned_end StepBody.not_before",
    # Also before the plan came into force, or far from what it planned. In the future these are refused.
    "careplans.services.step_progress.start_step": "StartForm.on StartForm.due_on StepStart.on StepStart.due_on",
    "careplans.services.step_progress.complete_step": "CompleteForm.on CompleteForm.response_on CompleteForm.progressed_on "
    "StepComplete.on StepComplete.response_on StepComplete.progressed_on",
    "careplans.services.step_progress.stop_taken": "StopForm.on StopForm.response_on StopForm.progressed_on "
    "StepStop.on StepStop.response_on StepStop.progressed_on",
    "careplans.services.step_progress.hold_step": "HoldStepForm.on StepHold.on",
    "careplans.services.step_progress.resume_step": "ResumeForm.on ResumeForm.due_on StepResume.on StepResume.due_on",
    "careplans.services.step_progress.replan_step": "ReplanForm.due_on StepDate.due_on",
    "careplans.services.step_progress.hand_over_step": "HandOverForm.due_on StepHandOver.due_on",
    "careplans.services.plan_ending.complete_plan": "OutcomeForm.response_on OutcomeForm.progressed_on "
    "Outcome.response_on Outcome.progressed_on",
    "careplans.services.arm_choice.choose_arm": "DecidedFields.on ChooseArmForm.on ChooseArmForm.response_on "
    "ChooseArmForm.progressed_on ArmChoice.on ArmChoice.response_on ArmChoice.progressed_on",
    "careplans.services.arm_choice.correct_decision": "CorrectDecisionForm.on ArmCorrection.on",
    "careplans.services.later_outcomes._ask": "AddOutcomeForm.on AddOutcomeForm.progressed_on CorrectOutcomeForm.response_on "
    "CorrectOutcomeForm.progressed_on CorrectOutcomeForm.toxicity_on CorrectOutcomeForm.symptom_control_on StepOutcome.on "
    "StepOutcome.progressed_on StepOutcomeCorrection.response_on StepOutcomeCorrection.progressed_on "
    "StepOutcomeCorrection.toxicity_on StepOutcomeCorrection.symptom_control_on PlanOutcome.on PlanOutcome.progressed_on "
    "PlanOutcomeCorrection.response_on PlanOutcomeCorrection.progressed_on PlanOutcomeCorrection.toxicity_on "
    "PlanOutcomeCorrection.symptom_control_on",
    # Of what is recorded of earlier days.
    "careplans.services.patients._ask_about_birth": "PatientEditForm.birth_date PatientChanges.birth_date",
    "careplans.services.schedules.save_schedule": "ScheduleForm.reviewed_on",
    "modalities.services.trials._check": "TrialForm.opened_on",
    "modalities.services.reviews.plan_review": "ReviewForm.review_due_on",
}
# What cannot be, or what has one right answer: refused, with what to do instead. The service that refuses.
REFUSED = {
    "careplans.services.patients._check_birth_date": "PatientForm.birth_date NewPatient.birth_date",
    "careplans.services.step_days.check_break": "HoldStepForm.until HoldStepForm.due_on StepHold.until StepHold.due_on",
    # Not before the treatment began.
    "careplans.services.outcomes._day": "OutcomeFields.response_on OutcomeFields.progressed_on "
    "LaterFields.progressed_on",
    "careplans.services.occurrence_progress.check_given_on": "GiveForm.on GiveOtherwiseForm.on CorrectGivenForm.on "
    "CorrectOtherwiseForm.on OccurrenceGive.on OccurrenceGiveOtherwise.on CorrectGiven.on CorrectGivenOtherwise.on",
    "careplans.services.occurrence_progress._check_new_day": "PostponeForm.to OccurrencePostpone.to",
    # A step of the arm that was chosen cannot start in the past.
    "careplans.services.arm_choice._days": "ArmChoice.due_on ArmCorrection.due_on",
    "careplans.services.care_ends._check_transfer": "TransferForm.on TransferBody.on",
    "careplans.services.care_back.bring_back_follow_up": "BackForm.due_on",
    "careplans.services.gates.rediscuss_step": "RediscussForm.due_on",
    "careplans.services.followups._add_next": "AheadForm.next_on AheadBody.next_on Release.next_on Outcome.next_on "
    "Revocation.next_on ReasonAndNext.next_on FollowUpDone.next_on",
    "careplans.services.nothing_ahead.keep_reason": "AheadForm.look_again_on AheadBody.look_again_on Release.look_again_on "
    "Outcome.look_again_on Revocation.look_again_on ReasonAndNext.look_again_on FollowUpDone.look_again_on",
    "careplans.services.scheduled_follow_ups._check_passed": "Release.passed_on",
    # Before the birth. Of each date that lies in the past it is said what becomes of it.
    "careplans.services.plan_schedules._check": "PlanScheduleForm.counts_from PlanSchedulesBody.counts_from",
    "careplans.services.plan_schedules._check_past": "PlanSchedulesBody.on",
    "careplans.reminders.requests.snooze": "SnoozeForm.until",
    "accounts.services.holidays._check": "HolidayForm.day",
    "modalities.services.sourcing.add_source": "SourceForm.accessed_on",
    "modalities.forms.drafts.DraftForm": "DraftForm.last_reviewed_on",
    "modalities.services.reviewing.approve_draft": "ApproveForm.in_force_on",
}
NOT_ASKED = {
    "Somebody falls ill and says so later; what has passed as a whole is refused.": "AbsenceForm.first_day AbsenceForm.last_day",
    "A trial says before when it will close.": "TrialForm.closed_on",
    "What a page shows; nothing is written.": "OverridesForm.since OverridesForm.until CourseForm.as_of ReportForm.since "
    "ReportForm.until ReportForm.as_of ScorecardForm.since ScorecardForm.until ScorecardForm.as_of IndicatorForm.since "
    "IndicatorForm.until IndicatorForm.as_of",
    "From when and until when somebody reads: of no patient.": "ProjectForm.starts_on ProjectForm.ends_on "
    "InstitutionAnalystForm.ends_on",
    "Names one of the dates that the schedule has in the past.": "PlanSchedulesBody.day",
}
# Days that a form adds for what it is shown for, by the file, and who looks at them.
ADDED = {
    "careplans/forms/occurrences.py": "careplans.services.monitoring._check_late",
    "careplans/forms/plan_schedules.py": "careplans.services.plan_schedules._check_past",
    "careplans/forms/arms.py": "careplans.services.arm_choice._days",
    "careplans/forms/signatures.py": "careplans.services.scheduled_follow_ups._check_passed",
}


def every_day():
    named = dict(days_of_forms()) | dict(days_of_bodies())
    facts = {
        f"ProformaForm.{n}": f
        for n, f in ProformaForm.base_fields.items()
        if isinstance(f, forms.DateField | PartialDay)
    }
    assert len(facts) > 10
    return set(named | facts)


def listed(lists):
    """Each name once for each list it is in; `Form.*` are all of that form."""
    names = [name for names in lists.values() for name in names.split()]
    return [day for name in names for day in (sorted(all_of(name)) if name.endswith("*") else [name])]


def all_of(name):
    return {day for day in every_day() if day.startswith(name[:-1])}


def source_of(dotted):
    module, _, name = dotted.rpartition(".")
    return inspect.getsource(getattr(importlib.import_module(module), name))


def test_of_every_day_somebody_has_decided_whether_it_is_asked_about():
    decided = listed(ASKED) + listed(REFUSED) + listed(NOT_ASKED)
    assert sorted(decided) == sorted(every_day())


def test_who_is_said_to_ask_asks():
    silent = [service for service in ASKED if not re.search(r"\bask(_about(_step|_done)?)?\(", source_of(service))]
    assert silent == []


def test_who_is_said_to_refuse_refuses():
    silent = [
        one
        for one in REFUSED
        if not re.search(r"ValidationError|check_since_birth|add_error|in the future", source_of(one))
    ]
    assert silent == []


def test_days_that_a_form_adds_are_looked_at_too():
    found = {
        str(path.relative_to(ROOT))
        for room in ("accounts", "careplans", "modalities")
        for path in (ROOT / room).rglob("*.py")
        if re.search(r"self\.fields\[.*\] = Day\(", path.read_text())
    }
    assert found == set(ADDED)
    assert all("ValidationError" in source_of(service) for service in ADDED.values())


def test_a_body_whose_day_is_asked_about_takes_its_confirmation():
    asked = {name.partition(".")[0] for name in listed(ASKED)}
    found = {body.__name__: body for body in bodies()}
    takes = {name for name, body in found.items() if issubclass(body, AsksAboutDays)}
    assert takes == asked & set(found)
    assert all("confirmed_dates" in [part.field_name for part in parts(found[name]())] for name in takes)
