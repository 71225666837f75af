"""Who acts on the boards of whoever reads, and the boards themselves. Names of people are told where free text is."""

from accounts.models import Board, Institution, Membership, User
from careplans.api.fhir.datatypes import Resource, instant, meta, period, ref
from careplans.api.fhir.terms.systems import ACT, DISCIPLINE, ROLE


def practitioner(row: User) -> Resource:
    """`is_named` is whether the reader reads names on a board that they share."""
    return {
        "resourceType": "Practitioner",
        "id": str(row.pk),
        "meta": meta(row.joined_at or row.created_at),
        "active": row.is_active,
        "name": [{"text": row.name}] if getattr(row, "is_named", False) else [],
    }


def practitioner_role(row: Membership) -> Resource:
    return {
        "resourceType": "PractitionerRole",
        "id": str(row.pk),
        "meta": meta(row.ended_at or row.started_at),
        "active": row.ended_at is None,
        "period": period(instant(row.started_at), instant(row.ended_at)),
        "practitioner": ref("Practitioner", row.user_id),
        "organization": ref("Organization", f"board-{row.board_id}"),
        "code": [ROLE.concept(row.role)],
        "specialty": [DISCIPLINE.concept(row.discipline)] if row.discipline else [],
    }


def board(row: Board) -> Resource:
    return {
        "resourceType": "Organization",
        "id": f"board-{row.pk}",
        "meta": meta(row.created_at),
        "active": row.is_active,
        "type": [ACT.concept("board")],
        "name": row.name,
        "partOf": ref("Organization", f"institution-{row.institution_id}" if row.institution_id else None),
    }


def institution(row: Institution) -> Resource:
    return {
        "resourceType": "Organization",
        "id": f"institution-{row.pk}",
        "meta": meta(row.created_at),
        "active": True,
        "type": [ACT.concept("institution")],
        "name": row.name,
    }
