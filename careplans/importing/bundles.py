"""A FHIR R4 Bundle: Patient, Condition and Observation as people, tumours and findings. Pure.

What the FHIR server of Consilium writes is read back; what others write as far as the record has a place for it. What is not
taken over is named.
"""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from careplans.importing.codes import TEST_DATA
from careplans.importing.elements import At, read_json
from careplans.importing.findings import finding, numbers_of
from careplans.importing.persons import person
from careplans.importing.tumours import tumour
from careplans.importing.uploads import MOST_PARTS, NotRead, Told, Upload

OTHER_TYPES = ("history",)
SERVED = ("http://", "https://")


def read_bundle(content: bytes | str) -> Upload:
    """Raises NotRead where the Bundle as a whole cannot be taken; of a part that cannot, `refused` says why."""
    try:
        text = content.decode("utf-8-sig") if isinstance(content, bytes) else content
    except UnicodeDecodeError as error:
        raise NotRead("Bundle", "JSON is written in UTF-8, and this is not.") from error
    data = read_json(text)
    if not isinstance(data, Mapping) or data.get("resourceType") != "Bundle":
        raise NotRead("Bundle", "This is no FHIR Bundle: “resourceType” has to be “Bundle”.")
    bundle = At(data, "")
    if bundle["type"].text in OTHER_TYPES:
        raise NotRead("type", "A Bundle of histories is not taken: send how the resources stand now.")
    upload = _upload(bundle)
    entries = [entry["resource"] for entry in bundle["entry"]]
    if len(entries) > MOST_PARTS:
        raise NotRead(
            "entry", f"There are {len(entries)} entries; at most {MOST_PARTS} are looked at together. Send it in parts."
        )
    _read_all(upload, bundle, entries)
    return upload


def _upload(bundle: At) -> Upload:
    digest = hashlib.sha256(json.dumps(bundle.value, sort_keys=True, default=str).encode()).hexdigest()
    name = bundle["identifier"]
    number = name["value"].text
    for one, most in ((name["system"], 200), (name["value"], 200)):
        if len(one.text) > most:
            one.refuse(f"This is longer than {most} characters.")
    return Upload(
        "fhir_bundle", name["system"].text if number else "", number or f"sha256:{digest}", digest, bundle["timestamp"].moment,
        is_test=False,
    )  # fmt: skip


def _read_all(upload: Upload, bundle: At, entries: list[At]) -> None:
    known = _names(bundle, entries)
    readers: Mapping[str, Callable[[Upload, At, Mapping[str, str]], None]] = {
        "Patient": person, "Condition": tumour, "Observation": finding,
    }  # fmt: skip
    others: dict[str, list[str]] = {}
    tests = []
    for entry in entries:
        try:
            kind = entry["resourceType"].text
            if kind not in readers:
                others.setdefault(kind or "an entry without a resource", []).append(entry.place)
                continue
            if kind == "Patient":
                tests.append(is_test(entry))
            readers[kind](upload, entry, known)
        except NotRead as error:
            # One refused part does not hide what is wrong with the next.
            upload.refused.append(Told(error.place, error.words))
    upload.is_test = bool(tests) and all(tests)
    for kind, places in others.items():
        upload.leave_out(", ".join(places[:5]) + (" …" if len(places) > 5 else ""), f"{kind[:60]} is not read here.")
    if not upload.parts and not upload.refused:
        raise NotRead("entry", "There is no Patient, Condition or Observation in it: nothing to import.")


def is_test(resource: At) -> bool:
    return any((one["system"].text, one["code"].text) == TEST_DATA for one in resource["meta"]["tag"])


def _names(bundle: At, entries: list[At]) -> dict[str, str]:
    """By which references an entry goes: its full address, and its kind with its id; a Specimen by its numbers, too."""
    known: dict[str, str] = {}
    numbers: dict[str, set[str]] = {}
    on_servers: set[str] = set()
    for number, entry in enumerate(entries):
        try:
            address, kind, key = bundle["entry"][number]["fullUrl"].text, entry["resourceType"].text, entry["id"].text
            for one in numbers_of(entry) if kind == "Specimen" else ():
                numbers.setdefault(one, set()).add(entry.place)
        except NotRead:
            continue  # Told when the entry itself is read.
        if address.startswith(SERVED):
            on_servers.add(entry.place)
        for name in (address, f"{kind}/{key}" if key else ""):
            if name and known.setdefault(name, entry.place) != entry.place:
                raise NotRead(
                    entry.place, f"Two entries go by “{name[:80]}”: nobody can tell which of the two is meant."
                )
    known |= {one: next(iter(places)) for one, places in numbers.items() if len(places) == 1}
    return known | _served(bundle.value, {name: place for name, place in known.items() if place not in on_servers})


def _served(data: Any, known: Mapping[str, str]) -> dict[str, str]:
    """An address on a server means an entry that has none there by its kind and id, if one server alone is named for it."""
    addresses: dict[str, set[str]] = {}
    for one in _references(data):
        if one.startswith(SERVED) and one not in known:
            addresses.setdefault("/".join(one.split("/")[-2:]), set()).add(one)
    return {
        one: known[name]
        for name, several in addresses.items()
        if name in known and len(several) == 1
        for one in several
    }


def _references(data: Any) -> Iterator[str]:
    waiting = [data]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            if isinstance(name := one.get("reference"), str):
                yield " ".join(name.split())
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one
