"""Figures that look as if they stood in another unit: asked about, never refused. Pure.

The bounds are our own and wide; they are no reference ranges. Outside them a value in the unit beside the field is so rare that
another unit is likelier.
"""

from dataclasses import dataclass
from decimal import Decimal

from careplans.models import Proforma
from careplans.models.fact_groups import UNITS
from careplans.models.proforma import FIGURES
from careplans.readers.facts.proforma import label_of
from common.figures import Figure

SOURCE = "Our own wide bounds, to notice another unit; no reference range"


@dataclass(frozen=True)
class Usual:
    """From `low` to `high`; None where that side tells nothing."""

    low: Decimal | None
    high: Decimal | None
    ask: str
    takes_nought: bool = False


def usual(low: str, high: str, ask: str, *, takes_nought: bool = False) -> Usual:
    return Usual(Decimal(low) if low else None, Decimal(high) if high else None, ask, takes_nought)


USUAL: dict[str, Usual] = {
    "largest_primary_mm": usual("2", "250", "Is it in centimetres?"),
    "largest_liver_lesion_mm": usual("3", "250", "Is it in centimetres?"),
    "mesenteric_mass_mm": usual("4", "250", "Is it in centimetres?"),
    "ki67_percent": usual("1", "", "Is it a share of 1? 0.15 would be 15 %.", takes_nought=True),
    "ki67_cells_counted": usual("100", "20000", "Are these cells, and not fields?"),
    "mitoses_per_2mm2": usual("", "150", "Are they per 2 mm², and not in all fields?"),
    "flushing_per_day": usual("", "50", "Is it a day, and not a week?"),
    "stools_per_day": usual("", "30", "Is it a day, and not a week?"),
    "stool_volume_ml": usual("20", "10000", "Is it in litres?", takes_nought=True),
    "weight_change_kg": usual("-40", "40", "Is it in pounds, or the weight itself?"),
    "nt_probnp_ng_l": usual("5", "70000", "Is it in pmol/L? 1 pmol/L is 8.46 ng/L."),
    "egfr_ml_min": usual("5", "150", "Is it in mL/s (1 mL/s is 60 mL/min), or a creatinine?"),
    "recist_interval_months": usual("", "60", "Is it in days or weeks?"),
    "haemoglobin_g_dl": usual("4.5", "20", "Is it in mmol/L (1 mmol/L is 1.61 g/dL) or in g/L?"),
    "leucocytes_10e9_l": usual("0.3", "200", "Is it per µL? 4500/µL is 4.5."),
    "neutrophils_10e9_l": usual("0.1", "40", "Is it a percentage?", takes_nought=True),
    "platelets_10e9_l": usual("8", "1500", "Is it per µL? 75,000/µL is 75."),
    "bilirubin_umol_l": usual("3", "600", "Is it in mg/dL? 1 mg/dL is 17.1 µmol/L."),
    "albumin_g_l": usual("15", "60", "Is it in g/dL? 3.8 g/dL is 38 g/L."),
    "lvef_percent": usual("10", "85", "Is it a fraction? 0.55 would be 55 %."),
}

# Under 1 % is what many G1 tumours have: only beside another grade, or none, may it be a share of 1.
BESIDE: dict[str, tuple[str, ...]] = {"ki67_percent": ("grade",)}


def asks(facts: Proforma, name: str) -> str:
    """The question about one figure; empty where nothing of what it can stand for is that rare."""
    one = USUAL[name]
    if not facts.is_recorded(name) or not _is_outside(facts, name, one):
        return ""
    if name == "ki67_percent" and facts.grade == "G1":
        return ""
    if name == "neutrophils_10e9_l" and more_neutrophils(facts):
        # One mistake is one question.
        return ""
    return f"{label_of(name)} is {facts.display(name)}, and {_told(one)} {UNITS[name]} would be usual. {one.ask}"


def more_neutrophils(facts: Proforma) -> str:
    """A part that is more than the whole: mostly a percentage."""
    neutrophils, leucocytes = facts.figure("neutrophils_10e9_l"), facts.figure("leucocytes_10e9_l")
    if neutrophils is None or leucocytes is None or neutrophils.low is None or leucocytes.high is None:
        return ""
    if neutrophils.low <= leucocytes.high:
        return ""
    told = f"Neutrophils are {facts.display('neutrophils_10e9_l')}, more than all leucocytes"
    return f"{told} ({facts.display('leucocytes_10e9_l')}): are they a percentage?"


def _is_outside(facts: Proforma, name: str, one: Usual) -> bool:
    """Whether whatever it stands for is outside."""
    figure = _figure(facts, name)
    if one.takes_nought and figure.low == figure.high == 0:
        return False
    # “<1” tells that less is not measured: that is no other unit.
    says_less_than = name in FIGURES and figure.low == FIGURES[name].low and figure.low != figure.high
    below = one.low is not None and figure.is_under(one.low) and not says_less_than
    return below or (one.high is not None and figure.is_over(one.high))


def _figure(facts: Proforma, name: str) -> Figure:
    figure = facts.figure(name)
    if figure is not None:
        return figure
    value = Decimal(str(getattr(facts, name)))
    return Figure(str(value), value, value)


def _told(one: Usual) -> str:
    if one.low is None:
        return f"up to {one.high}"
    return f"from {one.low}" if one.high is None else f"{one.low} to {one.high}"
