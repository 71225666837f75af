"""The form of a condition as pages draw it: each field with its choices and what is chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from careplans.rules.engine import proforma
from careplans.rules.engine.facts import DERIVED, FACTORS
from careplans.rules.engine.grammar import OPERABILITY, PATTERN_CODES
from careplans.rules.engine.vocabulary import CONTENT_FLAGS, NOT_RECORDED, PAGE
from careplans.rules.engine.words import COMPARISON_TEXTS, DERIVED_TEXTS, FLAG_TEXTS, OPERABILITY_TEXTS
from careplans.rules.engine.words import name as name_of
from careplans.rules.forms.conditions import Node, derived_code, fields_of
from modalities.models import Modality

# In the order in which they are offered.
WORD_LABELS = {
    "all": "All of these hold", "any": "At least one of these holds", "not": "This does not hold",
    "fact": "A fact of the case is recorded as …", "derived": "A conclusion from the facts is …",
    "missing_any": "One of these facts is not recorded", "plan_nonempty": "The plan has a step",
    "plan_has": "The plan has a step that …", "plan_lacks": "The plan has no step that …",
    "earlier": "One step comes before another", "first_in": "Among the first steps of a kind there is …",
    "content_flag_open": "A note on the reference pages is open", "step": "The step asked about …",
    "step_num": "The size of the step's target is …", "step_missing": "The size of the step's target is not recorded",
    "target_operability": "Surgery at the step's target is …",
}  # fmt: skip
ROLES = {
    "step": "Which step", "a": "The step that comes first", "b": "The step that it comes before",
    "of": "The first of which steps", "includes": "Among these there is one that",
}  # fmt: skip
KEYS = {
    "modality": "Treatment is one of", "modality_not": "Treatment is none of", "goal_any": "Has one of the goals",
    "goal_none": "Has none of the goals", "target": "Target is one of",
}  # fmt: skip
LABELS = {
    "fact": "Fact",
    "codes": "Any of",
    "choice": "Which",
    "compare": "Is",
    "mm": "Millimetres",
    "or_equal": "In parallel",
}
SELECTS = ("fact", "choice", "compare", "or_equal")


@dataclass(frozen=True)
class Choices:
    """One field: `kind` select, checks or number. `rebuilds`: the choices of another depend on it."""

    kind: str
    name: str
    label: str
    options: Sequence[tuple[str, str, bool]]
    value: str = ""
    heading: str = ""

    @property
    def chosen(self) -> list[str]:
        return [text for _, text, is_chosen in self.options if is_chosen]

    @property
    def id(self) -> str:
        return self.name.replace(":", "-").replace(".", "-")

    @property
    def rebuilds(self) -> bool:
        return self.name.endswith(":fact")


@dataclass(frozen=True)
class Drawn:
    """A condition as the page draws it."""

    node: Node
    words: Choices
    fields: Sequence[Choices]
    parts: Sequence["Drawn"]


def draw(root: Node) -> Drawn:
    """One query, for the names of the pages that the centre added."""
    pages = Modality.objects.filter(added_by__isnull=False, is_group=False).exclude(code="").order_by("title")
    names = {f"{PAGE}{slug}": title for slug, title in pages.values_list("slug", "title")}
    return _draw(root, names)


def _draw(node: Node, pages: Mapping[str, str]) -> Drawn:
    fields = [_field(node, key, pages) for key in fields_of(node.word)]
    word = Choices("select", f"{node.name}:word", f"Condition {node.number}", _ordered(WORD_LABELS, [node.word]))
    return Drawn(node, word, fields, [_draw(part, pages) for part in node.parts])


def _field(node: Node, key: str, pages: Mapping[str, str]) -> Choices:
    name, chosen = f"{node.name}:{key}", node.given.get(key, [])
    role, _, pattern_key = key.partition(".")
    if pattern_key:
        first = pattern_key == next(iter(PATTERN_CODES))
        codes = {code: name_of(code) for code in PATTERN_CODES[pattern_key][0]}
        told = {**codes, **pages} if pattern_key in ("modality", "modality_not") else codes
        return Choices("checks", name, KEYS[pattern_key], _options(told, chosen), heading=ROLES[role] if first else "")
    if key == "mm":
        return Choices("number", name, LABELS[key], (), node.first(key))
    if key in SELECTS:
        return Choices("select", name, LABELS[key], _ordered(_told(node, key), chosen))
    return Choices("checks", name, LABELS[key], _options(_told(node, key), chosen))


def _told(node: Node, key: str) -> dict[str, str]:
    if key == "fact":
        return {code: name_of(code) for code in proforma.CODED}
    if key == "compare":
        return COMPARISON_TEXTS
    if key == "or_equal":
        return {"no": "Only if it really comes before", "yes": "Also if both run in parallel"}
    if node.word == "derived":
        return {
            derived_code(name, value): DERIVED_TEXTS[name, value]
            for name, values in DERIVED.items()
            for value in values
        }
    if node.word == "content_flag_open":
        return {flag: FLAG_TEXTS[flag] for flag in CONTENT_FLAGS}
    if node.word == "target_operability":
        return {code: OPERABILITY_TEXTS[code] for code in OPERABILITY}
    values = FACTORS if node.word == "missing_any" else (*proforma.CODED.get(node.first("fact"), ()), NOT_RECORDED)
    return {code: name_of(code) for code in values}


def _options(told: Mapping[str, str], chosen: Sequence[str]) -> list[tuple[str, str, bool]]:
    """What is chosen first, in its own order, so that text and form stay the same; what is not known any more stays readable."""
    mine = [(code, told.get(code, code), True) for code in chosen if code]
    return [*mine, *((code, text, False) for code, text in told.items() if code not in chosen)]


def _ordered(told: Mapping[str, str], chosen: Sequence[str]) -> list[tuple[str, str, bool]]:
    """Of a list of which one is chosen."""
    return [(code, text, code in chosen) for code, text in told.items()]
