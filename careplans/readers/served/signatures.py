"""Signatures with what is served of their plans."""

from collections.abc import Sequence

from careplans.models import Signature
from careplans.readers.served.lineage import lineages_in


def load_signatures(signatures: Sequence[Signature]) -> None:
    """Give signatures from `for_api()` the chain of amendments of their plans. One query."""
    if not signatures:
        return
    first = lineages_in({row.plan.case_id for row in signatures})
    for row in signatures:
        row.plan.lineage = first[row.plan_id]
