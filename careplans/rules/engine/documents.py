"""A JSON document from outside, as bytes, into drafts."""

import json

from careplans.rules.engine.shapes import HUGE, Malformed, as_items, keyed_once
from careplans.rules.engine.steps import Draft, read_draft
from common.figures import Written


def read_drafts(raw: bytes) -> list[Draft]:
    """One draft or a list of them."""
    data = parse_json(raw)
    return drafts_of(data) if isinstance(data, list) else [read_draft(data)]


def drafts_of(data: object) -> list[Draft]:
    """A list of drafts that has been parsed already, each named by its place in the list."""
    return [read_draft(item, place) for item, place in as_items(data, "", empty=True)]


def parse_json(raw: bytes) -> object:
    """JSON in UTF-8, or `Malformed` with the line; a key that stands twice is refused where the object is read."""
    try:
        return json.loads(raw.decode("utf-8-sig"), object_pairs_hook=keyed_once, parse_int=_whole, parse_float=Written)
    except UnicodeDecodeError as error:
        raise Malformed(f"byte {error.start}", "the input is not UTF-8 text") from None
    except json.JSONDecodeError as error:
        raise Malformed(f"line {error.lineno} column {error.colno}", f"not JSON: {error.msg}") from None
    except RecursionError:
        raise Malformed("", "is nested far too deeply") from None


def _whole(digits: str) -> int:
    """Python refuses whole numbers of thousands of digits without saying where; a range check does say where."""
    return int(digits) if len(digits) <= len(str(HUGE)) else HUGE * (-10 if digits.startswith("-") else 10)
