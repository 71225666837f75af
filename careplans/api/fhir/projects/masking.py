"""A resource as it is given within a reporting project: one walk along the paths of `paths.py`, which keeps nothing else.

Everything that can be asked for is compared with what comes out of here, so that a search tells no more than the answer does.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from careplans.api.fhir.datatypes import Resource, period, whole
from careplans.api.fhir.projects.paths import OPEN, PATHS, Allowed, Extensions, Rule
from careplans.api.fhir.terms.extensions import URL
from careplans.api.fhir.terms.systems import CANONICAL, FACT, hl7
from careplans.api.masking import told_facts
from careplans.deidentified.reader import Reader
from common.partial_dates import PartialDate

PSEUDONYM = f"{CANONICAL}/NamingSystem/project-pseudonym"
# Of which row the number in an id is, by the word before it; where there is none, by the type.
BY_WORD = {
    "step": "step", "followup": "followup", "occurrence": "occurrence", "prior": "priortreatment", "fact": "case",
    "specimen": "specimen", "plan": "plan", "arm": "arm",
}  # fmt: skip
BY_TYPE = {
    "Patient": "patient", "Condition": "case", "CarePlan": "plan", "RequestGroup": "plan", "Practitioner": "user",
}  # fmt: skip
_ID = re.compile(r"(?:([a-z]+)-)?([1-9][0-9]{0,17})(-[a-zA-Z0-9-]+)?", re.ASCII)
_CODE = re.compile(r"\S{1,300}")
MILLIMETRES = "mm"


@dataclass(frozen=True)
class To:
    """For whom, and whose the resource is: its days are shifted with that patient."""

    reader: Reader
    patient: int | None
    type: str


def masked_all(reader: Reader, resources: Iterable[Resource]) -> list[Resource]:
    """Those that are given, each as it is given."""
    return [told for one in resources if (told := masked(reader, one)) is not None]


def masked(reader: Reader, resource: Resource) -> Resource | None:
    """None where nothing of it is given: a type that is not, or a fact that is nearly a name."""
    kind = resource["resourceType"]
    if kind in OPEN:
        return resource
    if kind not in PATHS or (kind == "Observation" and not _is_given(resource)):
        return None
    told: Resource = whole(_kept(PATHS[kind], resource, To(reader, _patient_of(resource), kind)))
    return _completed(told, resource)


def _completed(told: Resource, resource: Resource) -> Resource:
    """What R4 asks for where something was left out, and the number that a patient has here."""
    match told["resourceType"]:
        case "Patient":
            told["identifier"] = [{"system": PSEUDONYM, "value": told["id"]}]
        case "Observation" if "valueString" in resource:
            # A value, or why there is none (obs-6).
            told["dataAbsentReason"] = hl7("data-absent-reason", "masked")
        case "Condition":
            # Findings, or a summary in words, which is not given (con-1).
            told["stage"] = [one for one in told.get("stage", ()) if "assessment" in one]
    return {name: value for name, value in told.items() if value != []}


def _patient_of(resource: Resource) -> int | None:
    """The true key of whose it is."""
    name = (
        f"Patient/{resource['id']}"
        if resource["resourceType"] == "Patient"
        else str(resource.get("subject", {}).get("reference", ""))
    )
    kind, _, key = name.partition("/")
    return int(key) if kind == "Patient" and key.isdigit() else None


def _is_given(observation: Resource) -> bool:
    """Of a fact that is given in the lists, too; or of what is no fact."""
    facts = [one["code"] for one in observation["code"]["coding"] if one.get("system") == FACT.url]
    return told_facts().issuperset(facts)


# The walk


def _kept(allowed: Allowed, value: Any, to: To) -> Any:
    if isinstance(value, list):
        return [_kept(allowed, one, to) for one in value]
    if isinstance(allowed, Rule):
        return TELL[allowed](value, to)
    if not isinstance(value, dict):
        return None
    if isinstance(allowed, Extensions):
        return _extension(allowed.told, value, to)
    return {name: _kept(inside, value[name], to) for name, inside in allowed.items() if name in value}


def _extension(told: Mapping[str, Allowed], value: Mapping[str, Any], to: To) -> dict[str, Any] | None:
    allowed = told.get(value["url"].removeprefix(f"{URL}/"))
    if allowed is None:
        return None
    if isinstance(allowed, Mapping):
        parts = [_part(allowed, part, to) for part in value.get("extension", ())]
        found = [part for part in parts if part]
        return {"url": value["url"], "extension": found} if found else None
    return _part({value["url"]: allowed}, value, to)


def _part(told: Mapping[str, Allowed], part: Mapping[str, Any], to: To) -> dict[str, Any] | None:
    allowed = told.get(part["url"])
    name = next((name for name in part if name.startswith("value")), "")
    value = _kept(allowed, part[name], to) if allowed is not None and name else None
    return None if value in (None, {}, "") else {"url": part["url"], name: value}


# The rules


def _code(value: Any, to: To) -> Any:
    if isinstance(value, str):
        return value if _CODE.fullmatch(value) else None
    return value if isinstance(value, bool | int | float) else None


def _coding(value: Any, to: To) -> Any:
    if not isinstance(value, dict) or not value.get("system") or not value.get("code"):
        return None
    return {name: value[name] for name in ("system", "version", "code", "display") if name in value}


def _concept(value: Any, to: To) -> Any:
    return {"coding": [_coding(one, to) for one in value.get("coding", ())]} if isinstance(value, dict) else None


def _id(value: Any, to: To) -> str | None:
    return id_of(to.reader, to.type, str(value))


def id_of(reader: Reader, type: str, id: str) -> str | None:
    """None for an id of which nobody knows whose number is in it."""
    found = _ID.fullmatch(id)
    if found is None:
        return None
    word, number, rest = found.groups()
    noun = BY_WORD.get(word) if word else BY_TYPE.get(type)
    if noun is None:
        return None
    return f"{word + '-' if word else ''}{reader.pseudonym(noun, int(number))}{rest or ''}"


def _reference(value: Any, to: To) -> dict[str, str] | None:
    if not isinstance(value, dict):
        return None
    kind, _, key = str(value.get("reference", "")).partition("/_history/")[0].partition("/")
    id = id_of(to.reader, kind, key)
    if id is not None:
        return {"reference": f"{kind}/{id}"}
    # What would come next, of which there is none.
    return {"type": value["type"]} if "reference" not in value and value.get("type") in PATHS else None


def _day(value: Any, to: To) -> str | None:
    """As far as the day is known and may be told; of a moment its day, by the clock of UTC."""
    if not isinstance(value, str):
        return None
    if "T" in value:
        moment = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return to.reader.written(moment.astimezone(UTC).date(), to.patient) or None
    told = to.reader.partial(PartialDate.read(value), to.patient)
    return None if told is None else told.isoformat()


def _period(value: Any, to: To) -> Any:
    """Of days that were known to the month the one that ends may come before the one that begins once both are shifted."""
    return period(_day(value.get("start"), to), _day(value.get("end"), to)) if isinstance(value, dict) else None


_REPEAT = ("count", "frequency", "period", "periodUnit")


def _timing(value: Any, to: To) -> Any:
    repeat = value.get("repeat", {}) if isinstance(value, dict) else {}
    told = {name: _code(repeat[name], to) for name in _REPEAT if name in repeat}
    return {"repeat": {"boundsPeriod": _period(repeat.get("boundsPeriod"), to), **told}}


def _quantity(value: Any, to: To) -> Any:
    if not isinstance(value, dict):
        return None
    told = {name: value[name] for name in ("value", "comparator", "unit", "system", "code") if name in value}
    if MILLIMETRES in (told.get("unit"), told.get("code")) and "value" in told:
        told["value"] = to.reader.millimetres(round(told["value"]))
    return told


TELL: Mapping[Rule, Callable[[Any, To], Any]] = {
    Rule.CODE: _code, Rule.CODING: _coding, Rule.CONCEPT: _concept, Rule.ID: _id, Rule.REFERENCE: _reference, Rule.DAY: _day,
    Rule.PERIOD: _period, Rule.TIMING: _timing, Rule.QUANTITY: _quantity,
}  # fmt: skip
