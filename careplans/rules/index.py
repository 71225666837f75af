"""The rules as a list: by treatment, grade and state. Reads no rows, except for the names of added pages."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from careplans.rules.engine import Rule, RuleSet
from careplans.rules.engine.vocabulary import MODALITIES, PAGE, SEVERITIES
from careplans.rules.in_force import SEED_IDS
from modalities.models import Modality

# Of a rule that names no treatment: it asks about facts, goals or targets alone.
NO_MODALITY = "none"
STATES = {"on": "Asked", "off": "Switched off", "own": "Added by your centre"}


@dataclass(frozen=True)
class Entry:
    """One line of the list."""

    rule: Rule
    modalities: tuple[str, ...]

    @property
    def is_own(self) -> bool:
        return self.rule.id not in SEED_IDS

    @property
    def states(self) -> tuple[str, ...]:
        return ("off" if self.rule.off else "on", *(("own",) if self.is_own else ()))


def entries_of(rules: RuleSet) -> list[Entry]:
    return [Entry(rule, named_in(rule.when)) for rule in rules.rules]


def named_in(when: object) -> tuple[str, ...]:
    """The modalities and added pages that a condition names, in the order of the treatments; what it leaves out, too."""
    found = set(_named(when))
    known = [code for code in MODALITIES if code in found]
    return (*known, *sorted(name for name in found if name.startswith(PAGE)))


def _named(when: object) -> list[str]:
    if isinstance(when, Mapping):
        own = [str(code) for key in ("modality", "modality_not") for code in _listed(when.get(key))]
        return [*own, *(name for part in when.values() for name in _named(part))]
    return [name for part in _listed(when) for name in _named(part)]


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list | tuple) else ()


def fitting(
    entries: Sequence[Entry], *, modality: str = "", grade: str = "", state: str = "", words: str = ""
) -> list[Entry]:
    """What is empty asks for nothing; every word must stand in the number or the wording."""
    asked = words.casefold().split()
    return [
        entry for entry in entries
        if (not modality or modality in (entry.modalities or (NO_MODALITY,)))
        and (not grade or entry.rule.severity == grade)
        and (not state or state in entry.states)
        and all(word in f"{entry.rule.id} {entry.rule.advice}".casefold() for word in asked)
    ]  # fmt: skip


def counts_of(entries: Sequence[Entry]) -> dict[str, Counter[str]]:
    """How many there are of each modality, grade and state."""
    return {
        "modality": Counter(name for entry in entries for name in entry.modalities or (NO_MODALITY,)),
        "grade": Counter(entry.rule.severity for entry in entries),
        "state": Counter(state for entry in entries for state in entry.states),
    }


def modality_names(codes: Sequence[str]) -> dict[str, str]:
    """Codes with their names for people. One query, and none where no added page is among them."""
    slugs = [code.removeprefix(PAGE) for code in codes if code.startswith(PAGE)]
    titles = dict(Modality.objects.filter(slug__in=slugs).values_list("slug", "title")) if slugs else {}
    names: dict[str, str] = {
        NO_MODALITY: "No treatment named",
        **{code: str(Modality.Code(code).label) for code in MODALITIES},
    }
    names["OTHER"] = "Other"
    return names | {f"{PAGE}{slug}": titles.get(slug, slug) for slug in slugs}


GRADES = tuple(reversed(SEVERITIES))
