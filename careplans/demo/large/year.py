"""What people leave behind on a large board: the timeline's rows, and the audit trail of the last year.

Of every plan its moves are on the timeline. Of one that was begun within the last year also its steps and their fates, and the
answers of who signed; each of these has its row in the audit trail, as `history.record` writes both. And somebody read: of such
a plan a page is opened some twenty times (who drafts it, three who sign, who sees to it), every third time on the way from a
list of up to 25 cases. That is about forty rows of audit for each plan of the year: at 100,000 plans over eight years half a
million.

No draws: what the seed makes stays the same, whatever is read of it.
"""

import json
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from accounts.models import AuditEvent
from careplans.demo.large.courses import Course, World
from careplans.demo.large.inserting import insert_values
from careplans.models import Event, Plan, Step

PAGES_READ = 20
READS_PER_LIST = 3
LISTED = 25
READ = ("plan", "plan", "case", "plan", "case")


class Span(NamedTuple):
    """From when a batch was begun until the next one is. The trail tells of it only within the last year."""

    begun: datetime
    until: datetime
    is_told: bool

    def at(self, part: float) -> datetime:
        return self.begun + (self.until - self.begun) * part


class Happened(NamedTuple):
    """One row of the timeline, in the order of its columns."""

    board: int
    case: int
    plan: int | None
    step: int | None
    kind: str
    old: str
    new: str
    reason: str
    data: str
    by: int
    at: datetime

    @property
    def subject(self) -> tuple[str, str]:
        kind, pk = ("step", self.step) if self.step else ("plan", self.plan) if self.plan else ("case", self.case)
        return kind, str(pk)


def write_year(world: World, courses: list[Course], span: Span) -> None:
    events = [event for course in courses for event in _events(world, course, span)]
    insert_values(Event, Happened._fields, events)
    if span.is_told:
        rows = [_written(event) for event in events] + list(_read(world, courses, span))
        rows.sort(key=lambda row: row[0])
        insert_values(AuditEvent, AUDIT, rows)


AUDIT = ("at", "actor", "action", "subject_type", "subject_id", "label", "board_id", "data")
Row = tuple[datetime, int, str, str, str, str, int, str]


def _events(world: World, course: Course, span: Span) -> Iterator[Happened]:
    by, at = world.people["coordinator"].pk, span.begun
    case = (world.board.pk, course.case.pk)
    yield Happened(*case, None, None, "case_opened", "", "accepted", "", "{}", by, at)
    for plan, steps in zip(course.plans, course.steps, strict=True):
        moves = [("", "draft"), ("draft", "in_signoff"), ("in_signoff", "active"), ("active", plan.status)]
        reached = 1 if not plan.submitted_at else 2 if not plan.released_at else 3 if plan.status == "active" else 4
        for place, (old, new) in enumerate(moves[:reached]):
            kind = "plan_moved" if old else "plan_drafted"
            yield Happened(*case, plan.pk, None, kind, old, new, "", "{}", by, at)
            if span.is_told:
                yield from _around(course, plan, steps, place, by, at)


def _around(course: Course, plan: Plan, steps: list[Step], place: int, by: int, at: datetime) -> Iterator[Happened]:
    """What stands between two moves of a plan: its steps, who signed, what became of the steps."""
    case = (plan.board_id, plan.case_id, plan.pk)
    if place == 0:
        for step in steps:
            data = json.dumps({"position": step.position, "modality": step.modality_code})
            yield Happened(*case, step.pk, "step_added", "", "", "", data, by, at)
    elif place == 1:
        for one in course.signatures:
            if one.plan_id == plan.pk and one.signer_id:
                data = json.dumps({"discipline": one.signed_discipline, "content_version": one.content_version})
                yield Happened(*case, None, "plan_answered", "", one.status, "", data, one.signer_id, at)
    elif place == 2:
        for step in steps:
            if step.status not in (Step.Status.PROPOSED, Step.Status.PLANNED):
                yield Happened(
                    *case, step.pk, "step_moved", "planned", step.status, "", "{}", step.assignee_id or by, at
                )


def _written(event: Happened) -> Row:
    told = json.dumps({"old": event.old, "new": event.new}) if event.new else "{}"
    return (event.at, event.by, event.kind, *event.subject, "", event.board, told)


def _read(world: World, courses: list[Course], span: Span) -> Iterator[Row]:
    """Each person in turn opens pages of each case, a little later than the one before; lists name the cases around it."""
    readers, board = [person.pk for person in world.others], world.board.pk
    cases = [course.case.pk for course in courses]
    for number, course in enumerate(courses):
        shown = json.dumps({"ids": cases[max(0, number - LISTED + 1) : number + 1]})
        for turn in range(PAGES_READ * len(course.plans)):
            at = span.at((turn * len(courses) + number) / (PAGES_READ * 2 * len(courses)))
            who = readers[(number + turn) % len(readers)]
            if turn % READS_PER_LIST == 0:
                yield (at, who, "list", "case", "list", "", board, shown)
            kind = READ[turn % len(READ)]
            pk = course.case.pk if kind == "case" else course.plans[-1].pk
            yield (at, who, "read", kind, str(pk), "", board, "{}")
