"""A FHIR Patient as a person. Pure."""

from collections.abc import Mapping

from careplans.importing.elements import At
from careplans.importing.uploads import Number, OtherName, Person, Upload

SEXES = ("female", "male", "other", "unknown")
# How names are used: which is theirs now, and as what another is kept.
NOW = ("official", "usual", "")
OTHERS = {"old": "former", "maiden": "former", "nickname": "alias", "anonymous": "alias", "usual": "alias", "": "alias"}
UNTAKEN = {
    "telecom": "telephone and mail addresses", "address": "the address", "maritalStatus": "the marital status",
    "multipleBirthBoolean": "that it was a multiple birth", "multipleBirthInteger": "the order of birth", "photo": "a photograph",
    "contact": "people to be told", "communication": "languages", "generalPractitioner": "the family doctor",
    "modifierExtension": "an extension that changes the meaning", "extension": "extensions",
}  # fmt: skip


def person(upload: Upload, at: At, known: Mapping[str, str]) -> None:
    if at["active"].yes is False:
        upload.leave_out(at.place, "The sender says that this record is not in use.")
        return
    names = sorted(at["name"], key=lambda one: _rank(one["use"].text))
    current = next((one for one in names if one["use"].text in NOW and one["family"]), None)
    family, given = _name(upload, current) if current else ("", "")
    others = []
    for one in names:
        use = one["use"].text
        if one is current:
            continue
        if use in ("temp", "official") or not one["family"]:
            upload.leave_out(
                one.place, "This name is not taken over: it is for a time, has no family name, or is a second one."
            )
        else:
            others.append(OtherName(OTHERS.get(use, "alias"), *_name(upload, one)))
    sex = at["gender"].text
    if sex and sex not in SEXES:
        at["gender"].refuse(f"“{sex[:20]}” is no code of FHIR: {', '.join(SEXES)}.")
    for name, words in UNTAKEN.items():
        if at[name]:
            words = f"The record has no place for {words}."
            upload.leave_out(at[name].place, words, asks=name == "modifierExtension")
    if at["link"]:
        upload.leave_out(
            at["link"].place, "That two records are of one person is asked for on the page of the patient, or by A40."
        )
    died = at["deceasedDateTime"].day
    places = {"born": "birthDate", "numbers": "identifier", "family_name": "name", "died": "deceasedDateTime"}
    upload.people.append(
        Person(
            at.place, at.place, _numbers(at), family, given, others, at["birthDate"].day, sex,
            True if died else at["deceasedBoolean"].yes, died,
            {name: f"{at.place}.{place}" for name, place in places.items()},
        )
    )  # fmt: skip


def _rank(use: str) -> int:
    return NOW.index(use) if use in NOW else len(NOW)


def _name(upload: Upload, at: At) -> tuple[str, str]:
    for part in ("prefix", "suffix"):
        if words := " ".join(one.text for one in at[part]):
            upload.leave_out(
                at[part].place, f"The record has no place for “{words[:40]}”, a title or suffix of a name.", asks=False
            )
    return at["family"].text, " ".join(one.text for one in at["given"])


def _numbers(at: At) -> list[Number]:
    found = []
    for one in at["identifier"]:
        if one["use"].text == "old" or not one["value"]:
            continue
        kind = one["type"]
        systems = tuple(filter(None, (one["system"].text, kind["text"].text, one["assigner"]["display"].text)))
        found.append(Number(systems, one["value"].text, any(code == "MR" for _, code in kind.codings)))
    return found


def subject(at: At, known: Mapping[str, str]) -> str:
    """The person of a Condition or Observation: a Patient of the same Bundle."""
    return referred(at["subject"], known, "Patient")


def referred(at: At, known: Mapping[str, str], kind: str) -> str:
    name = at["reference"].text
    if not name:
        at.refuse(f"It does not say of which {kind} it is: give a reference to one in this Bundle.")
    place = entry_of(name, known)
    if place is None:
        at["reference"].refuse(f"“{name[:80]}” is not in this Bundle. Send the {kind} with it.")
    return place


def entry_of(name: str, known: Mapping[str, str]) -> str | None:
    """By its full address, or by kind and id alone: `Patient/1` of another server is another patient."""
    return known.get(name) or (None if "://" in name else known.get("/".join(name.split("/")[-2:])))
