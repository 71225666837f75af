"""Boards, people and schedules of the demo, as `data/boards.yaml` names them."""

from typing import Any

from django.contrib.auth.hashers import make_password
from django.utils import timezone

from accounts import audit
from accounts.models import Board, IdentifierSystem, Institution, Membership, RequiredDiscipline, User
from accounts.permissions import forget_memberships
from careplans.demo.clock import Calendar
from careplans.demo.files import DATA, load
from careplans.models import FollowUpSchedule
from careplans.services.schedule_library import give_library
from careplans.services.schedules import save_schedule

DOMAIN = "consilium.example"


def read() -> dict[str, Any]:
    return load(DATA / "boards.yaml")


def demo_board_name() -> str:
    name: str = read()["boards"][0]["name"]
    return name


def make_boards(told: dict[str, Any]) -> dict[str, Board]:
    boards: dict[str, Board] = {}
    for row in told["boards"]:
        institution = _institution(row["institution"], told["systems"])
        board = Board.objects.create(
            name=row["name"], time_zone=row["time_zone"], institution=institution, institution_name=institution.name,
            delegates_may_lack_discipline=row.get("delegates_may_lack_discipline", False),
        )  # fmt: skip
        RequiredDiscipline.objects.bulk_create(RequiredDiscipline(board=board, **rule) for rule in row["required"])
        audit.record("board_created", by=None, subject=board, label=board.name, board_id=board.pk)
        boards[board.name] = board
    return boards


def _institution(name: str, systems: list[dict[str, Any]]) -> Institution:
    institution, is_new = Institution.objects.get_or_create(name=name)
    if is_new:
        IdentifierSystem.objects.bulk_create(IdentifierSystem(institution=institution, **system) for system in systems)
        audit.record("institution_made", by=None, subject=institution, label=name)
    return institution


def make_people(told: dict[str, Any], boards: dict[str, Board]) -> dict[str, User]:
    """Everybody, by key. One password and so one hash for all: hashing is slow on purpose."""
    password = make_password(told["password"])
    people: dict[str, User] = {}
    for row in told["people"]:
        people[row["key"]] = _find_or_add(row, password)
        for seat in row.get("seats", []):
            _seat(people[row["key"]], seat, boards[seat["board"]])
    return people


def seat_demo_people(board: Board) -> dict[str, User]:
    """The people of the demo board, on another board as well, each in the same role; and those who are on none."""
    told = read()
    password = make_password(told["password"])
    people: dict[str, User] = {}
    for row in told["people"]:
        seats = [seat for seat in row.get("seats", []) if seat["board"] == told["boards"][0]["name"]]
        if seats or not row.get("seats"):
            people[row["key"]] = _find_or_add(row, password)
        for seat in seats:
            _seat(people[row["key"]], seat, board)
    return people


def _find_or_add(row: dict[str, Any], password: str) -> User:
    email = f"{row['key']}@{DOMAIN}"
    flags = dict.fromkeys(row.get("flags", []), True)
    found = User.objects.filter(email=email).first()
    return found or _add(User(email=email, name=row["name"], password=password, joined_at=timezone.now(), **flags))


def _add(user: User) -> User:
    user.save(force_insert=True)
    audit.record("person_added", by=None, subject=user, label=user.name)
    return user


def _seat(user: User, seat: dict[str, str], board: Board) -> None:
    membership = Membership.objects.create(
        user=user, board=board, role=seat["role"], discipline=seat.get("discipline", "")
    )
    forget_memberships(user)
    audit.record("membership_added", by=None, subject=membership, board_id=board.pk, data={"role": seat["role"]})


def make_schedules(told: dict[str, Any], board: Board, *, by: User, calendar: Calendar) -> None:
    """Those that every board begins with; some of them have been looked at since."""
    give_library(board, by=by)
    reviewed = told["schedules_reviewed"]
    dated = {"reviewed_on": calendar.date(reviewed["days"]), "reviewed_by": reviewed["by"]}
    for row in FollowUpSchedule.objects.filter(board=board, name__in=reviewed["names"]):
        save_schedule(board, {"name": row.name, **dated}, by=by, schedule=row, expected_version=row.version)


def logins() -> str:
    """Who can sign in, as a table, the coordinator first."""
    told = read()
    rows = [(f"{row['key']}@{DOMAIN}", row["name"], _role(row)) for row in told["people"]]
    widths = [max(len(row[column]) for row in rows) for column in (0, 1)]
    lines = [f"  {mail:<{widths[0]}}  {name:<{widths[1]}}  {role}" for mail, name, role in rows]
    return "\n".join([f"Sign in with one of these; the password of all is {told['password']}", *lines])


def _role(row: dict[str, Any]) -> str:
    seats = [
        ", ".join(filter(None, [seat["role"], seat.get("discipline", "").replace("_", " ")]))
        for seat in row.get("seats", [])
    ]
    boards = [seat["board"] for seat in row.get("seats", [])]
    words = [f"{seat} ({board})" for seat, board in zip(seats, boards, strict=True)]
    flags = [flag.removeprefix("is_").replace("_", " ") for flag in row.get("flags", [])]
    return "; ".join(words + flags)
