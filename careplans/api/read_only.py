"""Rows that are told and never changed."""

from rest_framework.request import Request
from rest_framework.response import Response

from careplans.api.access import VisibleRows
from careplans.api.lists.asked import cut, fields_of


class ReadOnlyRows(VisibleRows):
    """Nothing is changed here, so no version is told."""

    tagged_actions = ()

    def retrieve(self, request: Request, pk: int) -> Response:
        fields = fields_of(request, self.get_serializer_class())
        return Response(cut(self.represent(self.visible(pk)), fields))
