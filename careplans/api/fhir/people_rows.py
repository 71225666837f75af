"""People, boards and templates: rows that are of no patient, or are a board."""

from typing import Any

from django.db.models import Exists, OuterRef

from accounts.models import Board, Institution, Membership, User
from accounts.permissions import boards_where, memberships_of
from careplans.api.fhir.rows import boards_of
from careplans.api.fhir.sources import Build, Own
from careplans.models import PlanTemplateVersion


def _people(person: User) -> Any:
    """Who is or was on a board of this person's, named where they read names there."""
    shared = Membership.objects.filter(user=OuterRef("pk"))
    named = shared.filter(board__in=boards_where(person, "text.view"))
    return User.objects.filter(Exists(shared.filter(board__in=boards_of(person)))).annotate(is_named=Exists(named))


def people_rows(build: Build) -> Own:
    return Own("board.view", User, _people, build, {"": "pk"}, one_each=True)


def role_rows(build: Build) -> Own:
    return Own(
        "board.view", Membership, lambda person: Membership.objects.filter(board__in=boards_of(person)), build, {"": "pk"},
        narrow={"practitioner": "user", "organization": "board"}, one_each=True,
    )  # fmt: skip


def board_rows(build: Build) -> Own:
    return Own(
        "board.view", Board, lambda person: Board.objects.filter(pk__in=boards_of(person)), build, {"board": "pk"},
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
