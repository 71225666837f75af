"""What stands first above a case: what is abnormal or decides about the plan on the screen, by the table beside it. Pure:
proforma, patient, plan and steps are loaded already."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from careplans.models import Patient, Plan, Proforma, Step
from careplans.models.fact_groups import FOUND
from careplans.models.fact_values import Grade
from careplans.models.proforma import DECIDING
from careplans.readers.facts.decisive_table import DAYS, LINES, NOT_KNOWN, OF_THE_FACTS, REST, Line, Ordinary, Weight
from careplans.readers.facts.proforma import Shown, label_of, shown_fact

# Of a step in these states nothing is still to come.
OVER = frozenset(Step.ENDED)
# What is said before the words to who does not see shape or colour.
WORD = {Weight.WARNING: "Warning: ", Weight.CAUTION: "Caution: ", Weight.NOT_KNOWN: "", Weight.FIGURE: ""}
ICON = {Weight.WARNING: "warning", Weight.CAUTION: "caution", Weight.NOT_KNOWN: "question", Weight.FIGURE: ""}


@dataclass(frozen=True)
class Flag:
    weight: Weight
    words: str

    @property
    def word(self) -> str:
        return WORD[self.weight]

    @property
    def icon(self) -> str:
        return ICON[self.weight]


@dataclass(frozen=True)
class Said:
    words: str
    is_short: bool
    """A phone shows it too."""


@dataclass(frozen=True)
class Header:
    flags: list[Flag]
    """What decides, the gravest first. What is not known is one flag that names all of it."""
    rest: list[Said]
    """The tumour in a few words, without what a flag says already."""
    facts: list[Shown]
    """Everything that decides, with when and where it was found."""


def header_of(facts: Proforma, patient: Patient, plan: Plan | None = None, steps: Iterable[Step] = ()) -> Header:
    """Over a patient, who must be that of the case, and the plan on the screen with its steps, as far as there is one."""
    of_record, coming = _of_the_record(patient, plan), steps_to_come(steps)
    fired = _first_of_each(line for line in LINES if _fires(line, facts, coming, of_record))
    return Header(_flags(fired, facts, of_record), _rest(facts, fired), _all(facts, fired))


def flags_beside(facts: Proforma, steps: Iterable[Step], *, without: Collection[str] = ()) -> list[Flag]:
    """What these steps would bring into the header, before anybody has planned them; and each warning that stands there
    already. `without`: facts that somebody has answered."""
    coming = steps_to_come(steps)
    fired = _first_of_each(line for line in OF_THE_FACTS if line.fact not in without and fires(line, facts, coming))
    return _flags([line for line in fired if line.steps or line.weight == Weight.WARNING], facts, {})


def steps_to_come(steps: Iterable[Step]) -> frozenset[str]:
    """The codes of what is still to be done or running: modality, phase, and where an operation is aimed."""
    found: set[str] = set()
    for step in steps:
        if step.status in OVER or step.removed_at is not None or step.carried_over_at is not None:
            continue
        found |= {step.modality_code, step.phase}
        if step.modality_code == Step.ModalityCode.SURG:
            found.add("SURG_LIVER" if step.target == Step.Target.LIVER else "SURG_ELSEWHERE")
    return frozenset(found)


def _of_the_record(patient: Patient, plan: Plan | None) -> dict[str, str]:
    """What is so, and its words. Empty words: it is not so."""
    return {
        "died": _capital(patient.ended) if patient.is_dead else "",
        "transferred": _capital(patient.ended) if patient.transferred_to and not patient.is_dead else "",
        "not_as_signed": "yes" if plan is not None and plan.content_differs_since else "",
        "facts_changed": "yes" if plan is not None and plan.facts_changed_at else "",
    }


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


def fires(line: Line, facts: Proforma, coming: Collection[str]) -> bool:
    """Whether one line of the proforma's facts applies."""
    return _fires(line, facts, coming, {})


def _fires(line: Line, facts: Proforma, coming: Collection[str], of_record: Mapping[str, str]) -> bool:
    if line.fact in of_record:
        return bool(of_record[line.fact])
    if line.steps and line.steps.isdisjoint(coming):
        return False
    if not _is_one_of(getattr(facts, line.fact), line.values):
        return False
    return _is_given(line.given, facts)


def _is_given(given: Mapping[str, tuple[object, ...]], facts: Proforma) -> bool:
    return all(_is_one_of(getattr(facts, name), values) for name, values in given.items())


def _is_one_of(value: Any, values: tuple[object, ...]) -> bool:
    """Without values: anything that is recorded."""
    return value in values if values else value not in NOT_KNOWN


def _first_of_each(lines: Iterable[Line]) -> list[Line]:
    found: dict[str, Line] = {}
    for line in lines:
        found.setdefault(line.fact, line)
    return list(found.values())


def _flags(fired: list[Line], facts: Proforma, of_record: Mapping[str, str]) -> list[Flag]:
    told = [
        Flag(weight, _with_day(line.words.format(value=_value(line, facts, of_record)), day_of(facts, line.fact)))
        for weight in (Weight.WARNING, Weight.CAUTION)
        for line in fired
        if line.weight == weight
    ]
    unknown = [line.words for line in fired if line.weight == Weight.NOT_KNOWN]
    if unknown:
        told.append(Flag(Weight.NOT_KNOWN, f"Not known: {', '.join(unknown)}"))
    return told + _figures([line for line in fired if line.weight == Weight.FIGURE], facts)


def _figures(fired: list[Line], facts: Proforma) -> list[Flag]:
    """Those of one day together: “eGFR 58 mL/min/1.73 m², platelets 231 ×10⁹/L (9 Jun 2026)”."""
    found: dict[str, list[str]] = {}
    for line in fired:
        shown = shown_fact(facts, line.fact)
        found.setdefault(shown.found or "day not recorded", []).append(line.words.format(value=shown.text))
    return [Flag(Weight.FIGURE, f"{', '.join(words)} ({day})") for day, words in found.items()]


def _value(line: Line, facts: Proforma, of_record: Mapping[str, str]) -> str:
    if line.fact in of_record:
        return of_record[line.fact]
    text = in_header(facts, line.fact)
    return text if line.words == "{value}" else text.lower()


def in_header(facts: Proforma, name: str) -> str:
    """A grade never stands without its edition: the same tumour can differ between them."""
    text = facts.display(name)
    if name == "grade" and facts.grade == Grade.NOT_APPLICABLE:
        # Alone it would be read as the extent, or as nothing.
        return f"Grade {text.lower()}"
    if name == "grade" and text and facts.is_recorded("grade_edition"):
        return f"{text}, {facts.display('grade_edition')}"
    return text


def _rest(facts: Proforma, fired: list[Line]) -> list[Said]:
    told = {line.fact for line in fired}
    found: dict[str, Said] = {}
    for row in REST:
        if row.fact in told or not _is_one_of(getattr(facts, row.fact), row.values) or not _is_given(row.given, facts):
            continue
        found.setdefault(row.fact, Said(_said(row, facts), row.is_short))
    return list(found.values())


def _said(row: Ordinary, facts: Proforma) -> str:
    text = in_header(facts, row.fact)
    words = row.words.format(value=text if row.words == "{value}" else _lower(text))
    return _with_day(words, day_of(facts, row.fact)) if row.has_day else words


def day_of(facts: Proforma, name: str) -> str:
    """The day on which a fact was found, in words; empty where the proforma does not ask or know."""
    day = DAYS.get(name) or FOUND.get(name, ("", ""))[0]
    return facts.display(day) if day else ""


def _with_day(words: str, day: str) -> str:
    return f"{words}, {day}" if day else words


def _lower(text: str) -> str:
    return text if text[:1].isdigit() else text.lower()


def _all(facts: Proforma, fired: list[Line]) -> list[Shown]:
    """What always decides, and what decides here besides."""
    more = [line.fact for line in fired if hasattr(facts, line.fact) and line.fact not in DECIDING]
    return [shown_in_header(facts, name) for name in (*DECIDING, *more)]


def shown_in_header(facts: Proforma, name: str) -> Shown:
    shown = shown_fact(facts, name)
    return Shown(name, SHORT_LABELS.get(name) or label_of(name), in_header(facts, name), shown.found)


# Where the full label would break the narrow columns of the case header.
SHORT_LABELS: dict[str, str] = {
    "extent": "Extent",
    "hormone_symptoms_controlled": "Symptoms controlled",
    "sstr_expression": "Receptor expression",
    "largest_primary_mm": "Largest primary",
    "ecog": "ECOG",
}
