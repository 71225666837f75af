"""The value sets as people read them. For whoever is signed in: they hold nothing of a patient."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from careplans.api.fhir.terms.map_files import MAPPED
from careplans.api.fhir.terms.snomed import NOTICE, Loaded, read_loaded
from careplans.api.fhir.terms.systems import LOINC_NOTICE, LOINC_OF_FACT, NCIT_BY_SITE, NCIT_MODALITY, SYSTEMS, System
from careplans.models import SnomedCode


def value_sets(request: HttpRequest) -> HttpResponse:
    loaded = read_loaded()
    context = {
        "systems": list(SYSTEMS.values()),
        "ncit": [(ours, code, name) for ours, (code, name) in {**NCIT_MODALITY, **NCIT_BY_SITE}.items()],
        "loinc": list(LOINC_OF_FACT.items()),
        "notice": LOINC_NOTICE,
        "snomed": {"map": loaded.map, "rows": _rows(loaded), "lost": loaded.lost, "notice": NOTICE}
        if loaded.map
        else None,
    }
    return render(request, "careplans/api/value_sets.html", context)


def _rows(loaded: Loaded) -> list[tuple[System, str, SnomedCode]]:
    """Of each value set that has some: the set, what our code is called, and theirs."""
    return [(system, system.codes[one.code], one) for system in MAPPED.values() for one in loaded.of(system.id)]
