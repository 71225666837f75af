from careplans.models.advisories import Advisory
from careplans.models.cases import Case, PreviousTherapy
from careplans.models.decisions import Signature
from careplans.models.events import Event
from careplans.models.facts import FactChange, Facts
from careplans.models.followups import FollowUp, FollowUpTemplate, Kind
from careplans.models.guidance import GuidanceAnswer
from careplans.models.patients import Patient
from careplans.models.plans import Plan
from careplans.models.reminders import Delivery, Reminder
from careplans.models.rule_runs import RuleRun
from careplans.models.rule_sets import RuleSetEvent, RuleSetVersion
from careplans.models.sending import Pulse, Sending
from careplans.models.steps import Step

__all__ = [
    "Advisory", "Case", "Delivery", "Event", "FactChange", "Facts", "FollowUp", "FollowUpTemplate", "GuidanceAnswer", "Kind",
    "Patient", "Plan", "PreviousTherapy", "Pulse", "Reminder", "RuleRun", "RuleSetEvent", "RuleSetVersion",
    "Sending", "Signature", "Step",
]  # fmt: skip
