"""The lists of “My work”, as rows to be read: which there are for this person, each in the order in which it is worked off."""

from datetime import timedelta

from django.db.models import Exists, OuterRef, Q

from accounts.access import BoardQuerySet
from accounts.models import Board, Role, User
from accounts.permissions import boards_where, can, memberships_of
from careplans.models import Case, FollowUp, Plan, RecordMove, Signature, Step
from careplans.models.arms import undated_last
from careplans.readers.holdings import left_over
from careplans.readers.nothing_ahead import nothing_ahead
from careplans.readers.superseded_guidance import plans_on_superseded
from modalities.superseding import superseded_revisions

SOON_DAYS = 30


def my_lists(user: User) -> dict[str, BoardQuerySet]:
    """All that stand on the page, and `moves`: rows by themselves. Whoever shows them gives them what they are shown with; a join
    or prefetch here would be made anew with every filter. Two queries at most: superseded revisions, and who is gone."""
    managed = boards_managed(user)
    return _to_do(user) | _to_answer(user) | (_to_lead(user, managed) if managed else {}) | _to_watch(user)


def whole_lists(user: User) -> dict[str, BoardQuerySet]:
    """What can be asked for in full: with my steps and follow-ups, late and coming together."""
    mine = {
        "steps": Step.objects.waiting().filter(assignee=user).order_by("due_on", "pk"),
        "followups": FollowUp.objects.open().filter(soon(user), assignee=user).order_by("due_on", "pk"),
    }
    return {name: rows for name, rows in my_lists(user).items() if name != "moves"} | mine


def boards_managed(user: User) -> list[Board]:
    return [m.board for m in memberships_of(user) if can(user, "reminders.manage", m.board_id)]


def _to_do(user: User) -> dict[str, BoardQuerySet]:
    """Steps and follow-ups that are mine, and drafts."""
    boards = [m.board for m in memberships_of(user)]
    steps = Step.objects.waiting().filter(assignee=user).order_by("due_on", "pk")
    follow_ups = FollowUp.objects.open().filter(assignee=user).order_by("due_on", "pk")
    late_ones = late_follow_ups(boards)
    mine = Q(created_by=user, draft_with=None) | Q(draft_with=user)
    # Exists, and not a join or `in`: few plans are in work, many have been, so the index by state has to lead.
    own = Plan.objects.filter(mine, pk=OuterRef("pk"))
    drafts = Plan.objects.filter(Exists(own), status=Plan.Status.DRAFT)
    found: dict[str, BoardQuerySet] = {
        "overdue_steps": steps.filter(late_steps(boards)), "overdue_followups": follow_ups.filter(late_ones),
        "coming_steps": steps.filter(not_late_steps(boards)),
        "coming_followups": follow_ups.filter(soon(user)).exclude(late_ones),
        "drafts": drafts.order_by("-pk"),
    }  # fmt: skip
    if any(not can(user, "reminders.manage", board) for board in boards):
        gated = Step.objects.gate_failed().filter(assignee=user)
        found["my_failed_gates"] = gated.order_by("due_on", "pk")
    return found


def _to_answer(user: User) -> dict[str, BoardQuerySet]:
    """Plans that ask me for something: a signature, the release, an answer to what has changed."""
    plans = Plan.objects
    in_signoff = plans.filter(status=Plan.Status.IN_SIGNOFF)
    asked = Signature.objects.awaited().filter(may_answer(user), plan=OuterRef("pk"))
    lists: dict[str, BoardQuerySet] = {"to_sign": in_signoff.filter(Exists(asked)).order_by("pk")}
    releasing = [m.board_id for m in memberships_of(user) if can(user, "plans.release", m.board_id)]
    if releasing:
        open_ones = Signature.objects.awaited().filter(plan=OuterRef("pk"))
        lists["to_release"] = in_signoff.filter(~Exists(open_ones), board__in=releasing).order_by("pk")
    answering = boards_where(user, "guidance.answer")
    resting = plans_on_superseded(plans.filter(board__in=answering), superseded_revisions())
    lists["guidance"] = resting.order_by("pk")
    lists["facts"] = plans.on_changed_facts().filter(board__in=answering).order_by("facts_changed_at", "pk")
    moves = RecordMove.objects.asked().exclude(asked_by=user).where_can(user, "patients.merge")
    return lists | {"moves": moves.order_by("pk")}


def _to_lead(user: User, managed: list[Board]) -> dict[str, BoardQuerySet]:
    """What a coordinator or chair sees to of others."""
    steps, follow_ups = Step.objects, FollowUp.objects
    others_steps = steps.waiting().filter(late_steps(managed)).exclude(assignee=user)
    others_follow_ups = follow_ups.open().filter(late_follow_ups(managed)).exclude(assignee=user)
    left = left_over(managed)
    return {
        "late_steps": others_steps.order_by("due_on", "pk"),
        "late_followups": others_follow_ups.order_by("due_on", "pk"),
        **gates_of(managed),
        "nothing_ahead": nothing_ahead(managed),
        "left_steps": undated_last(steps.filter(pk__in=left["steps"].values("pk"))),
        "left_followups": follow_ups.filter(pk__in=left["follow_ups"].values("pk")).order_by("due_on", "pk"),
    }


def _to_watch(user: User) -> dict[str, BoardQuerySet]:
    """For who only reads on a board: its cases, the newest first."""
    watched = [
        m.board_id for m in memberships_of(user) if m.role == Role.OBSERVER and can(user, "cases.view", m.board_id)
    ]
    if not watched:
        return {}
    return {"watched": Case.objects.filter(board__in=watched).order_by("-updated_at", "-pk")}


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
    steps, waits = Step.objects.filter(board__in=boards), Q(pk__in=[])
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


def not_late_steps(boards: list[Board]) -> Q:
    found = Q(pk__in=[])
    for board in boards:
        found |= Q(board=board, due_on__gte=board.today - timedelta(days=board.grace_days))
    return found


def late_follow_ups(boards: list[Board]) -> Q:
    """The second condition follows from the first; it lets the index by day answer."""
    found = Q(pk__in=[])
    for board in boards:
        found |= Q(board=board, due_until__lt=board.today, due_on__lt=board.today)
    return found
