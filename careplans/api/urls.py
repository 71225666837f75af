"""Table of contents of the API. Reading is GET; a verb is a POST on the row that it changes."""

from typing import Any

from django.urls import URLPattern, path, re_path

from careplans.api.access import Door
from careplans.api.advise import AdviseViewSet
from careplans.api.advisories import AdvisoryViewSet
from careplans.api.arms import ArmViewSet
from careplans.api.boards import BoardViewSet
from careplans.api.cases import CaseViewSet
from careplans.api.changes import ChangeViewSet
from careplans.api.events import EventViewSet
from careplans.api.fact_changes import FactChangeViewSet
from careplans.api.followups import FollowUpViewSet
from careplans.api.http.nowhere import nowhere
from careplans.api.imports import ImportViewSet
from careplans.api.modalities import ModalityViewSet, RevisionViewSet
from careplans.api.nothing_ahead import NothingAheadViewSet
from careplans.api.occurrences import OccurrenceViewSet
from careplans.api.openapi import docs
from careplans.api.patient_changes import PatientChangeViewSet
from careplans.api.patients import PatientViewSet
from careplans.api.plan_templates import PlanTemplateViewSet
from careplans.api.plans import PlanViewSet
from careplans.api.prior_treatments import PriorTreatmentViewSet
from careplans.api.proforma import ProformaViewSet
from careplans.api.record_moves import RecordMoveViewSet
from careplans.api.rules import RuleViewSet
from careplans.api.signatures import SignatureViewSet
from careplans.api.specimens import SpecimenViewSet
from careplans.api.step_breaks import StepBreakViewSet
from careplans.api.steps import StepViewSet
from careplans.api.tokens import TokenViewSet
from careplans.exports.api import DictionaryViewSet, ExportViewSet
from careplans.reports.api.overrides import OverrideViewSet
from careplans.reports.api.pack import ReportPackViewSet
from careplans.reports.api.reports import ReportViewSet
from careplans.reports.api.scorecard import ScorecardViewSet

app_name = "api"


def rows(viewset: type[Door], *, change: bool = False, add: bool = False) -> list[URLPattern]:
    """The list and the row of a noun, its PATCH where it has one, and a POST on the list where new rows belong to no other."""
    noun, name = viewset.noun, viewset.noun.replace("-", "_")
    one: dict[str, Any] = {"get": "retrieve"} | ({"patch": "change"} if change else {})
    every: dict[str, Any] = {"get": "list"} | ({"post": "add"} if add else {})
    return [
        path(f"{noun}/", viewset.as_view(every), name=name),
        path(f"{noun}/<int:pk>/", viewset.as_view(one), name=f"{name}_one"),
    ]


def verbs(viewset: type[Door], *names: str) -> list[URLPattern]:
    """`verbs(PlanViewSet, "send_back")` is POST `/plans/{id}/send-back/`."""
    noun, prefix = viewset.noun, viewset.noun.replace("-", "_")
    return [
        path(f"{noun}/<int:pk>/{name.replace('_', '-')}/", viewset.as_view({"post": name}), name=f"{prefix}_{name}")
        for name in names
    ]


urlpatterns = [
    # /tokens/  sign-in of programs, and one's own tokens
    path("tokens/", TokenViewSet.as_view({"get": "list", "post": "create", "delete": "destroy_all"}), name="tokens"),
    path(
        "tokens/current/",
        TokenViewSet.as_view({"get": "retrieve_current", "delete": "destroy_current"}),
        name="tokens_current",
    ),
    path("tokens/<int:pk>/", TokenViewSet.as_view({"delete": "destroy"}), name="tokens_one"),
    # the document and its page
    path("schema/", docs.SchemaView.as_view(), name="schema"),
    path("docs/", docs.docs, name="docs"),
    # what has changed
    path("changes/", ChangeViewSet.as_view({"get": "follow"}), name="changes"),
    # boards and patients
    *rows(BoardViewSet),
    *rows(PatientViewSet, change=True, add=True),
    path("patients/search/", PatientViewSet.as_view({"post": "search"}), name="patients_search"),
    path("patients/look-up/", PatientViewSet.as_view({"post": "look_up"}), name="patients_look_up"),
    path("patients/<int:pk>/changes/", PatientChangeViewSet.as_view({"get": "list"}), name="patient_changes"),
    *verbs(
        PatientViewSet,
        "record_death",
        "correct_death",
        "transfer",
        "take_back_transfer",
        "let_go",
        "add_name",
        "remove_name",
    ),
    # what other programs send
    path("imports/", ImportViewSet.as_view({"get": "list", "post": "add"}), name="imports"),
    path("imports/<int:pk>/", ImportViewSet.as_view({"get": "retrieve"}), name="imports_one"),
    path("imports/preview/", ImportViewSet.as_view({"post": "preview"}), name="imports_preview"),
    # two records of one person, a case under the wrong patient
    *rows(RecordMoveViewSet),
    *verbs(RecordMoveViewSet, "confirm", "decline", "withdraw", "undo"),
    path("patients/<int:pk>/merge/", RecordMoveViewSet.as_view({"post": "merge"}), name="patients_merge"),
    path(
        "cases/<int:pk>/move-to-patient/",
        RecordMoveViewSet.as_view({"post": "move_case"}),
        name="cases_move_to_patient",
    ),
    # cases and their proforma
    *rows(CaseViewSet, change=True),
    *verbs(CaseViewSet, "move", "close", "reopen", "nothing_ahead"),
    path("cases/<int:pk>/moves/", CaseViewSet.as_view({"get": "moves"}), name="cases_moves"),
    path("cases/<int:pk>/course/", CaseViewSet.as_view({"get": "course"}), name="cases_course"),
    path("patients/<int:pk>/cases/", CaseViewSet.as_view({"post": "open"}), name="cases_open"),
    path("cases/<int:pk>/proforma/", ProformaViewSet.as_view({"get": "retrieve", "patch": "change"}), name="proforma"),
    *rows(PriorTreatmentViewSet, change=True),
    *verbs(PriorTreatmentViewSet, "withdraw"),
    path(
        "cases/<int:pk>/prior-treatments/",
        PriorTreatmentViewSet.as_view({"post": "add"}),
        name="prior_treatments_add",
    ),
    *rows(SpecimenViewSet, change=True),
    *verbs(SpecimenViewSet, "decide", "withdraw"),
    path("cases/<int:pk>/specimens/", SpecimenViewSet.as_view({"post": "add"}), name="specimens_add"),
    path(
        "cases/<int:pk>/proforma/answer-contradiction/",
        ProformaViewSet.as_view({"post": "answer_contradiction"}),
        name="proforma_answer_contradiction",
    ),
    # plans: the draft, sign-off, in force
    *rows(PlanViewSet, change=True),
    *verbs(PlanViewSet, "reorder", "schedules", "submit", "recall", "discard"),
    *verbs(PlanViewSet, "sign", "dissent", "send_back", "release"),
    *verbs(PlanViewSet, "amend", "hold", "resume", "complete", "revoke", "mark_in_error"),
    *verbs(PlanViewSet, "add_outcome", "correct_outcome"),
    path("cases/<int:pk>/plans/", PlanViewSet.as_view({"post": "draft"}), name="plans_draft"),
    # advisories, kept with their answers; and of one plan, as its pages show them
    *rows(AdvisoryViewSet),
    path("plans/<int:pk>/advisories/", PlanViewSet.as_view({"get": "advisories"}), name="plans_advisories"),
    # steps: the draft, delivery
    *rows(StepViewSet, change=True),
    *verbs(StepViewSet, "remove", "start", "complete", "stop", "skip", "hold", "resume", "replan", "hand_over"),
    *verbs(StepViewSet, "add_monitoring", "remove_monitoring"),
    *verbs(StepViewSet, "choose", "correct"),
    *verbs(StepViewSet, "add_outcome", "correct_outcome"),
    path("steps/<int:pk>/condition/", StepViewSet.as_view({"get": "condition"}), name="steps_condition"),
    path("plans/<int:pk>/decisions/", StepViewSet.as_view({"post": "decide_at"}), name="decisions_add"),
    path("plans/<int:pk>/steps/", StepViewSet.as_view({"post": "add"}), name="steps_add"),
    # arms of a decision
    *rows(ArmViewSet, change=True),
    *verbs(ArmViewSet, "move", "remove"),
    path("steps/<int:pk>/arms/", ArmViewSet.as_view({"post": "add"}), name="arms_add"),
    # cycles, sessions and administrations of a step
    *rows(OccurrenceViewSet),
    *verbs(OccurrenceViewSet, "give", "give_otherwise", "postpone", "omit"),
    *verbs(OccurrenceViewSet, "correct_as_given", "correct_as_otherwise", "correct_as_omitted", "take_back"),
    # follow-ups
    *rows(FollowUpViewSet),
    *verbs(FollowUpViewSet, "change", "complete", "missed", "cancel", "correct", "not_done"),
    path("cases/<int:pk>/follow-ups/", FollowUpViewSet.as_view({"post": "add"}), name="follow_ups_add"),
    # what was asked, answered, said and done, as rows
    *rows(SignatureViewSet),
    *rows(EventViewSet),
    *rows(FactChangeViewSet),
    *rows(StepBreakViewSet),
    *rows(NothingAheadViewSet),
    path("rules/", RuleViewSet.as_view({"get": "list"}), name="rules"),
    # reference pages
    path("modalities/", ModalityViewSet.as_view({"get": "list"}), name="modalities"),
    path("modalities/<slug:slug>/", ModalityViewSet.as_view({"get": "retrieve"}), name="modalities_one"),
    path(
        "modalities/<slug:slug>/revisions/",
        RevisionViewSet.as_view({"get": "list"}),
        name="revisions",
    ),
    path(
        "modalities/<slug:slug>/revisions/<int:number>/",
        RevisionViewSet.as_view({"get": "retrieve"}),
        name="revisions_one",
    ),
    path("plan-templates/", PlanTemplateViewSet.as_view({"get": "list"}), name="plan_templates"),
    path("plan-templates/<slug:slug>/", PlanTemplateViewSet.as_view({"get": "retrieve"}), name="plan_templates_one"),
    # figures as of a day, and the rows behind each
    path("reports/", ReportViewSet.as_view({"get": "contents"}), name="reports"),
    path("report-pack/", ReportPackViewSet.as_view({"get": "read"}), name="report_pack"),
    path("reports/<slug:name>/", ReportViewSet.as_view({"get": "read"}), name="reports_one"),
    path("reports/<slug:name>/rows/", ReportViewSet.as_view({"get": "rows"}), name="reports_rows"),
    path("scorecard/", ScorecardViewSet.as_view({"get": "read"}), name="scorecard"),
    # how boards answer the rules
    path("overrides/", OverrideViewSet.as_view({"get": "read"}), name="overrides"),
    # lists and reports as files, and what their fields mean
    path("exports/", ExportViewSet.as_view({"get": "list", "post": "add"}), name="exports"),
    path("exports/<int:pk>/", ExportViewSet.as_view({"get": "retrieve", "delete": "remove"}), name="exports_one"),
    path("exports/<int:pk>/file/", ExportViewSet.as_view({"get": "file"}), name="exports_file"),
    path("dictionary/", DictionaryViewSet.as_view({"get": "read"}), name="dictionary"),
    # what the sequencing rules say of a plan that is not stored
    re_path(r"^advise/?$", AdviseViewSet.as_view({"post": "advise"}), name="advise"),
    # anything else: a refusal in JSON, not a page
    re_path(r"^[\s\S]*/$", nowhere, name="nowhere"),
]
