"""The proforma as a reader meets it: labels, values in words, groups with how much of each is recorded. Pure."""

from dataclasses import dataclass
from typing import Any

from careplans.models import Proforma
from careplans.models.proforma import FIELDS, GROUPS

_FIELDS = {field.name: field for field in Proforma._meta.fields}


# Above a part of the form (domain note C.2); a hint beside one field would push its neighbours apart.
NOTES: dict[str, str] = {
    "pathology": "Digestive NET by WHO 2019 and 2022: G1 Ki-67 under 3 % and mitoses under 2, G2 3 to 20 % or 2 to 20, "
    "G3 over 20; the higher of the two counts. Earlier editions draw the lines elsewhere. Lung and thymus go by mitoses "
    "and necrosis; phaeochromocytoma and paraganglioma take no NET grade.",
}


@dataclass(frozen=True)
class Shown:
    name: str
    label: str
    text: str
    """Empty when the fact is not recorded."""


@dataclass(frozen=True)
class Group:
    slug: str
    heading: str
    facts: list[Shown]
    note: str = ""

    @property
    def total(self) -> int:
        return len(self.facts)

    @property
    def recorded(self) -> int:
        return sum(1 for fact in self.facts if fact.text)


def groups(facts: Proforma) -> list[Group]:
    return [
        Group(slug, heading, [Shown(name, label_of(name), facts.display(name)) for name in names], NOTES.get(slug, ""))
        for slug, heading, names in GROUPS
    ]


def label_of(name: str) -> str:
    """With a capital, except where that would make another word of it: eGFR is not EGFR."""
    if name not in FIELDS:
        return name.replace("_", " ")
    label = str(_FIELDS[name].verbose_name)
    return label if label[1:2].isupper() else label[:1].upper() + label[1:]


def value_in_words(name: str, value: Any) -> str:
    """A kept value, as plain JSON, in words; empty when it stood for not recorded."""
    if name not in FIELDS:
        return "" if value is None else str(value)
    facts = Proforma()
    setattr(facts, name, _FIELDS[name].to_python(value))
    return facts.display(name)
