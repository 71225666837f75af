"""For each operation of the API a call that succeeds: as whom, in which world, about which row, with which body.

tests/careplans/test_api_client.py makes them with a client that was generated from the document.
"""

from datetime import timedelta

from tests.careplans.api import Api
from tests.careplans.client_acts import (
    GIVEN,
    LOOKED_AT,
    NOTHING,
    WHY,
    Call,
    add_a_name,
    ask_merge,
    asked,
    content,
    contradict,
    day,
    export,
    go_on_hold,
    hang_something,
    last,
    make_a_token,
    merge,
    of_arms,
    of_case,
    of_course,
    of_draft,
    of_export,
    of_move,
    of_plan,
    of_step,
    posts,
    reading,
    say_nothing_is_ahead,
    take_on_elsewhere,
)
from tests.careplans.importing.sent import adt, pid
from tests.careplans.makers import OUTCOME
from tests.careplans.plan_templates.worlds import in_force
from tests.factories import PASSWORD

DONE = posts("/follow-ups/{w.follow_up.pk}/complete/", {"done_on": lambda w: day(w.today), **NOTHING})
CANCEL = posts("/follow-ups/{w.follow_up.pk}/cancel/", {"reason": "-", **NOTHING})
DIES = {"year": None, "source": "The ward", "confirmed_all": True}
GOES = {
    "to_centre": "Uppsala", "on": lambda w: day(w.today), "taken_over_by": "Dr Lund", "confirmed": "yes",
    "confirmed_all": True,
}  # fmt: skip
CHOICE = {"on": lambda w: day(w.today), "reason": "CT"}
CHOSEN = {"chosen_arm": lambda w: w.arm.pk, **CHOICE, "why": "early", **OUTCOME}
GIVE = posts("/occurrences/{w.occurrence.pk}/give/", GIVEN)
OMIT = posts("/occurrences/{w.occurrence.pk}/omit/", {"reason": "medical_reason"})
# Both end with what came of them, which is then added to or put right.
STEP_ENDS = posts("/steps/{w.running.pk}/complete/", {"on": lambda w: day(w.today), "fulfilment": "full", **OUTCOME})
PLAN_ENDS = posts("/plans/{w.plan.pk}/complete/", OUTCOME)
DRAFT_OF_RULES = {
    "facts": {"extent": "metastatic", "liver_surgery_option": "no", "largest_liver_lesion_mm": 38},
    "steps": [
        {"id": "s1", "order": 1, "modality": "RFA", "goals": ["local_control"], "target": "liver", "target_mm": 51}
    ],
}

READING = {
    **reading("boards", "board"), **reading("patients", "patient"), **reading("cases", "case"),
    **reading("plans", "plan"), **reading("steps", "planned"), **reading("follow_ups", "follow_up"),
    **reading("specimens", "specimen"), **reading("occurrences", "occurrence", "a course"),
    **reading("arms", "arm"), **reading("prior_treatments", "therapy"), **reading("advisories", "advisory"),
    "proforma_retrieve": Call("in force", "case"), "cases_moves": Call("in force", "case"),
    "cases_course": Call("in force", "case"),
    "plans_advisories": Call("in force", "plan"), "steps_condition": Call("in force", "planned"),
    **reading("signatures", "signature"), **reading("events", "event"), **reading("fact_changes", "fact_change"),
    **reading("step_breaks", "held"), "rules_list": Call("in force"),
    "nothing_ahead_list": Call("in force", first=say_nothing_is_ahead),
    "nothing_ahead_retrieve": Call("in force", first=say_nothing_is_ahead, place=lambda w: {"id": w.made["id"]}),
    "changes_list": Call("in force"),
    "plan_templates_list": Call("in force", first=lambda w: in_force()),
    "plan_templates_retrieve": Call("in force", place=lambda w: {"slug": in_force().template.slug}),
    "modalities_list": Call("in force"), "modalities_retrieve": Call("in force", place=lambda w: {"slug": "osa"}),
    "revisions_list": Call("in force", place=lambda w: {"slug": "osa"}),
    "revisions_retrieve": Call("in force", place=lambda w: {"slug": "osa", "number": 1}),
}  # fmt: skip
NEW_PATIENT = {
    "board": lambda w: w.board.pk, "record_number": "SYN-90", "family_name": "Larch", "given_name": "Ida",
    "birth_date": "1961-04", "sex": "female", "identifiers": [{"system": "St Alban's Hospital", "value": "AB-77"}],
}  # fmt: skip
OF_PATIENT = {
    "patients_add": Call("without a plan", body=NEW_PATIENT),
    "patients_change": of_case({"family_name": "Alder", "old_name": "former", "birth_date": "1961-04-02"}, "patient"),
    "patients_look_up": Call(
        "without a plan", body={"system": "Record number", "value": lambda w: w.patient.record_number}
    ),
    "patient_changes_list": Call(
        "without a plan",
        "patient",
        first=posts("/patients/{w.patient.pk}/", {"family_name": "Alder", "old_name": "former"}, method="patch"),
    ),
    "patients_search": Call("without a plan", body={"search": "Ashdown"}),
    "patients_record_death": of_case(DIES, "patient"),
    "patients_correct_death": of_case(
        {"reason": "A namesake"}, "patient", by="omar", first=posts("/patients/{w.patient.pk}/record-death/", DIES)
    ),
    "patients_transfer": of_case(GOES, "patient"),
    "patients_take_back_transfer": of_case(
        {"reason": "Back"}, "patient", by="chloe", first=posts("/patients/{w.patient.pk}/transfer/", GOES)
    ),
    "patients_add_name": of_case({"kind": "former", "family_name": "Bell"}, "patient"),
    "patients_remove_name": of_case({"name": last("name")}, "patient", first=add_a_name),
    "patients_let_go": of_case(
        {"board": lambda w: w.elsewhere.pk, "reason": "not_ours"}, "patient", by="eve", first=take_on_elsewhere
    ),
    "cases_open": of_case(
        {"title": "A second tumour", "responsible": lambda w: w.ana.pk, "needs_triage": False}, "patient"
    ),
}
OF_CASE = {
    "prior_treatments_add": of_case(
        {"modality_code": "SURG", "response": "complete", "started_on": "2019-05", "ended": "running", "ended_on": None}
    ),
    "prior_treatments_change": of_case({"ended_on": "2019-06-01", "toxicity": "none"}, "therapy"),
    "prior_treatments_withdraw": of_case({"reason": WHY}, "therapy"),
    "cases_change": of_case({"title": "Jejunal NET"}),
    "cases_move": of_case({"to": "listed"}),
    "cases_close": of_case({"reason": "discharged"}, first=CANCEL),
    "cases_reopen": of_case(
        {"reason": WHY}, first=lambda w: (CANCEL(w), posts("/cases/{w.case.pk}/close/", {"reason": "discharged"})(w))
    ),
    "cases_nothing_ahead": of_plan(
        "with ended steps",
        {"next_kind": "markers", "next_on": lambda w: day(w.day), "next_assignee": lambda w: w.omar.pk},
        "case",
        "ana",
        first=CANCEL,
    ),
    "proforma_change": of_case({"wishes": "At home.", "ki67_percent": "15-25", "sstr_on": lambda w: day(w.today)}),
    "proforma_answer_contradiction": of_case({"key": last("key"), "reason": WHY}, first=contradict),
    "specimens_add": of_case({"taken_from": "liver", "grade": "G2", "ki67_percent": 12, "decides": False}),
    "specimens_change": of_case({"detail": "Segment 4"}, "specimen"),
    "specimens_decide": of_case(None, "specimen"),
    "specimens_withdraw": of_case({"reason": WHY}, "specimen"),
    "plans_draft": of_case({"aim": "Control of the hormone symptoms"}),
    "follow_ups_add": of_case({"kind": "echo", "due_on": lambda w: day(w.day), "assignee": lambda w: w.omar.pk}),
    "follow_ups_change": of_case({"due_on": lambda w: day(w.day), "reason": "scanner"}, "follow_up"),
    "follow_ups_complete": of_case({"done_on": lambda w: day(w.today), "result": "stable", **NOTHING}, "follow_up"),
    "follow_ups_missed": of_case({"new_due_on": lambda w: day(w.later)}, "follow_up"),
    "follow_ups_cancel": of_case({"reason": "-", **NOTHING}, "follow_up"),
    "follow_ups_correct": of_case(
        {
            "done_on": lambda w: day(w.today - timedelta(days=1)),
            "reason": WHY,
            "confirmed_dates": lambda w: [f"done_on:before_added:{day(w.today - timedelta(days=1))}"],
        },
        "follow_up",
        first=DONE,
    ),
    "follow_ups_not_done": of_case({"reason": WHY}, "follow_up", first=DONE),
}
OF_PLAN = {
    "plans_change": of_draft({"aim": "Cure"}),
    "plans_reorder": of_draft({"order": lambda w: w.reversed}),
    "plans_schedules": of_draft(
        {"schedules": [
            {"schedule": lambda w: w.template.pk, "counts_from": lambda w: day(w.today), "assignee": lambda w: w.ana.pk}
        ]}
    ),
    "plans_submit": of_draft(),
    "plans_discard": of_draft({"reason": WHY}),
    "steps_add": of_draft({"phase": "surveillance", "modality_code": "OSA"}),
    "steps_decide_at": of_draft(
        {"description": "second look", "phase": "tumour_control", "arms": [{"name": "operable", "no_step": "resect"}]}
    ),
    "plans_recall": of_plan("in sign-off", {"reason": WHY}, by="ana"),
    "plans_sign": of_plan("in sign-off", content, by="omar"),
    "plans_dissent": of_plan("in sign-off", lambda w: {"reason": "the scan", **content(w)}, by="omar"),
    "plans_send_back": of_plan("in sign-off", lambda w: {"reason": "the scan", **content(w)}, by="omar"),
    "plans_release": of_plan("signed", {"content_hash": lambda w: w.plan.content_hash}),
    "plans_amend": of_plan("in force", {"reason": "Progression"}),
    "plans_hold": of_plan("in force", {"reason": WHY}),
    "plans_resume": of_plan("on hold", {"reason": WHY}),
    "plans_complete": of_plan("with ended steps", OUTCOME),
    "plans_revoke": of_plan("with ended steps", {"reason_code": "patient_choice", "reason": WHY}),
    "plans_add_outcome": of_plan(
        "with ended steps", {"on": lambda w: day(w.today), "response": "stable"}, first=PLAN_ENDS
    ),
    "plans_correct_outcome": of_plan("with ended steps", {"toxicity": "none", "why": WHY}, first=PLAN_ENDS),
    "plans_mark_in_error": of_plan("with ended steps", {"reason": WHY}),
}  # fmt: skip
OF_STEP = {
    "steps_change": of_draft({"rationale": "new", "planned_start": lambda w: day(w.day), "goals": ["cure"]}, "planned"),
    "steps_remove": of_draft({}, "planned"),
    "steps_add_monitoring": of_draft({"kind": "markers", "when": "course", "interval": 3, "interval_unit": "months"}, "planned"),
    "steps_remove_monitoring": of_draft({"line": last("line")}, "planned", first=hang_something),
    "steps_start": of_step("planned", {"on": lambda w: day(w.today), "why": "early"}),
    "steps_complete": of_step("running", {"on": lambda w: day(w.today), "fulfilment": "full", **OUTCOME}),
    "steps_stop": of_step("running", {"on": lambda w: day(w.today), "reason": "toxicity_or_not_tolerated", **OUTCOME}),
    "steps_skip": of_step("planned", {"reason": "progression"}),
    "steps_hold": of_step(
        "planned", {"on": lambda w: day(w.today), "due_on": lambda w: day(w.day), "reason": "medical_reason"}
    ),
    "steps_resume": of_step(
        "planned", {"on": lambda w: day(w.today), "due_on": lambda w: day(w.day), "why": "well"}, first=go_on_hold
    ),
    "steps_replan": of_step("paused", {"due_on": lambda w: day(w.day), "why": "well again"}),
    "steps_hand_over": of_step("planned", {"assignee": lambda w: w.omar.pk, "why": "on leave"}),
    "steps_choose": of_arms("decision", CHOSEN),
    "steps_add_outcome": of_step("running", {"on": lambda w: day(w.today), "response": "stable"}, first=STEP_ENDS),
    "steps_correct_outcome": of_step("running", {"toxicity": "none", "why": WHY}, first=STEP_ENDS),
    "steps_correct": of_arms(
        "decision", {"chosen_arm": lambda w: w.other.pk, **CHOICE},
        first=posts("/steps/{w.decision.pk}/choose/", CHOSEN),
    ),
    "arms_add": of_draft({"name": "grows", "no_step": "follow-up"}, "decision"),
    "arms_change": of_draft({"condition": "CR"}, "arm"),
    "arms_move": of_draft({"direction": "down"}, "arm"),
    "arms_remove": of_draft(None, "arm"),
}  # fmt: skip
OF_MOVES = {
    "record_moves_merge": of_case({"into": lambda w: w.namesake.pk, "reason": WHY}, "patient"),
    "record_moves_move_case": of_case({"to": lambda w: w.namesake.pk, "reason": WHY}),
    "record_moves_list": Call("without a plan", by="chloe", first=ask_merge),
    "record_moves_retrieve": of_move(),
    "record_moves_confirm": of_move(LOOKED_AT),
    "record_moves_decline": of_move({"reason": "Sisters."}),
    "record_moves_withdraw": of_move(by="ana"),
    "record_moves_undo": of_move({"reason": "Sisters."}, first=merge),
}
OF_COURSE = {
    "occurrences_give": of_course(GIVEN),
    "occurrences_give_otherwise": of_course({**GIVEN, "reason": "medical_reason"}),
    "occurrences_postpone": of_course({"to": lambda w: day(w.day), "reason": "medical_reason", "move_later": True}),
    "occurrences_omit": of_course({"reason": "medical_reason"}),
    "occurrences_correct_as_given": of_course({**GIVEN, "why": WHY, "move_later": False}, first=OMIT),
    "occurrences_correct_as_otherwise": of_course({**GIVEN, "reason": "medical_reason", "why": WHY}, first=GIVE),
    "occurrences_correct_as_omitted": of_course(
        {"reason": "medical_reason", "why": WHY, "move_later": False}, first=GIVE
    ),
    "occurrences_take_back": of_course({"why": WHY, "move_later": False}, first=GIVE),
}
UPLOAD = {
    "board": lambda w: w.board.pk,
    "format": "hl7_adt",
    "content": adt(pid(record="SYN-91", name="Larch^Ida"), "PV1|1|I"),
}


def digest_of(w):
    answer = Api(w.ana).post("/imports/preview/", asked(UPLOAD, w))
    assert answer.status_code == 200, answer.content
    return answer.json()["digest"]


def carry_out(w):
    """With the rights of one of CLINICAL, before the call whose scopes are asked about."""
    answer = Api(w.ana).post("/imports/", asked(UPLOAD, w) | {"digest": digest_of(w), "confirmed": ["left_out"]})
    assert answer.status_code == 201, answer.content
    w.made["id"] = answer.json()["id"]


OTHERS = {
    "advise_advise": Call("without a plan", body=DRAFT_OF_RULES),
    "tokens_create": Call("without a plan", body={"email": lambda w: w.ana.email, "password": PASSWORD}),
    "tokens_list": Call("without a plan"),
    "tokens_retrieve_current": Call("without a plan"),
    "tokens_destroy": Call("without a plan", first=make_a_token, place=lambda w: {"id": w.made["id"]}),
    "tokens_destroy_current": Call("without a plan"),
    "tokens_destroy_all": Call("without a plan"),
    "imports_preview": Call("without a plan", body=UPLOAD),
    "imports_add": Call("without a plan", body=lambda w: UPLOAD | {"digest": digest_of(w), "confirmed": ["left_out"]}),
    "imports_list": Call("without a plan", by="chloe", first=carry_out),
    "imports_retrieve": Call("without a plan", by="chloe", first=carry_out, place=lambda w: {"id": w.made["id"]}),
    "overrides_read": Call("in force", by="chloe"),
    "report_pack_read": Call("in force"),
    "reports_contents": Call("in force"),
    "reports_read": Call("in force", place=lambda w: {"name": "releases"}),
    "reports_rows": Call("in force", place=lambda w: {"name": "releases"}),
    "scorecard_read": Call("in force", by="chloe"),
    "dictionary_read": Call("without a plan"),
    "exports_list": Call("in force", first=export),
    "exports_add": Call("in force", body={"what": "steps", "form": "csv", "filters": {"status": ["planned"]}}),
    "exports_retrieve": Call("in force", first=export, place=of_export),
    "exports_remove": Call("in force", first=export, place=of_export),
    "exports_file": Call("in force", first=export, place=of_export),
}
CALLS = READING | OF_PATIENT | OF_CASE | OF_PLAN | OF_STEP | OF_MOVES | OF_COURSE | OTHERS
