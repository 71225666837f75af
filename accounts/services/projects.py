"""Reporting projects: who opens one, changes it, says who reads in it, and ends it."""

from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from accounts import audit
from accounts.models import Board, Institution, Membership, ProjectAnalyst, ReportingProject, Role, User
from accounts.models.projects import new_nonce
from accounts.permissions import require
from accounts.pseudonyms import check_for
from common.writing import compare_and_set, lock, take, told_of, transactional

FIELDS = ("name", "purpose", "approval", "starts_on", "ends_on", "dates", "smallest_cell", "allows_text")
TAKEN = "There is already a project of this name."
NEEDED = {
    "name": "Give it a name.",
    "purpose": "Say what is to be found out.",
    "approval": "Say who allowed it, by its number.",
    "starts_on": "Say on which day it begins.",
    "smallest_cell": "Say 1 or more; 1 shows every number.",
}


def require_manage(by: User, of: Board | Institution) -> None:
    """A board's own: its chairs and coordinators. An institution's, over all its boards: administrators."""
    if isinstance(of, Board):
        require(by, "projects.manage", of)
    else:
        require(by, "people.manage")


@transactional
def open_project(of: Board | Institution, *, by: User, fields: Mapping[str, Any]) -> ReportingProject:
    require_manage(by, of)
    # Held, so that its settings are those that are checked.
    take(of)
    values = _checked(of, fields)
    where = {"board": of} if isinstance(of, Board) else {"institution": of}
    nonce = new_nonce()
    try:
        with transaction.atomic():
            project = ReportingProject.objects.create(**where, **values, nonce=nonce, key_check=check_for(nonce))
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error
    _record("project_opened", project, by, {name: _plain(value) for name, value in values.items()})
    return project


@transactional
def change_project(
    project: ReportingProject, *, by: User, expected_version: int, fields: Mapping[str, Any]
) -> ReportingProject:
    """How days are given stays: the same rows under both would show by how much they were shifted."""
    of = _take(project, by, expected_version)
    values = _checked(of, fields)
    if values["dates"] != project.dates:
        raise ValidationError({"dates": "How days are given stays for the whole of a project. Open another one."})
    try:
        with transaction.atomic():
            compare_and_set(project, expected=expected_version, **values)
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error
    _record("project_changed", project, by, told_of(project))
    return project


@transactional
def set_analysts(project: ReportingProject, users: Collection[User], *, by: User, expected_version: int) -> None:
    """Exactly these read in it. Each has to be an analyst of one of its boards."""
    _take(project, by, expected_version)
    wanted = {user.pk: user for user in users}
    there = {row.user_id: row for row in lock(ProjectAnalyst.objects.filter(project=project, removed_at=None))}
    new = [user for pk, user in wanted.items() if pk not in there]
    gone = [row for pk, row in there.items() if pk not in wanted]
    strangers = sorted(user.name for user in new if not candidates(project).filter(pk=user.pk).exists())
    if strangers:
        raise ValidationError(
            {"analysts": f"{', '.join(strangers)}: no analyst of its boards any more. Choose others."}
        )
    if not new and not gone:
        return
    compare_and_set(project, expected=expected_version)
    ProjectAnalyst.objects.bulk_create(ProjectAnalyst(project=project, user=user) for user in new)
    ProjectAnalyst.objects.filter(pk__in=[row.pk for row in gone]).update(removed_at=timezone.now())
    _record(
        "project_analysts",
        project,
        by,
        {"added": sorted(u.pk for u in new), "removed": sorted(r.user_id for r in gone)},
    )


@transactional
def close_project(project: ReportingProject, *, by: User, expected_version: int) -> None:
    """Nobody reads in it any more. It stays on the list, with who read in it."""
    _take(project, by, expected_version)
    compare_and_set(project, expected=expected_version, closed_at=timezone.now())
    _record("project_closed", project, by, {})


@transactional
def renew_pseudonyms(project: ReportingProject, *, by: User, expected_version: int) -> None:
    """From now on under other pseudonyms and shifts: what was read before cannot be joined with what is read from now on."""
    _take(project, by, expected_version)
    nonce = new_nonce()
    compare_and_set(project, expected=expected_version, nonce=nonce, key_check=check_for(nonce))
    # What was noted of the change is its nonce and check: told to nobody.
    told_of(project)
    _record("project_pseudonyms_renewed", project, by, {})


def candidates(project: ReportingProject) -> Any:
    """Who could read in it: the analysts of its boards."""
    of = Q(board=project.board_id) if project.board_id else Q(board__institution=project.institution_id)
    rows = Membership.objects.current().filter(of, role=Role.ANALYST)
    return User.objects.filter(pk__in=rows.values("user"), is_active=True).order_by("name", "pk")


def owner_of(project: ReportingProject) -> Board | Institution:
    found = project.board or project.institution
    if found is None:
        raise ValueError("A constraint keeps exactly one of both.")
    return found


def _take(project: ReportingProject, by: User, expected_version: int) -> Board | Institution:
    of = owner_of(project)
    require_manage(by, of)
    take(of)
    take(project, expected=expected_version)
    if project.closed_at is not None:
        raise ValidationError("This project is closed. Open another one.")
    return of


def _checked(of: Board | Institution, fields: Mapping[str, Any]) -> dict[str, Any]:
    values = {name: fields[name] for name in FIELDS}
    for name in ("name", "purpose", "approval"):
        values[name] = str(values[name] or "").strip()
    problems = {name: words for name, words in NEEDED.items() if not values[name]}
    starts, ends = values["starts_on"], values["ends_on"]
    if starts and ends and ends < starts:
        problems["ends_on"] = "It would end before it begins. Choose a later day."
    if isinstance(of, Institution) and values["smallest_cell"] == 1:
        problems["smallest_cell"] = "Over several boards small numbers are left out: say 2 or more."
    if values["allows_text"] and isinstance(of, Board) and not of.analysts_read_text:
        problems["allows_text"] = f"{of.name} does not let its analysts read free text. Its settings say so first."
    if problems:
        raise ValidationError(problems)
    return values


def _record(action: str, project: ReportingProject, by: User, data: dict[str, Any]) -> None:
    audit.record(action, by=by, subject=project, label=project.name, board_id=project.board_id, data=data)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
