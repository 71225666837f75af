"""Cases with the facts of the invented vignettes, and plans from templates."""

from decimal import Decimal

from django.utils import timezone

from careplans.models import Case, PlanTemplate, PlanTemplateVersion
from careplans.plan_templates.content import as_data, read_content
from careplans.plan_templates.hashing import hash_of
from careplans.rules.vignettes import read_cases
from careplans.services.proforma import save_proforma
from tests.careplans import makers

VIGNETTES = {case["id"]: case["facts"] for case in read_cases()}


def facts_of(vignette, **changed):
    facts = VIGNETTES[vignette] | changed
    return {
        name.replace("_cm", "_mm"): int(Decimal(value) * 10) if name.endswith("_cm") else value
        for name, value in facts.items()
    }


def case_of(board, vignette, *, by, **changed):
    """A case with the facts of a vignette."""
    case = makers.make_case(board, by=by)
    save_proforma(case, facts_of(vignette, **changed), by=by)
    return Case.objects.get(pk=case.pk)


CONTENT = {
    "title": "Operation, then a look back",
    "summary": "For whom it is",
    "aim": "Cure",
    "fits": {"extent": ["localized"]},
    "steps": [
        {
            "key": "s1", "place": 1, "phase": "tumour_control", "modality": "SURG", "goals": ["cure"], "target": "primary",
            "owner": "surgery", "start": 2, "sources": ["S11"],
        },
        {
            "key": "s2", "place": 2, "phase": "surveillance", "is_decision": True, "description": "pathology", "after": "s1",
            "owner": "radiology", "start": 3, "start_from": "s1",
            "arms": [
                {"key": "a1", "name": "clear", "no_step": "follow-up"},
                {"key": "a2", "name": "not clear", "condition": "margin involved", "no_step": "back before the board"},
            ],
        },
    ],
}  # fmt: skip


def in_force(**changed):
    """A small template in force, as if it had come with the program."""
    makers.make_modality("SURG")
    slug = changed.pop("slug", "operation")
    data = as_data(read_content(CONTENT | changed))
    template = PlanTemplate.objects.create(slug=slug)
    return PlanTemplateVersion.objects.create(
        template=template, number=1, title=data["title"], content=data, content_hash=hash_of(data), change_note="first",
        state="published", published_at=timezone.now(),
    )  # fmt: skip
