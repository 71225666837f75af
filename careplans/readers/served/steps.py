"""Steps with all that is served of them: what they wait for, their arms, and what hangs on each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from operator import attrgetter
from typing import Any

from accounts.models import User
from careplans.models import Arm, Monitoring, Occurrence, Plan, Step, StepBreak
from careplans.readers.served.lineage import lineages
from careplans.readers.served.together import Table, read_together
from modalities.models import Modality, Revision

Found = Mapping[str, list[Any]]
PEOPLE = ("owner", "assignee", "decided_by")
# What a step tells of its plan, and by which the chain of amendments is found.
OF_PLANS = ("id", "version", "status", "number", "amends_id")
# What the gate of another step asks of one (careplans/readers/steps/gates.py).
ASKED_BY_GATES = (
    "id", "plan_id", "position", "is_decision", "arm_id", "chosen_arm_id", "course", "occurrences_planned", "interval",
    "interval_unit", "after_step_id", "after_event", "after_occurrence", "occurrences_given", "occurrences_omitted",
    "goes_on_with", "modality_code", "reference_page_title", "description", "fulfilment", "reason", "reason_note", "stop_when",
    "not_before", "status", "due_on", "started_on", "ended_on", "carried_over_at", "removed_at",
)  # fmt: skip


def load_steps(steps: Sequence[Step]) -> None:
    """Give steps from `for_api()`, each with its board, what is served with them. One query."""
    if not steps:
        return
    plans, cases = {step.plan_id for step in steps}, {step.case_id for step in steps}
    found = read_together(
        {
            "plans": Table(Plan.objects.filter(case__in=cases), OF_PLANS),
            "steps": Table(Step.objects.filter(plan__in=plans), ASKED_BY_GATES),
            "people": people(keys_of(steps, PEOPLE)),
            **with_steps(steps, plans),
        }
    )
    plan_of = by_key(found["plans"])
    link_lineages(plan_of.values(), found["plans"])
    for step in steps:
        hang(step, plan=plan_of[step.plan_id])
    known = {step.pk: step for step in found["steps"]} | {step.pk: step for step in steps}
    link(known, steps, found, by_key(found["people"]))


def link_lineages(plans: Iterable[Plan], known: Iterable[Plan]) -> None:
    """`known`: every plan of their cases."""
    first = lineages({plan.pk: plan.amends_id for plan in known})
    for plan in plans:
        plan.lineage = first[plan.pk]


def with_steps(steps: Iterable[Step], plans: Collection[int]) -> dict[str, Table]:
    """The tables of what belongs to steps of these plans."""
    revisions = Revision.objects.filter(pk__in=keys_of(steps, ("modality_revision",)))
    columns = ("id", "modality_id", "number", "title", "sha256")
    return {
        "arms": Table(Arm.objects.filter(decision__plan__in=plans)),
        "monitoring": Table(Monitoring.objects.filter(step__plan__in=plans)),
        "occurrences": Table(Occurrence.objects.filter(step__plan__in=plans)),
        "breaks": Table(StepBreak.objects.filter(step__plan__in=plans)),
        "revisions": Table(revisions, columns, named=(("slug", "modality__slug"),)),
    }


def link(known: Mapping[int, Step], served: Iterable[Step], found: Found, person: Mapping[int, User]) -> None:
    """Hang what was found on the steps that are served. `known`: they, and those that they wait for."""
    arms, revisions = by_key(found["arms"]), by_key(found["revisions"])
    for revision in revisions.values():
        hang(revision, modality=Modality(pk=revision.modality_id, slug=revision.slug))
    for arm in arms.values():
        if arm.decision_id in known:
            hang(arm, decision=known[arm.decision_id])
    for step in known.values():
        _link_one(step, {"after_step": known, "arm": arms})
    lists = {
        "arms": group((arm for arm in found["arms"] if arm.removed_at is None), "decision_id", "position", "pk"),
        "monitoring": group(found["monitoring"], "step_id", "pk"),
        "occurrences": group(found["occurrences"], "step_id", "number"),
        "breaks": group(found["breaks"], "step_id", "held_from", "pk"),
    }
    for step in served:
        _link_one(step, {"modality_revision": revisions, **dict.fromkeys(PEOPLE, person)})
        hang_lists(step, {name: rows.get(step.pk, []) for name, rows in lists.items()})


def _link_one(row: Any, found: Mapping[str, Mapping[int, Any]]) -> None:
    cached = row._state.fields_cache
    for name, rows in found.items():
        key = getattr(row, f"{name}_id")
        if key is None or key in rows:
            cached[name] = None if key is None else rows[key]


def people(keys: Collection[int]) -> Table:
    return Table(User.objects.filter(pk__in=keys), ("id", "name"))


def link_people(rows: Iterable[Any], names: Sequence[str], person: Mapping[int, User]) -> None:
    for row in rows:
        _link_one(row, dict.fromkeys(names, person))


def link_named(rows: Iterable[Any], names: Sequence[str]) -> None:
    """People whose names were read beside the rows, each as `<name>_name`."""
    for row in rows:
        for name in names:
            key = getattr(row, f"{name}_id")
            person = (
                None if key is None else User.from_db("default", ["id", "name"], [key, getattr(row, f"{name}_name")])
            )
            hang(row, **{name: person})


def named(*names: str) -> tuple[tuple[str, str], ...]:
    return tuple((f"{name}_name", f"{name}__name") for name in names)


def keys_of(rows: Iterable[Any], names: Iterable[str]) -> set[int]:
    found = {getattr(row, f"{name}_id") for row in rows for name in names}
    return found - {None}


def by_key(rows: Iterable[Any]) -> dict[int, Any]:
    return {row.pk: row for row in rows}


def group(rows: Iterable[Any], by: str, *order: str) -> dict[int, list[Any]]:
    """The rows of each, in this order, or in the one in which they come."""
    found: dict[int, list[Any]] = defaultdict(list)
    for row in sorted(rows, key=attrgetter(*order)) if order else rows:
        found[getattr(row, by)].append(row)
    return found


def hang(row: Any, **related: Any) -> None:
    row._state.fields_cache |= related


def hang_lists(row: Any, lists: Mapping[str, list[Any]]) -> None:
    row._prefetched_objects_cache = dict(lists)
