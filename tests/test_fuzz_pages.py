"""No page answers with 500, whatever arrives: every route of the resolver, every field of every form that the pages show,
and every name that a view reads from an address or a form, with the kinds of tests/wicked.py.

A new route needs no entry here: it is found by the resolver, its people and rows by tests/test_url_access.py, its fields
by the forms of the pages. Every field meets kinds of its own together with the others, and some of them alone beside what will
do. What of that a run sends: tests/fuzzing.py.
"""

from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from accounts.models import Notice, User
from accounts.services.calendars import make_calendar_key
from accounts.tokens import invitation_tokens, reset_tokens
from tests import fuzzing, wicked
from tests.fuzzing import Forms, draw, drawn, fault, kinds_for, names_read, send
from tests.test_url_access import (  # noqa: F401  (fixtures)
    ON_BOARD,
    OWN,
    PUBLIC,
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
ROUTES = {name: converters for name, converters in fuzzing.routes() if not name.startswith(("api:", "fhir:r4_"))}
# Who may do most comes first.
IN_ORDER = ("chloe", "ana", "omar", "admin", "edda", "abel", "otto")
NUMBERS_IN_PATHS = ("5,000 digits", "a number beyond 64 bits", "the largest of 64 bits", "nought")
IN_ADDRESSES = (
    "a NUL", "5,000 digits", "the largest of 64 bits", "the year 1", "the year 9999", "what folds to eighteen times its length",
    "a deep cursor",
)  # fmt: skip
# Of one page, what its forms hold is much the same from row to row.
MOST_FORMS = 3
MOST_ALONE = 8


def somebody(name, browsers):
    allowed = KNOWN[name][2] if name in KNOWN else {"omar"} if name in OWN else ()
    return next((browsers[who] for who in IN_ORDER if who in allowed), Client())


def arguments(name, things):  # noqa: F811
    """Of a row that there is, wherever that can be known; otherwise of none."""
    if name in KNOWN:
        return [things[key] for key in KNOWN[name][1].split()]
    given = things["given"].get(name, ())
    return given or [7_654_321 if kind == "IntConverter" else "none" for kind in ROUTES[name]]


@pytest.fixture(scope="module")
def everything(made, module_db):  # noqa: F811
    """What there is, and every form of every page by where it goes."""
    cookies, rows = made
    found = {}
    with module_db():
        rows = rows | {"given": own_and_public(rows)}
        browsers = {name: browser_with(one) for name, one in cookies.items()}
        for name in ROUTES:
            path = reverse(name, args=arguments(name, rows))
            if name in KNOWN and KNOWN[name][0] != "get":
                continue
            response = send(somebody(name, browsers), "get", path)
            if response.get("Content-Type", "").startswith("text/html"):
                for form in Forms(response.content.decode(), path).found:
                    found.setdefault((form.method, form.action), {})[tuple(sorted(form.values))] = form
    return rows, {where: list(forms.values())[:MOST_FORMS] for where, forms in found.items()}


def own_and_public(rows):
    omar = User.objects.get(pk=rows["person"])
    named = urlsafe_base64_encode(force_bytes(omar.pk))
    notice = Notice.objects.create(user=omar, kind="board", text="A test.", path="/", dedupe_key="a test")
    return {
        "accounts:notice": [notice.pk], "accounts:absence_end": [rows["absence"]],
        "accounts:welcome": [named, invitation_tokens.make_token(omar)],
        "accounts:password_reset_confirm": [named, reset_tokens.make_token(omar)],
        "careplans:calendar": [make_calendar_key(omar, by=omar)],
    }  # fmt: skip


def nothing_broke(faults):
    found = list(filter(None, faults))
    assert not found, "\n".join([f"of {draw.told}:", *found])


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_any_path(name, people, everything):  # noqa: F811
    args = arguments(name, everything[0])
    faults = []
    for place in range(len(ROUTES[name])):
        for number, (kind, path) in enumerate(paths(name, place, args)):
            # Of a sample half: the other half by the other method.
            first = draw.dice(f"{name} {place}").randrange(2)
            for method in ("get", "post") if draw.is_all else (("get", "post")[(first + number) % 2],):
                faults.append(fault(send(somebody(name, people), method, path), name, method, kind))
    nothing_broke(faults)


def paths(name, place, args):
    """With one part of the address as nobody means it."""
    is_number = ROUTES[name][place] == "IntConverter"
    stand_in = 7_654_321 if is_number else "stand-in"
    made_up = reverse(name, args=[*args[:place], stand_in, *args[place + 1 :]])
    for kind in NUMBERS_IN_PATHS if is_number else IN_ADDRESSES:
        yield kind, made_up.replace(str(stand_in), quote(wicked.TEXTS[kind], safe=""))


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_any_address_of_a_page(name, people, everything):  # noqa: F811
    (rows, shown), client = everything, somebody(name, people)
    path = reverse(name, args=arguments(name, rows))
    with names_read() as names:
        send(client, "get", path)
    for form in shown.get(("get", path), ()):
        names |= set(form.values)
    asked = drawn(dict.fromkeys(sorted(names), IN_ADDRESSES), about=name, most=MOST_ALONE)
    nothing_broke(
        fault(send(client, "get", path, {one: wicked.TEXTS[kind] for one, kind in sent.items()}), name, sent)
        for sent in asked
    )


@pytest.mark.parametrize("name", sorted(ROUTES))
def test_any_form(name, people, everything):  # noqa: F811
    (rows, shown), client = everything, somebody(name, people)
    path = reverse(name, args=arguments(name, rows))
    with names_read() as names:
        send(client, "post", path, {})
    forms = shown.get(("post", path)) or [fuzzing.Form(path, "post", dict.fromkeys(names, "1"))]
    faults = []
    for number, form in enumerate(forms):
        for sent, about in variants(form, names, f"{name} {number}"):
            faults.append(fault(send(client, "post", path, sent), name, about))
    nothing_broke(faults)


def variants(form, names, about):
    """As it stands; each field with each of its kinds, all at once; and a sample of them alone, beside others that will do."""
    yield form.values, "as it stands"
    every = sorted({*form.values, *names})
    for sent in drawn({one: kinds_for(one, form.kinds.get(one, "")) for one in every}, about=about, most=MOST_ALONE):
        yield form.values | {one: wicked.TEXTS[kind] for one, kind in sent.items()}, sent
    for kind in ("a NUL", "an expression"):
        yield dict.fromkeys(every, wicked.TEXTS[kind]), ("all", kind)
