"""Keeps what the rules say of a plan, and what the board answers. Advisories inform; nothing here refuses a plan.

`refresh_plans` is called by every service that changes what the rules look at, inside its transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import check_open
from careplans.locks import take_plan
from careplans.models import Advisory, Plan, Step
from careplans.models.advisories import AdvisoryQuerySet
from careplans.readers.steps.loading import load_for_rules
from careplans.rules import plan_advice
from careplans.rules.arms import PlanFiring
from careplans.rules.plan_advice import Judged, Rules
from common.writing import transactional

Key = tuple[str, int | None]
State, Answer = Advisory.State, Advisory.Answer


@dataclass(frozen=True)
class Refreshed:
    """How many advisories newly fire, no longer fire, and stay as they were."""

    fired: int = 0
    obsolete: int = 0
    kept: int = 0
    # The rules among them that said nothing before, not even in other words.
    newly: tuple[str, ...] = ()
    # What stands now.
    rows: tuple[Advisory, ...] = ()


@dataclass(frozen=True)
class Given:
    """An answer as a person gave it; `version` is that of the advisory on the screen, 0 where none was kept yet."""

    answer: str
    note: str = ""
    citation: str = ""
    version: int = 0


def refresh_plan(plan_id: int) -> Refreshed:
    """Ask the rules about a plan whose row the caller holds, and keep what they say. Reads the plan afresh."""
    return refresh_plans(list(Plan.objects.for_rules().filter(pk=plan_id)))


def refresh_taken(plan: Plan) -> Judged:
    """The same of a plan that is taken with its case and proforma, and at hand as it stands: only its steps are read afresh.
    They stay loaded, and what was read and kept comes back for the page."""
    load_for_rules([plan])
    rules = Rules.in_force()
    kept = keep([(plan, rules.firings(plan))], Advisory.objects.for_plan())
    return Judged(rules, {row.key: row for row in kept.rows})


def refresh_after_move(step: Step, *, by: User) -> None:
    """A step of a plan in force is held, stopped, not done or taken up again: what fires anew goes into the timeline at once."""
    newly = refresh_plan(step.plan_id).newly
    # Its copy in an amendment in work goes on from what has become of it.
    for amendment in Plan.objects.working().filter(amends=step.plan_id):
        refresh_plan(amendment.pk)
    if newly:
        history.record(step, "advisories_fired", by=by, consequence=True, rules=list(newly))


def refresh_plans(plans: Sequence[Plan]) -> Refreshed:
    """Bring the kept advisories of plans up to what the rules say now. Same number of queries however many plans.

    The plans come from `Plan.objects.for_rules()`. The caller holds their rows, so that no edit comes between.
    """
    rules = Rules.in_force()
    return keep([(plan, rules.firings(plan)) for plan in plans])


def keep(judged: Sequence[tuple[Plan, Sequence[PlanFiring]]], rows: AdvisoryQuerySet | None = None) -> Refreshed:
    """Of plans whose rows the caller holds, with what fires on each: end what fires no more, add what is new. All that can be
    wrong with the rows of a plan was met when it was judged: here nothing but writing is left."""
    standing: dict[int, dict[Key, Advisory]] = {plan.pk: {} for plan, _ in judged}
    for row in (Advisory.objects.to_compare() if rows is None else rows).filter(plan__in=standing).standing():
        standing[row.plan_id][row.key] = row
    now, fired, kept, moved = timezone.now(), list[Advisory](), list[Advisory](), list[Advisory]()
    for plan, firings in judged:
        facts = plan_advice.facts_as_they_stand(plan)
        for firing in firings:
            found = standing[plan.pk].get(_key(firing))
            if found is None or not _says_the_same(found, firing):
                fired.append(_row(plan, firing, facts, now))
                continue
            kept.append(standing[plan.pk].pop(found.key))
            if found.in_arms != firing.in_arms:
                found.in_arms = firing.in_arms
                moved.append(found)
    _carry_answers(fired, [plan for plan, _ in judged])
    ended = [row.pk for rows_of in standing.values() for row in rows_of.values()]
    _write(fired, ended, moved, now)
    before = {(plan_id, *key) for plan_id, rows_of in standing.items() for key in rows_of}
    newly = dict.fromkeys(row.rule for row in fired if (row.plan_id, *row.key) not in before)
    return Refreshed(len(fired), len(ended), len(kept), tuple(newly), (*kept, *fired))


def _write(fired: Sequence[Advisory], ended: Sequence[int], moved: Sequence[Advisory], now: datetime) -> None:
    for row in moved:
        Advisory.objects.filter(pk=row.pk).update(in_arms=row.in_arms)
    if ended:
        Advisory.objects.filter(pk__in=ended).update(state=State.OBSOLETE, ended_at=now)
    Advisory.objects.bulk_create(fired, batch_size=500)


def _key(firing: PlanFiring) -> Key:
    return firing.rule, None if firing.step is None else int(firing.step)


def _says_the_same(row: Advisory, firing: PlanFiring) -> bool:
    """A rule that was worded or graded anew says something else: what was answered before does not answer that."""
    return (row.advice, row.severity, row.statements) == (firing.advice, firing.severity, list(firing.statements))


def _row(plan: Plan, firing: PlanFiring, facts: dict[str, str | int], now: datetime) -> Advisory:
    return Advisory(
        board_id=plan.board_id, case_id=plan.case_id, plan=plan, step_id=_key(firing)[1], rule=firing.rule,
        rule_set=firing.rule_set, severity=firing.severity, basis=firing.basis, advice=firing.advice,
        statements=list(firing.statements), details=[detail.text for detail in firing.details],
        in_arms=firing.in_arms,
        content_version=plan.content_version, facts=facts, fired_at=now,
    )  # fmt: skip


CARRIED = (
    "state", "answer", "note", "citation", "answered_by_id", "answered_at", "answered_content_version",
    "answered_facts",
)  # fmt: skip


def _carry_answers(fired: Sequence[Advisory], plans: Sequence[Plan]) -> None:
    """In an amendment, an advisory that its predecessor had answered keeps that answer: nobody is asked twice."""
    amended = {plan.pk: plan.amends_id for plan in plans if plan.amends_id}
    if not amended or not fired:
        return
    before = {step.pk: step.carried_from_id for plan in plans if plan.amends_id for step in plan.steps.all()}
    answered = Advisory.objects.filter(plan__in=set(amended.values())).standing().exclude(answer="")
    old = {(row.plan_id, *row.key): row for row in answered}
    for row in fired:
        step = before.get(row.step_id) if row.step_id else None
        if row.plan_id not in amended or (row.step_id and step is None):
            continue
        same = old.get((amended[row.plan_id], row.rule, step))
        if same is not None and (same.advice, same.severity) == (row.advice, row.severity):
            row.carried_from = same
            for name in CARRIED:
                setattr(row, name, getattr(same, name))


@transactional
def answer_advisories(plan: Plan, answers: Mapping[Key, Given], *, by: User) -> list[Advisory]:
    """Put answers on record (domain note B.6). They are no part of what is signed, so no signature becomes void.

    Raises ValidationError with one entry per advisory, under `RULE` or `RULE@step id`, and then keeps none of them.
    """
    require(by, "advisories.answer", plan.board_id)
    take_plan(plan)
    check_open(plan.case)
    if plan.status not in Plan.OPEN:
        raise ValidationError("This plan has ended. Its advisories stay as they were answered.")
    refresh_plan(plan.pk)
    standing = {row.key: row for row in Advisory.objects.filter(plan=plan).standing().for_plan()}
    problems = {
        name_of(key): problem for key, given in answers.items() if (problem := _problem(standing.get(key), given))
    }
    if problems:
        raise ValidationError(problems)
    facts = plan_advice.facts_as_they_stand(Plan.objects.for_rules().get(pk=plan.pk))
    return [_answer(standing[key], given, plan, facts, by=by) for key, given in answers.items()]


def name_of(key: Key) -> str:
    rule, step = key
    return rule if step is None else f"{rule}@{step}"


def _problem(row: Advisory | None, given: Given) -> str:
    if row is None:
        return "This advisory no longer fires, so it needs no answer."
    if row.is_answered and given.version != row.version and not _is(row, given):
        who = row.answered_by.name if row.answered_by else "A colleague"
        return f"{who} answered this meanwhile: {row.get_answer_display()}. Save again to put your answer in its place."
    if given.answer not in Answer.values:
        return "Choose an answer from the list."
    if given.answer == Answer.CLINICAL_JUDGEMENT and not given.note.strip():
        return "Say in words what the board's judgement rests on."
    if given.answer == Answer.NEWER_GUIDANCE and not given.citation.strip():
        return "Name the newer guidance: title, publisher and year."
    return ""


def _is(row: Advisory, given: Given) -> bool:
    return all(getattr(row, f.name) == getattr(given, f.name).strip() for f in fields(given) if f.name != "version")


def _answer(row: Advisory, given: Given, plan: Plan, facts: dict[str, str | int], *, by: User) -> Advisory:
    if _is(row, given):
        return row
    old = row.state
    changes = {
        "state": State.FOLLOWED if given.answer == Answer.FOLLOWED else State.KEPT, "answer": given.answer,
        "note": given.note.strip(), "citation": given.citation.strip(), "answered_by": by, "answered_at": timezone.now(),
        "answered_content_version": plan.content_version, "answered_facts": facts, "version": row.version + 1,
    }  # fmt: skip
    Advisory.objects.filter(pk=row.pk).update(**changes)
    for name, value in changes.items():
        setattr(row, name, value)
    history.record(
        plan, "advisory_answered", by=by, old=old, new=given.answer, reason=row.note, rule=row.rule, step=row.step_id
    )
    return row
