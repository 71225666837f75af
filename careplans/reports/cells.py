"""Cells of a CSV file that a spreadsheet will open."""

# What makes a spreadsheet read a cell as a formula.
RISKY = ("=", "+", "-", "@", "\t", "\r")


def plain(value: object) -> str:
    """The value as text that no spreadsheet runs."""
    text = str(value)
    return f"'{text}" if text.startswith(RISKY) else text
