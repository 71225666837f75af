"""Small makers of rows for the tests: the least that is valid, unless a test says more."""

from datetime import UTC, datetime

from accounts.models import Board, Membership, User
from accounts.permissions import forget_memberships

PASSWORD = "a-long-test-password"


def make_user(email, name, **fields):
    password = fields.pop("password", PASSWORD)
    fields.setdefault("joined_at", datetime(2026, 1, 5, 9, 0, tzinfo=UTC))
    return User.objects.create_user(email, name, password, **fields)


def make_board(name, **fields):
    return Board.objects.create(name=name, **{"institution": f"{name} hospital", **fields})


def join(user, board, role, discipline=""):
    membership = Membership.objects.create(user=user, board=board, role=role, discipline=discipline)
    forget_memberships(user)
    return membership
