"""Plans with all that is served of them: their steps, signatures, schedules and answers for changed facts."""

from collections.abc import Collection, Mapping, Sequence

from careplans.models import (
    Change,
    FactsAnswer,
    FollowUpSchedule,
    Plan,
    PlanSchedule,
    ScheduleLine,
    Signature,
    Step,
)
from careplans.models.changes import changed_at
from careplans.readers.served import steps as of_steps
from careplans.readers.served.together import Table, read_together

PEOPLE = ("created_by", "submitted_by", "released_by")


def load_plans(plans: Sequence[Plan], besides: Mapping[str, Table] | None = None) -> of_steps.Found:
    """Give plans from `for_api()`, each with its board, what is served with them. Two queries, of which the second reads what
    else is asked for, too."""
    if not plans:
        return {name: [] for name in besides or {}}
    steps = _steps_of(plans)
    own = {plan.pk for plan in plans}
    served = [step for step in steps if step.plan_id in own and step.removed_at is None]
    keys = of_steps.keys_of(plans, PEOPLE) | of_steps.keys_of(served, of_steps.PEOPLE)
    cases = {plan.case_id for plan in plans}
    found = read_together(
        {
            "people": of_steps.people(keys),
            "lineages": Table(Plan.objects.filter(case__in=cases), of_steps.OF_PLANS),
            **of_steps.with_steps(served, own),
            **_tables(own),
            **(besides or {}),
        }
    )
    of_steps.link_lineages(plans, found["lineages"])
    link_plans(plans, steps, served, found)
    return found


def link_plans(plans: Sequence[Plan], steps: Sequence[Step], served: Sequence[Step], found: of_steps.Found) -> None:
    """Hang what was found on the plans. `steps`: all that others may wait for or count from; `served`: those that stand."""
    person = of_steps.by_key(found["people"])
    _hang_on_plans(plans, served, found)
    of_steps.link_people(plans, PEOPLE, person)
    of_steps.link(of_steps.by_key(steps), served, found, person)
    _link_schedules(found, of_steps.by_key(steps))
    of_steps.link_named(found["signatures"], ("signer", "delegated_to"))
    of_steps.link_named(found["facts_answers"], ("by",))


def _steps_of(plans: Sequence[Plan]) -> list[Step]:
    """With those that were taken out, which others may wait for, and those of the plan that a draft amends, from whose days its
    schedules count. One query."""
    amended = {plan.amends_id for plan in plans if plan.amends_id and plan.status in Plan.WORKING}
    rows = Step.objects.filter(plan__in=amended | {plan.pk for plan in plans})
    return list(rows.annotate(changed_at=changed_at(Change.Noun.STEPS)).order_by("position", "id"))


def _tables(plans: Collection[int]) -> dict[str, Table]:
    schedules = PlanSchedule.objects.filter(plan__in=plans, removed_at=None)
    chosen = schedules.order_by().values("schedule")
    return {
        "signatures": Table(Signature.objects.filter(plan__in=plans), named=of_steps.named("signer", "delegated_to")),
        "facts_answers": Table(FactsAnswer.objects.filter(plan__in=plans), named=of_steps.named("by")),
        "schedules": Table(schedules, named=of_steps.named("assignee", "done_with")),
        "templates": Table(FollowUpSchedule.objects.filter(pk__in=chosen)),
        "lines": Table(ScheduleLine.objects.filter(schedule__in=chosen)),
    }


def _hang_on_plans(plans: Sequence[Plan], served: Sequence[Step], found: of_steps.Found) -> None:
    steps = of_steps.group(served, "plan_id", "position", "pk")
    signatures = of_steps.group(found["signatures"], "plan_id", "pk")
    schedules = of_steps.group(found["schedules"], "plan_id", "pk")
    answers = of_steps.group(found["facts_answers"], "plan_id", "pk")
    for plan in plans:
        for step in steps.get(plan.pk, ()):
            of_steps.hang(step, plan=plan, board=plan.board)
        lists = {
            "steps": steps.get(plan.pk, []),
            "signatures": signatures.get(plan.pk, []),
            "schedules": schedules.get(plan.pk, []),
            "facts_answers": answers.get(plan.pk, [])[::-1],
        }
        of_steps.hang_lists(plan, lists)


def _link_schedules(found: of_steps.Found, steps: dict[int, Step]) -> None:
    """Each with what it asks for, and the step whose day it counts from: in an amendment, the one that it was copied from."""
    lines = of_steps.group(found["lines"], "schedule_id", "position", "pk")
    templates = of_steps.by_key(found["templates"])
    for template in templates.values():
        of_steps.hang_lists(template, {"lines": lines.get(template.pk, [])})
    for row in found["schedules"]:
        of_steps.hang(row, schedule=templates[row.schedule_id])
        if row.from_step_id in steps:
            step = steps[row.from_step_id]
            of_steps.hang(row, from_step=step)
            if step.carried_from_id in steps:
                of_steps.hang(step, carried_from=steps[step.carried_from_id])
    of_steps.link_named(found["schedules"], ("assignee", "done_with"))
