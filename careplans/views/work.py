"""What waits: for one person over all boards, and on one board for everybody."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from accounts.access import BoardQuerySet, Excerpt, get_board, list_visible, peek_visible
from accounts.http import SignedInRequest
from accounts.models import Board, Membership, User
from accounts.pages import render_page
from accounts.permissions import boards_where, can, memberships_of
from careplans.models import Case, FollowUp, Plan, RecordMove, Reminder, Signature, Step
from careplans.readers.editorial_work import editorial_work
from careplans.readers.holdings import left_over, pairs_that_act
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.readers.superseded_guidance import plans_on_superseded
from careplans.readers.work_rows import give_work_rows, may_record
from careplans.views.dated import all_dated
from common.first_rows import capped_counts
from modalities.superseding import superseded_revisions

SOON_DAYS = 30
FORTNIGHT_DAYS = 14
# Counts stop here: a number that nobody can work off in a day need not be exact, and stays cheap to find.
CAP = 100

# (board, person): who of the people responsible is still there.
There = set[tuple[int, int]]

TITLES = {
    "to_sign": "Awaiting my signature",
    "to_release": "Ready to release",
    "steps": "My steps",
    "followups": "My follow-ups",
    "late_steps": "Overdue steps of others",
    "late_followups": "Overdue follow-ups of others",
    "failed_gates": "Steps whose condition has failed",
    "waiting_gates": "Steps that wait for their condition",
    "drafts": "My drafts",
    "left_steps": "Steps left to nobody",
    "left_followups": "Follow-ups left to nobody",
    "overdue_steps": "Overdue steps",
    "awaiting": "Plans awaiting signatures",
    "board_drafts": "Drafts",
    "in_force": "Plans in force",
    "guidance": "Guidance has changed",
    "facts": "Facts have changed",
    "nothing_ahead": "In care, nothing ahead",
}

# Lists whose plans are opened on their sign-off page.
SIGNED = ("to_sign", "to_release", "awaiting")


@require_GET
def my_work(request: SignedInRequest) -> HttpResponse:
    """Everything that waits for this person, on all their boards; with `show`, one of the lists in full."""
    user = request.user
    boards = {membership.board_id: membership.board for membership in memberships_of(user)}
    lists = my_lists(user)
    if "show" in request.GET:
        return one_list(request, lists, boards)
    moves = (
        RecordMove.objects.for_page().asked().exclude(asked_by=user).where_can(user, "patients.merge").order_by("pk")
    )
    asked = {**lists, "moves": moves}
    found = peek_visible(asked, user, "patients.view", give=give_work_rows) if boards else {}
    to_confirm = found.pop("moves", None)
    there = pairs_that_act(
        [row for excerpt in found.values() for row in excerpt.rows if isinstance(row, Step | FollowUp)]
    )
    managed = [board for board in boards.values() if can(user, "reminders.manage", board)]
    failed = Reminder.objects.filter(board__in=managed, status=Reminder.Status.FAILED)
    context = {
        "sections": {name: section(name, excerpt, boards, there) for name, excerpt in found.items()},
        "to_confirm": to_confirm, "late": late_of_others(found, boards, there), "several": len(boards) > 1, "managed": managed,
        "failed": capped_counts({"failed": failed}, cap=10)["failed"] if managed else "0",
        "resting": [boards[pk] for pk in dict.fromkeys(plan.board_id for plan in rows_of(found, "guidance"))],
        "on_nothing": [boards[pk] for pk in dict.fromkeys(case.board_id for case in rows_of(found, "nothing_ahead"))],
        "on_facts": [boards[pk] for pk in dict.fromkeys(plan.board_id for plan in rows_of(found, "facts"))],
        "editorial": editorial_work(user), "signs": any(can(user, "plans.sign", pk) for pk in boards), "nav": "my_work",
    }  # fmt: skip
    return render(request, "careplans/work/my_work.html", context)


def my_lists(user: User) -> dict[str, BoardQuerySet]:
    """The lists of “My work”, each in the order in which it is worked off."""
    plans = Plan.objects.for_work_list()
    in_signoff = plans.filter(status=Plan.Status.IN_SIGNOFF)
    # Exists, and not a join or `in`: few plans are in work, many have been, so the index by state has to lead.
    asked = Signature.objects.awaited().filter(may_answer(user), plan=OuterRef("pk"))
    mine = Q(created_by=user, draft_with=None) | Q(draft_with=user)
    own = Plan.objects.filter(mine, pk=OuterRef("pk"))
    steps, follow_ups = Step.objects.for_work_list(), FollowUp.objects.for_work_list()
    lists = {
        "to_sign": in_signoff.filter(Exists(asked)).order_by("pk"),
        "steps": steps.waiting().filter(assignee=user).order_by("due_on", "pk"),
        "followups": follow_ups.open().filter(soon(user), assignee=user).order_by("due_on", "pk"),
        "drafts": plans.filter(Exists(own), status=Plan.Status.DRAFT).order_by("-pk"),
    }
    releasing = [m.board_id for m in memberships_of(user) if can(user, "plans.release", m.board_id)]
    if releasing:
        open_ones = Signature.objects.awaited().filter(plan=OuterRef("pk"))
        lists["to_release"] = in_signoff.filter(~Exists(open_ones), board__in=releasing).order_by("pk")
    answering = boards_where(user, "guidance.answer")
    resting = plans_on_superseded(plans.filter(board__in=answering), superseded_revisions())
    lists["guidance"] = resting.order_by("pk")
    lists["facts"] = plans.on_changed_facts().filter(board__in=answering).order_by("facts_changed_at", "pk")
    managed = [m.board for m in memberships_of(user) if can(user, "reminders.manage", m.board_id)]
    if managed:
        others_steps = steps.waiting().filter(late_steps(managed)).exclude(assignee=user)
        others_follow_ups = follow_ups.open().filter(late_follow_ups(managed)).exclude(assignee=user)
        lists["late_steps"] = others_steps.order_by("due_on", "pk")
        lists["late_followups"] = others_follow_ups.order_by("due_on", "pk")
        lists |= gates_of(managed)
        lists["nothing_ahead"] = nothing_ahead(managed)
        left = left_over(managed)
        lists["left_steps"] = steps.filter(pk__in=left["steps"].values("pk")).order_by("due_on", "pk")
        lists["left_followups"] = follow_ups.filter(pk__in=left["follow_ups"].values("pk")).order_by("due_on", "pk")
    return lists


def may_answer(user: User) -> Q:
    """Awaited signatures that this person may give: delegated to them, or of their discipline on that board."""
    mine = Q(pk__in=[])
    for membership in memberships_of(user):
        if not can(user, "plans.sign", membership.board_id):
            continue
        board, held = Q(board=membership.board_id), Q(pk__in=[])
        if membership.discipline:
            held = Q(discipline=membership.discipline) | Q(alternative=membership.discipline)
        lent = Q() if membership.board.delegates_may_lack_discipline else held
        mine |= (board & Q(delegated_to=None) & held) | (board & Q(delegated_to=user) & lent)
    return mine


def soon(user: User) -> Q:
    """Due within the next days, by each board's own calendar; what is overdue is in it."""
    found = Q(pk__in=[])
    for membership in memberships_of(user):
        last = membership.board.today + timedelta(days=SOON_DAYS)
        found |= Q(board=membership.board_id, due_on__lte=last)
    return found


def gates_of(boards: list[Board]) -> dict[str, BoardQuerySet]:
    """Steps that cannot begin yet, or any more: whoever they are with is not reminded, so a coordinator has to see them."""
    steps, waits = Step.objects.for_work_list().filter(board__in=boards), Q(pk__in=[])
    for board in boards:
        waits |= Q(board=board) & Step.waits_on(board.today)
    return {
        "failed_gates": steps.gate_failed().order_by("due_on", "pk"),
        "waiting_gates": steps.gated().filter(waits).order_by("due_on", "pk"),
    }


def late_steps(boards: list[Board]) -> Q:
    found = Q(pk__in=[])
    for board in boards:
        found |= Q(board=board, due_on__lt=board.today - timedelta(days=board.grace_days))
    return found


def late_follow_ups(boards: list[Board]) -> Q:
    """The second condition follows from the first; it lets the index by day answer."""
    found = Q(pk__in=[])
    for board in boards:
        found |= Q(board=board, due_until__lt=board.today, due_on__lt=board.today)
    return found


def section(name: str, excerpt: Excerpt, boards: dict[int, Board], there: There | None = None) -> dict[str, Any]:
    """A list with its heading, its capped count and its rows as the templates show them."""
    undated = bool(excerpt.rows) and isinstance(excerpt.rows[0], Plan | Case)
    rows = [{"row": row, "board": boards[row.board_id]} for row in excerpt.rows] if undated else None
    return {
        "name": name, "title": TITLES[name], "count": excerpt.count, "more": excerpt.more,
        "rows": all_dated(excerpt.rows, boards, there) if rows is None else rows,
        "dated": rows is None, "signoff": name in SIGNED,
    }  # fmt: skip


def rows_of(found: Mapping[str, Excerpt], name: str) -> list[Any]:
    return found[name].rows if name in found else []


def late_of_others(found: Mapping[str, Excerpt], boards: dict[int, Board], there: There) -> dict[str, Any] | None:
    """Overdue steps and follow-ups of others in one list, the longest overdue first; None for who runs no board."""
    if "late_steps" not in found:
        return None
    steps, follow_ups = found["late_steps"], found["late_followups"]
    rows = sorted([*steps.rows, *follow_ups.rows], key=lambda row: row.due_on)
    return {
        "rows": all_dated(rows[:10], boards, there), "more": len(rows) > 10 or steps.more or follow_ups.more,
        "count": "10+" if len(rows) > 10 else str(len(rows)),
        "steps": steps.count, "followups": follow_ups.count,
    }  # fmt: skip


def one_list(
    request: SignedInRequest, lists: Mapping[str, BoardQuerySet], boards: dict[int, Board], board: Board | None = None
) -> HttpResponse:
    """One of the lists in full, by pages."""
    name = request.GET["show"]
    if name not in lists:
        raise Http404
    rows = lists[name]
    order = tuple(str(column) for column in rows.query.order_by)
    page = list_visible(rows, request.user, "patients.view", order=order, params=request.GET, board=board)
    shown = section(name, Excerpt(page.rows, more=False), boards)
    nav = "board" if board else "my_work"
    picks = shown["dated"] and any(may_record(request.user, item.row, item.board) for item in shown["rows"])
    context = {"section": shown, "page": page, "several": len(boards) > 1, "nav": nav, "picks": picks}
    if board:
        return render_page(request, "careplans/work/list.html", board, context)
    return render(request, "careplans/work/list.html", context)


@require_GET
def board_home(request: SignedInRequest, pk: int) -> HttpResponse:
    """One board at a glance. Who may not see patients sees the numbers and what is due, without names."""
    board = get_board(request.user, pk, "board.view")
    lists = board_lists(board)
    if "show" in request.GET:
        get_board(request.user, pk, "patients.view")
        return one_list(request, lists, {board.pk: board}, board)
    return render_page(request, "careplans/work/board_home.html", board, overview(request.user, board, lists))


def overview(user: User, board: Board, lists: dict[str, BoardQuerySet]) -> dict[str, Any]:
    today = board.today
    late = FollowUp.objects.filter(late_follow_ups([board])).open()
    coming = FollowUp.objects.for_work_list().open().filter(
        board=board, due_on__gte=today, due_on__lte=today + timedelta(days=FORTNIGHT_DAYS)
    )  # fmt: skip
    superseded = plans_on_superseded(Plan.objects.filter(board=board), superseded_revisions())
    changed = Plan.objects.on_changed_facts().filter(board=board)
    newest = Case.objects.for_work_list().filter(board=board).order_by("-pk")
    found = peek_visible(
        {"cases": newest, "coming": coming.order_by("due_on", "pk")}, user, "followups.view", board=board, size=8,
        give=give_work_rows,
    )  # fmt: skip
    left = {f"left_{kind}": rows for kind, rows in left_over([board]).items()}
    counts = capped_counts({
        **lists, **left, "overdue_followups": late, "superseded": superseded, "facts": changed,
        "nothing_ahead": nothing_ahead([board]),
    }, cap=CAP)  # fmt: skip
    return {
        "counts": {name: number for name, number in counts.items() if name not in left} | {"left": together(counts, left)},
        "cases": found["cases"].rows,
        "coming": all_dated(found["coming"].rows, {board.pk: board}), "coming_more": found["coming"].more,
        "members": members_of(board), "days_off": board.holidays.ahead(today)[:3], "nav": "board",
    }  # fmt: skip


def board_lists(board: Board) -> dict[str, BoardQuerySet]:
    plans = Plan.objects.filter(board=board).for_work_list().order_by("-pk")
    steps = Step.objects.for_work_list().waiting().filter(late_steps([board]))
    return {
        "overdue_steps": steps.order_by("due_on", "pk"),
        **gates_of([board]),
        "awaiting": plans.filter(status=Plan.Status.IN_SIGNOFF),
        "board_drafts": plans.filter(status=Plan.Status.DRAFT),
        "in_force": plans.in_force(),
    }


def members_of(board: Board) -> QuerySet[Membership]:
    return Membership.objects.filter(board=board, ended_at=None).select_related("user").order_by("user__name", "pk")


def together(counts: Mapping[str, str], names: Iterable[str], *, cap: int = CAP) -> str:
    """Several capped counts as one."""
    number = sum(int(counts[name].rstrip("+")) for name in names)
    return f"{cap}+" if number > cap else str(number)
