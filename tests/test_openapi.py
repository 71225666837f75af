"""The committed OpenAPI document is the one that the code writes: a change of the API is seen in review."""

import re
from io import StringIO
from pathlib import Path

import pytest
import yaml
from django.core.management import call_command
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.test import APIClient

from careplans.api.access import Door
from careplans.api.fields import LARGEST_ID
from careplans.api.openapi.reading import Type, type_of
from careplans.models.fact_groups import UNITS

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml"
HOW = "Write it anew: python manage.py spectacular --file docs/openapi.yaml"


@pytest.fixture(scope="module")
def written():
    out = StringIO()
    call_command("spectacular", "--validate", "--fail-on-warn", stdout=out)
    return out.getvalue()


@pytest.fixture(scope="module")
def document(written):
    return yaml.safe_load(written)


def test_the_committed_document_is_up_to_date(written):
    assert DOCUMENT.read_text() == written, HOW


def test_it_is_openapi_3_1(document):
    assert document["openapi"].startswith("3.1.")


# The other names of a patient are a part of it.
OF_A_PATIENT = {"Patient", "OtherName", "AddNameBody", "NewPatient", "PatchedPatientChanges", "Known"}


def test_nothing_of_a_patient_stands_outside_the_patients(document):
    schemas = document["components"]["schemas"]
    personal = {"record_number", "family_name", "given_name", "birth_date"}
    assert {name for name, schema in schemas.items() if personal & set(schema.get("properties", {}))} == OF_A_PATIENT


def test_every_endpoint_is_described(document):
    described = set(document["paths"])
    assert {f"/{route}" for route in _routes() if not route.endswith(("/schema/", "/docs/", "$"))} == described


def test_it_says_where_it_is_served(document):
    assert document["servers"] == [
        {"url": "/", "description": "Where this document was read: its paths begin at the host."}
    ]


def test_the_number_of_a_row_has_its_bounds_wherever_an_address_names_one(document):
    numbers = [
        parameter["schema"]
        for methods in document["paths"].values()
        for operation in methods.values()
        for parameter in operation.get("parameters", ())
        if parameter["in"] == "path" and parameter["schema"]["type"] == "integer"
    ]
    assert numbers
    assert all((one["minimum"], one["maximum"]) == (1, 2**63 - 1) for one in numbers)


def test_a_search_comes_in_pages_as_a_list_does(document):
    listed, searched = (
        document["paths"]["/api/v1/patients/"]["get"],
        document["paths"]["/api/v1/patients/search/"]["post"],
    )
    once = [one for one in searched["parameters"] if one["name"] == "Idempotency-Key"]
    others = [one for one in searched["parameters"] if one not in once]
    assert len(once) == 1
    assert others == [one for one in listed["parameters"] if one["name"] != "If-None-Match"]
    answers = [one["responses"]["200"]["content"] for one in (searched, listed)]
    assert answers[0] == answers[1]


def _words(told):
    """Without the list of codes, which drf-spectacular writes by itself."""
    return " ".join(line for line in told.get("description", "").splitlines() if not line.startswith("* `")).strip()


def test_every_field_and_parameter_is_described(document):
    fields = {
        f"{shape}.{name}": told
        for shape, schema in document["components"]["schemas"].items()
        for name, told in schema.get("properties", {}).items()
    }
    parameters = {
        f"{path} {told['name']}": told
        for path, methods in document["paths"].items()
        for operation in methods.values()
        for told in operation.get("parameters", ())
    }
    assert [name for name, told in (fields | parameters).items() if not _words(told)] == []


# What a description says of a number that has a unit, and of one that has none: it counts, orders or names something.
UNIT = (
    r"\bmm\b|millimetres|\bdays\b|\bmonths\b|%|\bkg\b|\bng/L|\bg/L|\bg/dL|µmol/L|×10⁹/L|\bmL\b|per 2 mm²|a day|of 10"
    r"|in `\w*unit`|in the unit (beside it|of)"
)
NO_UNIT = (
    r"without a unit|\b[Ii]ds?\b|[Vv]ersion|[Hh]ow (many|often)|[Nn]umber of"
    r"|[Cc]ells|[Cc]ounts|, from 1|[Pp]lace (in|among)"
)
OF_THE_CALENDAR = {"DeathBody.day", "DeathBody.month", "DeathBody.year"}


def numbers(document):
    """Each number of the document, by where it stands: of bodies, answers and parameters."""
    for shape, schema in document["components"]["schemas"].items():
        for name, told in schema.get("properties", {}).items():
            if _is_number(told):
                yield f"{shape}.{name}", told, told
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for told in operation.get("parameters", ()):
                if _is_number(told["schema"]):
                    yield f"{path} {told['name']}", told, told["schema"]


def _is_number(told):
    kinds = told.get("type") if isinstance(told.get("type"), list) else [told.get("type")]
    inside = [*told.get("oneOf", ()), *told.get("anyOf", ()), told.get("items"), told.get("additionalProperties")]
    is_one = bool({"integer", "number"} & set(kinds)) or told.get("format") == "decimal"
    return is_one or any(_is_number(one) for one in inside if isinstance(one, dict))


def _innermost(told):
    return _innermost(told["items"]) if "items" in told else told


def test_every_number_says_its_unit_or_that_it_has_none(document):
    silent = {
        place: _words(told)
        for place, told, schema in numbers(document)
        if not re.search(f"{UNIT}|{NO_UNIT}", _words(told)) and _innermost(schema).get("maximum") != LARGEST_ID
    }
    assert set(silent) - OF_THE_CALENDAR == set(), silent


# How a name ends that has a unit, and what its description must say.
UNITS_OF_NAMES = {"_mm": "mm|millimetre", "_days": "days", "_percent": "%", "_months": "months"}


def test_every_quantity_says_its_unit(document):
    silent = []
    for place, told, _ in numbers(document):
        name = re.split(r"[. ]", place)[-1].removesuffix("_min" if place.startswith("/") else "")
        unit = next((words for end, words in UNITS_OF_NAMES.items() if name.endswith(end)), None)
        unit = re.escape(UNITS[name]) if name in UNITS else unit
        if unit and not re.search(unit, _words(told), re.IGNORECASE):
            silent.append(place)
    assert silent == []


def test_whatever_is_an_id_has_the_bounds_of_ids(document):
    ids = {
        place: _innermost(schema)
        for place, told, schema in numbers(document)
        if re.search(r"\b[Ii]ds?\b", _words(told))
    }
    assert len(ids) > 100
    loose = [name for name, one in ids.items() if (one.get("minimum"), one.get("maximum")) != (1, LARGEST_ID)]
    assert loose == []


def test_every_filter_by_day_says_whether_the_day_counts(document):
    days = {
        f"{path} {told['name']}": told["description"]
        for path, methods in document["paths"].items()
        for operation in methods.values()
        for told in operation.get("parameters", ())
        if told["schema"].get("format") in ("date", "date-time")
    }
    assert len(days) > 10
    assert {name for name, said in days.items() if not re.search("does not count|or later|or earlier", said)} == set()


# One value alone, and the two that drf-spectacular sets beside a choice that may be empty.
NO_SET = {("now",), ("",), (None,)}


def value_sets(part, place=""):
    if isinstance(part, dict):
        if "enum" in part and tuple(part["enum"]) not in NO_SET:
            yield place, frozenset(part["enum"])
        for name, inside in part.items():
            yield from value_sets(inside, f"{place}/{name}")
    elif isinstance(part, list):
        for number, inside in enumerate(part):
            yield from value_sets(inside, f"{place}/{number}")


def test_every_value_set_is_named_by_hand_and_once(document):
    """A name that drf-spectacular makes up becomes another with the next field of that name, and breaks every client."""
    found = list(value_sets(document))
    names = {place: place.removeprefix("/components/schemas/") for place, _ in found}
    made_up = [place for place, name in names.items() if "/" in name or name.endswith("Enum")]
    assert made_up == [], "Name it in careplans/api/openapi/document.py, ENUM_NAMES."
    assert len({values for _, values in found}) == len(found)


def test_a_choice_that_is_only_read_may_be_empty_where_its_column_may(document):
    """REST framework forgets it."""
    told = document["components"]["schemas"]["PlanSchedule"]["properties"]["overlap"]
    assert {"$ref": "#/components/schemas/BlankEnum"} in told["oneOf"]


def test_nothing_that_may_be_anything_is_one_of_two(document):
    assert "oneOf:\n          - {}" not in yaml.safe_dump(document)
    assert document["components"]["schemas"]["FactSinceSigned"]["properties"]["now"].keys() == {"description"}


def test_what_is_served_is_promised_but_for_free_text(document):
    therapy = document["components"]["schemas"]["PriorTreatment"]
    assert set(therapy["properties"]) - set(therapy["required"]) == {"description", "stop_reason", "toxicity"}


def test_a_search_answers_in_pages_and_every_other_list_whole(document):
    paged = {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if "Paginated" in str(operation["responses"].get("200"))
    }
    assert {name for name in paged if not name.endswith("_list")} == {"patients_search", "patients_look_up"}


def test_every_endpoint_comes_through_the_door():
    assert all(
        issubclass(pattern.callback.cls, Door) for pattern in _patterns() if pattern.name not in ("schema", "docs")
    )


def _patterns():
    root = next(r for r in get_resolver().url_patterns if isinstance(r, URLResolver) and str(r.pattern) == "api/v1/")
    return [pattern for pattern in root.url_patterns if isinstance(pattern, URLPattern)]


def _routes():
    for pattern in _patterns():
        route = str(pattern.pattern).replace("<int:pk>", "{id}").replace("<int:number>", "{number}")
        # With or without its slash; the document has one spelling.
        yield "api/v1/" + route.replace("<slug:slug>", "{slug}").replace("<slug:name>", "{name}").replace(
            "^advise/?$", "advise/"
        )


def test_the_document_is_for_people_who_are_signed_in(ana):
    client = APIClient()
    assert client.get("/api/v1/schema/").status_code == 401
    assert client.get("/api/v1/docs/").status_code == 302
    client.force_login(ana)
    assert client.get("/api/v1/schema/").status_code == 200
    assert client.get("/api/v1/docs/").status_code == 200


def test_the_page_tells_every_endpoint_and_explains_every_shape(ana, client, document):
    client.force_login(ana)
    page = client.get("/api/v1/docs/").content.decode()
    assert not [path for path in document["paths"] if path not in page]
    linked = set(re.findall(r'href="#(shape-[^"]+)"', page))
    assert linked
    assert not [name for name in linked if f'id="{name}"' not in page]


@pytest.mark.parametrize(
    ("schema", "words", "shape"),
    [
        ({"type": "integer"}, "integer", ""),
        ({"type": ["integer", "null"], "format": "int64"}, "integer or null", ""),
        ({"type": ["string", "null"], "format": "date"}, "date or null", ""),
        ({"$ref": "#/components/schemas/Step"}, "Step", "Step"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/Step"}}, "list of Step", "Step"),
        ({"oneOf": [{"$ref": "#/components/schemas/BlankEnum"}, {"$ref": "#/components/schemas/Kind"}]}, "Kind or empty", "Kind"),
        ({"type": "array", "items": {"type": "string", "enum": ["a", "b"]}}, "list of one of a, b", ""),
    ],
)  # fmt: skip
def test_a_type_is_told_in_words(schema, words, shape):
    assert type_of(schema) == Type(words, shape)
