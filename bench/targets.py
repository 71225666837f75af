"""Which pages and API lists are timed, for whom, and with which rows. Imported once Django is set up."""

from collections.abc import Callable
from typing import NamedTuple

from django.urls import reverse

from accounts.models import Board, User
from careplans.models import Case, Plan

BOARD = "Large NET board"


class Target(NamedTuple):
    """A page to time. `who` is a key of the demo's people."""

    name: str
    who: str
    path: Callable[[], str]


def targets() -> list[Target]:
    """Paths are made when they are asked for, so that a page that is not there yet is reported and not fatal."""
    board = Board.objects.get(name=BOARD)
    rows = Rows(board)
    page = rows.page
    return [
        # A person with the same work at every size, then one whose work grows with the board.
        Target("my work", "oncology", page("careplans:my_work")),
        Target("my work, heavy", "endocrinology", page("careplans:my_work")),
        Target("my steps in full", "endocrinology", page("careplans:my_work", "?show=steps")),
        Target("board home", "coordinator", page("careplans:board_home", pk=board.pk)),
        Target("patients", "oncology", page("careplans:patients", pk=board.pk)),
        Target("patients, by letter", "oncology", page("careplans:patients", "?q=a", pk=board.pk)),
        Target("patients, by name", "oncology", page("careplans:patients", f"?q={rows.family}", pk=board.pk)),
        Target("patients, by number", "oncology", page("careplans:patients", f"?q={rows.record}", pk=board.pk)),
        Target("patients, nobody", "oncology", page("careplans:patients", "?q=xyzzy", pk=board.pk)),
        Target("cases", "oncology", page("careplans:cases", pk=board.pk)),
        Target("patient", "oncology", page("careplans:patient", pk=rows.case.patient_id)),
        Target("case", "oncology", page("careplans:case", pk=rows.case.pk)),
        Target("timeline", "oncology", page("careplans:timeline", pk=rows.case.pk)),
        Target("proforma", "oncology", page("careplans:proforma", pk=rows.case.pk)),
        Target("plan", "oncology", page("careplans:plan", pk=rows.in_force.pk)),
        Target("plan edit", "oncology", page("careplans:plan_edit", pk=rows.draft.pk)),
        Target("plan print", "oncology", page("careplans:plan_print", pk=rows.in_force.pk)),
        Target("advisories of a plan", "oncology", page("careplans:advisories", pk=rows.in_force.pk)),
        Target("superseded guidance", "oncology", page("careplans:superseded_guidance", pk=board.pk)),
        Target("changed facts", "oncology", page("careplans:changed_facts", pk=board.pk)),
        Target("nothing ahead", "oncology", page("careplans:nothing_ahead", pk=board.pk)),
        Target("plans behind a page", "oncology", page("careplans:page_plans", slug="prrt")),
        Target("plans by revision", "editor", page("careplans:page_plans", slug="prrt")),
        Target("sign-off", "oncology", page("careplans:signoff", pk=rows.in_signoff.pk)),
        Target("follow-ups", "nurse", page("careplans:followups", pk=board.pk)),
        Target("follow-ups, overdue", "nurse", page("careplans:followups", "?state=overdue", pk=board.pk)),
        Target("follow-ups, all", "nurse", page("careplans:followups", "?state=all", pk=board.pk)),
        Target("reminders", "coordinator", page("careplans:reminders", pk=board.pk)),
        Target("notices", "oncology", page("accounts:notices")),
        Target("reference", "oncology", page("modalities:index")),
        Target("reference page", "oncology", page("modalities:page", slug="prrt")),
        Target("health", "oncology", page("careplans:health")),
        *(Target(f"API {noun}", "oncology", at(f"/api/v1/{noun}/")) for noun in NOUNS),
        Target("API cases by Ki-67", "oncology", at("/api/v1/cases/?ki67_percent_min=20")),
        Target("API advisories of a plan", "oncology", at(f"/api/v1/plans/{rows.in_force.pk}/advisories/")),
        Target("API advisories that stand", "oncology", at(f"/api/v1/advisories/?board={board.pk}&standing=true")),
        Target("API plans of a board", "oncology", at(f"/api/v1/plans/?board={board.pk}&status=active")),
        Target("API plan", "oncology", at(f"/api/v1/plans/{rows.in_force.pk}/")),
        Target("API case", "oncology", at(f"/api/v1/cases/{rows.case.pk}/")),
    ]


NOUNS = ("boards", "patients", "cases", "plans", "steps", "follow-ups", "modalities", "advisories")


def at(path: str) -> Callable[[], str]:
    return lambda: path


class Rows:
    """The rows whose pages are opened: like ones at every size."""

    def __init__(self, board: Board) -> None:
        plans = Plan.objects.filter(board=board).order_by("id")
        in_force = list(plans.filter(status="active", number=1)[:60])
        self.in_force = in_force[len(in_force) // 2]
        self.draft = plans.filter(status="draft").first()
        self.in_signoff = plans.filter(status="in_signoff").first()
        self.case = Case.objects.select_related("patient").get(pk=self.in_force.case_id)
        self.record, self.family = self.case.patient.record_number, self.case.patient.family_name

    def page(self, name: str, query: str = "", **kwargs: object) -> Callable[[], str]:
        return lambda: reverse(name, kwargs=kwargs) + query


def person(key: str) -> User:
    return User.objects.get(email=f"{key}@consilium.example")
