from typing import Any

from accounts.models import User
from careplans.api.access import VisibleRows
from careplans.api.serializers.facts import FactsBody, FactsSerializer
from careplans.api.verbs import verb
from careplans.models import Case, Facts
from careplans.services.facts import save_facts


def _save(case: Case, *, by: User, expected_version: int, **values: Any) -> None:
    save_facts(case, values, by=by, expected_version=expected_version)


class FactsViewSet(VisibleRows):
    """The proforma of a case. It has a version of its own: the door is the case, the ETag is the proforma's."""

    noun = "facts"
    reads = "cases.view"
    queryset = Case.objects.all().for_api()
    serializer_class = FactsSerializer

    def subject(self, row: Case) -> Facts:
        return row.facts

    change = verb(_save, "cases.edit", FactsBody, says="Save facts. Every change is kept, with who and when.")
