"""From our codes to those of others, as ConceptMaps: NCIt and LOINC as they are shipped, SNOMED CT as a site loads it."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from careplans.api.fhir.datatypes import Resource, instant, meta
from careplans.api.fhir.terms.map_files import MAPPED, TUMOUR
from careplans.api.fhir.terms.snomed import NOTICE, Loaded
from careplans.api.fhir.terms.systems import (
    CANONICAL,
    FACT,
    LOINC,
    LOINC_NOTICE,
    LOINC_OF_FACT,
    MODALITY,
    NCIT,
    NCIT_MODALITY,
    System,
    value_set_url,
)
from careplans.models import SnomedCode, SnomedMap
from careplans.models.snomed_maps import SNOMED

# A code is never taken back or given another meaning, so the list has one version.
VERSION = "1"
LOADED = datetime(2026, 1, 1, tzinfo=UTC)
EQUIVALENT = SnomedCode.Relation.EQUIVALENT.value


def name_of(id: str) -> str:
    """As FHIR asks of names: without blanks."""
    return "".join(word.capitalize() for word in id.split("-"))


def shipped_maps() -> Iterator[Resource]:
    """Where two sources or one agree that the meaning is the same (docs/fhir.md, “Codes”)."""
    head: dict[str, Any] = {"meta": meta(LOADED), "version": VERSION}
    ncit = [_element(MODALITY, ours, code, name) for ours, (code, name) in NCIT_MODALITY.items()]
    yield {
        **_head("ConceptMap", "modality-ncit", f"{MODALITY.title}: NCI Thesaurus"),
        **head,
        **_group(MODALITY, NCIT, ncit),
    }
    loinc = [_element(FACT, ours, code, "") for ours, code in LOINC_OF_FACT.items() if ours in FACT.codes]
    yield {
        **_head("ConceptMap", "fact-loinc", f"{FACT.title}: LOINC"), **head, "copyright": LOINC_NOTICE,
        **_group(FACT, LOINC, loinc),
    }  # fmt: skip


def snomed_maps(loaded: Loaded) -> Iterator[Resource]:
    """One for each value set of ours of which a code is mapped."""
    for system, codes, row in _mapped(loaded):
        elements = [_element(system, one.code, one.sctid, one.display, one.relation) for one in codes]
        yield {
            **_head("ConceptMap", f"{system.id}-snomed", f"{system.title}: SNOMED CT"),
            **_loaded(row),
            **_group(system, SNOMED, elements, version=row.version),
            "targetCanonical": f"{CANONICAL}/ValueSet/{system.id}-snomed",
        }


def snomed_value_sets(loaded: Loaded) -> Iterator[Resource]:
    """The codes of SNOMED CT that can stand beside a value set of ours; one that stands beside several, once."""
    for system, codes, row in _mapped(loaded):
        names = {one.sctid: one.display for one in codes}
        concepts = [{"code": code, "display": name} for code, name in names.items()]
        yield {
            **_head("ValueSet", f"{system.id}-snomed", f"{system.title}: SNOMED CT"),
            **_loaded(row),
            "compose": {"include": [{"system": SNOMED, "version": row.version, "concept": concepts}]},
        }


def _mapped(loaded: Loaded) -> Iterator[tuple[System, list[SnomedCode], SnomedMap]]:
    for system in MAPPED.values():
        if loaded.map is not None and (codes := loaded.of(system.id)):
            yield system, codes, loaded.map


def _loaded(row: SnomedMap) -> dict[str, Any]:
    return {
        "meta": meta(row.loaded_at), "version": f"{row.released_on:%Y%m%d}-{row.pk}", "date": instant(row.loaded_at),
        "copyright": NOTICE,
    }  # fmt: skip


def _head(kind: str, id: str, title: str) -> dict[str, Any]:
    return {
        "resourceType": kind, "id": id, "url": f"{CANONICAL}/{kind}/{id}", "name": name_of(id), "title": title,
        "status": "active", "experimental": False,
    }  # fmt: skip


def _group(system: System, target: str, elements: Iterable[dict[str, Any]], *, version: str = "") -> dict[str, Any]:
    """Of a code system of ours its value set is the source, too; of a tumour's NCIt there is none here."""
    source = {} if system is TUMOUR else {"sourceCanonical": value_set_url(system)}
    group = {"source": system.url, "target": target, "targetVersion": version, "element": list(elements)}
    return {**source, "group": [group]}


def _element(system: System, ours: str, theirs: str, name: str, relation: str = EQUIVALENT) -> dict[str, Any]:
    target = {"code": theirs, "display": name, "equivalence": relation}
    return {"code": ours, "display": system.codes[ours], "target": [target]}
