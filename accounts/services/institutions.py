"""Institutions, and the systems by which each names its patients. Which board is of which: careplans/services/institutions.py."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import IdentifierSystem, Institution, User
from accounts.models.institutions import RECORD_NUMBER
from accounts.permissions import require
from common.writing import compare_and_set, take, told_of, transactional

TAKEN = "There is already an institution of this name."


@transactional
def make_institution(name: str, *, by: User) -> Institution:
    """With its main system: every institution has record numbers."""
    require(by, "people.manage")
    name = _name(name)
    try:
        with transaction.atomic():
            institution = Institution.objects.create(name=name)
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error
    IdentifierSystem.objects.create(institution=institution, name=RECORD_NUMBER, is_main=True)
    audit.record("institution_made", by=by, subject=institution, label=name)
    return institution


@transactional
def rename_institution(institution: Institution, *, by: User, expected_version: int, name: str) -> None:
    require(by, "people.manage")
    name = _name(name)
    take(institution, expected=expected_version)
    try:
        with transaction.atomic():
            compare_and_set(institution, expected=expected_version, name=name)
    except IntegrityError as error:
        raise ValidationError({"name": TAKEN}) from error
    audit.record("institution_renamed", by=by, subject=institution, label=name, data=told_of(institution))


@transactional
def save_system(
    institution: Institution, system: IdentifierSystem | None, *, by: User, name: str, uri: str = "", format_hint: str = "",
    expected_version: int | None = None,
) -> IdentifierSystem:  # fmt: skip
    """Add a system to an institution, or change one. None is removed: numbers that were given stay readable."""
    require(by, "people.manage")
    values = {"name": _name(name), "uri": uri.strip(), "format_hint": format_hint.strip()}
    try:
        with transaction.atomic():
            if system is None:
                system = IdentifierSystem.objects.create(institution=institution, **values)
            else:
                take(system)
                compare_and_set(system, expected=expected_version or system.version, **values)
    except IntegrityError as error:
        raise ValidationError({"name": "The institution has a system of this name already."}) from error
    audit.record("identifier_system_saved", by=by, subject=system, label=values["name"], data=told_of(system))
    return system


def _name(name: str) -> str:
    if not name.strip():
        raise ValidationError({"name": "Give it a name."})
    return name.strip()
