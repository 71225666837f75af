"""Messages and Bundles as hospitals send them, of invented people."""

import json

from careplans.importing.carrying_out import apply, preview, read_upload

ILEUM = {"system": "https://consilium.example/fhir/CodeSystem/fact-primary-site", "code": "ileum", "display": "Ileum"}
FACT = "https://consilium.example/fhir/CodeSystem/fact"
UCUM = "http://unitsofmeasure.org"


def adt(*segments, event="A08", number="MSG-1", at="20260510083000", sender="PATADM|NORTHGATE", head="", test="P"):
    first = [
        f"MSH|^~\\&|{sender}|CONSILIUM|BOARD|{at}+0200||ADT^{event}^ADT_A01|{number}|{test}|2.5.1{head}",
        f"EVN|{event}|{at}+0200",
    ]
    return "\r".join([*first, *segments]) + "\r"


def pid(record="N-4711", name="Ashdown^Ida^Maria^^^^L", born="19600517", sex="F", more="", numbers=""):
    return f"PID|1||{record}^^^Record number^MR{numbers}||{name}||{born}|{sex}{more}"


def patient(key="p1", record="N-4711", **fields):
    return {
        "resourceType": "Patient", "id": key,
        "identifier": [{"use": "usual", "type": {"text": "Record number"}, "value": record}],
        "name": [{"use": "official", "family": "Ashdown", "given": ["Ida", "Maria"]}],
        "gender": "female", "birthDate": "1960-05-17", **fields,
    }  # fmt: skip


def condition(key="c1", of="Patient/p1", title="Ileal NET with liver metastases", **fields):
    return {
        "resourceType": "Condition", "id": key, "code": {"text": title}, "subject": {"reference": of},
        "bodySite": [{"coding": [ILEUM], "text": "Ileum"}], **fields,
    }  # fmt: skip


def observation(name, *, of="Patient/p1", focus="Condition/c1", on="2026-05-03", **value):
    found = {"focus": [{"reference": focus}]} if focus else {}
    return {
        "resourceType": "Observation", "status": "final", "code": {"coding": [{"system": FACT, "code": name}]},
        "subject": {"reference": of}, "effectiveDateTime": on, **found, **value,
    }  # fmt: skip


def quantity(value, code, **more):
    return {"valueQuantity": {"value": value, "unit": code, "system": UCUM, "code": code, **more}}


def bundle(*resources, number="B-1", **fields):
    named = {"identifier": {"system": "urn:example:lab", "value": number}} if number else {}
    entries = [{"resource": one} for one in resources]
    return json.dumps({"resourceType": "Bundle", "type": "collection", **named, "entry": entries, **fields})


def ki67(value, on="2026-05-03", **more):
    return observation("ki67_percent", on=on, **quantity(value, "%"), **more)


def coded(name, code, on="2026-05-03", *, system="", **more):
    system = f"https://consilium.example/fhir/CodeSystem/fact-{system or name}"
    return observation(name, on=on, valueCodeableConcept={"coding": [{"system": system, "code": code}]}, **more)


def findings(*several, number="B-1"):
    """Of one tumour of one patient."""
    return bundle(patient(), condition(), *several, number=number)


def format_of(content):
    return "fhir_bundle" if (content[:1] in ("{", b"{")) else "hl7_adt"


def look(board, by, content):
    return preview(board, by=by, upload=read_upload(board, format=format_of(content), content=content))


def bring(board, by, content, *, confirmed=None):
    """Looked at, and carried out with every question confirmed."""
    shown = look(board, by, content)
    keys = [one.key for one in shown.questions] if confirmed is None else confirmed
    upload = read_upload(board, format=format_of(content), content=content)
    return apply(board, by=by, upload=upload, digest=shown.digest, confirmed=keys)


def does(outcome):
    return [(part.kind, part.does.value) for part in outcome.parts]


def told(outcome):
    """Every sentence of an outcome."""
    lines = [one.words for one in [*outcome.problems, *outcome.left_out, *outcome.questions]]
    return "\n".join([*lines, *(words for part in outcome.parts for words in part.notes)])


def asked(outcome, key):
    """The questions of one kind."""
    return [one.words for one in outcome.questions if one.key.startswith(key)]
