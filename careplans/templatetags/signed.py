"""Whether a plan still says what was signed, and who has signed it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django import template

from careplans.models import Plan, Signature
from careplans.readers import signed_content
from common.direction import isolated

register = template.Library()


@register.filter
def differs_since(plan: Plan) -> datetime | None:
    """Of a plan from `for_detail()`: looked at now. Elsewhere the mark is shown, `plan.content_differs_since`."""
    return signed_content.differs_since(plan)


@dataclass(frozen=True)
class Strip:
    """The signatures of one content of a plan, told in a line."""

    asked: int
    given: int
    """With or without a comment; a dissent is an answer, and no signature."""
    dissents: list[str]
    awaited: list[str]
    """Disciplines, with whom it was asked of."""


@register.simple_tag
def strip_of(signatures: Iterable[Signature]) -> Strip:
    """Signatures come with signer and delegate; no query."""
    rows = [row for row in signatures if row.status != Signature.Status.VOID]
    dissents = [row.discipline_label for row in rows if row.status == Signature.Status.DISSENTED]
    given = sum(row.is_given for row in rows) - len(dissents)
    return Strip(len(rows), given, dissents, [_awaited(row) for row in rows if row.is_awaited])


def _awaited(row: Signature) -> str:
    asked = f" ({isolated(row.delegated_to.name)})" if row.delegated_to else ""
    return f"{row.discipline_label.lower()}{asked}"
