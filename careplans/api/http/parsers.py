import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from common.arriving import API_BYTES, all_clean
from common.figures import Written


class BodyTooLarge(APIException):
    status_code = status.HTTP_413_REQUEST_ENTITY_TOO_LARGE
    default_detail = "The body is larger than one megabyte."
    default_code = "too_large"


class JSONParser(BaseParser):
    """JSON in UTF-8, of a bounded size. A body nested without end is refused like any other that cannot be read."""

    media_type = "application/json"

    def parse(
        self, stream: IO[Any], media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        body = stream.read(API_BYTES + 1)
        if len(body) > API_BYTES:
            raise BodyTooLarge
        try:
            data = json.loads(
                body.decode(), parse_float=Written, parse_constant=_no_number, object_pairs_hook=self.as_object
            )
        except (ValueError, RecursionError) as error:
            raise ParseError("The body is not valid JSON.") from error
        # Half a surrogate pair or a NUL can be read but neither stored nor answered.
        if not all_clean(data):
            raise ParseError("The body holds characters that cannot be meant, for example a NUL. Nothing was saved.")
        return data

    def as_object(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        return dict(pairs)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
