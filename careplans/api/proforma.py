from collections.abc import Sequence
from typing import Any

from accounts.models import User
from careplans.api.access import VisibleRows
from careplans.api.serializers.contradictions import ContradictionBody
from careplans.api.serializers.proforma import ProformaBody, ProformaSerializer
from careplans.api.verbs import verb
from careplans.models import Case, Proforma
from careplans.readers.served.cases import load_cases
from careplans.services.contradictions import answer_contradiction
from careplans.services.proforma import save_proforma


def _save(case: Case, *, by: User, expected_version: int, **values: Any) -> None:
    save_proforma(case, values, by=by, expected_version=expected_version)


class ProformaViewSet(VisibleRows):
    """The proforma of a case. It has a version of its own: the door is the case, the ETag is the proforma's."""

    noun = "proforma"
    reads = "cases.view"
    queryset = Case.objects.all().for_api()
    serializer_class = ProformaSerializer

    def load(self, rows: Sequence[Case]) -> None:
        load_cases(rows)

    def subject(self, row: Case) -> Proforma:
        return row.proforma

    answer_contradiction = verb(
        answer_contradiction, "cases.edit", ContradictionBody,
        says="Facts that do not go together were checked, and are so, because …",
    )  # fmt: skip
    change = verb(_save, "cases.edit", ProformaBody, says="Save facts. Every change is kept, with who and when.")
