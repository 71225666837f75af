"""What one edit of a template does to its content: a step, its place, the words about it, its schedules. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.core.exceptions import ValidationError

from careplans.plan_templates.content import (
    MOST_STEPS,
    TemplateArm,
    TemplateContent,
    TemplateSchedule,
    TemplateStep,
    close_gaps,
    new_key,
    with_step,
    wrong_values,
)

GONE = "Somebody took this step out of the draft meanwhile. Add it again if it is still wanted."


def about(content: TemplateContent, values: Mapping[str, Any]) -> TemplateContent:
    """Title, for whom, and what for."""
    return replace(content, **values)


def put_step(content: TemplateContent, key: str, values: Mapping[str, Any]) -> TemplateContent:
    """Change a step, or add one at the end where `key` is empty. `arms` are names with their conditions, by their keys."""
    stands = content.step(key) if key else None
    if key and stands is None:
        raise ValidationError(GONE)
    if not key and len(content.steps) >= MOST_STEPS:
        raise ValidationError(f"A template has at most {MOST_STEPS} steps.")
    last = max((step.place for step in content.steps), default=0)
    step = stands or TemplateStep(key=new_key(content), place=last + 1, phase=str(values["phase"]))
    typed = {name: value for name, value in values.items() if name != "arms"}
    step = replace(step, **typed)
    if "arms" in values:
        step = replace(step, arms=_arms(content, step, values["arms"]))
    errors: dict[str, list[str]] = {}
    for name, words in wrong_values(step):
        errors.setdefault(name, []).append(words)
    if errors:
        raise ValidationError(errors)
    return with_step(content, step)


def _arms(content: TemplateContent, step: TemplateStep, typed: Sequence[Mapping[str, str]]) -> tuple[TemplateArm, ...]:
    """Those that say something. An arm in which steps stand stays: none of them is lost unseen."""
    known = {arm.key for arm in step.arms}
    found: list[TemplateArm] = []
    for row in typed:
        words = {name: row.get(name, "").strip() for name in ("name", "condition", "no_step")}
        if not any(words.values()):
            continue
        key = row.get("key", "")
        if key not in known:
            taken = with_step(content, replace(step, arms=(*step.arms, *found)))
            key = new_key(taken, "a")
        found.append(TemplateArm(key, **words))
    gone = known - {arm.key for arm in found}
    if held := [one for one in content.ordered if one.arm in gone]:
        raise ValidationError(
            f"Step {content.number_of(held[0])} stands in an arm that you emptied. Take it out of the arm first, or out of the "
            "template."
        )
    return tuple(found)


def take_out(content: TemplateContent, key: str) -> TemplateContent:
    """What waited for it, or counted from it, does so no longer."""
    step = content.step(key)
    if step is None:
        return content
    if any(one.arm in {arm.key for arm in step.arms} for one in content.steps):
        raise ValidationError(
            "Steps stand in the arms of this decision. Take them out of the arms or the template first."
        )
    rest = tuple(_without(one, key) for one in content.steps if one.key != key)
    schedules = tuple(replace(one, from_step="") if one.from_step == key else one for one in content.schedules)
    return close_gaps(replace(content, steps=rest, schedules=schedules))


def _without(step: TemplateStep, key: str) -> TemplateStep:
    if step.after == key:
        step = replace(step, after="", after_event="ended", after_occurrence=None)
    return replace(step, start_from="") if step.start_from == key else step


def in_order(content: TemplateContent, groups: Sequence[Sequence[str]]) -> TemplateContent:
    """Groups of keys in their order; those of one group run in parallel."""
    places = {key: place for place, group in enumerate((g for g in groups if g), start=1) for key in group}
    steps = tuple(replace(step, place=places.get(step.key, step.place)) for step in content.steps)
    return close_gaps(replace(content, steps=steps))


def groups_of(content: TemplateContent) -> list[list[str]]:
    places = sorted({step.place for step in content.steps})
    return [[step.key for step in content.ordered if step.place == place] for place in places]


def put_schedules(content: TemplateContent, rows: Sequence[Mapping[str, Any]]) -> TemplateContent:
    """The whole list at once; a row without a name is none."""
    found = tuple(TemplateSchedule(**row) for row in rows if row["name"])
    if len({one.name for one in found}) != len(found):
        raise ValidationError("Name each schedule once.")
    return replace(content, schedules=found)
