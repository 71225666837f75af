"""SQL about the facts that a plan was sent to sign-off with (`facts_snapshot`), of a row `p` of plans."""

from dataclasses import dataclass


def fact(name: str) -> str:
    """The fact as text; NULL where it was not recorded."""
    return f"NULLIF(NULLIF(CAST(p.facts_snapshot ->> '{name}' AS text), ''), 'not_recorded')"


def recorded(*names: str) -> str:
    """At least one of them was recorded."""
    return "(" + " OR ".join(f"{fact(name)} IS NOT NULL" for name in names) + ")"


def is_in(name: str, *codes: str) -> str:
    """Never NULL, so that it can be denied."""
    listed = ", ".join(f"'{code}'" for code in codes)
    return f"COALESCE({fact(name)}, '') IN ({listed})"


def found_by(name: str, day: str) -> str:
    """The day of a finding was recorded, and does not lie after `day`, as far as it is known."""
    return f"COALESCE({fact(name)} <= CAST({day} AS text), {FALSE})"


FALSE, TRUE = "(1 = 0)", "(1 = 1)"
# Phaeochromocytoma and paraganglioma take no NET grade (domain note C.2).
IS_GRADED = f"NOT ({is_in('grade', 'not_applicable')} OR {is_in('primary_site', 'adrenal_medulla', 'paraganglia')})"
IS_FUNCTIONAL = is_in("functional_status", "functional")
IS_METASTATIC = is_in("extent", "metastatic")
IS_CARCINOMA = is_in("grade", "NEC", "MiNEN")


@dataclass(frozen=True)
class Item:
    """One part of a complete work-up."""

    name: str
    words: str
    recorded: str
    wanted: str = TRUE
    """Of which plans it is asked at all."""


WORK_UP = (
    Item("site", "primary site", recorded("primary_site")),
    Item("grade", "grade", recorded("grade")),
    Item(
        "proliferation",
        "Ki-67 or mitoses, unless no grade applies",
        recorded("ki67_percent", "mitoses_per_2mm2"),
        IS_GRADED,
    ),
    Item("differentiation", "differentiation, unless no grade applies", recorded("differentiation"), IS_GRADED),
    Item("extent", "extent", recorded("extent")),
    Item("function", "functional status", recorded("functional_status")),
    Item(
        "symptoms",
        "control of hormone symptoms, where it is functional",
        recorded("hormone_symptoms_controlled"),
        IS_FUNCTIONAL,
    ),
    Item(
        "receptors",
        "receptor expression or Krenning score, unless it is a carcinoma (NEC, MiNEN)",
        recorded("sstr_expression", "krenning_score"),
        f"NOT {IS_CARCINOMA}",
    ),
    Item("volume", "tumour volume, where it is metastatic", recorded("tumour_volume"), IS_METASTATIC),
    Item("crisis", "visceral crisis, where it is metastatic", recorded("visceral_crisis"), IS_METASTATIC),
    Item("surgery", "whether surgery is possible", recorded("surgery_option")),
    Item("ecog", "ECOG performance status", recorded("ecog")),
)


def missing() -> str:
    """How many parts of the work-up were asked for and not recorded."""
    return " + ".join(f"CASE WHEN {one.wanted} AND NOT {one.recorded} THEN 1 ELSE 0 END" for one in WORK_UP)


def flag(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"
