"""Names that are written from right to left, inside sentences that are not: each keeps its own direction."""

import re

# Hebrew, Arabic, Syriac, Thaana, N'Ko and their presentation forms: the blocks of Unicode whose letters run from right to left.
RIGHT_TO_LEFT = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]")
FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"


def isolated(text: object) -> str:
    """As it is, or between the marks of UAX #9 where it has such letters: digits that follow stay where they belong."""
    words = str(text)
    return f"{FIRST_STRONG_ISOLATE}{words}{POP_ISOLATE}" if RIGHT_TO_LEFT.search(words) else words
