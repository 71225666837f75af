"""The facts of a case, read and checked, and what is derived from them (domain note B.3)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cached_property

from careplans.rules.engine import proforma
from careplans.rules.engine.shapes import Malformed, as_code, as_items, as_object, as_whole, inside, one_of, shown
from careplans.rules.engine.vocabulary import NOT_RECORDED
from common.figures import NotAFigure, question_about, read_figure

_DAY = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?", re.ASCII)

GASTROINTESTINAL = frozenset(
    {"oesophagus", "stomach", "duodenum", "jejunum", "ileum", "jejunum_ileum", "appendix", "colon", "rectum"}
)
# The derived facts, with the values that a rule may ask for.
DERIVED: dict[str, tuple[bool | str, ...]] = {
    "advanced": (True, False),
    "bulk_threat": ("yes", "no", "unknown"),
    "uncontrolled": (True, False),
    "gi_primary": (True, False),
    "chemo_ground": (True, False),
}
# Not a field of the proforma: recorded as soon as one of the two diameters is.
SIZE = "size"
FACTORS = (SIZE, *proforma.CODED)


@dataclass(frozen=True)
class CaseFacts:
    """Only what is recorded is held. Not recorded is never read as no."""

    codes: Mapping[str, str] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)

    def code(self, name: str) -> str:
        return self.codes.get(name, NOT_RECORDED)

    def size(self, name: str) -> int | None:
        return self.sizes.get(name)

    def lacks(self, factor: str) -> bool:
        """Whether a factor on which management may depend is not recorded."""
        if factor == SIZE:
            return not self.sizes
        if factor == "hormone_symptoms_controlled" and self.code("functional_status") != "functional":
            return False  # there is nothing to control
        return factor not in self.codes

    def derived(self, name: str) -> bool | str:
        value: bool | str = getattr(self, name)
        return value

    @cached_property
    def advanced(self) -> bool:
        extent = self.code("extent")
        return extent == "metastatic" or (extent == "regional" and self.code("surgery_option") == "no")

    @cached_property
    def bulk_threat(self) -> str:
        """A crisis without a high volume gives `unknown`: the source names both."""
        crisis = self.code("visceral_crisis")
        if crisis == "none":
            return "no"
        return "yes" if self.code("tumour_volume") == "high" and crisis in ("impending", "present") else "unknown"

    @cached_property
    def uncontrolled(self) -> bool:
        control = self.code("hormone_symptoms_controlled")
        return self.code("functional_status") == "functional" and control in ("no", "partly", NOT_RECORDED)

    @cached_property
    def gi_primary(self) -> bool:
        return self.code("primary_site") in GASTROINTESTINAL

    @cached_property
    def chemo_grounds(self) -> tuple[str, ...]:
        """Alternatives: each one alone makes chemotherapy a viable option. A gap in the record is no ground."""
        grounds = {
            "other_options_exhausted": self.code("other_options_exhausted") == "yes",
            "pancreatic_and_advanced": self.code("primary_site") == "pancreas" and self.advanced,
            "inoperable": self.code("surgery_option") == "no",
            "poorly_differentiated": self.code("differentiation") == "poor",
        }
        return tuple(name for name, holds in grounds.items() if holds)

    @cached_property
    def chemo_ground(self) -> bool:
        return bool(self.chemo_grounds)


def read_facts(data: object, place: str = "facts") -> CaseFacts:
    """Facts by name; a missing one, null and `not_recorded` all mean that it is not recorded."""
    codes: dict[str, str] = {}
    sizes: dict[str, int] = {}
    for name, value in as_object(data, place).items():
        where = inside(place, name)
        if name not in proforma.FACTS:
            raise Malformed(where, f"unknown fact; {one_of(proforma.FACTS)}")
        if value is None or value == NOT_RECORDED:
            continue
        if name in proforma.CODED:
            codes[name] = as_code(value, where, (*proforma.CODED[name], NOT_RECORDED), "value")
        elif name in proforma.MM_FACTS:
            sizes[name] = as_whole(value, where, *proforma.WHOLE[name], "millimetres")
        else:
            _check(name, value, where)
    return CaseFacts(codes, sizes)


def _check(name: str, value: object, where: str) -> None:
    """A fact that no rule can read is checked all the same: a wrong type may be a right value in a wrong place."""
    if name in proforma.WHOLE:
        as_whole(value, where, *proforma.WHOLE[name])
    elif name in proforma.DECIMAL:
        _check_decimal(value, where, *proforma.DECIMAL[name])
    elif name in proforma.FIGURES:
        _check_figure(value, where, *proforma.FIGURES[name])
    elif name in proforma.DAYS:
        _check_day(value, where)
    elif name == proforma.SITES:
        for item, place in as_items(value, where, empty=True):
            as_code(item, place, proforma.OTHER_SITES, "site")
    elif not isinstance(value, str):
        raise Malformed(where, f"must be a text, not {shown(value)}")


def _check_decimal(value: object, where: str, low: int, high: int) -> None:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Malformed(where, f"must be a number, not {shown(value)}")
    asked = question_about(getattr(value, "written", ""))
    if asked:
        raise Malformed(where, asked)
    # Written so that NaN, which is neither small nor large, is refused too.
    if not low <= value <= high:
        raise Malformed(where, f"must be from {low} to {high}, not {shown(value)}")


def _check_figure(value: object, where: str, low: int, high: int) -> None:
    if not isinstance(value, str):
        _check_decimal(value, where, low, high)
        return
    try:
        read_figure(value, low=low, high=high)
    except NotAFigure as error:
        raise Malformed(where, f"{str(error)[:1].lower()}{str(error)[1:]}") from None


def _check_day(value: object, where: str) -> None:
    """Known to the day, the month or the year."""
    told = value.isoformat() if hasattr(value, "isoformat") else value
    text = told if isinstance(told, str) and _DAY.fullmatch(told) else ""
    try:
        date.fromisoformat(f"{text}-01-01"[:10])
    except ValueError:
        raise Malformed(where, f'must be a date such as "2026-11-23", or "2026-11", not {shown(value)}') from None
