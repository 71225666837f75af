"""The dated notes of the reference pages that speak to an advisory. They stand beside it and never change whether it fires.

A note is a row of the reference pages (`StatementFlag`), so an editor's newer one takes its place; here stands only which
statement, and in which case. Where nobody has looked, the note says so.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from careplans.rules.engine import CaseFacts, Firing, Step
from modalities.models import StatementFlag

Speaks = Callable[[CaseFacts, Sequence[Step]], bool]
SMALL_MM = 20
# In these states a step has begun for certain; what is held or stopped says that only in its row.
BEGUN = ("in_progress", "completed")


@dataclass(frozen=True)
class Note:
    """A note beside an advisory: the flag with its statement and writer, and why it is shown."""

    flag: StatementFlag
    because: str

    def as_dict(self) -> dict[str, object]:
        flag = self.flag
        return {
            "statement": flag.statement.number, "state": flag.state, "noted_on": flag.noted_on, "who": flag.who,
            "note": flag.note, "source": flag.source, "because": self.because,
        }  # fmt: skip


@dataclass(frozen=True)
class Beside:
    """`until`: once a treatment of this modality has been given, the decision that the note speaks of lies behind."""

    rule: str
    statements: tuple[str, ...]
    speaks: Speaks
    because: str
    until: str = ""


def _small_pancreatic(facts: CaseFacts, steps: Sequence[Step]) -> bool:
    size = facts.size("largest_primary_mm")
    small = size is not None and size <= SMALL_MM
    return facts.code("primary_site") == "pancreas" and small and facts.code("functional_status") != "functional"


def _resections(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.modality == "SURG" and "cure" in step.goals and step.counts]


def _resection_ahead(facts: CaseFacts, steps: Sequence[Step]) -> bool:
    found = _resections(steps)
    return bool(found) and not any(step.status == "completed" for step in found)


def _resection_behind(facts: CaseFacts, steps: Sequence[Step]) -> bool:
    """What follows it is still to be decided."""
    return any(step.status == "completed" for step in _resections(steps))


def _first_line_nec(facts: CaseFacts, steps: Sequence[Step]) -> bool:
    """Nothing records the line of treatment: other options that are exhausted, or chemotherapy given, tell a later one."""
    is_nec = facts.code("grade") == "NEC" or facts.code("differentiation") == "poor"
    return is_nec and facts.code("other_options_exhausted") != "yes"


def _always(facts: CaseFacts, steps: Sequence[Step]) -> bool:
    return True


FIRST_LINE = "NEC or poorly differentiated; no chemotherapy is recorded as given, nor other options as exhausted"
TABLE = (
    Beside(
        "SUR-01", ("S11",), _small_pancreatic, "a pancreatic tumour of up to 2 cm, not recorded as functional", "SURG"
    ),
    Beside("SUR-05", ("S12",), _resection_ahead, "a resection that is meant to be complete"),
    Beside("SUR-05", ("S12",), _resection_behind, "what follows a resection that was done with the goal of cure"),
    Beside("CHE-02", ("S15",), _first_line_nec, FIRST_LINE, "CHEMO"),
    Beside("LIV-01", ("S28",), _first_line_nec, FIRST_LINE, "CHEMO"),
    Beside("RFA-02", ("S20",), _always, "sources may differ on the size"),
    Beside("AVL-01", ("S26", "S27"), _always, "what the source says of availability is dated"),
)


def rows_for(firing: Firing, facts: CaseFacts, steps: Sequence[Step]) -> list[Beside]:
    begun = {step.modality for step in steps if step.status in BEGUN}
    return [row for row in TABLE if row.rule == firing.rule and row.until not in begun and row.speaks(facts, steps)]


def notes_for(
    asked: Sequence[tuple[Firing, CaseFacts, Sequence[Step]]], given: Callable[[], Collection[str]] = frozenset
) -> list[tuple[Note, ...]]:
    """For each firing the notes beside it, in its order. One query, and none where no note can speak to any of them.

    `given` tells the modalities that the case has had, in whatever plan or before; asked only where a note depends on it.
    """
    rows = [rows_for(*one) for one in asked]
    if any(row.until for found in rows for row in found):
        had = given()
        rows = [[row for row in found if row.until not in had] for found in rows]
    newest = _newest(number for found in rows for row in found for number in row.statements)
    return [
        tuple(Note(newest[n], row.because) for row in found for n in row.statements if n in newest) for found in rows
    ]


def _newest(numbers: Iterable[str]) -> Mapping[str, StatementFlag]:
    """The newest note on each statement, unless it says that all is well."""
    wanted = set(numbers)
    if not wanted:
        return {}
    flags = StatementFlag.objects.filter(
        statement__number__in=wanted, about=StatementFlag.About.STATEMENT
    ).select_related("statement", "noted_by")
    found = {flag.statement.number: flag for flag in flags.order_by("noted_on", "pk")}
    return {number: flag for number, flag in found.items() if flag.state != StatementFlag.State.CURRENT}
