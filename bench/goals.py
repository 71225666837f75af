"""What each page is to cost at most, in milliseconds of CPU, and the table that says how it stands.

The goals come from a comparison on another machine: healthchecks beside this program, and a plain psycopg view of 50 plans, which
took 27 ms there. Healthchecks is not in a package registry and so is not run here: its figures are scaled by the same view, there
and here, which is measured in every run (`bench/raw_urls.py`).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

RAW_PLANS, RAW_CASES = "behind: 50 plans, JSON", "behind: 50 cases, HTML"
RAW_PLANS_THERE = 27.0
# Milliseconds on the machine of the comparison, and by what they were set.
THERE: dict[str, tuple[float, str]] = {
    "API plan": (14, "2 x healthchecks' check"),
    "API case": (14, "2 x healthchecks' check"),
    "API step PATCH": (20, "2.5 x healthchecks' update"),
    "autosave of a step": (20, "2.5 x healthchecks' update"),
    "autosave of the proforma": (20, "2.5 x healthchecks' update"),
    "plan": (30, "healthchecks' detail"),
    "plan edit": (30, "healthchecks' detail"),
    "sign-off": (30, "healthchecks' detail"),
    "proforma": (45, ""),
    "my work": (51.8, "0.7 x healthchecks' list"),
    "board home": (51.8, "0.7 x healthchecks' list"),
    "metrics": (10, ""),
    "first request of a worker": (150, ""),
}
# So many times what the raw view takes here.
BY_RAW = {
    "API plans": (RAW_PLANS, 2), "cases": (RAW_CASES, 2), "patients": (RAW_CASES, 2), "follow-ups": (RAW_CASES, 2),
}  # fmt: skip
STATEMENTS = {"API plans": 6, "API step PATCH": 12, "autosave of a step": 12, "autosave of the proforma": 12}
GROWTH = {"board home": 1.1, "metrics": 1.1}
GROWTH_ELSE = 1.3


@dataclass
class Line:
    """What was measured of a page. `before` and `small` where they were."""

    name: str
    process: float
    database: float | None
    before: float | None = None
    small: float | None = None
    statements: int | None = None
    was_statements: int | None = None
    bytes: int | None = None
    compressed: int | None = None

    @property
    def now(self) -> float:
        return self.process + (self.database or 0)

    @property
    def growth(self) -> float | None:
        return self.now / self.small if self.small else None


def goals(raw: Mapping[str, float]) -> dict[str, float]:
    """The goals of this machine, by what the raw views took in the same run."""
    factor = raw[RAW_PLANS] / RAW_PLANS_THERE
    scaled = {name: there * factor for name, (there, _) in THERE.items()}
    return scaled | {name: raw[of] * times for name, (of, times) in BY_RAW.items()}


HEAD = (
    "| page, call or write | before | now | of it database | goal | growth | statements | bytes | compressed |\n"
    "|---|---:|---:|---:|---:|---:|---:|---:|---:|"
)


def table(lines: Iterable[Line], raw: Mapping[str, float]) -> str:
    """In Markdown; what misses its goal is set in bold."""
    wanted = goals(raw) if raw else {}
    return "\n".join([HEAD, *(_row(line, wanted.get(line.name)) for line in lines)])


def raw_table(lines: Iterable[Line]) -> str:
    rows = [f"| {line.name} | {_ms(line.now)} | {_ms(line.database)} | {_many(line.bytes)} |" for line in lines]
    return "\n".join(["| view | now | of it database | bytes |\n|---|---:|---:|---:|", *rows])


def _row(line: Line, goal: float | None) -> str:
    statements = "" if line.statements is None else str(line.statements)
    if line.was_statements not in (None, line.statements):
        statements = f"{line.was_statements} -> {statements}"
    least = STATEMENTS.get(line.name)
    cells = [
        line.name, _ms(line.before), _marked(_ms(line.now), goal is not None and line.now > goal), _ms(line.database), _ms(goal),
        _marked(_times(line.growth), (line.growth or 0) > GROWTH.get(line.name, GROWTH_ELSE)),
        _marked(statements, least is not None and (line.statements or 0) > least) + (f" of {least}" if least else ""),
        _many(line.bytes), _many(line.compressed),
    ]  # fmt: skip
    return f"| {' | '.join(cells)} |"


def _ms(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


def _times(value: float | None) -> str:
    return "" if value is None else f"{value:.2f}"


def _many(value: Any) -> str:
    return "" if value is None else f"{value:,}"


def _marked(text: str, is_missed: bool) -> str:
    return f"**{text}**" if is_missed and text else text
