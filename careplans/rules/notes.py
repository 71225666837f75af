"""The dated notes of the reference pages that speak to an advisory. They stand beside it and never change whether it fires.

A note is a row of the reference pages (`StatementFlag`), so an editor's newer one takes its place; here stands only which
statement, and in which case. Where nobody has looked, the note says so.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from careplans.readers.steps.given import TUMOUR_GOALS, Given
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
    """`until`: once a treatment of this modality has been given for the tumour, the decision that the note speaks of lies behind.
    Where one was given and nothing says for what, the note stays and asks, with `unless` in place of `because`."""

    rule: str
    statements: tuple[str, ...]
    speaks: Speaks
    because: str
    until: str = ""
    unless: str = ""


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
NOT_EXHAUSTED = "NEC or poorly differentiated; other options are not recorded as exhausted"
SMALL = "a pancreatic tumour of up to 2 cm, not recorded as functional"
TABLE = (
    Beside("SEQ-04", ("S10",), _always, "high volume in or near a visceral crisis, and no debulking"),
    Beside("SEQ-05", ("S10",), _always, "high volume in or near a visceral crisis, and debulking is not first"),
    Beside("SUR-01", ("S11",), _small_pancreatic, SMALL, "SURG", SMALL),
    Beside("SUR-05", ("S12",), _resection_ahead, "a resection that is meant to be complete"),
    Beside("SUR-05", ("S12",), _resection_behind, "what follows a resection that was done with the goal of cure"),
    Beside("CHE-02", ("S15",), _first_line_nec, FIRST_LINE, "CHEMO", NOT_EXHAUSTED),
    Beside("LIV-01", ("S28",), _first_line_nec, FIRST_LINE, "CHEMO", NOT_EXHAUSTED),
    Beside("RFA-02", ("S20",), _always, "sources may differ on the size"),
    Beside("AVL-01", ("S26", "S27"), _always, "what the source says of availability is dated"),
)


def rows_for(firing: Firing, facts: CaseFacts, steps: Sequence[Step]) -> list[Beside]:
    begun = {step.modality for step in steps if step.status in BEGUN and _is_for_tumour(step)}
    return [
        row
        for row in TABLE
        if row.rule == firing.rule
        and row.until not in begun
        and row.speaks(facts, steps)
        and not (row.until and _comes_later(firing.step, steps))
    ]


def _is_for_tumour(step: Step) -> bool:
    return step.modality != "SURG" or not step.goals.isdisjoint(TUMOUR_GOALS)


def _comes_later(about: str | None, steps: Sequence[Step]) -> bool:
    """Whether the plan has another step of the same modality before this one: then it is a later line."""
    mine = [step for step in steps if step.id == about]
    return any(
        one.modality == mine[0].modality and one.order < mine[0].order and one.takes_part for one in steps if mine
    )


def notes_for(
    asked: Sequence[tuple[Firing, CaseFacts, Sequence[Step]]], given: Callable[[], Sequence[Given]] = tuple,
    later: Collection[str | None] = (),
) -> list[tuple[Note, ...]]:  # fmt: skip
    """For each firing the notes beside it, in its order. One query, and none where no note can speak to any of them.

    `given` tells what the case has had, in whatever plan or before; asked only where a note depends on it. `later`: ids of steps
    whose words say that they are no first line.
    """
    rows = [
        [row for row in rows_for(firing, facts, steps) if not (row.until and firing.step in later)]
        for firing, facts, steps in asked
    ]
    if any(row.until for found in rows for row in found):
        had = given()
        sites = [facts.code("primary_site") for _, facts, _ in asked]
        rows = [
            [one for row in found if (one := _after(row, had, site))] for found, site in zip(rows, sites, strict=True)
        ]
    newest = _newest(number for found in rows for row in found for number in row.statements)
    return [
        tuple(Note(newest[n], row.because) for row in found for n in row.statements if n in newest) for found in rows
    ]


def _after(row: Beside, had: Sequence[Given], site: str) -> Beside | None:
    """What is left of a note after what the case has had."""
    same = [one for one in had if one.modality == row.until]
    if any(one.is_for_tumour(site) for one in same):
        return None
    told = "; ".join(str(one) for one in same)
    return replace(row, because=f"{row.unless}; given was {told}: was it for this tumour?") if same else row


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
