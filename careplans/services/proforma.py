from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import ask_about, check_open
from careplans.locks import take_case
from careplans.models import Case, FactChange, Plan, Proforma, Specimen
from careplans.models.proforma import DAYS, FIELDS, FIGURES
from careplans.models.specimens import FED
from careplans.readers.facts.deciding_facts import DECIDER, plain
from careplans.rules import advisories
from careplans.services.changed_facts import watch_plans
from common.merging import merge
from common.writing import compare_and_set, lock, raise_conflict, transactional


@dataclass(frozen=True)
class SavedProforma:
    proforma: Proforma
    changed: list[str]
    conflicts: dict[str, Any]
    """Fields that a colleague changed meanwhile, with the colleague's value. The others were saved."""


@transactional
def save_proforma(
    case: Case, values: Mapping[str, Any], *, by: User, base: Mapping[str, Any] | None = None,
    expected_version: int | None = None,
) -> SavedProforma:  # fmt: skip
    """Save typed facts. `values` are cleaned values by field name; `base` holds what the writer saw for each.

    Fields that somebody else changed meanwhile are left as they are and come back in `conflicts`. Every change leaves
    a FactChange and one event. Raises ValidationError on a closed case. With `expected_version` (the API) any change
    since then raises Conflict instead.
    """
    require(by, "cases.edit", case.board_id)
    # Two writers queue here.
    take_case(case)
    check_open(case)
    facts = Proforma.objects.select_related("deciding_specimen").get(case=case)
    if expected_version is not None and facts.version != expected_version:
        raise_conflict(facts)
    current = {name: getattr(facts, name) for name in values if name in FIELDS}
    posted = {name: FIGURES[name].checked(values[name]) if name in FIGURES else values[name] for name in current}
    result = merge(current=current, base=base, posted=posted)
    if facts.deciding_specimen and (fed := sorted(set(FED) & {*result.changes, *result.conflicts})):
        raise ValidationError(dict.fromkeys(fed, comes_from(facts.deciding_specimen)))
    ask_about(
        case.patient, case.board.today, recorded={name: result.changes[name] for name in DAYS if name in result.changes}
    )
    if result.changes:
        write_facts(case, facts, result.changes, by=by)
    return SavedProforma(proforma=facts, changed=sorted(result.changes), conflicts=result.conflicts)


def write_facts(
    case: Case, facts: Proforma, changes: Mapping[str, Any], *, by: User, decider: Specimen | None = None
) -> None:
    """Under the lock of the case: write facts, keep what they were, and ask what follows. With `decider`: that specimen
    decides from now on."""
    current = {name: getattr(facts, name) for name in changes}
    moved = {"deciding_specimen": decider} if decider else {}
    compare_and_set(facts, expected=facts.version, **changes, **moved)
    _keep(facts, current, changes, by=by)
    if changes:
        history.record(case, "facts_changed", by=by, of=facts, fields=sorted(changes))
    case.proforma = facts
    plans = lock(Plan.objects.filter(case=case, status__in=Plan.OPEN))
    _ask_the_rules(case, plans)
    watch_plans(case, facts, {*changes, *moved}, plans, by=by)


def comes_from(specimen: Specimen) -> str:
    """Why a fact is not typed on the proforma."""
    return f"It comes from the specimen that decides ({specimen}). Change that one, or say that another decides."


def _keep(facts: Proforma, old: Mapping[str, Any], changes: Mapping[str, Any], *, by: User) -> None:
    FactChange.objects.bulk_create(
        FactChange(
            case_id=facts.pk, field=name, old=plain(old[name]), new=plain(value), facts_version=facts.version, by=by
        )
        for name, value in changes.items()
    )


def _ask_the_rules(case: Case, plans: Sequence[Plan]) -> None:
    """About the draft, if there is one; a submitted plan is judged by the facts it was submitted on."""
    for plan in plans:
        if plan.status == Plan.Status.DRAFT:
            plan.case = case
            advisories.refresh_taken(plan)


def snapshot(facts: Proforma) -> dict[str, Any]:
    """All facts as they stand, for the plan that is being submitted on them."""
    return {name: plain(getattr(facts, name)) for name in FIELDS} | {DECIDER: facts.deciding_specimen_id}
