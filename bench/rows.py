"""The rows whose pages are opened: like ones at every size."""

from django.utils.functional import cached_property

from accounts.models import Board
from careplans.models import Case, Plan


class Rows:
    def __init__(self, board: Board) -> None:
        plans = Plan.objects.filter(board=board).order_by("id")
        in_force = list(plans.filter(status="active", number=1)[:60])
        self.board = board
        self.in_force = in_force[len(in_force) // 2]
        self.draft = plans.filter(status="draft").first()
        self.in_signoff = plans.filter(status="in_signoff").first()
        self.case = Case.objects.select_related("patient").get(pk=self.in_force.case_id)
        self.record, self.family = self.case.patient.record_number, self.case.patient.family_name

    @cached_property
    def in_signoff_all(self) -> list[Plan]:
        plans = Plan.objects.filter(board=self.board, status="in_signoff").order_by("id")
        return list(plans.select_related("case__proforma"))
