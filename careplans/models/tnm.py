"""T, N and M as codes, and which of them a staging system has for a site (AJCC 8, UICC 8, ENETS). Pure.

The choice offers the codes of the site first and never hides the others: editions differ, and what a report says is
recorded beside the code in its own words.
"""

from collections.abc import Mapping
from typing import Any

from django.db.models import TextChoices


class T(TextChoices):
    TX = "TX", "TX"
    T0 = "T0", "T0"
    T1 = "T1", "T1"
    T1A = "T1a", "T1a"
    T1B = "T1b", "T1b"
    T1C = "T1c", "T1c"
    T2 = "T2", "T2"
    T2A = "T2a", "T2a"
    T2B = "T2b", "T2b"
    T3 = "T3", "T3"
    T4 = "T4", "T4"
    NOT_RECORDED = "not_recorded", "Not recorded"


class N(TextChoices):
    NX = "NX", "NX"
    N0 = "N0", "N0"
    N1 = "N1", "N1"
    N2 = "N2", "N2"
    N3 = "N3", "N3"
    NOT_RECORDED = "not_recorded", "Not recorded"


class M(TextChoices):
    M0 = "M0", "M0"
    M1 = "M1", "M1"
    M1A = "M1a", "M1a"
    M1B = "M1b", "M1b"
    M1C = "M1c", "M1c"
    NOT_RECORDED = "not_recorded", "Not recorded"


FIELDS: Mapping[str, type[TextChoices]] = {"t_stage": T, "n_stage": N, "m_stage": M}
_PLAIN_T, _PLAIN_N = ("TX", "T0", "T1", "T2", "T3", "T4"), ("NX", "N0", "N1")
_SPLIT_M, _PLAIN_M = ("M0", "M1", "M1a", "M1b", "M1c"), ("M0", "M1")
_SMALL_BOWEL = ("jejunum", "ileum", "jejunum_ileum")
_DIGESTIVE = ("stomach", "duodenum", *_SMALL_BOWEL, "appendix", "colon", "rectum", "pancreas")


def usual(site: str, system: str) -> dict[str, tuple[str, ...]]:
    """The codes of this system for this site; empty where we do not know them all."""
    if site in ("lung",) and system in ("ajcc_8", "uicc_8"):
        return {
            "t_stage": ("TX", "T0", "T1", "T1a", "T1b", "T1c", "T2", "T2a", "T2b", "T3", "T4"),
            "n_stage": ("NX", "N0", "N1", "N2", "N3"), "m_stage": _SPLIT_M,
        }  # fmt: skip
    if site not in _DIGESTIVE or system not in ("ajcc_8", "uicc_8", "enets"):
        return {}
    split_t = site in ("colon", "rectum")
    return {
        "t_stage": ("TX", "T0", "T1", "T1a", "T1b", "T2", "T3", "T4") if split_t else _PLAIN_T,
        "n_stage": (*_PLAIN_N, "N2") if site in _SMALL_BOWEL and system != "enets" else _PLAIN_N,
        "m_stage": _PLAIN_M if system == "enets" else _SPLIT_M,
    }


def offered(name: str, site: str, system: str, told: str) -> list[tuple[str, Any]]:
    """The choices of one code: those of the site first, the others below."""
    every = [(str(code), str(label)) for code, label in FIELDS[name].choices]
    first = usual(site, system).get(name, ())
    if not first:
        return every
    near = [pair for pair in every if pair[0] in first]
    rest = [pair for pair in every if pair[0] not in first and pair[0] != "not_recorded"]
    return [("not_recorded", "Not recorded"), (told, near), ("Other sites and editions", rest)]
