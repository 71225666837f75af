"""What a page showed before it asked “shall it be done?” is sent along with the answer, as a mark: only what was shown is done.

A mark says nothing of what it stands for; equal marks stand for the same. Whoever does it compares once more under its locks.
"""

import hashlib
import json

# The hidden field, beside the button that says yes.
NAME = "shown"
OTHERWISE = "This is not what you were shown. Look at it as it stands now; nothing is saved yet."


def mark(*shown: object) -> str:
    """Of rows their keys, with what the page said of them; days and choices as they are."""
    return hashlib.sha256(json.dumps(shown, default=str, sort_keys=True).encode()).hexdigest()[:32]
