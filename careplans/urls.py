"""Table of contents of the clinical pages."""

from django.urls import path

from careplans.outbox.views import health, operations
from careplans.paper.views.plans import plan_pdf
from careplans.reports.views import overrides, revisions_in_use
from careplans.rules.views import advisories, drafts, index, rule_sets, runs
from careplans.views import (
    arms,
    board_closing,
    calendars,
    care_ends,
    cases,
    changed_facts,
    contradictions,
    followups,
    help,
    institutions,
    leaving,
    left_over,
    letting_go,
    monitoring,
    nothing_ahead,
    occurrences,
    patient_names,
    patients,
    plan_schedules,
    plans,
    proforma,
    record_moves,
    reminders,
    reviews,
    schedules,
    signatures,
    specimens,
    step_progress,
    steps,
    superseded_guidance,
    work,
)

app_name = "careplans"

urlpatterns = [
    # /  what waits for me; /boards/…  one board
    path("", work.my_work, name="my_work"),
    path("boards/<int:pk>/", work.board_home, name="board_home"),
    # /patients/…
    path("boards/<int:pk>/patients/", patients.patients, name="patients"),
    path("boards/<int:pk>/patients/new/", patients.patient_new, name="patient_new"),
    path("patients/<int:pk>/", patients.patient, name="patient"),
    path("patients/<int:pk>/edit/", patients.patient_edit, name="patient_edit"),
    path("patients/<int:pk>/names/", patient_names.patient_names, name="patient_names"),
    path("patients/<int:pk>/names/take-off/", patient_names.patient_name_off, name="patient_name_off"),
    path("patients/<int:pk>/let-go/", letting_go.let_go, name="let_go"),
    path("patients/<int:pk>/death/", care_ends.death, name="death"),
    path("patients/<int:pk>/transfer/", care_ends.transfer, name="transfer"),
    path("patients/<int:pk>/ends/<int:end>/", care_ends.care_end, name="care_end"),
    path("patients/<int:pk>/ends/<int:end>/back/<int:item>/", care_ends.care_back, name="care_back"),
    # two records of one person, a case under the wrong patient
    path("boards/<int:pk>/duplicates/", record_moves.duplicates, name="duplicates"),
    path("boards/<int:pk>/record-moves/", record_moves.record_moves, name="record_moves"),
    path("patients/<int:pk>/merge/", record_moves.merge, name="merge"),
    path("cases/<int:pk>/other-patient/", record_moves.move_case, name="move_case"),
    path("record-moves/<int:pk>/", record_moves.record_move, name="record_move"),
    # /cases/…
    path("boards/<int:pk>/cases/", cases.cases, name="cases"),
    path("patients/<int:pk>/cases/new/", cases.case_new, name="case_new"),
    path("cases/<int:pk>/", cases.case, name="case"),
    path("cases/<int:pk>/edit/", cases.case_edit, name="case_edit"),
    path("cases/<int:pk>/move/", cases.case_move, name="case_move"),
    path("cases/<int:pk>/timeline/", cases.timeline, name="timeline"),
    # /cases/…/proforma/
    path("cases/<int:pk>/proforma/", proforma.proforma, name="proforma"),
    path("cases/<int:pk>/proforma/save/", proforma.proforma_save, name="proforma_save"),
    path("cases/<int:pk>/proforma/history/", proforma.proforma_history, name="proforma_history"),
    path("cases/<int:pk>/contradictions/", contradictions.contradictions, name="contradictions"),
    path("cases/<int:pk>/therapies/new/", proforma.prior_treatment_new, name="prior_treatment_new"),
    path("cases/<int:pk>/therapies/<int:therapy>/", proforma.prior_treatment_edit, name="prior_treatment_edit"),
    path(
        "cases/<int:pk>/therapies/<int:therapy>/withdraw/",
        proforma.prior_treatment_withdraw,
        name="prior_treatment_withdraw",
    ),
    # /cases/…/specimens/ and /specimens/…
    path("cases/<int:pk>/specimens/new/", specimens.specimen_new, name="specimen_new"),
    path("specimens/<int:pk>/", specimens.specimen_edit, name="specimen"),
    path("specimens/<int:pk>/decide/", specimens.specimen_decide, name="specimen_decide"),
    path("specimens/<int:pk>/withdraw/", specimens.specimen_withdraw, name="specimen_withdraw"),
    # /plans/…
    path("cases/<int:pk>/plans/new/", plans.plan_new, name="plan_new"),
    path("plans/<int:pk>/", plans.plan, name="plan"),
    path("plans/<int:pk>/edit/", plans.plan_edit, name="plan_edit"),
    path("plans/<int:pk>/save/", plans.plan_save, name="plan_save"),
    path("plans/<int:pk>/print/", plans.plan_print, name="plan_print"),
    path("plans/<int:pk>/pdf/", plan_pdf, name="plan_pdf"),
    path("plans/<int:pk>/compare/", plans.plan_compare, name="plan_compare"),
    path("plans/<int:pk>/amend/", plans.plan_amend, name="plan_amend"),
    path("plans/<int:pk>/close/", plans.plan_close, name="plan_close"),
    path("plans/<int:pk>/advisories/", advisories.advisories, name="advisories"),
    # /plans/…/schedules/
    path("plans/<int:pk>/schedules/new/", plan_schedules.plan_schedule_new, name="plan_schedule_new"),
    path("plans/<int:pk>/schedules/<int:schedule>/", plan_schedules.plan_schedule, name="plan_schedule"),
    path(
        "plans/<int:pk>/schedules/<int:schedule>/remove/",
        plan_schedules.plan_schedule_remove,
        name="plan_schedule_remove",
    ),
    # /plans/…/steps/, /steps/… and /arms/…
    path("plans/<int:pk>/steps/new/", steps.step_new, name="step_new"),
    path("plans/<int:pk>/steps/reorder/", steps.steps_reorder, name="steps_reorder"),
    path("steps/<int:pk>/", steps.step_edit, name="step_edit"),
    path("steps/<int:pk>/save/", steps.step_save, name="step_save"),
    path("steps/<int:pk>/move/", steps.step_move, name="step_move"),
    path("steps/<int:pk>/remove/", steps.step_remove, name="step_remove"),
    path("plans/<int:pk>/decisions/new/", arms.decision_new, name="decision_new"),
    path("steps/<int:pk>/arms/new/", arms.arm_new, name="arm_new"),
    path("arms/<int:pk>/save/", arms.arm_save, name="arm_save"),
    path("arms/<int:pk>/move/", arms.arm_move, name="arm_move"),
    path("arms/<int:pk>/remove/", arms.arm_remove, name="arm_remove"),
    path("steps/<int:pk>/deliver/", step_progress.step_deliver, name="step_deliver"),
    # cycles, sessions and administrations of a step, and what hangs on it
    path("occurrences/<int:pk>/", occurrences.occurrence, name="occurrence"),
    path("steps/<int:pk>/monitoring/new/", monitoring.monitoring_new, name="monitoring_new"),
    path("monitoring/<int:pk>/remove/", monitoring.monitoring_remove, name="monitoring_remove"),
    # sign-off
    path("plans/<int:pk>/submit/", signatures.plan_submit, name="plan_submit"),
    path("plans/<int:pk>/sign-off/", signatures.signoff, name="signoff"),
    path("plans/<int:pk>/recall/", signatures.plan_recall, name="plan_recall"),
    path("plans/<int:pk>/release/", signatures.plan_release, name="plan_release"),
    path("plans/<int:pk>/delegate/<int:signature>/", signatures.delegate, name="delegate"),
    # /follow-ups/… and the schedules they come from
    path("boards/<int:pk>/follow-ups/", followups.followups, name="followups"),
    path("cases/<int:pk>/follow-ups/new/", followups.followup_new, name="followup_new"),
    path("follow-ups/<int:pk>/", followups.followup, name="followup"),
    path("boards/<int:pk>/schedules/", schedules.schedules, name="schedules"),
    path("boards/<int:pk>/schedules/new/", schedules.schedule_new, name="schedule_new"),
    path("boards/<int:pk>/schedules/library/", schedules.schedule_library, name="schedule_library"),
    path("boards/<int:pk>/schedules/<int:schedule>/", schedules.schedule, name="schedule"),
    path(
        "boards/<int:pk>/schedules/<int:schedule>/regenerate/",
        schedules.schedule_regenerate,
        name="schedule_regenerate",
    ),
    # superseded guidance under plans
    path("boards/<int:pk>/guidance/", superseded_guidance.superseded_guidance, name="superseded_guidance"),
    path("plans/<int:pk>/guidance/keep/", superseded_guidance.keep, name="superseded_guidance_keep"),
    path("reference/<slug:slug>/plans/", revisions_in_use.page_plans, name="page_plans"),
    # in care, nothing ahead
    path("boards/<int:pk>/nothing-ahead/", nothing_ahead.cases_with_nothing_ahead, name="nothing_ahead"),
    path("cases/<int:pk>/nothing-ahead/", nothing_ahead.say, name="say_what_comes_next"),
    # plans on facts that have changed
    path("boards/<int:pk>/changed-facts/", changed_facts.changed_facts, name="changed_facts"),
    path("plans/<int:pk>/changed-facts/keep/", changed_facts.keep, name="changed_facts_keep"),
    path("boards/<int:pk>/deciding-facts/", changed_facts.deciding_facts, name="deciding_facts"),
    # what somebody has to do, and what is left to nobody
    path("boards/<int:pk>/people/<int:person>/work/", left_over.person_work, name="person_work"),
    path("boards/<int:pk>/left-over/", left_over.left_over, name="left_over"),
    # /administration/…  leaving, for administrators
    path("administration/memberships/<int:pk>/", leaving.membership_change, name="membership_change"),
    path("administration/memberships/<int:pk>/end/", leaving.membership_end, name="membership_end"),
    path("administration/people/<int:pk>/deactivate/", leaving.person_deactivate, name="person_deactivate"),
    path("administration/boards/<int:pk>/close/", board_closing.board_close, name="board_close"),
    path("administration/boards/<int:pk>/reopen/", board_closing.board_reopen, name="board_reopen"),
    # reminders
    path("boards/<int:pk>/reminders/", reminders.reminders, name="reminders"),
    path("boards/<int:pk>/reminders/<int:message>/send-again/", reminders.send_again, name="send_again"),
    path("boards/<int:pk>/reminders/<int:message>/came-back/", reminders.came_back, name="came_back"),
    path("steps/<int:pk>/snooze/", reminders.snooze_step, name="snooze_step"),
    path("follow-ups/<int:pk>/snooze/", reminders.snooze_followup, name="snooze_followup"),
    # /rules/…  the rules of the centre, and its draft
    path("rules/", rule_sets.rules, name="rules"),
    path("rules/rule/<slug:rule>/", index.rule, name="rule"),
    path("rules/versions/", rule_sets.versions, name="rule_versions"),
    path("rules/versions/<int:number>/", rule_sets.version, name="rule_version"),
    path("rules/compare/", rule_sets.compare, name="rules_compare"),
    path("rules/draft/", drafts.draft, name="rule_draft"),
    path("rules/draft/act/", drafts.act, name="rule_draft_act"),
    path("rules/draft/publish/", drafts.publish, name="rules_publish"),
    path("rules/draft/send-back/", drafts.send_back, name="rules_send_back"),
    path("rules/draft/rules/new/", drafts.rule_new, name="rule_new"),
    path("rules/draft/rules/<slug:rule>/", drafts.rule_edit, name="rule_edit"),
    path("rules/draft/rules/<slug:rule>/act/", drafts.rule_act, name="rule_act"),
    path("rules/draft/trial/", runs.trial, name="rule_trial"),
    path("rules/runs/<int:pk>/", runs.run, name="rule_run"),
    path("rules/runs/<int:pk>/act/", runs.run_act, name="rule_run_act"),
    path("rules/overrides/", overrides.overrides, name="overrides"),
    path("rules/overrides/csv/", overrides.overrides_csv, name="overrides_csv"),
    path("reference/reviews/reminders/", reviews.review_reminders, name="review_reminders"),
    path("reference/reviews/reminders/<int:message>/send-again/", reviews.review_send_again, name="review_send_again"),
    # for administrators
    path("administration/boards/<int:pk>/institution/", institutions.board_institution, name="board_institution"),
    # /help/  for everybody: one page for each role, and what things are
    path("help/", help.help_home, name="help_home"),
    path("help/things/", help.help_things, name="help_things"),
    path("help/<slug:role>/", help.help_role, name="help_role"),
    # machines
    path("calendar/<str:secret>.ics", calendars.calendar, name="calendar"),
    path("health/", health.health, name="health"),
    path("health/live/", health.live, name="live"),
    path("health/ready/", health.ready, name="ready"),
    path("metrics/", health.metrics, name="metrics"),
    # /operations/  for administrators
    path("operations/", operations.page, name="operations"),
    path("operations/hold/", operations.hold, name="operations_hold"),
    path("operations/release/", operations.release, name="operations_release"),
]
