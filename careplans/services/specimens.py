"""Specimens of a case, and which of them decides: only that one says what the rules read of grade, Ki-67 and differentiation."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from accounts.models import User
from accounts.permissions import require
from careplans import history
from careplans.guards import ask_about, check_open, check_reason
from careplans.locks import take_case, take_specimen
from careplans.models import Case, Proforma, Specimen
from careplans.models.figures import FigureColumn
from careplans.models.specimens import FED, SPECIMEN_FIELDS, fed_by
from careplans.services.proforma import write_facts
from common.writing import compare_and_set, note_new, transactional


@transactional
def add_specimen(case: Case, *, by: User, decides: bool, **values: Any) -> Specimen:
    """Until one decides, what is typed on the proforma does."""
    require(by, "cases.edit", case.board_id)
    take_case(case)
    check_open(case)
    ask_about(case.patient, case.board.today, recorded={"taken_on": values.get("taken_on")})
    specimen = _create(case, _checked(values), by=by)
    if decides:
        _let_decide(case, _facts(case), specimen, by=by)
    return specimen


@transactional
def change_specimen(specimen: Specimen, *, by: User, expected_version: int, **values: Any) -> Specimen:
    """A correction. Of the one that decides it changes the facts of the case, and is told as that."""
    require(by, "cases.edit", specimen.board_id)
    _take(specimen, expected=expected_version)
    changes = {name: value for name, value in _checked(values).items() if getattr(specimen, name) != value}
    if not changes:
        return specimen
    ask_about(specimen.case.patient, specimen.board.today, recorded={"taken_on": changes.get("taken_on")})
    compare_and_set(specimen, expected=expected_version, **changes)
    history.record(specimen.case, "specimen_changed", by=by, of=specimen, fields=sorted(changes), id=specimen.pk)
    facts = _facts(specimen.case)
    if facts.deciding_specimen_id == specimen.pk:
        _feed(specimen.case, facts, specimen, by=by)
    return specimen


@transactional
def let_specimen_decide(specimen: Specimen, *, by: User, expected_version: int) -> Specimen:
    require(by, "cases.edit", specimen.board_id)
    _take(specimen, expected=expected_version)
    facts = _facts(specimen.case)
    if facts.deciding_specimen_id != specimen.pk:
        _let_decide(specimen.case, facts, specimen, by=by)
    return specimen


@transactional
def withdraw_specimen(specimen: Specimen, *, by: User, expected_version: int, reason: str) -> Specimen:
    """Taken off the list with a reason; the row stays."""
    require(by, "cases.edit", specimen.board_id)
    reason = check_reason(reason, what="taking it off the list", most=160)
    _take(specimen, expected=expected_version)
    if _facts(specimen.case).deciding_specimen_id == specimen.pk:
        raise ValidationError("This specimen decides. Say first that another one does, or correct this one.")
    compare_and_set(specimen, expected=expected_version, removed_at=timezone.now(), removed_reason=reason)
    history.record(specimen.case, "specimen_withdrawn", by=by, of=specimen, reason=reason, id=specimen.pk)
    return specimen


def _take(specimen: Specimen, *, expected: int) -> None:
    take_specimen(specimen, expected=expected)
    check_open(specimen.case)
    if specimen.removed_at:
        raise ValidationError("This specimen was taken off the list. Add it anew if it belongs there.")


def _facts(case: Case) -> Proforma:
    return Proforma.objects.select_related("deciding_specimen").get(case=case)


def _create(case: Case, values: Mapping[str, Any], *, by: User) -> Specimen:
    specimen = Specimen.objects.create(case=case, board_id=case.board_id, created_by=by, **values)
    note_new(specimen, [name for name, value in values.items() if value != "not_recorded"])
    history.record(case, "specimen_added", by=by, of=specimen, id=specimen.pk)
    return specimen


def _keep_what_was_typed(case: Case, facts: Proforma, specimen: Specimen, *, by: User) -> None:
    """What the proforma said before becomes a specimen of its own, unless the new one says the same: both are kept."""
    typed = {name: getattr(facts, fact) for fact, name in FED.items() if name}
    says_more = any(getattr(specimen, name) != value for name, value in typed.items())
    if says_more and any(facts.is_recorded(fact) for fact in FED):
        _create(case, typed | {"detail": facts.specimen}, by=by)


def _let_decide(case: Case, facts: Proforma, specimen: Specimen, *, by: User) -> None:
    before = facts.deciding_specimen_id
    if before is None:
        _keep_what_was_typed(case, facts, specimen, by=by)
    _feed(case, facts, specimen, by=by, decider=specimen)
    history.record(case, "specimen_decides", by=by, id=specimen.pk, before=before)


def _feed(case: Case, facts: Proforma, specimen: Specimen, *, by: User, decider: Specimen | None = None) -> None:
    changes = {name: value for name, value in fed_by(specimen).items() if getattr(facts, name) != value}
    if changes or decider:
        write_facts(case, facts, changes, by=by, decider=decider)


def _checked(values: Mapping[str, Any]) -> dict[str, Any]:
    """Only what a specimen has, and figures as they are written."""
    found: dict[str, Any] = {}
    for name in SPECIMEN_FIELDS:
        if name in values:
            column = Specimen._meta.get_field(name)
            found[name] = column.checked(values[name]) if isinstance(column, FigureColumn) else values[name]
    return found
