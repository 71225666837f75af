"""An HL7 v2 message of patient administration: A01 and A08 give details, A40 says that two records are one person's. Pure."""

import hashlib
from collections.abc import Sequence
from datetime import tzinfo

from careplans.importing.er7 import Part, Segment, as_text, day_of, lines_of, moment_of, segments_of
from careplans.importing.uploads import Merge, NotRead, Number, OtherName, Person, Upload
from common.arriving import is_clean
from common.partial_dates import PartialDate

EVENTS = {"A01": "admission of a patient", "A08": "change of a patient's details", "A40": "merge of two records"}
READ = ("MSH", "EVN", "PID", "PD1", "MRG")
# What is not read of what the record could hold: a person decides whether the message may go in without it.
COULD_HOLD = {
    "DG1": "A diagnosis is not read from a message of patient administration: open a case on the page of the patient.",
    "OBX": "Findings are not read from a message of patient administration: enter them in the proforma.",
    "MRG": "Which record it replaces is read from A40 alone.",
}  # fmt: skip
TEST_DATA = ("T", "D")
# Table 0001.
SEXES = {"F": "female", "M": "male", "O": "other", "A": "other", "U": "unknown", "N": "unknown"}
# Table 0200: by which names somebody was, or is, called too.
NAMES = {"M": "former", "N": "alias", "A": "alias", "P": "alias", "S": "alias", "B": "former"}
OF_RECORD = ("MR", "PI")
# What PID says that the record has a place for; the first two only number and name it otherwise.
TAKEN = (1, 3, 5, 7, 8, 9, 29, 30)
# Not taken either, but of weight for who the patient is: further numbers, and that nobody knows for sure.
TELLING = (2, 4, 31, 32)
LABELS = {
    2: "older number", 4: "other number", 6: "mother's name", 10: "race", 11: "address", 12: "county",
    13: "telephone at home", 14: "telephone at work", 15: "language", 16: "marital status", 17: "religion",
    18: "account number", 19: "social security number", 20: "driving licence", 21: "mother's number", 22: "ethnic group",
    23: "place of birth", 24: "multiple birth", 25: "order of birth", 26: "citizenship", 27: "military status",
    28: "nationality", 31: "identity unknown", 32: "reliability of the identity", 33: "last update",
    34: "facility of the last update",
}  # fmt: skip


def read_adt(content: bytes | str, zone: tzinfo) -> Upload:
    """Raises NotRead where the message as a whole cannot be taken."""
    text = as_text(content) if isinstance(content, bytes) else content
    segments = segments_of(text)
    head, event = segments[0], _event(segments)
    sent = moment_of(_first(segments, "EVN")[2], "EVN-2", zone) or moment_of(head[7], "MSH-7", zone)
    sender = [str(head[3]), str(head[4])]
    digest = hashlib.sha256("\r".join(line.rstrip() for line in lines_of(text)).encode("utf-8", "replace")).hexdigest()
    if not str(head[10]):
        raise NotRead(
            "MSH-10", "The message has no number of its own. Without it nobody can tell whether it was sent twice."
        )
    upload = Upload(
        "hl7_adt", " ".join(filter(None, sender)), str(head[10])[:200], digest, sent, f"{event}: {EVENTS[event]}",
        is_test=str(head[11]) in TEST_DATA,
    )  # fmt: skip
    if len(upload.source) > 200:
        raise NotRead("MSH-3", "The name of the sender is too long to be that of a program.")
    if event == "A40":
        _merges(upload, segments)
    else:
        _person(upload, segments)
    _segments(upload, segments, READ if event == "A40" else READ[:-1])
    if not all(is_clean(one.marks.plain(text)) for one in segments for text in one.fields):
        raise NotRead("message", "It holds characters that cannot be meant, for example a NUL.")
    return upload


def _segments(upload: Upload, segments: Sequence[Segment], read: Sequence[str]) -> None:
    """Those that are not read, each once. Every A01 has PV1, the visit: nobody is asked about that."""
    others = list(dict.fromkeys(one.name for one in segments if one.name not in read))
    for name in others:
        if name in COULD_HOLD and any(one.name == name and one.filled for one in segments):
            upload.leave_out(name, COULD_HOLD[name])
    if rest := [name for name in others if name not in COULD_HOLD]:
        upload.leave_out(", ".join(rest), "These segments are not read.", asks=False)


def _event(segments: Sequence[Segment]) -> str:
    head = segments[0]
    kind, event = str(head[9]), str(head[9][2]) or str(_first(segments, "EVN")[1])
    if kind != "ADT" or event not in EVENTS:
        told = "^".join(filter(None, (kind, event))) or "nothing"
        known = "; ".join(f"ADT^{code}, {words}" for code, words in EVENTS.items())
        raise NotRead("MSH-9", f"This is {told[:40]}, which is not taken here. What is: {known}.")
    return event


def _first(segments: Sequence[Segment], name: str) -> Segment:
    return next((one for one in segments if one.name == name), Segment(name, (name,), segments[0].marks))


def _person(upload: Upload, segments: Sequence[Segment]) -> None:
    found = [one for one in segments if one.name == "PID"]
    if len(found) != 1:
        raise NotRead("PID", "The message tells of one patient: there has to be one segment PID.")
    pid = found[0]
    upload.people.append(_of_pid(upload, pid))
    for number in pid.filled:
        if number not in TAKEN:
            words = f"The record has no place for it: {LABELS.get(number, 'this field')}."
            upload.leave_out(f"PID-{number}", words, asks=number in TELLING and str(pid[number]) != "N")
    if pd1 := _first(segments, "PD1").filled:
        upload.leave_out(
            ", ".join(f"PD1-{number}" for number in pd1),
            "The record has no place for the family doctor and what else PD1 says.",
            asks=False,
        )


def _of_pid(upload: Upload, pid: Segment) -> Person:
    names = pid.all(5)
    official = [one for one in names if str(one[7]) in ("", "L", "D")] or names[:1]
    if len(official) > 1:
        upload.leave_out("PID-5", "More than one legal name is given: the first is taken.")
    family, given = _name(upload, official[0], "PID-5") if official else ("", "")
    others = [(str(one[7]), one, "PID-5") for one in names if one is not (official[0] if official else None)]
    others += [("A", one, "PID-9") for one in pid.all(9)]
    other_names = []
    for kind, one, place in others:
        if kind in ("", "L", "D"):
            continue
        if kind not in NAMES:
            upload.leave_out(place, f"A name of the kind “{kind[:10]}” is not known here.")
            continue
        other_names.append(OtherName(NAMES[kind], *_name(upload, one, place)))
    dead, died = _death(upload, pid)
    for number in (3, 5, 7, 8):
        if pid[number].is_emptied:
            upload.leave_out(
                f"PID-{number}", "The message asks to empty this. Nobody's record is emptied by a message."
            )
    return Person(
        "PID", "PID", numbers_of(pid.all(3)), family, given, other_names, day_of(pid[7], "PID-7"), _sex(upload, pid), dead,
        died, {"born": "PID-7", "numbers": "PID-3", "family_name": "PID-5", "died": "PID-29"},
    )  # fmt: skip


def _name(upload: Upload, part: Part, place: str) -> tuple[str, str]:
    """XPN: the family name with its prefix, the given name with further ones. Titles have no place in the record."""
    surname = part[1]
    family, prefix, own = str(surname[1]), str(surname[2]), str(surname[3])
    if prefix and (not family or (family == own and not family.lower().startswith(prefix.lower()))):
        family = f"{prefix} {own or family}"
    for number, what in ((4, "suffix"), (5, "title"), (6, "degree")):
        if title := str(part[number]):
            upload.leave_out(place, f"The record has no place for the {what} “{title[:40]}” of a name.", asks=False)
    return family, " ".join(filter(None, (str(part[2]), str(part[3]))))


def _sex(upload: Upload, pid: Segment) -> str:
    code = str(pid[8])
    if code and code not in SEXES:
        upload.leave_out("PID-8", f"“{code[:10]}” is no code of table 0001: the sex is not taken over.")
    return SEXES.get(code, "")


def _death(upload: Upload, pid: Segment) -> tuple[bool | None, PartialDate | None]:
    died, said = day_of(pid[29], "PID-29"), str(pid[30])
    if said not in ("", "Y", "N"):
        upload.leave_out("PID-30", f"“{said[:10]}” is neither Y nor N: it is not taken over.")
    if died and said == "N":
        raise NotRead(
            "PID-30", "The message gives a date of death and says that the patient has not died. Ask the sender."
        )
    return (True if died or said == "Y" else False if said == "N" else None), died


def numbers_of(parts: Sequence[Part]) -> list[Number]:
    """CX: the number, whose it is (by name, by its address as URN, and bare), and whether it is a record number."""
    found = []
    for part in parts:
        name, universal, kind = (str(part[4][place]) for place in (1, 2, 3))
        address = f"urn:{kind.lower()}:{universal}" if universal and kind in ("ISO", "UUID") else universal
        address = address.replace("urn:iso:", "urn:oid:")
        systems = tuple(dict.fromkeys(filter(None, (address, name, universal))))
        if value := str(part):
            found.append(Number(systems, value, str(part[5]) in OF_RECORD))
    return found


def _merges(upload: Upload, segments: Sequence[Segment]) -> None:
    """Each PID with the MRG that follows it: the record of PID stays, that of MRG ends."""
    pid: Segment | None = None
    for one in segments:
        if one.name == "PID":
            pid = one
        elif one.name == "MRG":
            if pid is None:
                raise NotRead("MRG", "Before MRG, a segment PID says which record stays.")
            number = len(upload.merges) + 1
            place = "MRG" if number == 1 else f"MRG[{number}]"
            why = f"{upload.source or 'Another program'} merged the two records: HL7 message {upload.number} (A40)."
            upload.merges.append(Merge(place, numbers_of(one.all(1)), numbers_of(pid.all(3)), why))
            pid = None
    if not upload.merges:
        raise NotRead("MRG", "The message says that two records are of one person, and names only one: MRG is missing.")
    upload.leave_out("PID", "Of a merge only the numbers are read: details of the patient come with A08.", asks=False)
