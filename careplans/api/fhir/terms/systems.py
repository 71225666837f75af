"""Our own code systems: every list of codes that the record knows, under a name that is the same wherever Consilium runs.

The addresses are names, not links: they do not depend on where a centre runs its server, so that codes of two centres are
the same codes.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from inspect import getmembers, isclass
from typing import Any

from django.db.models import TextChoices

from accounts.models import Discipline, Role
from careplans.importing.codes import CANONICAL as CANONICAL
from careplans.importing.codes import FACT_OF_LOINC, UNITS_OF_FACT
from careplans.importing.codes import LOINC as LOINC
from careplans.importing.codes import TERMINOLOGY as TERMINOLOGY
from careplans.importing.codes import UCUM as UCUM
from careplans.models import (
    Advisory,
    Case,
    FollowUp,
    Occurrence,
    Plan,
    PriorTreatment,
    Proforma,
    Signature,
    Specimen,
    Step,
    fact_values,
    outcomes,
    tnm,
)
from careplans.models.courses import AfterEvent, Course
from careplans.models.outbox import OutboxMessage
from careplans.models.proforma import FIELDS
from careplans.models.schedules import Kind
from careplans.models.step_values import MODALITY_NAMES, Fulfilment, Goal, ModalityCode, Phase, Reason, Target


@dataclass(frozen=True)
class System:
    """A code system of ours. `codes` are its codes with what they are called; `address` is of one that is another's."""

    id: str
    title: str
    codes: Mapping[str, str]
    address: str = ""

    @property
    def url(self) -> str:
        return self.address or f"{CANONICAL}/CodeSystem/{self.id}"

    def coding(self, code: str) -> dict[str, Any]:
        return {"system": self.url, "code": code, "display": self.codes[code]}

    def concept(self, code: str, text: str = "") -> dict[str, Any]:
        return {"coding": [self.coding(code)], "text": text}


def _of(id: str, title: str, choices: type[TextChoices]) -> System:
    return System(id, title, {str(code): str(label) for code, label in choices.choices})


MODALITY = _of("modality", "Modalities of management", ModalityCode)
PHASE = _of("phase", "Phases of a plan", Phase)
GOAL = _of("goal", "Goals of a step", Goal)
TARGET = _of("target", "Targets of a step", Target)
COURSE = _of("course", "Courses of a step", Course)
AFTER = _of("after-event", "What of another step is waited for", AfterEvent)
REASON = _of("reason", "Reasons why a step was not done or ended", Reason)
FULFILMENT = _of("fulfilment", "How far a step was carried out", Fulfilment)
STEP_STATUS = _of("step-status", "States of a step", Step.Status)
OCCURRENCE_STATUS = _of("occurrence-status", "What became of a cycle or session", Occurrence.Status)
PLAN_STATUS = _of("plan-status", "States of a plan", Plan.Status)
CASE_STATUS = _of("case-status", "States of a case", Case.Status)
SIGNATURE_STATUS = _of("signature-status", "Answers to a request for a signature", Signature.Status)
FOLLOW_UP = _of("follow-up", "Kinds of follow-up", Kind)
FOLLOW_UP_STATUS = _of("follow-up-status", "What became of a follow-up", FollowUp.Status)
DISCIPLINE = _of("discipline", "Disciplines of a board", Discipline)
ROLE = _of("role", "Roles on a board", Role)
RESPONSE = _of("response", "Response (RECIST 1.1)", outcomes.Response)
TOXICITY = _of("toxicity", "Worst toxicity (grades of CTCAE)", outcomes.Toxicity)
CONTROL = _of("outcome-symptom-control", "Control of symptoms after treatment", outcomes.SymptomControl)
PROGRESSION = _of("progression", "Progression since treatment", outcomes.Progression)
ANSWER = _of("advisory-answer", "Answers to an advisory", Advisory.Answer)
ADVISORY_STATE = _of("advisory-state", "States of an advisory", Advisory.State)
PRIOR_ENDED = _of("prior-treatment-ended", "Whether an earlier treatment has ended", PriorTreatment.Ended)
CHANNEL = _of("channel", "Channels of a reminder", OutboxMessage.Channel)
FACT = System(
    "fact",
    "Facts of the proforma",
    {name: str(getattr(Proforma._meta.get_field(name), "verbose_name", name)) for name in FIELDS},
)
OUTCOME = System(
    "outcome",
    "What is recorded of an outcome",
    {
        "response": "Response",
        "progression": "Progression",
        "toxicity": "Worst toxicity",
        "symptom-control": "Control of symptoms",
    },
)
ACT = System(
    "act",
    "Acts of a board",
    {
        "net-board-plan": "Plan of a NET board",
        "sign": "Sign a plan",
        "release": "Release a plan",
        "decision": "Decision of the board between arms",
        "board": "Multidisciplinary board",
        "institution": "Institution",
        "reminder": "Reminder",
    },
)


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _fact_systems() -> dict[tuple[Any, ...], System]:
    """By the choices that a column of the proforma has."""
    classes = [
        found
        for module in (fact_values, tnm)
        for _, found in getmembers(module, isclass)
        if issubclass(found, TextChoices) and found is not TextChoices
    ]
    return {
        tuple(found.choices): _of(f"fact-{_kebab(found.__name__)}", f"Values: {_words(found)}", found)
        for found in classes
    }


def _words(choices: type[TextChoices]) -> str:
    """Which facts and findings have these values, as people call them; where none has, as the code does."""
    columns = [*Proforma._meta.fields, *Specimen._meta.fields]
    words = [str(column.verbose_name) for column in columns if tuple(column.choices or ()) == tuple(choices.choices)]
    return ", ".join(dict.fromkeys(words)) or _kebab(choices.__name__).replace("-", " ")


_BY_CHOICES = _fact_systems()
FACT_VALUES: dict[str, System] = {
    column.name: _BY_CHOICES[tuple(column.choices)]
    for column in Proforma._meta.fields
    if column.choices and tuple(column.choices) in _BY_CHOICES
}
OTHER_SITE = _BY_CHOICES[tuple(fact_values.OtherSite.choices)]


def _all() -> Iterable[System]:
    named = [found for found in globals().values() if isinstance(found, System)]
    return {system.id: system for system in [*named, *_BY_CHOICES.values()]}.values()


SYSTEMS: dict[str, System] = {system.id: system for system in sorted(_all(), key=lambda system: system.id)}


def modality(code: str, text: str = "") -> dict[str, Any]:
    """A modality: our own code first, then NCIt where that was checked in two sources."""
    if code not in MODALITY_NAMES:
        return {"text": text or code}
    ncit = NCIT_MODALITY.get(code)
    return {"coding": [MODALITY.coding(code), *([ncit_coding(*ncit)] if ncit else [])], "text": text}


NCIT = "http://ncicb.nci.nih.gov/xml/owl/EVS/Thesaurus.owl"
LOINC_NOTICE = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright Regenstrief Institute, Inc. and the "
    "Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the license at "
    "http://loinc.org/license. LOINC is a registered United States trademark of Regenstrief Institute, Inc."
)
CONTENT_HASH = f"{CANONICAL}/NamingSystem/content-hash"

NCIT_MODALITY = {"SURG": ("C15329", "Surgical Procedure"), "CHEMO": ("C15632", "Chemotherapy")}
NCIT_NEOPLASM = ("C3809", "Neuroendocrine Neoplasm")
NCIT_CARCINOMA = ("C3773", "Neuroendocrine Carcinoma")
NCIT_BY_SITE = {
    "stomach": ("C5696", "Gastric Neuroendocrine Neoplasm"),
    "jejunum": ("C5803", "Small Intestinal Neuroendocrine Neoplasm"),
    "ileum": ("C5803", "Small Intestinal Neuroendocrine Neoplasm"),
    "jejunum_ileum": ("C5803", "Small Intestinal Neuroendocrine Neoplasm"),
    "duodenum": ("C5803", "Small Intestinal Neuroendocrine Neoplasm"),
    "colon": ("C5697", "Colonic Neuroendocrine Neoplasm"),
    "rectum": ("C5698", "Rectal Neuroendocrine Neoplasm"),
    "pancreas": ("C27031", "Pancreatic Neuroendocrine Neoplasm"),
    "adrenal_medulla": ("C3326", "Pheochromocytoma"),
    "paraganglia": ("C3308", "Paraganglioma"),
}
LOINC_OF_FACT = {name: code for code, name in FACT_OF_LOINC.items()}
LOINC_RESPONSE = LOINC_OF_FACT["recist_change"]
UCUM_OF_FACT = {name: units[0] for name, units in UNITS_OF_FACT.items()}


def ncit_coding(code: str, display: str) -> dict[str, Any]:
    return {"system": NCIT, "code": code, "display": display}


def value_set_url(system: System) -> str:
    return f"{CANONICAL}/ValueSet/{system.id}"


def hl7(system: str, code: str) -> dict[str, Any]:
    """A concept of HL7's own terminology."""
    return {"coding": [{"system": f"{TERMINOLOGY}/{system}", "code": code}]}
