"""Institutions, and the systems by which each names its patients. Which board is of which: careplans/services/institutions.py."""

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import IdentifierSystem, Institution, User
from accounts.models.institutions import RECORD_NUMBER
from accounts.permissions import require
from common.arriving import in_one_line
from common.writing import compare_and_set, lock, take, told_of, transactional

LONGEST_NAME = 80
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
    is_asked: bool = True, expected_version: int | None = None,
) -> IdentifierSystem:  # fmt: skip
    """Add a system to an institution, or change one. None is removed: numbers that were given stay readable."""
    require(by, "people.manage")
    name = _name(name)
    # Against `system_named`, which makes a system of this name where it finds none.
    lock(Institution.objects.filter(pk=institution.pk))
    values = {"name": name, "uri": uri.strip(), "format_hint": format_hint.strip(), "is_asked": is_asked}
    try:
        with transaction.atomic():
            if system is None:
                system = IdentifierSystem.objects.create(institution=institution, **values)
            else:
                take(system)
                compare_and_set(system, expected=expected_version or system.version, **values)
    except IntegrityError as error:
        raise ValidationError({"name": "The institution has a system of this name already."}) from error
    audit.record("identifier_system_saved", by=by, subject=system, label=name, data=told_of(system))
    return system


def system_named(institution: Institution, name: str, *, by: User) -> IdentifierSystem:
    """The system of this name or address; where nobody set it up, one that is kept and not asked for. For a service that keeps
    a number of a patient, inside its transaction: whoever may do that may say whose number it is."""
    # Two that name it at once meet here, and the second finds it. Whoever takes this takes nothing after it but new rows.
    lock(Institution.objects.filter(pk=institution.pk))
    name = _name(name)
    known = [one for one in institution.systems.all() if one.is_named(name)]
    if known:
        return known[0]
    if len(name) > LONGEST_NAME:
        raise ValidationError({"identifiers": f"Say in at most {LONGEST_NAME} characters whose number it is."})
    system = IdentifierSystem.objects.create(institution=institution, name=name, is_asked=False)
    audit.record("identifier_system_named", by=by, subject=system)
    return system


def _name(name: str) -> str:
    name = in_one_line(name)
    if not name:
        raise ValidationError({"name": "Give it a name."})
    return name
