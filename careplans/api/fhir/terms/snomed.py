"""SNOMED CT beside ours, where the site has loaded a map to it (docs/fhir.md, “SNOMED CT”). Without one nothing is said."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from careplans.api.fhir.terms.map_files import MAPPED
from careplans.models import SnomedCode, SnomedMap
from careplans.models.snomed_maps import SNOMED

NOTICE = (
    "Holds codes and terms of SNOMED CT, which belongs to SNOMED International (IHTSDO). This site has loaded them under the "
    "licence that it has; whoever uses them needs one, too."
)
_KEPT = "_snomed"


@dataclass(frozen=True)
class Loaded:
    """The map in force. `codes` by the address of our system and our code; `lost` are codes that are ours no more."""

    map: SnomedMap | None = None
    codes: Mapping[tuple[str, str], SnomedCode] = field(default_factory=dict)
    lost: tuple[SnomedCode, ...] = ()

    def of(self, system: str) -> list[SnomedCode]:
        """Of one value set, in the order of our codes."""
        ours = MAPPED[system]
        return [self.codes[ours.url, code] for code in ours.codes if (ours.url, code) in self.codes]

    def coding(self, one: SnomedCode) -> dict[str, str]:
        version = self.map.version if self.map else ""
        return {"system": SNOMED, "version": version, "code": one.sctid, "display": one.display}

    def beside(self, value: Any) -> Any:
        """A part of a resource, with their code after ours in each concept that has one of ours."""
        if isinstance(value, list):
            return [self.beside(one) for one in value]
        if not isinstance(value, dict):
            return value
        told = {name: self.beside(one) for name, one in value.items()}
        if isinstance(codings := value.get("coding"), list):
            found = [self.codes.get((str(one.get("system")), str(one.get("code")))) for one in codings]
            theirs = {one.sctid: self.coding(one) for one in found if one is not None}
            told["coding"] = [*codings, *theirs.values()]
        return told


NONE = Loaded()


def loaded_for(person: User) -> Loaded:
    """Read once for each person object, and so once for a request, and kept on it. One query."""
    kept: Loaded | None = person.__dict__.get(_KEPT)
    if kept is None:
        kept = person.__dict__[_KEPT] = read_loaded()
    return kept


def read_loaded() -> Loaded:
    rows = list(SnomedCode.objects.filter(map__ended_at=None).select_related("map__loaded_by").order_by("pk"))
    if not rows:
        return NONE
    known = {one.pk for one in rows if one.system in MAPPED and one.code in MAPPED[one.system].codes}
    return Loaded(
        rows[0].map,
        {(MAPPED[one.system].url, one.code): one for one in rows if one.pk in known},
        tuple(one for one in rows if one.pk not in known),
    )
