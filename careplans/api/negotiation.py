"""The API answers in JSON. Whoever asks for another form is told so, and not that the row does not exist."""

from types import SimpleNamespace

from django.core.exceptions import ValidationError
from rest_framework.negotiation import DefaultContentNegotiation
from rest_framework.request import Request

FORMAT = "format"
JSON_ALONE = "The API answers in JSON alone. Leave `format` out; docs/api.md shows how a list becomes a table."


class JSONAlone(DefaultContentNegotiation):
    """Without REST framework's own `?format=`, which answers 404 for a form that it does not have."""

    settings = SimpleNamespace(URL_FORMAT_OVERRIDE=None)  # type: ignore[assignment]  # all that is read of them here


def check_format(request: Request) -> None:
    if request.query_params.get(FORMAT, "json") != "json":
        raise ValidationError({FORMAT: JSON_ALONE})
