"""Which rows are named by pseudonyms. A noun that is not here is of nobody: whatever points at it is left out."""

from django.db.models import Model

# What belongs to a patient, and the colleagues around them: named by a pseudonym.
MASKED = (
    "advisory", "arm", "careend", "case", "contradictionanswer", "event", "factchange", "factsanswer", "followup",
    "guidanceanswer", "monitoring", "nothingahead", "occurrence", "patient", "plan", "planschedule", "priortreatment", "proforma",
    "recordmove", "reminder", "signature", "specimen", "step", "stepbreak", "user", "membership",
)  # fmt: skip
# What is the same for all patients of a board or of everybody.
OPEN = (
    "board", "followupschedule", "institution", "modality", "plantemplate", "plantemplateversion", "requireddiscipline",
    "revision", "rulesetversion", "scheduleline", "source", "statement",
)  # fmt: skip
NOUNS: dict[str, bool] = dict.fromkeys(MASKED, True) | dict.fromkeys(OPEN, False)


def noun_of(model: type[Model]) -> str:
    return model._meta.model_name or ""
