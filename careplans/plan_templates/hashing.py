"""What says that two contents are the same."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any


def hash_of(data: Mapping[str, Any]) -> str:
    """SHA-256 in hex over the content as compact JSON with sorted keys, in UTF-8."""
    text = json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
