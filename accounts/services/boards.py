"""Boards, their follow-up policy and the disciplines their plans need."""

from collections.abc import Mapping, Sequence
from datetime import time
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import audit
from accounts.gaps import keys_of, tell_new_gaps
from accounts.models import Board, Discipline, Institution, RequiredDiscipline, User
from accounts.permissions import can, require
from accounts.services.institution_analysts import follow_board
from common.errors import Conflict
from common.writing import compare_and_set, transactional

# What decides on which day and at which hour a reminder goes out, and to whom.
TIMING = ("time_zone", "reminder_time", "lead_days", "grace_days", "escalate_days", "chair_days", "weekends_off")
POLICY = ("name", *TIMING, "nothing_ahead_months", "delegates_may_lack_discipline", "analysts_read_text",
          "analysts_need_project")  # fmt: skip
When = RequiredDiscipline.When


class Requirement(NamedTuple):
    discipline: str
    alternative: str = ""
    when: str = When.ALWAYS


# Domain note D.1: the quorum of a NET board, and what single modalities add to it. Each board edits its own.
DEFAULT_REQUIREMENTS = (
    Requirement(Discipline.SURGERY),
    Requirement(Discipline.MEDICAL_ONCOLOGY),
    Requirement(Discipline.ENDOCRINOLOGY, Discipline.GASTROENTEROLOGY),
    Requirement(Discipline.RADIOLOGY),
    Requirement(Discipline.NUCLEAR_MEDICINE),
    Requirement(Discipline.PATHOLOGY),
    Requirement(Discipline.INTERVENTIONAL_RADIOLOGY, when=When.LIVER_DIRECTED),
    Requirement(Discipline.CARDIOLOGY, when=When.CARCINOID_HEART),
    Requirement(Discipline.ANAESTHESIA, when=When.FUNCTIONAL_RESECTION),
)


def requirements_of(board: Board) -> list[Requirement]:
    """One query."""
    return [Requirement(*row) for row in board.required_disciplines.values_list("discipline", "alternative", "when")]


@transactional
def create_board(
    *, by: User, fields: Mapping[str, object], requirements: Sequence[Requirement] = DEFAULT_REQUIREMENTS
) -> Board:
    require(by, "people.manage")
    _guard(requirements)
    institution = fields.get("institution")
    if not isinstance(institution, Institution):
        raise ValidationError({"institution": "Choose the institution whose patients this board sees."})
    values: dict[str, Any] = {name: fields[name] for name in POLICY if name in fields}
    try:
        with transaction.atomic():
            board = Board.objects.create(**values, institution=institution, institution_name=institution.name)
    except IntegrityError as error:
        raise ValidationError({"name": "There is already a board of this name."}) from error
    _write_requirements(board, requirements)
    follow_board(board)
    audit.record("board_created", by=by, subject=board, label=board.name, board_id=board.pk)
    return board


@transactional
def change_board(
    board: Board, *, by: User, expected_version: int, fields: Mapping[str, object], requirements: Sequence[Requirement]
) -> None:
    """Settings and required disciplines in one go: they are read together, so they are compared together."""
    require_configure(by, board)
    _guard(requirements)
    wanted = {name: fields[name] for name in POLICY if name in fields}
    old = _set(board, expected_version, wanted)
    old_requirements, before = requirements_of(board), keys_of([board])
    if set(old_requirements) != set(requirements):
        _write_requirements(board, requirements)
        tell_new_gaps([board], before)
    changes = {name: [_plain(old[name]), _plain(value)] for name, value in wanted.items() if old[name] != value}
    data = {"changes": changes, "required": [list(map(list, old_requirements)), list(map(list, requirements))]}
    audit.record("board_changed", by=by, subject=board, label=board.name, board_id=board.pk, data=data)


def set_in_use(board: Board, *, by: User, expected_version: int, in_use: bool, reason: str) -> None:
    """Out of use, or in use again. What is open on it is asked around this, and it is not called alone; what was written for its
    reminders is timed anew."""
    require(by, "people.manage")
    compare_and_set(board, expected=expected_version, timing=F("timing") + 1, is_active=in_use)
    action = "board_reopened" if in_use else "board_closed"
    audit.record(action, by=by, subject=board, label=board.name, board_id=board.pk, data={"reason": reason})


def require_configure(by: User, board: Board) -> None:
    """Administrators configure every board, chairs and coordinators their own."""
    if not can(by, "people.manage"):
        require(by, "board.configure", board)


def _guard(requirements: Sequence[Requirement]) -> None:
    disciplines = [row.discipline for row in requirements]
    for row in requirements:
        label = Discipline(row.discipline).label
        if row.alternative == row.discipline:
            raise ValidationError(f"{label} is its own alternative. Choose another one, or none.")
        if disciplines.count(row.discipline) > 1:
            raise ValidationError(f"{label} is listed twice. Remove one of the two rows.")


def _set(board: Board, expected_version: int, wanted: Mapping[str, object]) -> dict[str, object]:
    """Returns the values before. Exactly one row of the expected version, or Conflict with what stands there now."""
    old: dict[str, object] = Board.objects.select_for_update().values(*POLICY, "version").get(pk=board.pk)
    moves = any(name in wanted and wanted[name] != old[name] for name in TIMING)
    try:
        with transaction.atomic():
            compare_and_set(board, expected=expected_version, timing=F("timing") + int(moves), **wanted)
    except IntegrityError as error:
        raise ValidationError({"name": "There is already a board of this name."}) from error
    except Conflict as conflict:
        conflict.current["requirements"] = requirements_of(board)
        raise
    return old


def _write_requirements(board: Board, requirements: Sequence[Requirement]) -> None:
    board.required_disciplines.all().delete()
    RequiredDiscipline.objects.bulk_create(RequiredDiscipline(board=board, **row._asdict()) for row in requirements)


def _plain(value: object) -> object:
    return value.isoformat("minutes") if isinstance(value, time) else value
