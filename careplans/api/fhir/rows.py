"""The rows behind the resources: how each kind is read with what is told of it, in a fixed number of statements."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Subquery

from accounts.models import IdentifierSystem, Membership, User
from accounts.permissions import boards_where, memberships_of
from careplans.api.fhir import named
from careplans.api.fhir.plan_loading import load_told
from careplans.api.fhir.resources.care_plans import PLAN_STATUSES
from careplans.api.fhir.resources.cases import TAKEN_ON
from careplans.api.fhir.resources.signing import TASK_STATUS
from careplans.api.fhir.search.params import number_of
from careplans.api.fhir.sources import Build, Source
from careplans.models import (
    Advisory,
    Case,
    Change,
    FollowUp,
    OutboxMessage,
    Patient,
    Plan,
    PlanTemplateVersion,
    Reminder,
    Signature,
)
from careplans.models.changes import changed_at
from careplans.readers.served.cases import load_cases
from careplans.readers.served.patients import load_patients
from careplans.readers.served.together import Table

Narrow = str | tuple[str, ...] | Mapping[str, str]
Special = Callable[[Any, User, Sequence[str]], Any]
NEVER: Narrow = {}
"""No resource of these rows refers to such a thing."""


def boards_of(person: User) -> list[int]:
    return [membership.board_id for membership in memberships_of(person)]


# Patients


def _patients(person: User) -> Any:
    return Patient.objects.all().for_api().annotate(changed_at=changed_at(Change.Noun.PATIENTS))


def _load_patients(rows: Sequence[Any], person: User) -> None:
    load_patients(rows, boards=boards_of(person), cases_of=boards_where(person, "cases.view"))


def _numbered(rows: Any, person: User, values: Sequence[str]) -> Any:
    """By the record number or another number, with the address of its system before a bar, or in any system."""
    institutions = {membership.board.institution_id for membership in memberships_of(person)}
    systems = IdentifierSystem.objects.filter(institution__in=institutions)
    known = list(systems)
    found: set[int] = set()
    for value in values:
        uri, bar, number = value.rpartition("|")
        named = [system for system in known if system.uri == uri] if bar and uri else known
        found |= set(rows.numbered(named, number).order_by().values_list("pk", flat=True))
    return rows.filter(pk__in=found)


def patient_rows(build: Build) -> Source:
    return Source(
        "patients.view", Patient, _patients, build, {"": "pk"}, _load_patients,
        special={
            "identifier": _numbered, "name": named.of_name, "family": named.of_family, "given": named.of_given,
            "birthdate": named.born,
        },
        narrow={"patient": "pk"},
        noun=(Change.Noun.PATIENTS, "row_id"), one_each=True, of_board=lambda row: None,
    )  # fmt: skip


# Cases


def _cases(person: User) -> Any:
    synthetic = Patient.objects.filter(pk=OuterRef("patient")).values("is_synthetic")
    return Case.objects.all().for_api().annotate(is_synthetic=Subquery(synthetic))


def _load_cases(rows: Sequence[Any], person: User) -> None:
    on_boards = Membership.objects.filter(board__in={row.board_id for row in rows}, ended_at=None)
    found = load_cases(rows, {"members": Table(on_boards)})
    members: dict[int, list[Membership]] = {}
    for one in sorted(found["members"], key=lambda member: member.pk):
        members.setdefault(one.board_id, []).append(one)
    for row in rows:
        row.members = members.get(row.board_id, [])


OPEN = tuple(one for one in Case.Status.values if one not in Case.ENDED)
CONDITION_STATES = {"active": TAKEN_ON}
TEAM_STATES = {"active": OPEN, "inactive": tuple(Case.ENDED)}


def case_rows(
    build: Build,
    *,
    ids: Mapping[str, str],
    one_each: bool = False,
    gives: int = 1,
    states: Mapping[str, tuple[str, ...]] | None = None,
    state_name: str = "status",
    special: Mapping[str, Special] | None = None,
    **narrow: Narrow,
) -> Source:
    return Source(
        "cases.view", Case, _cases, build, ids, _load_cases, narrow=OF_CASE | _named(narrow), special=special or {},
        states=states or {}, state_name=state_name, noun=(Change.Noun.CASES, "row_id"), one_each=one_each, gives=gives,
    )  # fmt: skip


def of_member(rows: Any, person: User, values: Sequence[str]) -> Any:
    """Cases of the boards on which somebody is now."""
    keys = [number for value in values if (number := number_of(value)) is not None]
    return rows.filter(board__in=Membership.objects.filter(user__in=keys, ended_at=None).order_by().values("board"))


def _named(narrow: Mapping[str, Narrow]) -> dict[str, Narrow]:
    return {name.replace("_", "-"): lookup for name, lookup in narrow.items()}


OF_CASE: dict[str, Narrow] = {"patient": "patient", "subject": "patient", "reason-reference": "pk"}

# Plans

_STATES: dict[str, tuple[str, ...]] = {
    status: tuple(one for one, told in PLAN_STATUSES.items() if told == status) for status in PLAN_STATUSES.values()
}
OF_PLAN: dict[str, Narrow] = {
    "patient": "case__patient", "subject": "case__patient", "based-on": {"CarePlan": "pk", "ServiceRequest": "steps"},
    "condition": "case", "care-team": "case",
    "reason-reference": "case",
}  # fmt: skip


def of_case(path: str) -> Subquery:
    """What a row is told of its case. By joins, the query that only looks for the keys of a page would join, too, and be planned
    as if it read all of them."""
    return Subquery(Case.objects.filter(pk=OuterRef("case")).values(path))


def _plans(person: User) -> Any:
    version = PlanTemplateVersion.objects.filter(pk=OuterRef("template_version"))
    return Plan.objects.all().for_api().annotate(
        is_synthetic=of_case("patient__is_synthetic"), template_slug=Subquery(version.values("template__slug")),
        template_number=Subquery(version.values("number")),
    )  # fmt: skip


def plan_rows(
    build: Build,
    *,
    ids: Mapping[str, str] | None = None,
    one_each: bool = False,
    states: bool = False,
    gives: int = 1,
    **narrow: Narrow,
) -> Source:
    return Source(
        "plans.view", Plan, _plans, build, ids or {"": "pk"}, load_told,
        narrow=OF_PLAN | _named(narrow),
        states=_STATES if states else {}, noun=(Change.Noun.PLANS, "row_id"), one_each=one_each, gives=gives,
    )  # fmt: skip


PERFORMER = ("steps__assignee", "steps__owner")
"""Whoever has the step, or else whoever owns it."""


def task_rows(build: Build) -> Source:
    return replace(
        plan_rows(
            build, ids={"signature": "signatures"}, focus="pk", owner=("signatures__signer", "signatures__delegated_to")
        ),
        special={"status": _with_signatures},
    )


def _with_signatures(rows: Any, person: User, values: Sequence[str]) -> Any:
    """Few are waited for at a time, and an index knows them."""
    told = {value.rpartition("|")[2] for value in values}
    states = [one for one, status in TASK_STATUS.items() if status in told]
    signatures = Signature.objects.filter(status__in=states).order_by()
    if set(states) <= AWAITED:
        awaited = signatures.filter(signed_at=None, board__in=boards_where(person, "plans.view"))
        return rows.filter(pk__in=awaited.values("plan"))
    return rows.filter(Exists(signatures.filter(plan=OuterRef("pk"))))


AWAITED = {Signature.Status.PENDING, Signature.Status.DELEGATED}


# Follow-ups, advisories, reminders


def _plan_status() -> Subquery:
    """Of the plan that the row came of, which may have been entered in error."""
    return Subquery(Plan.objects.filter(pk=OuterRef("plan")).values("status"))


OF_A_CASE: dict[str, Narrow] = {"patient": "case__patient", "subject": "case__patient", "reason-reference": "case"}


def _follow_ups(person: User) -> Any:
    return (
        FollowUp.objects.all()
        .for_api()
        .annotate(patient=of_case("patient"), is_synthetic=of_case("patient__is_synthetic"))
        .annotate(plan_status=_plan_status())
    )


def follow_up_rows(build: Build, *, one_each: bool = False) -> Source:
    return Source(
        "followups.view", FollowUp, _follow_ups, build, {"followup": "pk"},
        narrow={
            **OF_A_CASE, "performer": "assignee",
            "based-on": {"CarePlan": "plan", "ServiceRequest": "pk"}, "actor": {"Patient": "case__patient"},
            "replaces": "replaces",
        }, noun=(Change.Noun.FOLLOW_UPS, "row_id"),
        one_each=one_each,
    )  # fmt: skip


def _advisories(person: User) -> Any:
    return Advisory.objects.annotate(
        patient=of_case("patient"), is_synthetic=of_case("patient__is_synthetic"),
        changed_at=changed_at(Change.Noun.ADVISORIES),
    ).annotate(plan_status=_plan_status())  # fmt: skip


def advisory_rows(build: Build) -> Source:
    return Source(
        "plans.view", Advisory, _advisories, build, {"": "pk"},
        narrow={**OF_A_CASE, "implicated": {"CarePlan": "plan", "ServiceRequest": "step"}},
        noun=(Change.Noun.ADVISORIES, "row_id"), one_each=True,
    )  # fmt: skip


def _reminders(person: User) -> Any:
    """Those about one case that went out, each with its messages."""
    sent = Prefetch("messages", OutboxMessage.objects.order_by("pk"))
    rows = Reminder.objects.filter(case__isnull=False, status=Reminder.Status.DELIVERED)
    return rows.prefetch_related(sent).annotate(
        patient=of_case("patient"), is_synthetic=of_case("patient__is_synthetic")
    )  # fmt: skip


def reminder_rows(build: Build) -> Source:
    narrow = OF_A_CASE | {"recipient": ("messages__recipient",)}
    return Source("reminders.manage", Reminder, _reminders, build, {"message": "messages"}, narrow=narrow)
