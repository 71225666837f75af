"""Small makers of rows for the tests: the least that is valid, unless a test says more."""

from contextlib import contextmanager
from datetime import UTC, date, datetime
from types import SimpleNamespace

from accounts.models import Board, IdentifierSystem, Institution, Membership, ReportingProject, User
from accounts.permissions import forget_memberships
from accounts.services.projects import open_project, set_analysts
from careplans.demo.clock import history_at
from careplans.models import HistoryClock

PASSWORD = "a-long-test-password"
EVER = datetime(2020, 1, 1, tzinfo=UTC)
# Who is on the board of the tests: name, role, discipline.
MEMBERS = {
    "ana": ("Ana Coordinator", "coordinator", "coordination"),
    "chloe": ("Chloe Chair", "chair", "surgery"),
    "omar": ("Omar Oncologist", "member", "medical_oncology"),
    "ravi": ("Ravi Radiologist", "member", "radiology"),
    "nina": ("Nina Observer", "observer", ""),
    "anselm": ("Anselm Analyst", "analyst", ""),
}


@contextmanager
def since_ever():
    """For boards and their people, whom the stories of the tests find there on whichever day these begin; unless a story is told
    already."""
    if HistoryClock.objects.exists():
        yield
        return
    with history_at(EVER):
        yield


def make_user(email, name, **fields):
    password = fields.pop("password", PASSWORD)
    fields.setdefault("joined_at", datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    return User.objects.create_user(email, name, password, **fields)


def make_institution(name):
    institution, is_new = Institution.objects.get_or_create(name=name)
    if is_new:
        IdentifierSystem.objects.create(institution=institution, name="Record number", is_main=True)
    return institution


def make_board(name, *, institution=None, **fields):
    """With an institution of its own, unless it shares one."""
    institution = institution or make_institution(f"{name} hospital")
    with since_ever():
        return Board.objects.create(name=name, institution=institution, **fields)


def join(user, board, role, discipline=""):
    with since_ever():
        membership = Membership.objects.create(user=user, board=board, role=role, discipline=discipline)
    forget_memberships(user)
    return membership


def make_member(first, board):
    """One of the cast: `make_member("ana", board)`."""
    name, role, discipline = MEMBERS[first]
    user = make_user(f"{first}@northgate.example", name)
    join(user, board, role, discipline)
    return user


def make_project(of, *, by, analysts=(), **fields):
    """A reporting project of a board or of an institution, in which these read."""
    values = {
        "name": f"Project {ReportingProject.objects.count() + 1}", "purpose": "To count.", "approval": "EK 1/2026",
        "starts_on": date(2026, 1, 1), "ends_on": None, "dates": "months", "smallest_cell": 5, "allows_text": False,
    }  # fmt: skip
    project = open_project(of, by=by, fields=values | fields)
    if analysts:
        set_analysts(project, analysts, by=by, expected_version=project.version)
    for user in analysts:
        forget_memberships(user)
    return project


def make_eve(board):
    """Coordinator of another board of that board's institution, which is hers: `eve.board`."""
    eve = make_user("eve@eastgate.example", "Eve Eastgate")
    eve.board = make_board("Eastgate", institution=board.institution)
    join(eve, eve.board, "coordinator", "coordination")
    return eve


def make_otto(other_board):
    user = make_user("otto@southbank.example", "Otto Elsewhere")
    join(user, other_board, "member", "medical_oncology")
    return user


def make_admin():
    return make_user("admin@consilium.example", "Admin", is_administrator=True)


def make_edda():
    return make_user("edda@consilium.example", "Edda Editor", is_content_editor=True)


def make_cast():
    """All of them with their boards, for what a module makes once."""
    board, other_board = make_board("Northgate"), make_board("Southbank")
    members = {first: make_member(first, board) for first in MEMBERS}
    return SimpleNamespace(
        board=board,
        other_board=other_board,
        otto=make_otto(other_board),
        admin=make_admin(),
        edda=make_edda(),
        **members,
    )
