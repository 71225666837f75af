"""The file of a site's map to SNOMED CT, read line by line: every fault is told with its line, and none is passed over.

CSV in UTF-8 with commas or semicolons: `system,code,snomed,display`, and, if the site knows, `relation`. `system` is the id of a
value set of ours, its address, or that of its code system.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import StringIO

from careplans.api.fhir.terms.sctid import fault_of
from careplans.api.fhir.terms.systems import NCIT, NCIT_BY_SITE, NCIT_CARCINOMA, NCIT_NEOPLASM, SYSTEMS, System
from careplans.models import SnomedCode
from careplans.models.snomed_maps import LONGEST_DISPLAY
from careplans.services.snomed_maps import Entry

COLUMNS = ("system", "code", "snomed", "display")
RELATION = "relation"
MOST_BYTES = 10_000_000
RELATIONS = tuple(SnomedCode.Relation.values)
# A tumour is told by NCIt alone, so that is what a site's code of it stands beside.
TUMOUR = System(
    "ncit",
    "Tumours (NCI Thesaurus)",
    dict((NCIT_NEOPLASM, NCIT_CARCINOMA, *NCIT_BY_SITE.values())),
    address=NCIT,
)
MAPPED: dict[str, System] = SYSTEMS | {TUMOUR.id: TUMOUR}
_BY_NAME: dict[str, System] = {
    name: system
    for system in MAPPED.values()
    for name in (system.id, system.url, system.url.replace("/CodeSystem/", "/ValueSet/"))
}


@dataclass
class Read:
    """`faults` are sentences with their lines. Where there is one, nothing of the file is to be loaded."""

    entries: list[Entry] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def read_map(data: bytes) -> Read:
    if len(data) > MOST_BYTES:
        return Read(
            faults=[f"The file is larger than {MOST_BYTES // 1_000_000} MB. A map of all our codes is far smaller."]
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        return Read(faults=[f"Line {line}: this is no UTF-8. Save the file as CSV in UTF-8."])
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        return Read(faults=[f"Line {line}: there is a NUL character. Save the file as CSV in UTF-8."])
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        first = text.partition("\n")[0]
        self.rows = csv.reader(
            StringIO(text, newline=""), delimiter=";" if ";" in first and "," not in first else ",", strict=True
        )
        self.found = Read()
        self.line_of: dict[tuple[str, str], int] = {}
        self.said: dict[str, tuple[str, int]] = {}

    def read(self) -> Read:
        try:
            self._read()
        except csv.Error as error:
            self._fault(self.rows.line_num or 1, f"this is no CSV ({error}).")
        if not self.found.entries and not self.found.faults:
            self.found.faults.append("The file holds no code. To take a map away, use --remove.")
        return self.found

    def _read(self) -> None:
        names = [name.strip().casefold() for name in next(self.rows, [])]
        if sorted(names) not in (sorted(COLUMNS), sorted([*COLUMNS, RELATION])):
            self._fault(1, f"name these columns: {', '.join(COLUMNS)}, and {RELATION} if it is known.")
            return
        for line, values in self._lines():
            if len(values) != len(names):
                self._fault(line, f"there are {len(values)} values, and {len(names)} columns.")
                continue
            self._line(line, dict(zip(names, map(str.strip, values), strict=True)))

    def _lines(self) -> Iterator[tuple[int, list[str]]]:
        """Each with the line on which it begins: a value between quotes may be several long. Empty ones are passed over."""
        begins = self.rows.line_num + 1
        for values in self.rows:
            if any(value.strip() for value in values):
                yield begins, values
            begins = self.rows.line_num + 1

    def _line(self, line: int, told: dict[str, str]) -> None:
        system = _BY_NAME.get(told["system"])
        relation = told.get(RELATION) or SnomedCode.Relation.RELATED.value
        faults = [
            *self._faults_of_ours(line, system, told),
            *self._faults_of_theirs(line, told["snomed"], told["display"]),
            *([] if relation in RELATIONS else [_no_relation(relation)]),
        ]
        for fault in faults:
            self._fault(line, fault)
        if not faults and system is not None:
            self.found.entries.append(Entry(system.id, told["code"], told["snomed"], told["display"], relation))

    def _faults_of_ours(self, line: int, system: System | None, told: dict[str, str]) -> Iterator[str]:
        if system is None:
            yield f"“{_short(told['system'])}” is no value set of ours. The page “Value sets” names them."
            return
        code = told["code"]
        if code not in system.codes:
            yield f"“{_short(code)}” is no code of {system.id}, or is none any more."
        elif before := self.line_of.get((system.id, code)):
            yield f"{system.id} {code} stands on line {before} already. One code of SNOMED CT stands beside each of ours."
        else:
            self.line_of[system.id, code] = line

    def _faults_of_theirs(self, line: int, sctid: str, display: str) -> Iterator[str]:
        if fault := fault_of(sctid):
            yield f"{_short(sctid) or 'nothing'} is no code of SNOMED CT. {fault}"
        if not display:
            yield "say what the code is called (display)."
        elif len(display) > LONGEST_DISPLAY or not display.isprintable():
            yield f"what the code is called has at most {LONGEST_DISPLAY} characters, on one line."
        name, before = self.said.setdefault(sctid, (display, line))
        if name != display:
            yield f"{_short(sctid)} is called otherwise on line {before}."

    def _fault(self, line: int, words: str) -> None:
        self.found.faults.append(f"Line {line}: {words}")


def _no_relation(word: str) -> str:
    why = " One that is narrower would say more than the record does." if word == "narrower" else ""
    return f"“{_short(word)}” is no relation. Write {', '.join(RELATIONS)}, or nothing.{why}"


def _short(text: str) -> str:
    """As it can be shown on a line."""
    told = "".join(letter if letter.isprintable() else "?" for letter in text)
    return told if len(told) <= 60 else f"{told[:60]}…"
