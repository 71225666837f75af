"""Plans whose deciding facts have changed since they were sent to sign-off: found, told, and answered for."""

from collections.abc import Collection, Sequence

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts import audit
from accounts.models import Board, User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open, check_reason
from careplans.locks import take_plan
from careplans.models import Case, DecidingFacts, FactChange, FactsAnswer, Plan, Proforma
from careplans.models.proforma import FIELDS
from careplans.readers.facts.deciding_facts import (
    DECIDER,
    RESTING,
    FactDifference,
    deciding_names,
    differences,
    names_for,
)
from careplans.readers.facts.proforma import label_of
from careplans.reminders.news import tell_of_facts
from careplans.services.signature_requests import ask_newly_needed
from common.errors import Conflict
from common.writing import compare_and_set, lock, note_pair, told_of, transactional


def watch_plans(
    case: Case, facts: Proforma, changed: Collection[str], plans: Sequence[Plan], *, by: User
) -> None:  # fmt: skip
    """Called when facts were saved, in that transaction, with the case and its open plans taken: put those that are signed on the
    board's list, or take them off it, and tell who signed or leads the board."""
    ask_newly_needed(case, facts, changed, by=by)
    resting = [plan for plan in plans if plan.status in RESTING]
    watched = deciding_names(case.board_id) if resting else frozenset[str]()
    if DECIDER in changed:
        watched |= {DECIDER}
    for plan in resting:
        names = names_for(plan, watched)
        if not names.intersection(changed):
            continue
        found = differences(plan, facts, names)
        now = timezone.now() if found else None
        if not found and plan.facts_changed_at is None:
            continue
        # Counted, so that a release which was being decided on the old facts looks again.
        compare_and_set(plan, expected=plan.version, facts_changed_at=now)
        told = sorted(names.intersection(changed))
        history.record(plan, "facts_changed_under_plan", by=by, fields=told, count=len(found))
        if found:
            tell_of_facts(plan, by=by)


def check_facts_seen(plan: Plan, seen: int | None) -> None:
    """Whoever answers for a plan has its facts on the screen: raises Conflict when one that decides was changed after the
    version that they saw. Under the lock of the case; None says nothing of the facts."""
    facts = Proforma.objects.get(case=plan.case_id)
    if seen is None or facts.version == seen:
        return
    changes = list(FactChange.objects.filter(case=plan.case_id, facts_version__gt=seen))
    told = {one.field for one in changes} & names_for(plan, deciding_names(plan.board_id))
    # A version without a changed fact is another specimen that decides.
    is_moved = len({one.facts_version for one in changes}) != facts.version - seen
    if told or is_moved:
        names = ", ".join(label_of(name) for name in FIELDS if name in told) or "another specimen decides"
        raise Conflict(
            f"Facts that decide changed after the version that you saw: {names}. Look at them as they stand now, then answer."
        )


@transactional
def keep_on_changed_facts(plan: Plan, *, by: User, reason: str, facts_version: int) -> FactsAnswer:
    """Keep a plan in force although deciding facts have changed. `facts_version` is that of the facts on the screen: a
    change since then is looked at first."""
    require(by, "guidance.answer", plan.board_id)
    reason = check_reason(reason, what="keeping the plan as it is")
    take_plan(plan)
    check_open(plan.case)
    if plan.status not in Plan.IN_FORCE:
        raise ValidationError("Only a plan in force is kept here. One in sign-off is released, or taken back to draft.")
    facts = Proforma.objects.get(case=plan.case_id)
    found = differences(plan, facts, deciding_names(plan.board_id))
    if not found or plan.facts_changed_at is None:
        raise ValidationError("Somebody has answered this already, or the facts are again those that it was signed on.")
    if facts.version != facts_version:
        raise ValidationError("The facts changed again while you were reading. Look at what stands now, then decide.")
    return answer_for(plan, facts, found, by=by, reason=reason)


def acknowledge(plan: Plan, *, by: User, named: Collection[str], note: str) -> None:
    """The chair names each changed fact at the release. Under the lock of the release; raises when one was not named."""
    facts = Proforma.objects.get(case=plan.case_id)
    found = differences(plan, facts, deciding_names(plan.board_id))
    missing = [one for one in found if one.name not in named]
    if missing:
        told = "; ".join(one.sentence for one in missing)
        words = "Facts that decide have changed since the plan was signed. Tick each that you have seen."
        raise ValidationError({"acknowledged": f"{words} {told}"})
    if found:
        answer_for(plan, facts, found, by=by, reason=note.strip() or "Acknowledged at the release.")


def answer_for(plan: Plan, facts: Proforma, found: Sequence[FactDifference], *, by: User, reason: str) -> FactsAnswer:
    answer, _ = FactsAnswer.objects.update_or_create(
        plan=plan, facts_version=facts.version,
        defaults={
            "board_id": plan.board_id, "reason": reason, "by": by,
            "differences": {one.name: [one.signed, one.now] for one in found},
        },
    )  # fmt: skip
    compare_and_set(plan, expected=plan.version, facts_changed_at=None)
    history.record(plan, "facts_acknowledged", by=by, reason=reason, fields=[one.name for one in found])
    return answer


@transactional
def mark_deciding(board: Board, names: Collection[str], *, by: User, expected_version: int) -> DecidingFacts:
    """Which facts the board watches besides those that rules read. Its open plans are looked at again."""
    require(by, "board.configure", board)
    unknown = sorted(set(names) - set(FIELDS))
    if unknown:
        raise ValidationError({"names": f"There is no such fact: {', '.join(unknown)}."})
    before = deciding_names(board.pk)
    row, is_new = DecidingFacts.objects.get_or_create(board=board)
    if is_new and expected_version == 0:
        expected_version = row.version
        # A board without a row watches the usual facts.
        note_pair(row, "names", None, [])
    compare_and_set(row, expected=expected_version, names=sorted(set(names)))
    audit.record(
        "deciding_facts_marked", by=by, subject=row, board_id=board.pk, data={"names": row.names} | told_of(row)
    )
    _look_again(board, before, by=by)
    return row


def _look_again(board: Board, before: Collection[str], *, by: User) -> None:
    """Other facts decide than before. A plan under which one of the new ones has changed comes onto the list and is told; one
    under which none of those that are left has changed goes off it."""
    names = deciding_names(board.pk)
    resting = Plan.objects.filter(board=board, status__in=RESTING)
    # Cases before plans, so that nobody changes a fact meanwhile.
    lock(Case.objects.filter(pk__in=resting.values("case")))
    facts = Proforma.objects.in_bulk([plan.case_id for plan in resting])
    for plan in lock(resting.select_related("case", "board")):
        found = differences(plan, facts[plan.case_id], names)
        old = names_for(plan, before)
        new = [one.name for one in found if one.name not in old]
        if new:
            compare_and_set(plan, expected=plan.version, facts_changed_at=timezone.now())
            history.record(plan, "facts_marked_under_plan", by=by, fields=new)
            tell_of_facts(plan, by=by)
        elif not found and plan.facts_changed_at is not None:
            compare_and_set(plan, expected=plan.version, facts_changed_at=None)
            history.record(plan, "facts_unmarked_under_plan", by=by)
