"""SQL about the facts that a plan was sent to sign-off with (`facts_snapshot`), of a row `p` of plans."""

from collections.abc import Sequence
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


def found_by(name: str, day: str, *, within: int) -> str:
    """The day of a finding was recorded, does not lie after `day`, and lies no more than so many days before it: each as far as
    it is known. `day` is a column."""
    found, since = fact(name), f"CAST({{later:{day}|-{within}}} AS text)"
    is_by = f"{found} <= CAST({day} AS text) AND {found} >= SUBSTR({since}, 1, LENGTH({found}))"
    return f"COALESCE({is_by}, {FALSE})"


FALSE, TRUE = "(1 = 0)", "(1 = 1)"
# Phaeochromocytoma and paraganglioma take no NET grade (domain note C.2).
IS_GRADED = f"NOT ({is_in('grade', 'not_applicable')} OR {is_in('primary_site', 'adrenal_medulla', 'paraganglia')})"
IS_FUNCTIONAL = is_in("functional_status", "functional")
IS_METASTATIC = is_in("extent", "metastatic")
HAS_LIVER = is_in("liver_metastases", "yes")
# Of what is asked of some tumours alone, whether it is known that this is one or none. A tumour that is not functional has no
# syndrome, and one that has not spread has no liver metastases.
IS_FUNCTION_KNOWN = recorded("functional_status")
IS_SYNDROME_KNOWN = f"({recorded('syndrome')} OR {is_in('functional_status', 'non_functional')})"
IS_LIVER_KNOWN = f"({recorded('liver_metastases')} OR {is_in('extent', 'localized', 'regional')})"
# As the rules have it (DATA-02).
IS_ADVANCED = f"({IS_METASTATIC} OR ({is_in('extent', 'regional')} AND {is_in('surgery_option', 'no')}))"
# Of an unknown primary without liver metastases there is no diameter that the proforma asks for.
HAS_SIZE = f"NOT ({is_in('primary_site', 'unknown_primary')} AND NOT {HAS_LIVER})"
IS_CARCINOMA = is_in("grade", "NEC", "MiNEN")


@dataclass(frozen=True)
class Item:
    """One part of what has to be recorded."""

    name: str
    label: str
    recorded: str
    when: str = ""
    """Of which plans it is asked, in words; empty: of all that are counted."""
    wanted: str = TRUE
    """The same as SQL."""

    @property
    def words(self) -> str:
        return ", ".join(filter(None, (self.label, self.when)))


FUNCTIONAL, METASTATIC, ADVANCED = "where it is functional", "where it is metastatic", "where it is advanced"
UNLESS_UNGRADED = "unless no grade applies"
# What the rules read of the facts, and what the short form of a referral names (domain note C.1), each asked of the tumours to
# which it applies. Earlier treatments are not among them: a list that is empty does not say whether there was none.
WORK_UP = (
    Item("site", "primary site", recorded("primary_site")),
    Item(
        "size", "size of the primary or of the largest liver lesion", recorded("largest_primary_mm", "largest_liver_lesion_mm"),
        "unless the primary is unknown and there are no liver metastases", HAS_SIZE,
    ),
    Item("grade", "grade", recorded("grade")),
    Item(
        "proliferation", "Ki-67 or mitoses", recorded("ki67_percent", "mitoses_per_2mm2"), UNLESS_UNGRADED, IS_GRADED,
    ),
    Item("differentiation", "differentiation", recorded("differentiation"), UNLESS_UNGRADED, IS_GRADED),
    Item("extent", "extent", recorded("extent")),
    Item("liver", "whether there are liver metastases", recorded("liver_metastases"), METASTATIC, IS_METASTATIC),
    Item("function", "functional status", recorded("functional_status")),
    Item("syndrome", "the syndrome", recorded("syndrome"), FUNCTIONAL, IS_FUNCTIONAL),
    Item(
        "symptoms", "control of hormone symptoms", recorded("hormone_symptoms_controlled"), FUNCTIONAL, IS_FUNCTIONAL,
    ),
    Item(
        "receptors", "receptor expression or Krenning score", recorded("sstr_expression", "krenning_score"),
        "unless it is a carcinoma (NEC, MiNEN)", f"NOT {IS_CARCINOMA}",
    ),
    Item("volume", "tumour volume", recorded("tumour_volume"), ADVANCED, IS_ADVANCED),
    Item("crisis", "visceral crisis", recorded("visceral_crisis"), ADVANCED, IS_ADVANCED),
    Item("surgery", "whether surgery is possible", recorded("surgery_option")),
    Item(
        "liver_surgery", "whether surgery of the liver is possible", recorded("liver_surgery_option"),
        "where there are liver metastases", HAS_LIVER,
    ),
    Item(
        "options", "whether other options are exhausted", recorded("other_options_exhausted"), ADVANCED, IS_ADVANCED,
    ),
    Item("trial", "whether a trial was considered", recorded("trial_consideration")),
    Item("ecog", "ECOG performance status", recorded("ecog")),
    Item("kidneys", "renal function (eGFR)", recorded("egfr_ml_min")),
)  # fmt: skip
PATHOLOGY = (
    Item("grade", "grade", recorded("grade")),
    Item("edition", "edition of the classification", recorded("grade_edition")),
    Item("differentiation", "differentiation", recorded("differentiation")),
    Item("proliferation", "Ki-67 or mitoses", recorded("ki67_percent", "mitoses_per_2mm2")),
    Item("day", "day of the pathology", recorded("pathology_on")),
)
HORMONES = (
    Item("syndrome", "the syndrome", recorded("syndrome")),
    Item("symptoms", "control of hormone symptoms", recorded("hormone_symptoms_controlled")),
)


@dataclass(frozen=True)
class Lacking:
    """Which parts a plan lacks, of those that are asked of it: a column of the unit with their names, a space between."""

    column: str
    items: Sequence[Item]
    among: str = TRUE
    """Of which plans they are asked at all."""

    @property
    def sql(self) -> str:
        """NULL where nothing is lacking, or the plan is not asked."""
        parts = " || ".join(f"CASE WHEN {_lacks(one)} THEN '{one.name} ' ELSE '' END" for one in self.items)
        return f"CASE WHEN {self.among} THEN NULLIF(TRIM({parts}), '') END"

    def words(self, told: str | None) -> list[str]:
        labels = {one.name: one.label for one in self.items}
        return [labels[name] for name in (told or "").split()]


WORK_UP_LACKS = Lacking("work_up_lacks", WORK_UP)
PATHOLOGY_LACKS = Lacking("pathology_lacks", PATHOLOGY, IS_GRADED)
HORMONES_LACK = Lacking("hormones_lack", HORMONES, IS_FUNCTIONAL)
LACKING = (WORK_UP_LACKS, PATHOLOGY_LACKS, HORMONES_LACK)


def missing() -> str:
    """How many parts of the work-up were asked for and not recorded."""
    return " + ".join(f"CASE WHEN {_lacks(one)} THEN 1 ELSE 0 END" for one in WORK_UP)


def all_recorded(items: Sequence[Item]) -> str:
    return " AND ".join(one.recorded for one in items)


def _lacks(item: Item) -> str:
    return f"{item.wanted} AND NOT {item.recorded}"


def flag(condition: str) -> str:
    return f"CASE WHEN {condition} THEN 1 ELSE 0 END"
