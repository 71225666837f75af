"""The value sets as people read them. For whoever is signed in: they hold nothing of a patient."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from careplans.api.fhir.capability import LOINC_NOTICE
from careplans.api.fhir.terms.systems import LOINC_OF_FACT, NCIT_BY_SITE, NCIT_MODALITY, SYSTEMS


def value_sets(request: HttpRequest) -> HttpResponse:
    context = {
        "systems": list(SYSTEMS.values()),
        "ncit": [(ours, code, name) for ours, (code, name) in {**NCIT_MODALITY, **NCIT_BY_SITE}.items()],
        "loinc": list(LOINC_OF_FACT.items()),
        "notice": LOINC_NOTICE,
    }
    return render(request, "careplans/api/value_sets.html", context)
