"""A plan as the content of a template: without days, people, or a word of the plan that nobody asked for. Pure.

The plan comes from `for_editing()`. Its free texts may hold a name or a story: each is taken over only where it is in `taken`.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from careplans.models import Arm, Monitoring, Plan, Step
from careplans.models.monitoring import monitoring_of
from careplans.plan_templates.content import (
    TemplateArm,
    TemplateContent,
    TemplateMonitoring,
    TemplateSchedule,
    TemplateStep,
)

STEP_TEXTS = (
    ("description", "What exactly"), ("agent", "Agent"), ("session_names", "What each session is"), ("only_if", "Only if"),
    ("stop_when", "Stop when"), ("rationale", "Why this step, and why here"), ("alternatives", "Alternatives considered"),
)  # fmt: skip
ARM_TEXTS = (("name", "Name of the arm"), ("condition", "When"), ("no_step", "No further step"))
TWO_WEEKS = 14


@dataclass(frozen=True)
class FreeText:
    """One text of the plan that somebody is asked about; `key` names it in the form."""

    key: str
    where: str
    label: str
    text: str


def free_texts(plan: Plan) -> list[FreeText]:
    """In the order of the plan."""
    found = [FreeText("aim", "The plan", "What the board wants", plan.aim)] if plan.aim else []
    for step in plan.steps.all():
        found += _of_step(step)
    return found


def _of_step(step: Step) -> Iterator[FreeText]:
    where = f"Step {step.number} ({step.coded_name})"
    for name, label in STEP_TEXTS:
        if text := getattr(step, name):
            yield FreeText(f"s{step.pk}-{name}", where, label, text)
    for line in monitoring_of(step):
        if line.title:
            yield FreeText(f"m{line.pk}-title", where, "Follow-up that hangs on it", line.title)
    for number, arm in enumerate(step.arms.all(), start=1):
        for name, label in ARM_TEXTS:
            if text := getattr(arm, name):
                yield FreeText(f"a{arm.pk}-{name}", f"{where}, arm {number}", label, text)


def content_of(
    plan: Plan, *, title: str, summary: str, taken: Collection[str], disciplines: Mapping[int, str], today: date
) -> TemplateContent:
    """`disciplines`: what each member of the board signs for, by the key of the person."""
    steps = list(plan.steps.all())
    keys = {step.pk: f"s{number}" for number, step in enumerate(steps, start=1)}
    arms = {
        arm.pk: f"a{number}" for number, arm in enumerate((arm for step in steps for arm in step.arms.all()), start=1)
    }
    base = first_day(plan, steps, today)
    told = tuple(_step(step, keys, arms, base, taken, disciplines) for step in steps)
    schedules = tuple(
        TemplateSchedule(
            name=row.schedule.name, from_step=keys.get(row.from_step_id or 0, ""), from_event=row.from_event or "ended",
            owner=disciplines.get(row.assignee_id or 0, ""), overlap=row.overlap,
        )
        for row in plan.standing_schedules
    )  # fmt: skip
    aim = plan.aim if "aim" in taken else ""
    return TemplateContent(title=title, summary=summary, aim=aim, steps=told, schedules=schedules)


def first_day(plan: Plan, steps: Collection[Step], today: date) -> date:
    """From which day a template of it would count: that of the release, or of the draft."""
    if plan.released_at is not None:
        return plan.released_at.astimezone(plan.board.zone).date()
    starts = [step.planned_start for step in steps if step.planned_start]
    return min([plan.created_at.astimezone(plan.board.zone).date(), *starts, today])


def _step(
    step: Step, keys: Mapping[int, str], arms: Mapping[int, str], base: date, taken: Collection[str],
    disciplines: Mapping[int, str],
) -> TemplateStep:  # fmt: skip
    texts: dict[str, Any] = {
        name: getattr(step, name) if f"s{step.pk}-{name}" in taken else "" for name, _ in STEP_TEXTS
    }
    start, start_unit = offset(base, step.planned_start)
    wait, wait_unit = offset(base, step.not_before)
    after = keys.get(step.after_step_id or 0, "")
    return TemplateStep(
        key=keys[step.pk], place=step.position, phase=step.phase, modality="" if step.is_decision else step.modality,
        goals=() if step.is_decision else tuple(step.goals), target=step.target, course=step.course,
        occurrences_planned=step.occurrences_planned, interval=step.interval, interval_unit=step.interval_unit, after=after,
        after_event=step.after_event if after else "ended", after_occurrence=step.after_occurrence if after else None,
        wait=wait, wait_unit=wait_unit, start=start, start_unit=start_unit, owner=disciplines.get(step.owner_id or 0, ""),
        monitoring=tuple(_hanging(line, taken) for line in monitoring_of(step)),
        is_decision=step.is_decision, arm=arms.get(step.arm_id or 0, ""),
        arms=tuple(_arm(arm, number, arms, taken) for number, arm in enumerate(step.arms.all(), start=1)), **texts,
    )  # fmt: skip


def _hanging(line: Monitoring, taken: Collection[str]) -> TemplateMonitoring:
    """What was left out of “other” is asked for before review."""
    return TemplateMonitoring(
        kind=line.kind, when=line.when, title=line.title if f"m{line.pk}-title" in taken else "", days_after=line.days_after,
        interval=line.interval, interval_unit=line.interval_unit,
    )  # fmt: skip


def _arm(arm: Arm, number: int, keys: Mapping[int, str], taken: Collection[str]) -> TemplateArm:
    """An arm has a name: without its own, its number."""
    texts = {name: getattr(arm, name) if f"a{arm.pk}-{name}" in taken else "" for name, _ in ARM_TEXTS}
    return TemplateArm(key=keys[arm.pk], **(texts | {"name": texts["name"] or f"Arm {number}"}))


def offset(base: date, day: date | None) -> tuple[int | None, str]:
    """In weeks, and in days where it is less than two."""
    if day is None:
        return None, "weeks"
    days = max((day - base).days, 0)
    return (days, "days") if days < TWO_WEEKS else (round(days / 7), "weeks")
