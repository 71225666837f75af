"""HL7 v2 messages as they are written (“ER7”, HL7 2.5.1 chapter 2): segments, fields, repetitions, components, escapes. Pure.

Only what a message of patient administration needs: one message at a time, no batches, no continued segments.

No library reads them for us. Tried with names as hospitals write them: hl7 0.4.5 leaves out an escape that it does not know and
writes the whole field, a name, to the log; it reads bytes of UTF-8 that are written as digits as Latin-1, heeds no MSH-18, and
answers a line that is cut off with an IndexError. hl7apy 1.3.5 brings 16 MB of structures, escapes what is escaped once more, and
refuses a message for its number of a version. Either would have to be read around in as many lines.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from careplans.importing.uploads import NotRead
from common.partial_dates import PartialDate

# The sender asks that what stands be taken away: two quotation marks.
EMPTIED = '""'
# MSH-18 by table 0211, as far as Python reads the same.
CHARSETS = {
    "": "utf-8", "ASCII": "ascii", "UNICODE UTF-8": "utf-8", "UTF-8": "utf-8", "8859/1": "iso-8859-1", "8859/2": "iso-8859-2",
    "8859/9": "iso-8859-9", "8859/15": "iso-8859-15",
}  # fmt: skip
_TIME = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d\d)(?:(?P<day>\d\d)(?:(?P<hour>\d\d)(?:(?P<minute>\d\d)(?:(?P<second>\d\d)(?:\.\d{1,4})?)?)?)?)?)?"
    r"(?P<zone>[+-]\d{4})?",
    re.ASCII,
)
_FRAME = "\x0b\x1c"


@dataclass(frozen=True)
class Marks:
    field: str
    component: str
    repetition: str
    escape: str
    part: str
    charset: str = "utf-8"
    """Of the message (MSH-18), and so of bytes that it writes as digits."""

    def plain(self, text: str) -> str:
        """Without escapes. One that is not known stays as it is written, so that it is seen."""
        if self.escape not in text:
            return text
        known = {
            "F": self.field, "S": self.component, "R": self.repetition, "E": self.escape, "T": self.part,
            "H": "", "N": "", ".br": " ",
        }  # fmt: skip
        mark = re.escape(self.escape)

        def meant(found: re.Match[str]) -> str:
            code = found.group(1)
            if code in known:
                return known[code]
            if re.fullmatch("X(?:[0-9A-Fa-f]{2})+", code):
                return self._of_bytes(bytes.fromhex(code[1:]))
            return found.group(0)

        return re.sub(f"{mark}([^{mark}]*){mark}", meant, text)

    def _of_bytes(self, written: bytes) -> str:
        """Senders who write UTF-8 give the number of a sign at times, which is its byte in Latin-1."""
        try:
            return written.decode(self.charset)
        except UnicodeDecodeError:
            return written.decode("iso-8859-1")


@dataclass(frozen=True)
class Part:
    """One repetition of a field, or one component of it."""

    text: str
    marks: Marks
    is_component: bool = False

    def __getitem__(self, number: int) -> "Part":
        """The component, or of a component its part, counted from one; empty where there is none."""
        between = self.marks.part if self.is_component else self.marks.component
        parts = self.text.split(between)
        return Part(parts[number - 1] if number <= len(parts) else "", self.marks, is_component=True)

    def __str__(self) -> str:
        """Its first part, in plain words."""
        first = self.text.split(self.marks.component)[0].split(self.marks.part)[0]
        return "" if first.strip() == EMPTIED else " ".join(self.marks.plain(first).split())

    @property
    def is_emptied(self) -> bool:
        return self.text.strip() == EMPTIED

    def __bool__(self) -> bool:
        return bool(self.text.strip(self.marks.component + self.marks.part + self.marks.repetition + " "))


@dataclass(frozen=True)
class Segment:
    name: str
    fields: Sequence[str]
    marks: Marks

    def all(self, number: int) -> list[Part]:
        """The repetitions of a field that say something."""
        text = self.fields[number] if number < len(self.fields) else ""
        return [part for one in text.split(self.marks.repetition) if (part := Part(one, self.marks))]

    def __getitem__(self, number: int) -> Part:
        """The first repetition of a field."""
        return next(iter(self.all(number)), Part("", self.marks))

    @property
    def filled(self) -> list[int]:
        return [number for number in range(1, len(self.fields)) if self.all(number)]


def as_text(content: bytes) -> str:
    """By the character set that the message names (MSH-18); UTF-8 where it names none."""
    head = content.lstrip(b"\x0b \r\n\xef\xbb\xbf")[:4000].decode("iso-8859-1").splitlines() or [""]
    fields = head[0].split(head[0][3:4] or "|")
    named = fields[17].split("~")[0].strip() if len(fields) > 17 else ""
    charset = CHARSETS.get(named.upper())
    if charset is None:
        known = ", ".join(name for name in CHARSETS if name)
        raise NotRead(
            "MSH-18", f"The message is written in “{named[:40]}”, which is not read here. Send it in one of: {known}."
        )
    try:
        return content.decode(charset).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        words = (
            f"The message is not written in {named or 'UTF-8'}, as it says. Ask the sender to name its character set."
        )
        raise NotRead("MSH-18", words) from error


def segments_of(text: str) -> list[Segment]:
    """Of one message, whichever line ends it came with. Raises NotRead."""
    lines = [line for line in lines_of(text) if line.strip()]
    if not lines or not lines[0].startswith("MSH"):
        raise NotRead(
            "MSH",
            "An HL7 v2 message begins with the segment MSH. Send one message as it is, without a batch around it.",
        )
    marks = _marks(lines[0])
    if sum(line.startswith("MSH") for line in lines) > 1:
        raise NotRead(
            "MSH", "There is more than one message. Send them one by one, in the order in which they were written."
        )
    found = []
    for number, line in enumerate(lines, 1):
        name, _, rest = line.partition(marks.field)
        if not re.fullmatch("[A-Z][A-Z0-9]{2}", name):
            raise NotRead(
                f"line {number}", "Each line of a message begins with the name of its segment, for example PID."
            )
        # MSH-1 is the mark itself, and counts.
        fields = [name, *([marks.field] if name == "MSH" else []), *rest.split(marks.field)]
        found.append(Segment(name, fields, marks))
    return found


def lines_of(text: str) -> list[str]:
    """A segment ends with CR; editors and browsers make CRLF or LF of it."""
    return text.strip(_FRAME + " \r\n").replace("\r\n", "\r").replace("\n", "\r").split("\r")


def _marks(line: str) -> Marks:
    written = line[3:4]
    others = line[4:].partition(written)[0] if written else ""
    marks = [written, *others[:4]]
    if len(marks) < 5 or len(set(marks)) < 5 or any(mark.isalnum() or mark.isspace() for mark in marks):
        raise NotRead("MSH-2", "The message does not say by which marks its fields are parted, for example MSH|^~\\&|.")
    named = (line.split(written)[17:18] or [""])[0].partition(marks[2])[0]
    return Marks(marks[0], marks[1], marks[2], marks[3], marks[4], CHARSETS.get(named.upper(), "utf-8"))


def day_of(part: Part, place: str) -> PartialDate | None:
    """A date as far as it is known; without its time of day. Raises NotRead."""
    text = str(part)
    if not text:
        return None
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        given = [found.group(name) for name in ("year", "month", "day")]
        return PartialDate(int(given[0]), *(None if one is None else int(one) for one in given[1:]))
    except ValueError as error:
        raise NotRead(place, f"“{text[:30]}” is no date. Write it as 19600517, 196005 or 1960.") from error


def moment_of(part: Part, place: str, zone: tzinfo) -> datetime | None:
    """A moment, in the zone of the board where it names none; of one that is known in part the first that it can be."""
    text = str(part)
    if not text:
        return None
    found = _TIME.fullmatch(text)
    try:
        if found is None:
            raise ValueError
        names = ("year", "month", "day", "hour", "minute", "second")
        year, month, day, hour, minute, second = (
            int(found.group(name) or (1 if name in ("month", "day") else 0)) for name in names
        )
        return datetime(year, month, day, hour, minute, second, tzinfo=_zone(found.group("zone")) or zone).astimezone(
            UTC
        )
    except (ValueError, OverflowError) as error:
        raise NotRead(place, f"“{text[:30]}” is no date and time. Write it as 20260517083000.") from error


def _zone(text: str | None) -> tzinfo | None:
    if not text:
        return None
    ahead = timedelta(hours=int(text[1:3]), minutes=int(text[3:5]))
    return timezone(-ahead if text[0] == "-" else ahead)
