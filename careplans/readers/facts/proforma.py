"""The proforma as a reader meets it: labels, values in words, groups with how much of each is recorded. Pure."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from careplans.models import Proforma
from careplans.models.fact_groups import EXTRA, FOUND, GROUPS
from careplans.models.proforma import FIELDS, fact_in_words

_FIELDS = {field.name: field for field in Proforma._meta.fields}


# Above a part of the form (domain note C.2); a hint beside one field would push its neighbours apart.
NOTES: dict[str, str] = {
    "pathology": "Digestive NET by WHO 2019 and 2022: G1 Ki-67 under 3 % and mitoses under 2, G2 3 to 20 % or 2 to 20, "
    "G3 over 20; the higher of the two counts. Earlier editions draw the lines elsewhere. Lung and thymus go by mitoses "
    "and necrosis; phaeochromocytoma and paraganglioma take no NET grade.",
}


SMALL_BOWEL = ("jejunum", "ileum", "jejunum_ileum")
# When a part that not everybody needs stands open, besides when something in it is recorded.
OPENS: dict[str, Callable[[Proforma], bool]] = {
    "gastric": lambda facts: facts.primary_site == "stomach",
    "mesentery": lambda facts: facts.primary_site in SMALL_BOWEL,
    "liver": lambda facts: facts.liver_metastases == "yes",
    "progression": lambda facts: facts.extent in ("regional", "metastatic"),
    "uptake": lambda facts: facts.primary_site in ("adrenal_medulla", "paraganglia")
    or facts.grade in ("G2", "G3", "NEC", "MiNEN") or facts.fdg_result in ("positive", "negative", "mixed"),
    "bloods": lambda facts: facts.extent == "metastatic" or facts.grade in ("G3", "NEC", "MiNEN"),
    "heart": lambda facts: facts.syndrome == "carcinoid_syndrome",
    "analogue": lambda facts: facts.functional_status == "functional" or facts.extent == "metastatic",
}  # fmt: skip


@dataclass(frozen=True)
class Shown:
    name: str
    label: str
    text: str
    """Empty when the fact is not recorded."""
    found: str = ""
    """When and where it was found, as far as the proforma asks for it."""


@dataclass(frozen=True)
class Group:
    slug: str
    heading: str
    facts: list[Shown]
    note: str = ""
    is_extra: bool = False
    """Only some tumours need it: closed until then."""
    is_open: bool = True

    @property
    def total(self) -> int:
        return len(self.facts)

    @property
    def recorded(self) -> int:
        return sum(1 for fact in self.facts if fact.text)


def groups(facts: Proforma) -> list[Group]:
    found = [
        Group(slug, heading, [shown_fact(facts, name) for name in names], NOTES.get(slug, ""))
        for slug, heading, names in GROUPS
    ]
    return [
        replace(one, is_extra=True, is_open=OPENS[one.slug](facts) or one.recorded > 0) if one.slug in EXTRA else one
        for one in found
    ]


def shown_fact(facts: Proforma, name: str) -> Shown:
    text = facts.display(name)
    return Shown(name, label_of(name), text, found_of(name, lambda one: getattr(facts, one)) if text else "")


def found_of(name: str, value: Callable[[str], Any]) -> str:
    """“Liver biopsy, 3 Mar 2026”, asked of the facts by `value`; empty where the proforma does not ask or know."""
    day, source = FOUND.get(name, ("", ""))
    words = [value_in_words(one, value(one)) for one in (source, day) if one]
    # A specimen that decides names its day itself.
    told = [word for number, word in enumerate(words) if word and not any(word in before for before in words[:number])]
    return ", ".join(told)


def label_of(name: str) -> str:
    """With a capital, except where that would make another word of it: eGFR is not EGFR."""
    if name not in FIELDS:
        return name.replace("_", " ")
    return capital(str(_FIELDS[name].verbose_name))


def capital(label: str) -> str:
    return label if label[1:2].isupper() else label[:1].upper() + label[1:]


def value_in_words(name: str, value: Any) -> str:
    """A kept value, as plain JSON, in words; empty when it stood for not recorded."""
    if name not in FIELDS:
        return "" if value is None else str(value)
    return fact_in_words(name, _FIELDS[name].to_python(value))
