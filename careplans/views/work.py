"""“My work”: what waits for one person over all boards, in order of harm (careplans/readers/work/order.py)."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_GET, require_POST

from accounts.access import BoardQuerySet, Excerpt, list_visible, peek_visible
from accounts.http import SignedInRequest
from accounts.models import Board, User
from accounts.pages import render_page
from accounts.permissions import memberships_of
from accounts.services.work_seen import mark_work_seen
from careplans.models import FollowUp, Reminder, Step
from careplans.readers.editorial_work import editorial_work
from careplans.readers.holdings import pairs_that_act
from careplans.readers.work.lists import boards_managed, my_lists, whole_lists
from careplans.readers.work.news import Told, is_new, told_since
from careplans.readers.work.order import ORDER, TITLES, Section, in_order
from careplans.readers.work_rows import give_work_rows, may_record
from careplans.views.dated import DatedRow, all_dated
from careplans.views.homes import homes_of
from common.first_rows import capped_counts

# So many rows of a section stand on the page; the rest are one link away.
SHOWN = 10
# Before there was such a page.
EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
There = set[tuple[int, int]]


@require_GET
def my_work(request: SignedInRequest) -> HttpResponse:
    """Everything that waits for this person, on all their boards; with `show`, one of the lists in full."""
    user = request.user
    boards = {membership.board_id: membership.board for membership in memberships_of(user)}
    if "show" in request.GET:
        return one_list(request, whole_lists(user), boards)
    # Before the rows are read: what comes between the two is new at the next look, and never lost.
    shown_at = timezone.now()
    found = peek_visible(my_lists(user), user, "patients.view", give=give_work_rows) if boards else {}
    sections = sections_of(user, found, boards)
    waits, managed = [one for one in sections if one["is_waiting"]], boards_managed(user)
    failed = Reminder.objects.filter(board__in=managed, status=Reminder.Status.FAILED)
    editorial = editorial_work(user)
    context = {
        "sections": {one["name"]: one for one in sections}, "several": len(boards) > 1, "managed": managed,
        "failed": capped_counts({"failed": failed}, cap=10)["failed"] if managed else "0",
        "waits": waits, "editorial": editorial, "homes": homes_of(user),
        "next": None if waits or not boards else next_of(user),
        "seen": user.work_seen_at, "shown_at": shown_at.isoformat(), "new": sum(one["new"] for one in sections),
        "nav": "my_work",
    }  # fmt: skip
    return render(request, "careplans/work/my_work.html", context)


def next_of(user: User) -> FollowUp | None:
    """Where nothing waits: what comes next of one's own, later than the page looks ahead."""
    own = FollowUp.objects.for_work_list().open().filter(assignee=user).order_by("due_on", "pk")
    rows = peek_visible({"next": own}, user, "patients.view", size=1)["next"].rows
    return rows[0] if rows else None


@require_POST
def work_seen(request: SignedInRequest) -> HttpResponse:
    """All that the page showed has been seen; what came since it was drawn stays new, whichever tab says so."""
    until = parse_time(request.POST.get("until", ""))
    if until is None:
        messages.error(request, "Nothing was marked: open the page again and mark it there.")
    elif mark_work_seen(by=request.user, until=until):
        messages.success(request, "Marked as seen. What becomes so from now on will be called new.")
    return redirect("careplans:my_work")


def parse_time(text: str) -> datetime | None:
    """A moment at which this page can have been drawn. The first day of the calendar is outside of it in other zones."""
    try:
        at = parse_datetime(text)
    except (ValueError, OverflowError):
        return None
    return at if at is not None and timezone.is_aware(at) and at >= EARLIEST else None


def sections_of(user: User, found: Mapping[str, Excerpt], boards: dict[int, Board]) -> list[dict[str, Any]]:
    """Those of this person in order of harm. A row stands once, where it does most harm. Two queries at most: who is there
    still, and what they were told since they last looked."""
    of_lists = [row for excerpt in found.values() for row in excerpt.rows if isinstance(row, Step | FollowUp)]
    there, told = pairs_that_act(of_lists), told_since(user, user.work_seen_at) if found else {}
    shown: list[dict[str, Any]] = []
    placed: set[tuple[type, int]] = set()
    for section in in_order(found):
        excerpts = {name: found[name] for name in section.lists if name in found}
        rows = rows_of(section, excerpts, boards, there, placed)
        shown.append(drawn(section, rows, excerpts, boards) | told_new(section, rows, user, told))
    return shown


def rows_of(
    section: Section, excerpts: Mapping[str, Excerpt], boards: dict[int, Board], there: There,
    placed: set[tuple[type, int]],
) -> list[Any]:  # fmt: skip
    """Its rows as they are drawn. What waits for its condition is not late, whatever its date: it comes further down."""
    rows = [row for excerpt in excerpts.values() for row in excerpt.rows if (type(row), row.pk) not in placed]
    if section.kind != "dated":
        return [{"row": row, "board": boards.get(getattr(row, "board_id", 0))} for row in rows]
    dated = all_dated({(type(row), row.pk): row for row in rows}.values(), boards, there)
    if section.name in ("overdue", "late"):
        dated = sorted((one for one in dated if one.is_late), key=lambda one: (not one.escalated, one.day))
    elif section.name != "left":
        dated.sort(key=lambda one: (one.day, one.row.pk))
    placed |= {(type(one.row), one.row.pk) for one in dated}
    return dated


def drawn(
    section: Section, rows: list[Any], excerpts: Mapping[str, Excerpt], boards: dict[int, Board]
) -> dict[str, Any]:
    """A section with its heading, its capped count, and where the rest of it is."""
    more = {name: excerpt for name, excerpt in excerpts.items() if excerpt.more}
    over = len(rows) > SHOWN or bool(more)
    acting = list(dict.fromkeys(getattr(row, "board_id", 0) for excerpt in excerpts.values() for row in excerpt.rows))
    links = [
        (name, TITLES[name], one.count)
        for name, one in excerpts.items()
        if over and one.rows and name in leads_to(section)
    ]
    return {
        "name": section.name, "title": section.title, "short": section.short or section.title, "kind": section.kind,
        "is_harm": section.is_harm and bool(rows), "who": section.who, "signoff": section.signoff,
        "act": section.act, "act_words": section.act_words, "links": links,
        "rows": rows[:SHOWN], "count": f"{min(len(rows), SHOWN)}+" if over else str(len(rows)),
        "acting": [boards[pk] for pk in acting if pk in boards] if section.act else [],
        "is_waiting": bool(rows) and section.name != "watched",
    }  # fmt: skip


def leads_to(section: Section) -> list[str]:
    """Its lists that no section before it has: those are asked for in full there."""
    before = {name for one in ORDER[: ORDER.index(section)] for name in one.lists}
    return [name for name in section.lists if name in TITLES and name not in before]


def told_new(section: Section, rows: list[Any], user: User, told: Told) -> dict[str, Any]:
    """The same rows, each with whether it is new, and how many are."""
    marked: list[Any] = []
    for one in rows[:SHOWN]:
        if isinstance(one, DatedRow):
            new = is_new(section.name, one.row, one.board, user.work_seen_at, told, one.became_late)
            marked.append(replace(one, is_new=new) if new else one)
        else:
            new = is_new(section.name, one["row"], one["board"], user.work_seen_at, told)
            marked.append(one | {"is_new": new})
    return {
        "rows": marked,
        "new": sum(bool(one.is_new if isinstance(one, DatedRow) else one["is_new"]) for one in marked),
    }


def one_list(
    request: SignedInRequest, lists: Mapping[str, BoardQuerySet], boards: dict[int, Board], board: Board | None = None,
    titles: Mapping[str, str] = TITLES,
) -> HttpResponse:  # fmt: skip
    """One of the lists in full, by pages."""
    name = request.GET["show"]
    if name not in lists:
        raise Http404
    rows = lists[name].for_work_list()
    order = tuple(str(column) for column in rows.query.order_by)
    page = list_visible(rows, request.user, "patients.view", order=order, params=request.GET, board=board)
    nav = "board" if board else "my_work"
    shown = whole(name, titles[name], page.rows, boards)
    picks = shown["kind"] == "dated" and any(may_record(request.user, one.row, one.board) for one in shown["rows"])
    context = {"section": shown, "page": page, "several": len(boards) > 1, "nav": nav, "picks": picks}
    if board:
        return render_page(request, "careplans/work/list.html", board, context)
    return render(request, "careplans/work/list.html", context)


# Lists whose plans are opened on their sign-off page.
SIGNED = ("to_sign", "to_release", "awaiting", "ready")


def whole(name: str, title: str, rows: list[Any], boards: dict[int, Board]) -> dict[str, Any]:
    is_dated = bool(rows) and isinstance(rows[0], Step | FollowUp)
    shown = all_dated(rows, boards) if is_dated else [{"row": row, "board": boards[row.board_id]} for row in rows]
    kind = "dated" if is_dated else "cases" if name in ("nothing_ahead", "watched") else "plans"
    return {"name": name, "title": title, "rows": shown, "kind": kind, "signoff": name in SIGNED}
