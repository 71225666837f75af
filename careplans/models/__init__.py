from careplans.models.advisories import Advisory
from careplans.models.arms import Arm
from careplans.models.breaks import StepBreak
from careplans.models.care_ends import CareEnd, CareEnded
from careplans.models.case_keys import CaseKey
from careplans.models.cases import Case, PriorTreatment
from careplans.models.changes import Change, ChangeBatch, ChangeCount
from careplans.models.contradictions import ContradictionAnswer
from careplans.models.deciding_facts import DecidingFacts, FactsAnswer
from careplans.models.events import Event
from careplans.models.exports import Export
from careplans.models.followups import FollowUp
from careplans.models.imports import Import, ImportedPart
from careplans.models.last_looks import LastLook
from careplans.models.message_counts import MessageCount
from careplans.models.monitoring import Monitoring
from careplans.models.nothing_ahead import NothingAhead
from careplans.models.occurrences import Occurrence
from careplans.models.outbox import Heartbeat, OutboxMessage, SendingHold
from careplans.models.past import HistoryClock, PastRow
from careplans.models.patient_changes import PatientChange
from careplans.models.patient_keys import PatientKey
from careplans.models.patient_names import PatientName
from careplans.models.patients import Patient, PatientBoard, PatientIdentifier
from careplans.models.plan_schedules import PlanSchedule
from careplans.models.plan_templates import PlanTemplate, PlanTemplateEvent, PlanTemplateVersion, TemplatedStep
from careplans.models.plans import Plan
from careplans.models.proforma import FactChange, Proforma
from careplans.models.recent_acts import RecentAct
from careplans.models.record_moves import MovedCase, RecordMove
from careplans.models.reminders import Reminder
from careplans.models.report_summaries import ReportSummary
from careplans.models.rule_runs import RuleRun
from careplans.models.rule_sets import RuleSetEvent, RuleSetVersion
from careplans.models.schedules import FollowUpSchedule, Kind, ScheduleLine
from careplans.models.signatures import Signature
from careplans.models.snomed_maps import SnomedCode, SnomedMap
from careplans.models.specimens import Specimen
from careplans.models.steps import Step
from careplans.models.superseded_guidance import GuidanceAnswer
from careplans.models.webhooks import Webhook, WebhookDelivery

__all__ = [
    "Advisory",
    "Arm",
    "CareEnd",
    "CareEnded",
    "Case",
    "CaseKey",
    "Change",
    "ChangeBatch",
    "ChangeCount",
    "ContradictionAnswer",
    "DecidingFacts",
    "Event",
    "Export",
    "FactChange",
    "FactsAnswer",
    "FollowUp",
    "FollowUpSchedule",
    "GuidanceAnswer",
    "Heartbeat",
    "HistoryClock",
    "Import",
    "ImportedPart",
    "Kind",
    "LastLook",
    "MessageCount",
    "Monitoring",
    "MovedCase",
    "NothingAhead",
    "Occurrence",
    "OutboxMessage",
    "PastRow",
    "Patient",
    "PatientBoard",
    "PatientChange",
    "PatientIdentifier",
    "PatientKey",
    "PatientName",
    "Plan",
    "PlanSchedule",
    "PlanTemplate",
    "PlanTemplateEvent",
    "PlanTemplateVersion",
    "PriorTreatment",
    "Proforma",
    "RecentAct",
    "RecordMove",
    "Reminder",
    "ReportSummary",
    "RuleRun",
    "RuleSetEvent",
    "RuleSetVersion",
    "ScheduleLine",
    "SendingHold",
    "Signature",
    "SnomedCode",
    "SnomedMap",
    "Specimen",
    "Step",
    "StepBreak",
    "TemplatedStep",
    "Webhook",
    "WebhookDelivery",
]  # fmt: skip
