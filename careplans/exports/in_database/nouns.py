"""How the database writes the rows of each list that it can. Python tells the others: cases, specimens and prior treatments for
their figures and days known in part, plans for their steps, patients, merges and moves for their boards."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Case, F, Func, Q, TextField, When

from accounts.models import Board
from careplans.api.serializers.arms import ArmSerializer
from careplans.api.serializers.events import EventSerializer
from careplans.api.serializers.monitoring import MonitoringSerializer
from careplans.api.serializers.occurrences import BreakSerializer, OccurrenceInStep
from careplans.exports.in_database.declared import ASK_ROW, ByRow, InDatabase, Inputs, Nested, Worked
from careplans.exports.in_database.values import Expression, Plain, or_null
from careplans.models import (
    Advisory,
    Arm,
    Change,
    Event,
    FactChange,
    FollowUp,
    Monitoring,
    NothingAhead,
    Occurrence,
    Plan,
    Signature,
    Step,
    StepBreak,
)
from careplans.readers.facts.step_checks import step_questions


class First(Func):
    """Of a plan, the first of its chain of amendments."""

    table = Plan._meta.db_table
    template = (
        # Names of tables alone.
        f"(WITH RECURSIVE chain(id, amends) AS (SELECT p.id, p.amends_id FROM {table} p WHERE p.id = %(expressions)s"  # noqa: S608
        f" UNION SELECT p.id, p.amends_id FROM {table} p JOIN chain c ON p.id = c.amends)"
        " SELECT id FROM chain WHERE amends IS NULL)::text"
    )
    output_field = TextField()


def _lineage() -> Expression:
    """Few plans amend one that amends another."""
    short = (
        When(plan__amends=None, then=Plain(F("plan_id"))),
        When(plan__amends__amends=None, then=Plain(F("plan__amends_id"))),
    )
    return Case(*short, default=First(F("plan_id")), output_field=TextField())


TITLE = ("modality_code", "reference_page_title", "description")
COURSE = ("course", "occurrences_planned", "interval", "interval_unit", "session_names", "stop_when")
JUDGED = ("phase", "goals", "modality_code", "reference_page_title", "is_decision")
OF_OCCURRENCE = ("number", "step__course", "step__occurrences_planned", "step__session_names")
HAS_NO_GATE = Q(after_step=None, arm=None, not_before=None, only_if="")
IS_PAST_GATE = (
    Q(started_on__isnull=False)
    | ~Q(status__in=(Step.Status.PROPOSED, *Step.BEFORE_START))
    | Q(carried_over_at__isnull=False)
    | Q(removed_at__isnull=False)
)


def _step(names: tuple[str, ...], inputs: Inputs) -> Step:
    return Step(**dict(zip((name.removeprefix("step__") for name in names), inputs, strict=True)))


def _title(inputs: Inputs) -> str:
    return _step(TITLE, inputs).title


def _course(inputs: Inputs) -> str:
    return _step(COURSE, inputs).course_words


def _is_said(inputs: Inputs) -> bool:
    return bool(inputs[0])


def _contradictions(inputs: Inputs) -> Any:
    """Few steps have any, and their words name the step."""
    return ASK_ROW if step_questions([_step(JUDGED, inputs)]) else []


def _heading(inputs: Inputs) -> str:
    number, *of_step = inputs
    return _step(OF_OCCURRENCE[1:], tuple(of_step)).occurrence_heading(number)


def _state(inputs: Inputs) -> str:
    status, due_on, due_until, zone = inputs
    days = {"due_on": date.fromisoformat(due_on), "due_until": date.fromisoformat(due_until)}
    return FollowUp(status=status, **days).state_on(Board(time_zone=zone).today)


def _as_it_is(inputs: Inputs) -> Any:
    return inputs[0]


def _texts(inputs: Inputs) -> list[str]:
    return [str(one) for one in inputs[0]]


def _fields_changed(inputs: Inputs) -> list[str]:
    return EventSerializer().get_fields_changed(Event(data=inputs[0]))


STEPS = InDatabase(
    Step.objects.for_api,
    columns={"lineage": _lineage()},
    worked={
        "title": Worked(TITLE, _title),
        "course_in_words": Worked(COURSE, _course),
        "gate": ByRow(plain=HAS_NO_GATE | IS_PAST_GATE, usual={"state": "open", "reason": ""}),
        "is_conditional": Worked(("only_if",), _is_said),
        "contradictions": Worked(JUDGED, _contradictions),
    },
    nested={
        "arms": Nested(Arm.objects.live, "decision", ArmSerializer),
        "occurrences": Nested(lambda: Occurrence.objects.order_by("number"), "step", OccurrenceInStep),
        "breaks": Nested(lambda: StepBreak.objects.order_by("held_from", "pk"), "step", BreakSerializer),
        "monitoring": Nested(
            lambda: Monitoring.objects.filter(removed_at=None).order_by("pk"), "step", MonitoringSerializer
        ),
    },
    changed=Change.Noun.STEPS,
)
OCCURRENCES = InDatabase(
    Occurrence.objects.for_api,
    worked={"heading": Worked(OF_OCCURRENCE, _heading)},
    changed=Change.Noun.OCCURRENCES,
)
FOLLOW_UPS = InDatabase(
    FollowUp.objects.for_api,
    columns={"replaced_by": or_null(Plain(F("replaced_by__pk")))},
    worked={"state": Worked(("status", "due_on", "due_until", "board__time_zone"), _state, lasts=False)},
    changed=Change.Noun.FOLLOW_UPS,
)
ADVISORIES = InDatabase(
    Advisory.objects.all,
    worked={
        "statements": Worked(("statements",), _texts),
        "details": Worked(("details",), _texts),
        "facts": Worked(("facts",), _as_it_is),
        "answered_facts": Worked(("answered_facts",), _as_it_is),
    },
    changed=Change.Noun.ADVISORIES,
)
EVENTS = InDatabase(
    Event.objects.for_api,
    worked={"fields_changed": Worked(("data",), _fields_changed), "data": Worked(("data",), _as_it_is)},
)
FACT_CHANGES = InDatabase(
    FactChange.objects.for_api,
    worked={"old": Worked(("old",), _as_it_is), "new": Worked(("new",), _as_it_is)},
    board="case__board",
)
BREAKS = InDatabase(StepBreak.objects.for_api, changed=Change.Noun.STEP_BREAKS)
NOTHING_AHEAD = InDatabase(NothingAhead.objects.for_api, changed=Change.Noun.NOTHING_AHEAD)
ARMS = InDatabase(Arm.objects.all, changed=Change.Noun.ARMS)
SIGNATURES = InDatabase(Signature.objects.for_api, columns={"lineage": _lineage()}, changed=Change.Noun.SIGNATURES)

DECLARED: Mapping[str, InDatabase] = {
    "steps": STEPS, "occurrences": OCCURRENCES, "arms": ARMS, "follow-ups": FOLLOW_UPS, "advisories": ADVISORIES,
    "signatures": SIGNATURES, "events": EVENTS, "fact-changes": FACT_CHANGES, "step-breaks": BREAKS,
    "nothing-ahead": NOTHING_AHEAD,
}  # fmt: skip
