from collections.abc import Sequence
from typing import Any

from django.db.models import Prefetch
from django.http.response import HttpResponseBase
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import audit
from accounts.access import get_board
from accounts.models import Board, Membership
from accounts.permissions import memberships_of, require
from careplans.api.access import Door
from careplans.api.http.etags import etag
from careplans.api.lists.asked import cut, fields_of, order_of
from careplans.api.lists.whole import Listing
from careplans.api.serializers.boards import BoardDetailSerializer, BoardSerializer
from careplans.models import FollowUpSchedule
from common.paging import Page, key_page


class BoardViewSet(Door):
    """Your boards; one board comes with its people and its follow-up schedules."""

    noun = "boards"
    queryset = Board.objects.select_related("institution")
    serializer_class = BoardSerializer
    tagged_actions = ("retrieve",)

    def get_serializer_class(self) -> type[BaseSerializer]:
        return BoardDetailSerializer if self.action == "retrieve" else BoardSerializer

    def list(self, request: Request) -> HttpResponseBase:
        require(self.person, "board.view")
        mine = [membership.board_id for membership in memberships_of(self.person)]
        rows = self.filter_queryset(self.get_queryset().filter(pk__in=mine))
        order = order_of(request, self.orders)

        def page(params: Any, size: int) -> Page:
            found = key_page(rows, order=order, params=params, size=size)
            audit.record_many("list", by=self.person, kind="board", board_id=None, ids=[board.pk for board in found])
            return found

        listing = Listing("board", BoardSerializer, page, self._tell, rows.count, self.leaves_out_text)
        return self.answer_list(request, listing, order)

    def _tell(self, rows: Sequence[Board]) -> Any:
        found = zip(rows, self.served(rows), strict=True)
        return [self.told(BoardSerializer, data, board.pk) for board, data in found]

    def retrieve(self, request: Request, pk: int) -> Response:
        board = get_board(self.person, pk, "board.view")
        audit.record("read", by=self.person, subject=board, board_id=board.pk)
        fields = fields_of(request, BoardDetailSerializer)
        row: Any = self.get_queryset().prefetch_related(
            "required_disciplines",
            Prefetch("follow_up_schedules", FollowUpSchedule.objects.with_lines()),
            Prefetch("memberships", Membership.objects.filter(ended_at=None).select_related("user"), "current_members"),
        ).get(pk=board.pk)  # fmt: skip
        data = self.told(BoardDetailSerializer, self.served([row])[0], board)
        return Response(cut(data, fields), headers={"ETag": etag(row.version, data)})
