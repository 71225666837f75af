"""A map to SNOMED CT as a site loads it. Codes and names are invented: nothing of SNOMED CT is here."""

import csv
from datetime import date
from io import StringIO

from careplans.api.fhir.terms.map_files import MAPPED, read_map
from careplans.services.snomed_maps import load_map

EDITION = "900000000000207008"
RELEASED = date(2026, 7, 1)
VERSION = f"http://snomed.info/sct/{EDITION}/version/20260701"
COLUMNS = ("system", "code", "snomed", "display")
# Verhoeff's two tables, as they are printed.
TIMES = (
    "0123456789", "1234067895", "2340178956", "3401289567", "4012395678",
    "5987604321", "6598710432", "7659821043", "8765932104", "9876543210",
)  # fmt: skip
TURNS = (
    "0123456789", "1576283094", "5803796142", "8916043527",
    "9453126870", "4286573901", "2793806415", "7046913258",
)  # fmt: skip


def with_check_digit(digits):
    """The one of the ten that closes the sum of the tables."""
    for last in "0123456789":
        found = 0
        for place, digit in enumerate(reversed(digits + last)):
            found = int(TIMES[found][int(TURNS[place % 8][int(digit)])])
        if found == 0:
            return digits + last
    raise AssertionError


def concept(number):
    """Of a namespace that nobody has: item, namespace, partition of concepts, check digit."""
    return with_check_digit(f"{number}999999910")


SURGERY, RESECTION, GUT, TUMOUR = concept(1), concept(2), concept(3), concept(4)
LINES = (
    ("modality", "SURG", SURGERY, "Invented operation"),
    ("goal", "cure", RESECTION, "Invented cure"),
    ("fact-primary-site", "jejunum", GUT, "Invented gut"),
    ("fact-primary-site", "ileum", GUT, "Invented gut"),
    ("ncit", "C5803", TUMOUR, "Invented tumour of the gut"),
)


def as_file(lines=LINES, columns=COLUMNS, **how):
    written = StringIO()
    csv.writer(written, **how).writerows([columns, *lines])
    return written.getvalue().encode()


def load(by, lines=LINES, columns=COLUMNS):
    read = read_map(as_file(lines, columns))
    assert read.faults == []
    return load_map(read.entries, by=by, edition=EDITION, released_on=RELEASED, file_name="map.csv")[0]


def of_every_code():
    """A line for each code of each value set, every one with a concept of its own."""
    codes = [(system.id, code) for system in MAPPED.values() for code in system.codes]
    return [
        (system, code, concept(number), f"Invented concept {number}") for number, (system, code) in enumerate(codes, 1)
    ]


def concepts(value):
    """Every list of codings in a resource."""
    if isinstance(value, list):
        return [found for one in value for found in concepts(one)]
    if not isinstance(value, dict):
        return []
    own = [value["coding"]] if "coding" in value else []
    return own + [found for one in value.values() for found in concepts(one)]
