from typing import NoReturn

from django.http import Http404
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from careplans.api.access import Door


@extend_schema(exclude=True)
class Nowhere(Door):
    """An address that the API does not have. It answers as for a row that does not exist."""

    noun = "nowhere"

    def refuse(self, request: Request) -> NoReturn:
        raise Http404


nowhere = Nowhere.as_view(dict.fromkeys(("get", "post", "put", "patch", "delete"), "refuse"))
