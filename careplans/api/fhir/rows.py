"""The rows behind the resources: how each kind is read with what is told of it, in a fixed number of statements."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, F, OuterRef, Prefetch, Subquery

from accounts.models import Board, IdentifierSystem, Institution, Membership, User
from accounts.permissions import boards_where, memberships_of
from careplans.api.fhir.resources.care_plans import PLAN_STATUSES
from careplans.api.fhir.sources import Build, Own, Source
from careplans.models import (
    Advisory,
    Case,
    Change,
    FollowUp,
    Occurrence,
    OutboxMessage,
    Patient,
    Plan,
    PlanTemplateVersion,
    Reminder,
    Step,
)
from careplans.models.changes import changed_at
from careplans.readers.served.cases import load_cases
from careplans.readers.served.patients import load_patients
from careplans.readers.served.plans import load_plans
from careplans.readers.served.steps import hang
from careplans.readers.served.together import Table, read_together

Narrow = str | Mapping[str, str]
NEVER: Narrow = {}
"""No resource of these rows refers to such a thing."""


def _boards(person: User) -> list[int]:
    return [membership.board_id for membership in memberships_of(person)]


# Patients

HAS_PLAN = "_has:CarePlan:patient:status"


def _patients(person: User) -> Any:
    return Patient.objects.all().for_api().annotate(changed_at=changed_at(Change.Noun.PATIENTS))


def _load_patients(rows: Sequence[Any], person: User) -> None:
    load_patients(rows, boards=_boards(person), cases_of=boards_where(person, "cases.view"))


def _with_plan(rows: Any, person: User, values: Sequence[str]) -> Any:
    """Who has a plan in one of these states, on a board where this person sees plans."""
    states = [state for value in values for state in _STATES.get(value.rpartition("|")[2], ())]
    plans = Plan.objects.where_can(person, "plans.view").filter(status__in=states)
    return rows.filter(pk__in=plans.order_by().values("case__patient"))


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
        special={"identifier": _numbered, HAS_PLAN: _with_plan}, narrow={"patient": "pk"},
        noun=(Change.Noun.PATIENTS, "row_id"), one_each=True, of_board=lambda row: None,
    )  # fmt: skip


# Cases


def _cases(person: User) -> Any:
    return Case.objects.all().for_api().annotate(is_synthetic=F("patient__is_synthetic"))


def _load_cases(rows: Sequence[Any], person: User) -> None:
    load_cases(rows)
    boards = {row.board_id for row in rows}
    members: dict[int, list[Membership]] = {}
    for one in Membership.objects.filter(board__in=boards, ended_at=None).order_by("pk"):
        members.setdefault(one.board_id, []).append(one)
    for row in rows:
        row.members = members.get(row.board_id, [])


def case_rows(
    build: Build, *, ids: Mapping[str, str], one_each: bool = False, gives: int = 1, **narrow: Narrow
) -> Source:
    return Source(
        "cases.view", Case, _cases, build, ids, _load_cases, narrow=OF_CASE | _named(narrow),
        noun=(Change.Noun.CASES, "row_id"), one_each=one_each, gives=gives,
    )  # fmt: skip


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


def _plans(person: User) -> Any:
    return Plan.objects.all().for_api().annotate(
        is_synthetic=F("case__patient__is_synthetic"), template_slug=F("template_version__template__slug"),
        template_number=F("template_version__number"),
    )  # fmt: skip


def _load_plans(rows: Sequence[Any], person: User) -> None:
    """With what the plan before had recorded of each step, so that nothing is told twice. Three statements."""
    load_plans(rows)
    steps = [step for plan in rows for step in plan.steps.all()]
    before = {step.carried_from_id for step in steps if step.carried_from_id}
    found = read_together(
        {
            "steps": Table(Step.objects.filter(pk__in=before), ("id", "carried_over_at")),
            "occurrences": Table(
                Occurrence.objects.filter(step__in=before).exclude(status__in=Occurrence.OPEN), ("id", "step_id", "number")
            ),
        }
    ) if before else {"steps": [], "occurrences": []}  # fmt: skip
    was_open = {one.pk for one in found["steps"] if one.carried_over_at is not None}
    told: dict[int, set[int]] = {}
    for one in found["occurrences"]:
        told.setdefault(one.step_id, set()).add(one.number)
    for plan in rows:
        arms = {arm.pk: arm.name for step in plan.steps.all() for arm in step.arms.all()}
        for step in plan.steps.all():
            step.was_open_before = step.carried_from_id in was_open
            step.told_before = frozenset(told.get(step.carried_from_id, ()))
            step.chosen_arm_name = arms.get(step.chosen_arm_id, "")
            hang(step, case=plan.case)


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
        "plans.view", Plan, _plans, build, ids or {"": "pk"}, _load_plans,
        narrow=OF_PLAN | _named(narrow),
        states=_STATES if states else {}, noun=(Change.Noun.PLANS, "row_id"), one_each=one_each, gives=gives,
    )  # fmt: skip


# Follow-ups, advisories, reminders


def _plan_status() -> Subquery:
    """Of the plan that the row came of, which may have been entered in error."""
    return Subquery(Plan.objects.filter(pk=OuterRef("plan")).values("status"))


OF_A_CASE: dict[str, Narrow] = {"patient": "case__patient", "subject": "case__patient", "reason-reference": "case"}


def _follow_ups(person: User) -> Any:
    return (
        FollowUp.objects.all()
        .for_api()
        .annotate(patient=F("case__patient"), is_synthetic=F("case__patient__is_synthetic"))
        .annotate(plan_status=_plan_status())
    )


def follow_up_rows(build: Build, *, one_each: bool = False) -> Source:
    return Source(
        "followups.view", FollowUp, _follow_ups, build, {"followup": "pk"},
        narrow={
            **OF_A_CASE, "based-on": {"CarePlan": "plan", "ServiceRequest": "pk"}, "actor": {"Patient": "case__patient"},
            "replaces": "replaces",
        }, noun=(Change.Noun.FOLLOW_UPS, "row_id"),
        one_each=one_each,
    )  # fmt: skip


def _advisories(person: User) -> Any:
    return Advisory.objects.annotate(
        patient=F("case__patient"), is_synthetic=F("case__patient__is_synthetic"),
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
        patient=F("case__patient"), is_synthetic=F("case__patient__is_synthetic")
    )  # fmt: skip


def reminder_rows(build: Build) -> Source:
    return Source("reminders.manage", Reminder, _reminders, build, {"message": "messages"}, narrow=OF_A_CASE)


# People, boards, templates


def _people(person: User) -> Any:
    """Who is or was on a board of this person's, named where they read names there."""
    shared = Membership.objects.filter(user=OuterRef("pk"))
    named = shared.filter(board__in=boards_where(person, "text.view"))
    return User.objects.filter(Exists(shared.filter(board__in=_boards(person)))).annotate(is_named=Exists(named))


def people_rows(build: Build) -> Own:
    return Own("board.view", User, _people, build, {"": "pk"}, one_each=True)


def role_rows(build: Build) -> Own:
    return Own(
        "board.view", Membership, lambda person: Membership.objects.filter(board__in=_boards(person)), build, {"": "pk"},
        narrow={"practitioner": "user", "organization": "board"}, one_each=True,
    )  # fmt: skip


def board_rows(build: Build) -> Own:
    return Own(
        "board.view", Board, lambda person: Board.objects.filter(pk__in=_boards(person)), build, {"board": "pk"},
        narrow={"partof": "institution"}, one_each=True,
    )  # fmt: skip


def _institutions(person: User) -> Any:
    return Institution.objects.filter(pk__in={one.board.institution_id for one in memberships_of(person)})


def institution_rows(build: Build) -> Own:
    return Own("board.view", Institution, _institutions, build, {"institution": "pk"}, one_each=True)


def _templates(person: User) -> Any:
    return PlanTemplateVersion.objects.ever_published().select_related("template")


def template_rows(build: Build) -> Own:
    return Own("reference.read", PlanTemplateVersion, _templates, build, {"template": "pk"}, one_each=True)
