"""The types that there are within a reporting project, made from those that there are, and what they can be asked for.

A parameter is compared with the resource as it is given, so that asking tells no more than reading. What would be compared with a
row as it is stays out: when it changed, `_has`, names, numbers and the day of birth of a patient.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import Http404

from accounts.models import User
from accounts.permissions import boards_where
from accounts.reading import project_of
from careplans.api.fhir.kinds import KINDS, Kind
from careplans.api.fhir.projects.masking import BY_TYPE, PSEUDONYM
from careplans.api.fhir.projects.paths import OPEN, PATHS
from careplans.api.fhir.resources.patients import unnamed_patient
from careplans.api.fhir.search.params import ID, Param
from careplans.api.fhir.sources import Source
from careplans.api.within import row_named
from careplans.deidentified.reader import Reader
from careplans.models import Case, Patient

# Of a parameter that finds nothing, as its element is not given, it is better said that there is none.
NOT_GIVEN = {"CarePlan": ("identifier", "care-team")}
WHY_NOT = {
    "AuditEvent": "it names who read what and when",
    "Communication": "it says to whom a reminder went and when",
    "Provenance": "it says who signed and when, under the hash of the content, which is the same in every project",
    "Task": "who is asked to sign is in the list of signatures, by pseudonyms",
    "Practitioner": "colleagues are told by pseudonyms alone, which stand in the references",
    "PractitionerRole": "colleagues are told by pseudonyms alone, which stand in the references",
    "CareTeam": "it lists who is on the board, which on a small board is as good as their names",
    "DetectedIssue": "advisories are in the list of the API",
    "Appointment": "follow-ups are told as ServiceRequest",
    "Organization": "boards are in the list of the API",
    "PlanDefinition": "templates and rules are in the lists of the API",
}


@dataclass(frozen=True)
class ProjectKind(Kind):
    """A type as it can be asked for within a project: not by when it changed, and only what is given comes along."""

    in_project: ClassVar[bool] = True

    @property
    def by_name(self) -> dict[str, Param]:
        return {one.name: one for one in (ID, *self.params)}

    @property
    def includes(self) -> list[Param]:
        return [one for one in super().includes if set(one.targets) & set(PATHS)]


def _patients(person: User) -> Any:
    """Those with a case that is read: a record that was merged has none any more."""
    theirs = Case.objects.filter(patient=OuterRef("pk"), board__in=boards_where(person, "cases.view"))
    return Patient.objects.filter(Exists(theirs))


def _by_pseudonym(rows: Any, person: User, values: Sequence[str]) -> Any:
    reader = Reader.of(person)
    numbers = [value.rpartition("|")[2] for value in values if value.rpartition("|")[0] in ("", PSEUDONYM)]
    known = [int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 19]
    return rows.filter(pk__in=[row_named(reader, Patient, "pk", one) for one in known])


_PATIENT = ProjectKind(
    "Patient",
    (
        Source(
            "cases.view", Patient, _patients, lambda row: [unnamed_patient(row)], {"": "pk"},
            special={"identifier": _by_pseudonym}, narrow={"patient": "pk"}, one_each=True, of_board=lambda row: None,
        ),
    ),
    (Param("identifier", "token", ("identifier",)), Param("active", "token", ("active",)), Param("gender", "token", ("gender",))),
    in_everything=True,
)  # fmt: skip


@cache
def project_kinds() -> Mapping[str, Kind]:
    """By their types, in the order of all that there are."""
    return {name: _in_project(kind) for name, kind in KINDS.items() if name in PATHS or name in OPEN}


def _in_project(kind: Kind) -> Kind:
    if kind.type == "Patient":
        return _PATIENT
    params = tuple(_aimed(one) for one in kind.params if one.name not in NOT_GIVEN.get(kind.type, ()))
    return ProjectKind(kind.type, kind.sources, params, kind.needs, kind.in_everything)


def _aimed(param: Param) -> Param:
    return replace(param, targets=tuple(one for one in param.targets if one in PATHS or one in BY_TYPE))


def kinds_for(person: User) -> Mapping[str, Kind]:
    """Those that this person may ask for where they read now."""
    return KINDS if project_of(person) is None else project_kinds()


def kind_for(person: User, type: str) -> Kind:
    """Raises Http404 for a type that there is not, PermissionDenied for one that is not given within their project."""
    kinds = kinds_for(person)
    if type in kinds:
        return kinds[type]
    if type not in KINDS:
        raise Http404
    why = WHY_NOT.get(type, "nobody has said yet how it would be told without saying who is meant")
    raise PermissionDenied(f"{type} is not given within a reporting project: {why}. There are {', '.join(kinds)}.")
