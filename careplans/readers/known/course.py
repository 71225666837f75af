"""One patient's course as it was on a day: the case with its facts, plans, follow-ups, advisories and events, in rows of then.

What is read is what the record held at `known_by`; what by its own date came after `as_of` had not happened yet (rewound.py).
People have the names that they had then, as far as the audit trail tells; reference pages are revisions, which never change.
"""

from collections.abc import Collection, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Board, User
from accounts.names import names_at
from careplans.models import (
    Advisory,
    Arm,
    Case,
    ContradictionAnswer,
    DecidingFacts,
    Event,
    FactsAnswer,
    FollowUp,
    FollowUpSchedule,
    Monitoring,
    Occurrence,
    Plan,
    PlanSchedule,
    PriorTreatment,
    Proforma,
    ScheduleLine,
    Signature,
    Specimen,
    Step,
    StepBreak,
)
from careplans.readers.known.asked import Asked
from careplans.readers.known.moments import Known
from careplans.readers.known.rewound import FATES, rewind, rewind_steps
from careplans.readers.known.rows import rows_known
from careplans.readers.served import steps as of_steps
from careplans.readers.served.cases import link_cases
from careplans.readers.served.followups import link_follow_ups
from careplans.readers.served.plans import link_plans
from modalities.models import Revision


@dataclass(frozen=True)
class Course:
    """All of it with what is shown of it, so that nobody reads anything of today by chance. Events come the newest first."""

    asked: Asked
    case: Case
    plans: list[Plan]
    follow_ups: list[FollowUp]
    advisories: list[Advisory]
    events: list[Event]


class BoardOn:
    """A board on one of its days, for what asks it for today."""

    def __init__(self, board: Board, today: date) -> None:
        self._board, self.today = board, today

    def __getattr__(self, name: str) -> Any:
        return getattr(self._board, name)


def course_of(case: Case, asked: Asked) -> Course:
    """The number of queries does not depend on how long the course is. `case` comes with its board. Raises ValidationError of
    `as_of` where there was no such case yet."""
    found = _read(case, asked)
    _name_people(found, asked)
    _link(found, BoardOn(_board(case, asked), asked.day), asked)
    [then] = found["case"]
    events = sorted(found["events"], key=lambda event: event.pk, reverse=True)
    return Course(asked, then, found["plans"], found["follow_ups"], found["advisories"], events)


def _read(case: Case, asked: Asked) -> dict[str, list[Any]]:
    """Every row of the case as it was, by what it is called below."""

    def rows(model: Any, **equals: Any) -> list[Any]:
        known, then = _twice(model, asked, **equals)
        return rewind(known, then, asked)

    found: dict[str, list[Any]] = {"case": rows(Case, pk=case.pk)}
    if not found["case"]:
        began = date_format(timezone.localtime(case.created_at, case.board.zone).date(), "j F Y")
        raise ValidationError({"as_of": f"This case was opened on {began}. Choose that day or a later one."})
    found |= {
        "proforma": rows(Proforma, case=case.pk), "prior_treatments": _standing(rows(PriorTreatment, case=case.pk)),
        "specimens": _standing(rows(Specimen, case=case.pk)), "contradiction_answers": rows(ContradictionAnswer, case=case.pk),
        "plans": rows(Plan, case=case.pk), "schedules": rows(PlanSchedule, case=case.pk),
        "occurrences": rows(Occurrence, case=case.pk), "breaks": rows(StepBreak, case=case.pk),
        "monitoring": rows(Monitoring, case=case.pk), "follow_ups": rows(FollowUp, case=case.pk),
        "advisories": rows(Advisory, case=case.pk), "events": rows(Event, case=case.pk),
    }  # fmt: skip
    known, then = _twice(Step, asked, case=case.pk)
    arms = rows(Arm, decision=[row.pk for row in known])
    found["steps"] = rewind_steps(known, then, arms, found["occurrences"], asked)
    plans, standing = [row.pk for row in found["plans"]], {row.pk for row in found["steps"]}
    chosen = {row.schedule_id for row in found["schedules"]}
    return found | {
        "signatures": rows(Signature, plan=plans), "facts_answers": rows(FactsAnswer, plan=plans),
        "arms": [row for row in arms if row.decision_id in standing],
        "templates": _there(FollowUpSchedule, rows(FollowUpSchedule, pk=chosen), chosen),
        "lines": rows(ScheduleLine, schedule=chosen), "deciding": rows(DecidingFacts, board=[case.board_id]),
        "revisions": _revisions(found["steps"]),
    }  # fmt: skip


def _twice(model: Any, asked: Asked, **equals: Any) -> tuple[list[Any], list[Any]]:
    """The rows as they are known, and as they were on the day that is asked about: the same where nobody asks for more. Never the
    same objects: the first are rewound by the second."""
    known = rows_known(model, asked.known, **equals)
    if model not in FATES:
        return known, []
    then = Known(min(asked.as_of, asked.known_by))
    return known, [copy(row) for row in known] if then == asked.known else rows_known(model, then, **equals)


def _standing(rows: Iterable[Any]) -> list[Any]:
    return [row for row in rows if row.removed_at is None]


def _there(model: Any, rows: list[Any], keys: Iterable[int]) -> list[Any]:
    """With today's row where the past of one begins too late: it was imported, or a clock was wrong."""
    missing = set(keys) - {row.pk for row in rows}
    return [*rows, *model.objects.filter(pk__in=missing)] if missing else rows


def _revisions(steps: Sequence[Step]) -> list[Revision]:
    rows = Revision.objects.filter(pk__in=of_steps.keys_of(steps, ("modality_revision",))).select_related("modality")
    found = list(rows.only("id", "modality__slug", "number", "title", "sha256"))
    for row in found:
        row.slug = row.modality.slug  # type: ignore[attr-defined]  # as a served row has it
    return found


def _board(case: Case, asked: Asked) -> Board:
    """Its grace and its clock as they were; today's where its past begins later."""
    found = rows_known(Board, asked.known, pk=case.board_id)
    return found[0] if found else case.board


# Whose names are shown with which rows.
PEOPLE = {
    "case": ("responsible", "created_by"), "contradiction_answers": ("by",), "facts_answers": ("by",),
    "plans": ("created_by", "submitted_by", "released_by"), "steps": of_steps.PEOPLE, "schedules": ("assignee", "done_with"),
    "signatures": ("signer", "delegated_to"), "follow_ups": ("assignee", "created_by"), "advisories": ("answered_by",),
    "events": ("by",),
}  # fmt: skip


def names_then(keys: Collection[int], asked: Asked) -> dict[int, str]:
    """Of those who were called otherwise then, by their keys. One query."""
    return names_at(keys, min(asked.as_of, asked.known_by))


def _name_people(found: dict[str, list[Any]], asked: Asked) -> None:
    keys = {key for name, columns in PEOPLE.items() for key in of_steps.keys_of(found[name], columns)}
    found["people"] = list(User.objects.filter(pk__in=keys).only("id", "name"))
    person = of_steps.by_key(found["people"])
    for key, was in names_then(keys, asked).items():
        if key in person:
            person[key].name = was
    for name, columns in PEOPLE.items():
        of_steps.link_people(found[name], columns, person)
        for row in found[name]:
            for column in columns:
                key = getattr(row, f"{column}_id")
                setattr(row, f"{column}_name", person[key].name if key in person else None)


def _link(found: dict[str, list[Any]], board: BoardOn, asked: Asked) -> None:
    [case] = found["case"]
    for rows in found.values():
        for row in rows:
            # Some know their board through their case.
            if hasattr(row, "case_id"):
                of_steps.hang(row, case=case)
            if hasattr(row, "board_id"):
                of_steps.hang(row, board=board)
    of_steps.hang(case, proforma=found["proforma"][0])
    link_cases([case], found)
    _link_plans(found)
    steps, plans = of_steps.by_key(found["steps"]), of_steps.by_key(found["plans"])
    later = {row.replaces_id: row for row in found["follow_ups"] if row.replaces_id}
    link_follow_ups(found["follow_ups"], found | {"later": list(later.values())})
    follow_ups = of_steps.by_key(found["follow_ups"])
    for event in found["events"]:
        of_steps.hang(event, plan=plans.get(event.plan_id), step=steps.get(event.step_id))
        of_steps.hang(event, follow_up=follow_ups.get(event.follow_up_id))


def _link_plans(found: dict[str, list[Any]]) -> None:
    plans, marked = of_steps.by_key(found["plans"]), found["deciding"]
    standing = _standing(found["steps"])
    of_steps.link_lineages(found["plans"], found["plans"])
    link_plans(found["plans"], found["steps"], standing, found | {"schedules": _standing(found["schedules"])})
    for plan in found["plans"]:
        of_steps.hang(plan, amends=plans.get(plan.amends_id))
        plan.marked_facts = marked[0].names if marked else None
    for step in found["steps"]:
        of_steps.hang(step, plan=plans.get(step.plan_id))
