"""The steps of a plan, read and checked."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Final, Literal

from careplans.rules.engine.facts import CaseFacts, read_facts
from careplans.rules.engine.shapes import Malformed, as_code, as_items, as_keys, as_text, as_whole, inside, shown
from careplans.rules.engine.vocabulary import (
    GOALS,
    MM,
    MODALITIES,
    NOT_RECORDED,
    NOT_RUNNING,
    OUT_OF_PLAN,
    PAGE,
    STATUSES,
    TARGETS,
)

ORDERS = (1, 32767)


class Diameter(Enum):
    """Says that a step has no figure of its own, which is not the same as a figure that is not recorded."""

    OF_CASE = "of case"


OF_CASE: Final = Diameter.OF_CASE


@dataclass(frozen=True)
class Step:
    """`order` may be shared: equal numbers run in parallel. `target_mm=None` means not recorded."""

    id: str
    order: int
    modality: str
    goals: frozenset[str]
    target: str | None = None
    target_mm: int | Literal[Diameter.OF_CASE] | None = OF_CASE
    status: str = "planned"
    # The address of its reference page, where that is one that the centre added.
    page: str = ""

    @property
    def names(self) -> frozenset[str]:
        """By what a rule may name it: its modality, and the page that the centre added for it."""
        return frozenset({self.modality, f"{PAGE}{self.page}"} if self.page else {self.modality})

    @property
    def takes_part(self) -> bool:
        return self.status not in OUT_OF_PLAN

    @property
    def counts(self) -> bool:
        """Whether the plan *has* it: an analogue that is stopped or held controls no symptoms."""
        return self.takes_part and self.status not in NOT_RUNNING


@dataclass(frozen=True)
class Draft:
    """What the rules look at: the facts of a case and the steps of one plan."""

    facts: CaseFacts
    steps: tuple[Step, ...]


def read_draft(data: object, place: str = "") -> Draft:
    """One `{"facts": {...}, "steps": [...]}`."""
    found = as_keys(data, place, needed=("facts", "steps"))
    return Draft(
        facts=read_facts(found["facts"], inside(place, "facts")),
        steps=read_steps(found["steps"], inside(place, "steps")),
    )


def read_steps(data: object, place: str = "steps") -> tuple[Step, ...]:
    steps: dict[str, Step] = {}
    for item, where in as_items(data, place, empty=True):
        step = read_step(item, where)
        if step.id in steps:
            raise Malformed(inside(where, "id"), f"{shown(step.id)} is the id of an earlier step")
        steps[step.id] = step
    return tuple(steps.values())


def read_step(data: object, place: str) -> Step:
    needed, allowed = ("id", "order", "modality", "goals"), ("target", "target_mm", "status", "page")
    found = as_keys(data, place, needed=needed, allowed=allowed)
    goals = as_items(found["goals"], inside(place, "goals"))
    return Step(
        id=as_text(found["id"], inside(place, "id")),
        order=as_whole(found["order"], inside(place, "order"), *ORDERS),
        modality=as_code(found["modality"], inside(place, "modality"), MODALITIES, "modality"),
        goals=frozenset(as_code(goal, where, GOALS, "goal") for goal, where in goals),
        target=_target(found, place),
        target_mm=_target_mm(found, place),
        status=as_code(found.get("status", "planned"), inside(place, "status"), STATUSES, "status"),
        page=as_text(found["page"], inside(place, "page")) if found.get("page") is not None else "",
    )


def _target(found: Mapping[str, object], place: str) -> str | None:
    target = found.get("target")
    if target is None or target == NOT_RECORDED:
        return None
    return as_code(target, inside(place, "target"), TARGETS, "target")


def _target_mm(found: Mapping[str, object], place: str) -> int | Literal[Diameter.OF_CASE] | None:
    if "target_mm" not in found:
        return OF_CASE
    if found["target_mm"] is None:
        return None
    return as_whole(found["target_mm"], inside(place, "target_mm"), *MM, "millimetres")
