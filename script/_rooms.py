"""Which rooms the house has, and who imports whom, read off the imports. Standard library only.

A module is in the room whose path it begins with, the longest one if several. A module in no room stops the drawing: nobody
can add a room that the picture does not show.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

FOLDERS = ("common", "accounts", "modalities", "careplans", "config")


class Room(NamedTuple):
    name: str
    says: str
    # Where it stands in its layer, in 24 columns.
    left: int
    right: int
    paths: tuple[str, ...]
    spine: bool = False


# From the roof to the ground. A room may import what lies in a lower layer (CONTRIBUTING.md).
ROOF = (
    "careplans.urls", "careplans.api.urls", "careplans.tasks", "careplans.chores", "careplans.management", "careplans.apps",
    "config",
)  # fmt: skip
# A room keeps its own pages, and what is drawn there stands at the same door.
BESIDE = ("careplans.history", "careplans.guards", "careplans.locks")
PAGES = (
    "careplans.views", "careplans.forms", "careplans.templatetags", "careplans.rules.views", "careplans.rules.forms",
    "careplans.outbox.views", "careplans.outbox.forms", "careplans.plan_templates.views", "careplans.plan_templates.forms",
    "careplans.webhooks.views", "careplans.webhooks.forms",
)  # fmt: skip
LAYERS: tuple[tuple[Room, ...], ...] = (
    (
        Room("urls, tasks, commands", "addresses, ticks, what a shell starts", 5, 16, ROOF),
        Room("demo", "an invented board", 18, 23, ("careplans.demo",)),
    ),
    (
        Room("exports", "lists and reports as files", 3, 12, ("careplans.exports",)),
        Room("summaries", "reports worked out beforehand", 14, 20, ("careplans.summaries",)),
    ),
    (
        Room("reports", "counts, read-only", 1, 7, ("careplans.reports",)),
        Room("api", "the door of programs", 8, 12, ("careplans.api",), spine=True),
        Room("views, forms", "the door of pages", 13, 18, PAGES, spine=True),
        Room("paper", "plans as PDF", 19, 23, ("careplans.paper",)),
    ),
    (Room("importing", "what other programs send", 6, 18, ("careplans.importing",)),),
    (
        Room("services", "what a clinician does, a function each", 8, 18, ("careplans.services",), spine=True),
        Room("webhooks", "programs told of changes", 19, 23, ("careplans.webhooks",)),
    ),
    (
        Room("rules", "advisories", 6, 11, ("careplans.rules",)),
        Room("plan templates", "what a plan may start from", 13, 19, ("careplans.plan_templates",)),
    ),
    (
        Room("deidentified", "told without names", 1, 5, ("careplans.deidentified",)),
        Room("readers", "the record, read-only", 6, 11, ("careplans.readers",)),
        Room("reminders", "what is due, and when", 12, 17, ("careplans.reminders",)),
        Room("outbox", "how reminders leave", 18, 23, ("careplans.outbox",)),
    ),
    (
        Room(
            "history, guards, locks",
            "the order of locks, what may not be, who did what",
            9,
            15,
            ("careplans.history", "careplans.guards", "careplans.locks"),
            spine=True,
        ),
    ),
    (Room("models", "every row of the record", 2, 22, ("careplans.models",), spine=True),),
    (Room("modalities", "the reference pages and their revisions", 2, 22, ("modalities",)),),
    (Room("accounts", "people, boards, who may do what, the one door to rows", 2, 22, ("accounts",)),),
    (Room("common", "what all of them use and no clinician would name", 2, 22, ("common",)),),
)
ROOMS = {room.name: room for layer in LAYERS for room in layer}
LAYER_OF = {room.name: number for number, layer in enumerate(LAYERS) for room in layer}

Arrow = tuple[str, str]


class Homeless(Exception):
    """Modules that are in no room."""


def arrows_of(root: Path) -> tuple[set[str], set[Arrow]]:
    """The rooms that exist, and which of them imports which."""
    modules = dict(_modules(root))
    homes = {module: _room_of(module) for module in modules}
    homeless = sorted(module for module, room in homes.items() if not room)
    if homeless:
        raise Homeless(f"Name a room in script/_rooms.py for {', '.join(homeless)}.")
    arrows = {
        (homes[module], _room_of(target))
        for module, path in modules.items()
        for target in _imported(path, modules)
        if _room_of(target) not in ("", homes[module])
    }
    return set(homes.values()), arrows


def is_upward(arrow: Arrow) -> bool:
    source, target = arrow
    return LAYER_OF[source] > LAYER_OF[target]


def is_sideways(arrow: Arrow) -> bool:
    source, target = arrow
    return LAYER_OF[source] == LAYER_OF[target]


def without_shortcuts(arrows: set[Arrow]) -> set[Arrow]:
    """Leave out what follows from others: who imports services may import what services import."""
    down = {arrow for arrow in arrows if not is_upward(arrow) and not is_sideways(arrow)}
    return {arrow for arrow in arrows if arrow not in down or not _has_detour(arrow, down)}


def _has_detour(arrow: Arrow, down: set[Arrow]) -> bool:
    source, target = arrow
    ahead, seen = [middle for start, middle in down if start == source and middle != target], set[str]()
    while ahead:
        here = ahead.pop()
        if here == target:
            return True
        if here not in seen:
            seen.add(here)
            ahead += [end for start, end in down if start == here]
    return False


def _modules(root: Path) -> Iterator[tuple[str, Path]]:
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            module = ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")
            # Migrations are kept as they were written; the app's own folder is no module of any room.
            if "migrations" not in path.parts and module != "careplans":
                yield module, path


def _room_of(module: str) -> str:
    fits = [
        (len(path), room.name) for room in ROOMS.values() for path in room.paths if f"{module}.".startswith(f"{path}.")
    ]
    return max(fits)[1] if fits else ""


def _imported(path: Path, modules: dict[str, Path]) -> Iterator[str]:
    """The modules that a file imports, also within a function or for types only."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from (name if name in modules else node.module for name in whole)
