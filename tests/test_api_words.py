"""A field of the API is described where it stands: one name may mean several things."""

from pathlib import Path

import yaml

from careplans.api.openapi.field_words import WORDS

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml"


def meaning_of(told, schemas):
    """Of what type a value is, or one of which codes; null or nothing, and one or several, mean the same."""
    part = told.get("items", told)
    inside = [one for name in ("allOf", "oneOf", "anyOf") for one in part.get(name, ())] or [part]
    for one in inside:
        shape = schemas.get(str(one.get("$ref", "")).rpartition("/")[2], one)
        if values := set(shape.get("enum", ())) - {"", None}:
            return frozenset(values)
        kinds = shape.get("type", "object")
        if kind := next((kind for kind in ([kinds] if isinstance(kinds, str) else kinds) if kind != "null"), ""):
            return kind
    return ""


def is_one_meaning(found, words):
    sets = {one for one in found if isinstance(one, frozenset)}
    largest = max(sets, key=len, default=frozenset())
    kinds = found - sets - ({"integer", "object"} if "in a body, their id" in words else set())
    return all(one <= largest for one in sets) and len(kinds) + bool(sets) <= 1


def test_a_name_that_means_several_things_is_not_described_by_its_name_alone():
    """`kind` of a specimen is how it was taken, and of a follow-up what is done."""
    found = {}
    schemas = yaml.safe_load(DOCUMENT.read_text())["components"]["schemas"]
    for schema in schemas.values():
        for name, told in schema.get("properties", {}).items():
            if name in WORDS and told.get("description", "").partition("\n")[0] == WORDS[name]:
                found.setdefault(name, set()).add(meaning_of(told, schemas))
    assert len(found) > 100
    assert [name for name, kinds in found.items() if not is_one_meaning(kinds, WORDS[name])] == []
