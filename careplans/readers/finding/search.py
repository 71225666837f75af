"""What somebody may see of what they look for: patients, cases, open plans and follow-ups of those, people, reference pages.

The same number of statements whatever is found: a bound, the first rows of patients and cases with what belongs to them, and one
read event for all; then people and pages.
"""

from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch, Q, prefetch_related_objects
from django.urls import reverse

from accounts import audit
from accounts.access import BoardQuerySet, Excerpt, peek_visible
from accounts.models import AuditEvent, Membership, User
from accounts.permissions import boards_where, can, memberships_of
from careplans.models import Case, FollowUp, Patient, Plan
from careplans.readers.finding.hits import Drawn, Hit, HitGroup, group
from careplans.readers.finding.typed import Typed
from common.folding import fold
from modalities.highlighting import Piece
from modalities.searching import search_pages

# Of each kind; whoever sees more will want to add a word.
MOST = 6
# Of one board, or of an installation: people are looked through in memory.
MOST_PEOPLE = 500
# As many things in the trail within a minute are no person who types.
TOO_MANY = 400


def newest_but(user: User, many: int) -> Any:
    """When somebody did what lies so many entries back in the trail; None where there are fewer. One query, by an index."""
    moments = AuditEvent.objects.filter(actor=user).order_by("-id").values_list("at", flat=True)
    return next(iter(moments[many : many + 1]), None)


def search(user: User, text: str) -> list[HitGroup]:
    """Groups in which something was found. Nothing for a single letter."""
    typed = Typed(text)
    if not typed.is_enough:
        return []
    names = {m.board_id: m.board.name for m in memberships_of(user)}
    drawn = Drawn(typed, names if len(names) > 1 else {})
    return [*_of_record(user, typed, drawn), *_of_people(user, typed, drawn), *_of_pages(typed)]


def _of_record(user: User, typed: Typed, drawn: Drawn) -> list[HitGroup]:
    """Nothing for whoever sees no patients: their pages would not open."""
    if not boards_where(user, "patients.view"):
        return []
    lists: dict[str, BoardQuerySet] = {
        "patients": Patient.objects.standing().search(typed.text, few=True).order_by("family_key", "pk"),
        "cases": Case.objects.search(typed.of_case).order_by("-pk"),
    }
    shown = peek_visible(lists, user, "patients.view", size=MOST)
    cases: list[Case] = shown["cases"].rows
    _with_work(cases, typed)
    patients, todays = shown["patients"], {m.board_id: m.board.today for m in memberships_of(user)}
    plans = [drawn.plan(plan, case) for case in cases for plan in case.plans.all()]
    due = [
        (row, case) for case in cases for row in case.follow_ups.all() if not typed.kinds or row.kind in typed.kinds
    ]  # fmt: skip
    due.sort(key=lambda one: (one[0].due_on, one[0].pk))
    later = [drawn.follow_up(row, case, todays[row.board_id]) for row, case in due]
    return [
        *group("patients", "Patients", list(map(drawn.patient, patients.rows)), most=MOST, more=patients.more),
        *group("cases", "Cases", _drawn_cases(shown["cases"], drawn), most=MOST, more=shown["cases"].more),
        *group("plans", "Plans", plans, most=MOST),
        *group("followups", "Follow-ups", later, most=MOST),
    ]


def _drawn_cases(cases: Excerpt, drawn: Drawn) -> list[Hit]:
    return [drawn.case(case) for case in cases.rows]


def _with_work(cases: list[Case], typed: Typed) -> None:
    """Open plans, or those of the number that was typed, and open follow-ups. Two queries."""
    wanted = Q(number=typed.plan_number) if typed.plan_number else Q(status__in=Plan.OPEN)
    plans = Plan.objects.filter(wanted).order_by("-number").only("board", "case", "number", "status")
    prefetch_related_objects(
        cases, Prefetch("plans", plans), Prefetch("follow_ups", FollowUp.objects.open().order_by("due_on", "pk"))
    )


def _of_people(user: User, typed: Typed, drawn: Drawn) -> list[HitGroup]:
    """Everybody for an administrator; else colleagues on boards where one reads names. One query, and for an administrator one
    entry in the trail."""
    if can(user, "people.manage"):
        rows = list(User.objects.for_list(typed.text).prefetch_related(None).order_by("name", "pk")[: MOST + 1])
        audit.record_many("list", by=user, kind="user", board_id=None, ids=[row.pk for row in rows[:MOST]])
        return group("people", "People", list(map(drawn.account, rows)), most=MOST)
    current = Membership.objects.current().filter(board__in=boards_where(user, "text.view"), user__is_active=True)
    people = current.select_related("user", "board").order_by("user__name", "pk")[:MOST_PEOPLE]
    found = [row for row in people if _is_named(row.user.name, typed)]
    return group("people", "People", [drawn.member(row, _place_of(row, user)) for row in found], most=MOST)


def _is_named(name: str, typed: Typed) -> bool:
    """Each word that was typed begins a word of the name."""
    words = fold(name).split()
    return all(any(one.startswith(word) for one in words for word in spellings) for spellings in typed.words)


def _place_of(member: Membership, user: User) -> str:
    if can(user, "work.hand_over", member.board):
        return reverse("careplans:person_work", args=[member.board_id, member.user_id])
    return reverse("careplans:board_home", args=[member.board_id])


def _begins_a_word(pieces: Sequence[Piece]) -> bool:
    return any(
        piece.is_hit and not (before and before[-1].isalnum())
        for before, piece in zip(("", *(one.text for one in pieces)), pieces, strict=False)
    )


def _of_pages(typed: Typed) -> list[HitGroup]:
    """A word within another is nothing that somebody looks for here: the search of the pages themselves finds it."""
    found = [one for one in search_pages(typed.text) if _begins_a_word(one.title) or _begins_a_word(one.text)]
    hits = [Hit(one.title, one.text if one.heading else [], one.url) for one in found]
    return group("pages", "Reference pages", hits, most=MOST)
