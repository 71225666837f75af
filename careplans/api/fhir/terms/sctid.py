"""Identifiers of SNOMED CT, as SNOMED International's release file specification writes them (“SNOMED CT Identifiers”). Pure."""

import re


# Verhoeff's check, over the dihedral group of ten elements: turns are 0 to 4, turned-over turns 5 to 9.
def _times(one: int, other: int) -> int:
    turn = one + other if one < 5 else one - other
    return turn % 5 + (5 if (one < 5) != (other < 5) else 0)


_STEP = (1, 5, 7, 6, 2, 8, 3, 0, 9, 4)
PARTITIONS = {"00": "", "10": "", "01": "description", "11": "description", "02": "relationship", "12": "relationship"}
# With a namespace (1x): seven digits of it, two of the partition, the check digit, and at least one of the item.
SHORTEST_WITH_NAMESPACE = 11


def is_checked(digits: str) -> bool:
    """Whether the last of these digits is Verhoeff's check digit of those before it."""
    found = 0
    for place, digit in enumerate(reversed(digits)):
        turned = int(digit)
        for _ in range(place % 8):
            turned = _STEP[turned]
        found = _times(found, turned)
    return found == 0


def fault_of(sctid: str) -> str:
    """Why this is no identifier of a concept, as a sentence; empty where it is one. As SNOMED International's release file
    specification has it: 6 to 18 digits without a zero in front, a partition of concepts, and a check digit."""
    if not re.fullmatch(r"[1-9][0-9]{5,17}", sctid, re.ASCII):
        return "An identifier of SNOMED CT has 6 to 18 digits and no zero in front."
    partition = sctid[-3:-1]
    if not is_checked(sctid):
        return "Its check digit is wrong: a digit was mistyped, or a spreadsheet has rounded it."
    if partition not in PARTITIONS or (partition[0] == "1" and len(sctid) < SHORTEST_WITH_NAMESPACE):
        return "It is no identifier of SNOMED CT: its partition is none."
    if PARTITIONS[partition]:
        return f"It is the identifier of a {PARTITIONS[partition]}. Give that of the concept."
    return ""
