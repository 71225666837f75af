"""No page answers with 500, whatever arrives: every route of the resolver, every field of every form that the pages show,
and every name that a view reads from an address or a form, with the kinds of tests/wicked.py.

A new route needs no entry here: it is found by the resolver, its people and rows by tests/test_url_access.py, its fields
by the forms of the pages. About 40 seconds.
"""

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse

from tests import fuzzing, wicked
from tests.fuzzing import Forms, fault, kinds_for, names_read, send
from tests.test_url_access import (  # noqa: F401  (fixtures)
    ON_BOARD,
    SIGNED_IN,
    SITE,
    address,
    browser_with,
    made,
    people,
    things,
)

pytestmark = pytest.mark.django_db
KNOWN = {**ON_BOARD, **SITE, **{name: (*entry, {"ana"}) for name, entry in SIGNED_IN.items()}}
ROUTES = {name: converters for name, converters in fuzzing.routes() if not name.startswith("api:")}
# Who may do most comes first.
IN_ORDER = ("chloe", "ana", "omar", "admin", "edda", "abel", "otto")
IN_ADDRESSES = (
    "a NUL", "5,000 digits", "the largest of 64 bits", "the year 1", "the year 9999", "what folds to eighteen times its length",
    "a deep cursor",
)  # fmt: skip
MOST_FORMS = 3


def somebody(name, browsers):
    allowed = KNOWN[name][2] if name in KNOWN else ()
    return next((browsers[who] for who in IN_ORDER if who in allowed), Client())


@pytest.fixture(scope="module")
def shown(made, module_db):  # noqa: F811
    """Every form of every page, by where it goes."""
    found = {}
    with module_db():
        browsers = {name: browser_with(cookies) for name, cookies in made[0].items()}
        for name, (method, about, _) in KNOWN.items():
            if method == "get":
                path = address(name, about, made[1])
                response = send(somebody(name, browsers), "get", path)
                if response.get("Content-Type", "").startswith("text/html"):
                    for form in Forms(response.content.decode(), path).found:
                        found.setdefault((form.method, form.action), {})[tuple(sorted(form.values))] = form
    return {where: list(forms.values())[:MOST_FORMS] for where, forms in found.items()}


def nothing_broke(faults):
    found = list(filter(None, faults))
    assert not found, "\n".join(found)


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_any_path(name, people):  # noqa: F811
    faults = []
    for place in range(len(ROUTES[name])):
        for kind, path in paths(name, place):
            for method in ("get", "post"):
                faults.append(fault(send(somebody(name, people), method, path), name, method, kind))
    nothing_broke(faults)


def paths(name, place):
    converters = ROUTES[name]
    stand_ins = [str(7_654_321 + n) if kind == "IntConverter" else f"stand-in-{n}" for n, kind in enumerate(converters)]
    made_up = reverse(name, args=stand_ins)
    kinds = (
        ("5,000 digits", "a number beyond 64 bits", "the largest of 64 bits", "nought")
        if converters[place] == "IntConverter"
        else IN_ADDRESSES
    )
    return [(kind, made_up.replace(stand_ins[place], quote(wicked.TEXTS[kind], safe=""))) for kind in kinds]


@pytest.mark.parametrize("name", sorted(n for n in KNOWN if KNOWN[n][0] == "get"))
def test_any_address_of_a_page(name, things, people, shown):  # noqa: F811
    path, client = address(name, KNOWN[name][1], things), somebody(name, people)
    with names_read() as names:
        send(client, "get", path)
    for form in shown.get(("get", path), ()):
        names |= set(form.values)
    faults = [
        fault(send(client, "get", path, {one: wicked.TEXTS[kind]}), name, one, kind)
        for one in sorted(names)
        for kind in IN_ADDRESSES
    ]
    nothing_broke(faults)


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_any_form(name, things, people, shown):  # noqa: F811
    path, client = address(name, KNOWN[name][1], things), somebody(name, people)
    with names_read() as names:
        send(client, "post", path, {})
    forms = shown.get(("post", path)) or [fuzzing.Form(path, "post", dict.fromkeys(names, "1"))]
    faults = []
    for form in forms:
        for sent, about in variants(form, names):
            faults.append(fault(send(client, "post", path, sent), name, *about))
    nothing_broke(faults)


def variants(form, names):
    """As it stands; each field by itself, beside others that will do; and every field at once."""
    yield form.values, ("as it stands",)
    for one in sorted({*form.values, *names}):
        for kind in kinds_for(one, form.kinds.get(one, "")):
            yield form.values | {one: wicked.TEXTS[kind]}, (one, kind)
    for kind in ("a NUL", "an expression"):
        yield dict.fromkeys({*form.values, *names}, wicked.TEXTS[kind]), ("all", kind)
