"""One board at a glance: what is late, whose signatures are awaited, how its plans stand, what comes. Each number is the length
of the list that it leads to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpResponse
from django.views.decorators.http import require_GET

from accounts.access import BoardQuerySet, get_board, peek_visible
from accounts.http import SignedInRequest
from accounts.models import Board, Discipline, Membership, User
from accounts.pages import render_page
from accounts.permissions import BOARD_ACTIONS, can
from careplans.models import Case, FollowUp, Plan, Signature, Step
from careplans.models.schedules import Kind
from careplans.readers.holdings import left_over
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.readers.superseded_guidance import plans_on_superseded
from careplans.readers.work.lists import gates_of, late_follow_ups, late_steps
from careplans.readers.work_rows import give_work_rows
from careplans.views.dated import all_dated
from careplans.views.work import one_list
from common.figures import read_key
from common.first_rows import capped_counts
from modalities.superseding import superseded_revisions

FORTNIGHT_DAYS = 14
# Counts stop here: a number that nobody can work off in a day need not be exact, and stays cheap to find.
CAP = 100

TITLES = {
    "overdue_steps": "Overdue steps", "failed_gates": "Steps whose condition has failed",
    "waiting_gates": "Steps that wait for their condition", "awaiting": "Plans awaiting signatures",
    "ready": "Plans ready to release", "board_drafts": "Drafts", "active": "Plans in force", "on_hold": "Plans on hold",
    "in_force": "Plans in force or on hold", "rediscussions": "Re-discussions to come",
}  # fmt: skip


@require_GET
def board_home(request: SignedInRequest, pk: int) -> HttpResponse:
    """One board at a glance. Who may not see patients sees the numbers and what is due, without names."""
    board = get_board(request.user, pk, "board.view")
    lists = board_lists(board)
    if "show" in request.GET:
        get_board(request.user, pk, "patients.view")
        lists["awaiting"] = lists["awaiting"].filter(asked_of(request.GET.get("of", "")))
        return one_list(request, lists, {board.pk: board}, board, TITLES)
    return render_page(request, "careplans/work/board_home.html", board, overview(request.user, board, lists))


def overview(user: User, board: Board, lists: dict[str, BoardQuerySet]) -> dict[str, Any]:
    today = board.today
    late = FollowUp.objects.filter(late_follow_ups([board])).open()
    coming = FollowUp.objects.open().filter(
        board=board, due_on__gte=today, due_on__lte=today + timedelta(days=FORTNIGHT_DAYS)
    )  # fmt: skip
    superseded = plans_on_superseded(Plan.objects.filter(board=board), superseded_revisions())
    changed = Plan.objects.on_changed_facts().filter(board=board)
    newest = Case.objects.filter(board=board).order_by("-pk")
    found = peek_visible(
        {"cases": newest, "coming": coming.order_by("due_on", "pk"), "rediscussions": lists["rediscussions"]},
        user, "followups.view", board=board, size=8, give=give_work_rows,
    )  # fmt: skip
    left = {f"left_{kind}": rows for kind, rows in left_over([board]).items()}
    counts = capped_counts({
        **lists, **left, "overdue_followups": late, "superseded": superseded, "facts": changed,
        "nothing_ahead": nothing_ahead([board]),
    }, cap=CAP)  # fmt: skip
    members = list(members_of(board))
    return {
        "counts": {name: number for name, number in counts.items() if name not in left} | {"left": together(counts, left)},
        "cases": found["cases"].rows, "members": members,
        "awaited": awaited_on(board, members, by_name=can(user, "text.view", board)) if counts["awaiting"] != "0" else [],
        "days": days_of(found["rediscussions"].rows), "days_more": found["rediscussions"].more,
        "coming": all_dated(found["coming"].rows, {board.pk: board}), "coming_more": found["coming"].more,
        "days_off": board.holidays.ahead(today)[:3], "nav": "board",
    }  # fmt: skip


def board_lists(board: Board) -> dict[str, BoardQuerySet]:
    """By name, each in the order in which it is worked off. “Awaiting” and “ready” are the plans in sign-off, in two."""
    plans = Plan.objects.filter(board=board).order_by("-pk")
    in_signoff = plans.filter(status=Plan.Status.IN_SIGNOFF)
    asked = Exists(Signature.objects.awaited().filter(plan=OuterRef("pk")))
    steps = Step.objects.waiting().filter(late_steps([board]))
    again = FollowUp.objects.open().filter(board=board, kind=Kind.REDISCUSSION, due_on__gte=board.today)
    return {
        "overdue_steps": steps.order_by("due_on", "pk"),
        **gates_of([board]),
        "awaiting": in_signoff.filter(asked),
        "ready": in_signoff.filter(~asked),
        "board_drafts": plans.filter(status=Plan.Status.DRAFT),
        "active": plans.filter(status=Plan.Status.ACTIVE),
        "on_hold": plans.filter(status=Plan.Status.ON_HOLD),
        "rediscussions": again.order_by("due_on", "pk"),
    }


@dataclass(frozen=True)
class Awaited:
    """Of whom signatures are awaited: a discipline, or one person to whom it was delegated; and who can give it."""

    key: str
    discipline: str
    people: list[str]
    plans: int
    nobody: bool


def awaited_on(board: Board, members: Iterable[Membership], *, by_name: bool) -> list[Awaited]:
    """Who is waited for, with how many plans, the most first. One query; names only for who may read them."""
    rows = (
        Signature.objects.awaited()
        .filter(board=board, plan__status=Plan.Status.IN_SIGNOFF)
        .select_related("delegated_to")
    )
    signing = [m for m in members if m.role in BOARD_ACTIONS["plans.sign"][0] and m.user.is_active]
    asked: dict[str, list[Signature]] = {}
    for row in rows.order_by("pk"):
        asked.setdefault(f"person-{row.delegated_to_id}" if row.delegated_to_id else row.discipline, []).append(row)
    found = [_awaited(key, signatures, signing, by_name=by_name) for key, signatures in asked.items()]
    return sorted(found, key=lambda one: (-one.plans, one.discipline))


def _awaited(key: str, rows: list[Signature], signing: list[Membership], *, by_name: bool) -> Awaited:
    first = rows[0]
    if first.delegated_to is not None:
        people = [f"{first.delegated_to.name} (delegated)"]
    else:
        people = [m.user.name for m in signing if m.discipline and m.discipline in first.disciplines]
    told = ", ".join(dict.fromkeys(row.discipline_label for row in rows))
    plans = len({row.plan_id for row in rows})
    return Awaited(key, told, people if by_name else [], plans, nobody=not people)


def asked_of(key: str) -> Q:
    """Plans that wait for this discipline, or for this person by delegation; every plan for anything else."""
    person = read_key(key.removeprefix("person-")) if key.startswith("person-") else None
    rows = Signature.objects.awaited().filter(plan=OuterRef("pk"))
    if person is not None:
        return Q(Exists(rows.filter(delegated_to=person)))
    if key in Discipline.values:
        return Q(Exists(rows.filter(delegated_to=None, discipline=key)))
    return Q()


def days_of(rows: Iterable[FollowUp]) -> list[tuple[date, list[FollowUp]]]:
    """The next days on which cases come back before the board: the record holds no meeting, only these."""
    return [(day, list(cases)) for day, cases in groupby(rows, key=lambda row: row.due_on)]


def members_of(board: Board) -> QuerySet[Membership]:
    return Membership.objects.filter(board=board, ended_at=None).select_related("user").order_by("user__name", "pk")


def together(counts: Mapping[str, str], names: Iterable[str], *, cap: int = CAP) -> str:
    """Several capped counts as one."""
    number = sum(int(counts[name].rstrip("+")) for name in names)
    return f"{cap}+" if number > cap else str(number)
