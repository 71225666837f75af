from accounts.models.absences import Absence
from accounts.models.api_tokens import ApiToken
from accounts.models.audit import AuditEvent
from accounts.models.boards import Board, Discipline, Membership, RequiredDiscipline, Role
from accounts.models.calendars import CalendarKey
from accounts.models.call_counts import CallCount
from accounts.models.holidays import Holiday
from accounts.models.institutions import IdentifierSystem, Institution
from accounts.models.limits import Limit
from accounts.models.mails import AccountMail, Mail
from accounts.models.notices import Notice
from accounts.models.people import User
from accounts.models.projects import InstitutionAnalyst, ProjectAnalyst, ReportingProject
from accounts.models.sent import Sent
from accounts.models.systems import System, SystemSecret
from accounts.models.typed import Typed

__all__ = [
    "Absence",
    "AccountMail",
    "ApiToken",
    "AuditEvent",
    "Board",
    "CalendarKey",
    "CallCount",
    "Discipline",
    "Holiday",
    "IdentifierSystem",
    "Institution",
    "InstitutionAnalyst",
    "Limit",
    "Mail",
    "Membership",
    "Notice",
    "ProjectAnalyst",
    "ReportingProject",
    "RequiredDiscipline",
    "Role",
    "Sent",
    "System",
    "SystemSecret",
    "Typed",
    "User",
]
