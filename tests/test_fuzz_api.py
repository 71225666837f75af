"""No operation of the API answers with 500, whatever arrives: every operation of docs/openapi.yaml, each part of its path,
each parameter of its address, each field of its body, and its body as a whole, with the kinds of tests/wicked.py.

The document is what the code writes (tests/test_openapi.py), so that a new operation and a new field are in here by
themselves. What of it a run sends: tests/fuzzing.py.
"""

import json
from pathlib import Path
from urllib.parse import quote

import pytest
import yaml
from django.conf import settings
from django.test import Client

from careplans.models import Advisory
from tests import wicked
from tests.fuzzing import draw, drawn, fault, send
from tests.test_fuzz_pages import nothing_broke
from tests.test_url_access import browser_with, made, people, things  # noqa: F401  (fixtures)

pytestmark = pytest.mark.django_db
DOCUMENT = yaml.load(
    (Path(__file__).resolve().parent.parent / "docs" / "openapi.yaml").read_text(),
    getattr(yaml, "CSafeLoader", yaml.SafeLoader),
)
METHODS = ("get", "post", "patch", "put", "delete")
OPERATIONS = {
    f"{method} {path}": operation
    for path, operations in DOCUMENT["paths"].items()
    for method, operation in operations.items()
    if method in METHODS
}
# The rows to try: the first that takes a plausible body is it.
ROWS = {
    "patients": ("patient", "dead"), "steps": ("draft_step", "step", "decision"), "plans": ("draft", "plan", "asked"),
    "follow-ups": ("followup",), "advisories": ("advisory",), "boards": ("board",), "cases": ("case",), "arms": ("arm",),
    "occurrences": ("occurrence",), "specimens": ("specimen",), "modalities": ("slug",),
    "prior-treatments": ("therapy",), "signatures": ("signature",), "events": ("event",),
}  # fmt: skip
FAMILIES = wicked.FAMILIES + wicked.FAMILIES_OF_JSON
NUMBERS_IN_PATHS = (("5,000 digits",), ("a number beyond 64 bits", "the largest of 64 bits"), ("nought",))
MOST_TURNS = 6
MOST_ALONE = 6
# Of a sample: as one parameter of an address, of bodies that are none, and of fields at the ends of a calendar or database.
FEW = 3
OF_TYPE = {"boolean": True, "integer": 1, "number": 1.5, "array": [], "object": {}, "null": None}
OF_ENDS = {"date": wicked.DAYS, "date-time": ("a moment in the year 1", "a moment in 9999")}
OF_FORMAT = {"date": "2026-11-20", "date-time": "2026-11-20T08:00:00Z", "email": "omar@consilium.example"}


def resolved(schema):
    while "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    for several in ("oneOf", "anyOf", "allOf"):
        if several in schema:
            return resolved(schema[several][0])
    return schema


def plausible(schema, depth=0):
    """A value that this schema takes."""
    schema = resolved(schema)
    if "enum" in schema:
        return schema["enum"][0]
    kind = schema.get("type", "string")
    kind = kind[0] if isinstance(kind, list) else kind
    if kind == "object" and depth < 4:
        return {name: plausible(one, depth + 1) for name, one in schema.get("properties", {}).items()}
    if kind == "array" and depth < 4:
        return [plausible(schema.get("items", {}), depth + 1)]
    return OF_TYPE.get(kind, OF_FORMAT.get(schema.get("format"), "words"))


def always(schema):
    """What is at the ends of the calendar, for days and moments, and of a database, for ids: many have broken at these."""
    schema = resolved(schema)
    if schema.get("format", "") in OF_ENDS:
        return OF_ENDS[schema["format"]]
    return ("the largest of 64 bits", "beyond 31 bits") if "integer" in schema.get("type", ()) else ()


def fields(schema, before=()):
    """Every field of a body with the way to it, also within lists and objects."""
    schema = resolved(schema)
    for name, one in schema.get("properties", {}).items():
        yield (*before, name), one
        if len(before) < 4:
            inner = resolved(one)
            yield from fields(inner, (*before, name))
            yield from fields(inner.get("items", {}), (*before, name, 0))


def with_values(body, sent):
    """The body with these values; the longest way first, so that none is set in what is gone."""
    fresh = json.loads(json.dumps(body))
    for way in sorted(sent, key=lambda way: (-len(way), str(way))):
        place = fresh
        for step in way[:-1]:
            place = place[step]
        place[way[-1]] = sent[way]
    return fresh


def values_of(sent):
    return {one: wicked.VALUES[kind] for one, kind in sent.items()}


def texts_of(sent):
    return {one: wicked.TEXTS[kind] for one, kind in sent.items()}


def body_of(operation):
    return next(iter(operation.get("requestBody", {}).get("content", {}).values()), {}).get("schema", {})


def written(body):
    return json.dumps(body, ensure_ascii=True)


def ask(client, method, path, data="", **headers):
    if method == "get":
        return send(client, "get", path, **headers)
    return send(client, method, path, data, content_type="application/json", **headers)


def parameters(operation, place):
    return {one["name"]: one["schema"] for one in operation.get("parameters", ()) if one["in"] == place}


def filled(path, values):
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", str(value))
    return path


class Way:
    """Where an operation goes, with a row that it takes if there is one, and what it needs to be let in."""

    def __init__(self, name, client, things):  # noqa: F811
        method, self.template = name.split()
        self.client, self.method, self.operation = client, method, OPERATIONS[name]
        self.body = plausible(body_of(self.operation)) if body_of(self.operation) else {}
        noun = self.template.split("/")[3]
        self.values = self._that_do([self._values(things.get(row, 1)) for row in ROWS.get(noun, ("one",))])
        self.path, self.headers = filled(self.template, self.values), self._headers(self.values)

    def _that_do(self, tries):
        """The first that are taken; else those that come furthest."""
        asked = []
        for place, values in enumerate(tries):
            asked.append((self._ask_plainly(values).status_code, place))
            if asked[-1][0] < 300:
                break
        return tries[min(asked)[1]]

    def _values(self, row):
        names = list(parameters(self.operation, "path"))
        return {name: 1 if name == "number" else row for name in names}

    def _headers(self, values):
        root = "/".join(self.template.split("/")[:5]) + "/"
        if "{" not in root:
            return {}
        return {"HTTP_IF_MATCH": self.client.get(filled(root, values)).get("ETag", '"1"')}

    def _ask_plainly(self, values):
        path = filled(self.template, values)
        return ask(self.client, self.method, path, written(self.body), **self._headers(values))

    def ask(self, path=None, data=None, **headers):
        sent = written(self.body) if data is None else data
        return ask(self.client, self.method, path or self.path, sent, **(self.headers | headers))


@pytest.fixture(scope="module")
def ways(made):  # noqa: F811
    """Each operation's way, found once: what a test sends is undone after it."""
    return {}


@pytest.fixture
def way(request, ways, people, things):  # noqa: F811
    name = request.node.callspec.params["name"]
    things["advisory"] = Advisory.objects.values_list("pk", flat=True).first() or 1
    if name not in ways:
        ways[name] = Way(name, Client() if name == "post /api/v1/tokens/" else people["chloe"], things)
    return ways[name]


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_any_path_and_address(name, way):
    faults = [fault(way.ask(), name, "as it stands")]
    for one, schema in parameters(way.operation, "path").items():
        number = resolved(schema).get("type") == "integer"
        for kind in draw.of_each_family(f"{name} {one}", NUMBERS_IN_PATHS if number else (wicked.WORDS,)):
            path = filled(way.template, way.values | {one: quote(wicked.TEXTS[kind], safe="")})
            faults.append(fault(way.ask(path), name, one, kind))
    for one, kind in in_addresses(name, parameters(way.operation, "query")):
        query = f"?{one}={quote(wicked.TEXTS[kind][:6000], safe='')}"
        faults.append(fault(way.ask(way.path + query), name, one, kind))
    nothing_broke(faults)


def in_addresses(name, asked):
    """One at a time: the first that is refused hides the others."""
    for number, (one, schema) in enumerate(asked.items()):
        for kind in (*draw.some(always(schema), 1, f"{name} {one}"), *texts(name, one, number, len(asked))):
            yield one, kind
    for kind in draw.some(texts(name, "no such filter", 0, 1), 1, name):
        yield "no-such-filter", kind


def texts(name, one, number, count):
    """Of a sample, a family of kinds for each parameter in turn, so that all of them together meet each family."""
    if draw.is_all:
        return draw.dice(f"{name} {one}").sample(sorted(wicked.TEXTS), MOST_TURNS)
    kinds, most = draw.of_each_family(name, wicked.FAMILIES), max(2, -(-len(wicked.FAMILIES) // count))
    return [kinds[(number * most + place) % len(kinds)] for place in range(most)]


@pytest.mark.parametrize("name", sorted(name for name in OPERATIONS if not name.startswith("get")))
def test_any_body(name, way):
    faults = []
    for kind in draw.some(wicked.BODIES, FEW, name):
        faults.append(fault(way.ask(data=wicked.BODIES[kind]), name, "the whole body", kind))
    every = dict(fields(body_of(way.operation)))
    kinds = dict.fromkeys(every, draw.of_each_family(name, FAMILIES))
    for sent in drawn(kinds, about=name, most=MOST_ALONE, turns=MOST_TURNS):
        faults.append(fault(way.ask(data=written(with_values(way.body, values_of(sent)))), name, sent))
    for sent in at_ends(name, every):
        values = {one: int(text) if text.isdecimal() else text for one, text in texts_of(sent).items()}
        faults.append(fault(way.ask(data=written(with_values(way.body, values))), name, sent))
    nothing_broke(faults)


def at_ends(name, every):
    """Each field alone; of a sample all that have the same ends together, and some alone."""
    alone = [{one: kind} for one, schema in every.items() for kind in always(schema)]
    together = {}
    for one, schema in every.items():
        for kind in always(schema):
            together.setdefault(kind, {})[one] = kind
    few = draw.some(alone, FEW, name)
    return few if draw.is_all else [*few, *(sent for sent in together.values() if len(sent) > 1)]


COOKIES = (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "messages")
SOME = (
    "get /api/v1/cases/", "patch /api/v1/cases/{id}/", "post /api/v1/patients/search/", "post /api/v1/tokens/",
    "get /api/v1/changes/", "post /api/v1/plans/{id}/submit/",
)  # fmt: skip


def cookies(about, number):
    """Of a sample, each value as one cookie, and each cookie with some."""
    return COOKIES if draw.is_all else [COOKIES[(draw.dice(about).randrange(len(COOKIES)) + number) % len(COOKIES)]]


@pytest.mark.parametrize("name", SOME)
def test_any_header_and_cookie(name, way):
    faults = []
    for header, value in wicked.HEADERS.items():
        faults.append(fault(way.ask(**{header: value}), name, header))
    for number, cookie in enumerate(wicked.COOKIES):
        for of in cookies(name, number):
            faults.append(fault(way.ask(HTTP_COOKIE=f"{of}={cookie}"), name, of, cookie[:20]))
    nothing_broke(faults)


@pytest.mark.parametrize("path", ["/", "/sign-in/", "/boards/1/patients/", "/session/"])
def test_any_header_and_cookie_of_a_page(path, people):  # noqa: F811
    faults = []
    for method in ("get", "post"):
        for header, value in wicked.HEADERS.items():
            faults.append(fault(send(people["chloe"], method, path, **{header: value}), path, method, header))
        for number, cookie in enumerate(wicked.COOKIES):
            for of in cookies(f"{path} {method}", number):
                faults.append(
                    fault(send(Client(), method, path, HTTP_COOKIE=f"{of}={cookie}"), path, method, of, cookie[:20])
                )
    nothing_broke(faults)
