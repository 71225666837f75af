"""The entity tag of a row: `"3-5f0c9a17d2b4"`, its version and a digest of what was served. It moves whenever an answer would.
What a step carries along of its plan stands in a part of its own at the end: `If-None-Match` looks at it, `If-Match` does not.

A writer sends it back in `If-Match`, and is refused when anything in that answer has changed since; or sends the version alone,
`"3"`, and is refused when the row itself has.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.utils.http import parse_etags
from rest_framework.utils.encoders import JSONEncoder

# What a write told beside the row, and what a step carries along of its plan.
CARRIED = ("plan_version",)
BESIDE = ("message", *CARRIED)


def etag(version: int, data: Mapping[str, Any]) -> str:
    served = {name: value for name, value in data.items() if name not in BESIDE}
    carried = {name: data[name] for name in CARRIED if name in data}
    return f'"{version}-{_digest(served)[:12]}{f"-{_digest(carried)[:8]}" if carried else ""}"'


def _digest(data: Mapping[str, Any]) -> str:
    text = json.dumps(data, cls=JSONEncoder, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def names_version(header: str) -> bool:
    """Whether the header names a version at all. `*` does not: it would overwrite whatever stands."""
    tags = parse_etags(header.strip())
    return bool(tags) and tags != ["*"]


def names_version_alone(header: str, version: int) -> bool:
    return names(header, f'"{version}"')


def names(header: str, tag: str) -> bool:
    """Whatever compresses an answer on its way marks its tag as weak: `W/"3-5f0c9a17d2b4"`. It is compared all the same, against
    RFC 9110, which has the bytes of the answer in mind; here a tag speaks of what they say."""
    return _of_row(tag) in [_of_row(one.removeprefix("W/")) for one in parse_etags(header.strip())]


def _of_row(tag: str) -> str:
    """Without what the row carries along of another."""
    return "-".join(tag.strip('"').split("-")[:2])
