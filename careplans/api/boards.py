from typing import Any

from django.db.models import Prefetch
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from accounts import audit
from accounts.access import get_board
from accounts.models import Board, Membership
from accounts.permissions import memberships_of, require
from careplans.api.access import Door
from careplans.api.etags import etag
from careplans.api.paging import ORDER
from careplans.api.serializers.boards import BoardDetailSerializer, BoardSerializer
from careplans.models import FollowUpSchedule
from common.paging import key_page


class BoardViewSet(Door):
    """Your boards; one board comes with its people and its follow-up schedules."""

    noun = "boards"
    queryset = Board.objects.select_related("institution")
    serializer_class = BoardSerializer
    tagged_actions = ("retrieve",)

    def get_serializer_class(self) -> type[BaseSerializer]:
        return BoardDetailSerializer if self.action == "retrieve" else BoardSerializer

    def list(self, request: Request) -> Response:
        require(self.person, "board.view")
        mine = [membership.board_id for membership in memberships_of(self.person)]
        rows = self.filter_queryset(self.get_queryset().filter(pk__in=mine))
        page = key_page(rows, order=ORDER, params=self.paging.position(request), size=self.paging.size(request))
        audit.record_many("list", by=self.person, kind="board", board_id=None, ids=[board.pk for board in page])
        found = zip(page.rows, self.served(page.rows), strict=True)
        return self.paging.answer(request, page, [self.told(BoardSerializer, data, board.pk) for board, data in found])

    def retrieve(self, request: Request, pk: int) -> Response:
        board = get_board(self.person, pk, "board.view")
        audit.record("read", by=self.person, subject=board, board_id=board.pk)
        row: Any = self.get_queryset().prefetch_related(
            "required_disciplines",
            Prefetch("follow_up_schedules", FollowUpSchedule.objects.with_lines()),
            Prefetch("memberships", Membership.objects.filter(ended_at=None).select_related("user"), "current_members"),
        ).get(pk=board.pk)  # fmt: skip
        data = self.told(BoardDetailSerializer, self.served([row])[0], board)
        return Response(data, headers={"ETag": etag(row.version, data)})
