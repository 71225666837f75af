"""The audit trail behind AuditEvent, and how it is searched. Every parameter is one that the database answers by itself."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Q

from accounts.models import AuditEvent, User
from careplans.api.fhir.resources.audit_events import RESOURCES
from careplans.api.fhir.search.values import read_date
from careplans.api.fhir.sources import Build, Own


def audit_rows(build: Build) -> Own:
    """For administrators: it says who saw and changed what, on every board, and nothing of what was there."""
    return Own(
        "trail.read", AuditEvent, lambda person: AuditEvent.objects.all(), build, {"": "pk"}, narrow={"agent": "actor"},
        special={
            "subtype": _of_actions, "date": _recorded, "_lastUpdated": _recorded, "entity": _about, "patient": _about_patient,
        }, one_each=True,
    )  # fmt: skip


def _of_actions(rows: Any, person: User, values: Sequence[str]) -> Any:
    return rows.filter(action__in=[value.rpartition("|")[2] for value in values])


def _recorded(rows: Any, person: User, values: Sequence[str]) -> Any:
    """A moment is no span: each prefix is a comparison with one end of what is asked for."""
    found = Q(pk__in=[])
    for prefix, span in map(read_date, values):
        within = Q(at__gte=span.start, at__lte=span.end)
        found |= {
            "eq": within, "ap": within, "ne": ~within, "gt": Q(at__gt=span.end), "sa": Q(at__gt=span.end),
            "lt": Q(at__lt=span.start), "eb": Q(at__lt=span.start), "ge": Q(at__gte=span.start), "le": Q(at__lte=span.end),
        }[prefix]  # fmt: skip
    return rows.filter(found)


def _about_patient(rows: Any, person: User, values: Sequence[str]) -> Any:
    return _about(rows, person, [f"Patient/{value.rpartition('/')[2]}" for value in values])


def _about(rows: Any, person: User, values: Sequence[str]) -> Any:
    """Of one row. That it stood in a list is told by the list, which nobody can look for by what was in it."""
    found = Q(pk__in=[])
    for value in values:
        for kind, path in RESOURCES.items():
            whole = value if "/" in value else f"{path.partition('/')[0]}/{value}"
            key = whole.removeprefix(path)
            if whole.startswith(path) and key.isdigit():
                found |= Q(subject_type=kind, subject_id=key)
    return rows.filter(found)
