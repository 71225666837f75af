"""A session that ends while typing loses nothing on any form: whoever signs in again stands before it, with all of it in it.

The forms are found in the pages of every address (tests/test_url_access.py), so that a new one is tried as soon as it is drawn.
"""

import re
from dataclasses import dataclass

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Typed, User
from accounts.putting_back import values_of
from accounts.services.typed import kept_typed
from common.drawn_forms import BUTTONS, DrawnForm, drawn_forms, not_in
from tests.test_url_access import ON_BOARD, SIGNED_IN, SITE, address, made, people, things  # noqa: F401

pytestmark = pytest.mark.django_db

PAGES = {
    name: entry for name, entry in {**ON_BOARD, **SITE, **{n: (*e, {"chloe"}) for n, e in SIGNED_IN.items()}}.items()
    if entry[0] == "get"
}  # fmt: skip
SEEN_BY = ("chloe", "omar", "ana", "edda", "abel", "admin", "nina", "anselm", "otto")


@dataclass
class Sent:
    where: str
    who: str
    form: DrawnForm
    path: str
    page: str
    values: dict[str, list[str]]


def forms_of(people, things):  # noqa: F811
    """One of each form: by the page's name, what it is sent to and what is in it."""
    seen = set()
    for name, (_, about, may) in sorted(PAGES.items()):
        for who in [one for one in SEEN_BY if one in may][:2]:
            page = address(name, about, things)
            answer = people[who].get(page)
            if answer.status_code != 200 or not answer.headers["Content-Type"].startswith("text/html"):
                continue
            html = answer.content.decode()
            for form in drawn_forms(html):
                controls = tuple(sorted({one.name for one in form.controls}))
                kind = (re.sub(r"\d+", "N", form.address(page)), re.sub(r"-\d+-", "-N-", str(controls)))
                if kind in seen or form.start < html.find("<main"):
                    continue
                seen.add(kind)
                yield Sent(name, who, form, form.address(page), page, typed_into(form))


def typed_into(form):
    """Something in every control, as a person would: words in text, another option, each tick turned round."""
    values, pressed = {}, False
    for number, control in enumerate(form.controls):
        held = values.setdefault(control.name, [])
        if control.kind in BUTTONS:
            if not pressed and control.offered:
                held.append(control.offered)
            pressed = True
        elif control.kind == "checkbox":
            held += [] if control.values else [control.offered]
        elif control.kind == "radio":
            held[:] = [control.offered]
        elif control.kind == "select":
            held.append(control.options[-1].attrs.get("value", "") if control.options else "")
        elif control.kind in ("hidden",):
            held.append(control.offered)
        elif control.kind != "file":
            held.append(typed_text(control, number))
    return {name: sent for name, sent in values.items() if sent}


def typed_text(control, number):
    kind = control.attrs.get("type", "text")
    if kind == "date":
        return "2031-03-04"
    if control.attrs.get("inputmode") in ("numeric", "decimal") or kind == "number":
        return "7"
    return f"typed “{number}” <b>&"


def is_typed(form):
    return any(one.kind not in BUTTONS | {"hidden", "file"} for one in form.controls)


WRITES = re.compile(r'^(?:INSERT INTO|UPDATE|DELETE FROM) "(\w+)"')
# A session, who looked, and what waits: no part of what was sent.
WATCH = {"django_session", "accounts_auditevent", "accounts_typed"}


def test_every_form_is_there_again_and_nothing_of_it_is_written(people, things):  # noqa: F811
    wrong, tried = [], 0
    for sent in forms_of(people, things):
        if not is_typed(sent.form):
            continue
        tried += 1
        told = after_signing_in(sent)
        Typed.objects.all().delete()
        if told:
            wrong.append(f"{sent.where} as {sent.who} -> {sent.path}: {told}")
    assert wrong == []
    assert tried > 75


def after_signing_in(sent):
    """What is wrong with what stands there then; empty where nothing is."""
    person = User.objects.get(email__startswith=f"{sent.who}@")
    client = Client()
    answer = client.post(sent.path, sent.values, headers={"referer": f"http://testserver{sent.page}"})
    if not answer.headers.get("Location", "").startswith(reverse("accounts:login")):
        return f"{answer.status_code} while signed out"
    client.force_login(person)
    with CaptureQueriesContext(connection) as asked:
        page = client.get(reverse("accounts:typed_form"), follow=True)
    written = {found[1] for query in asked.captured_queries if (found := WRITES.match(query["sql"]))} - WATCH
    if written:
        return f"writes {written}"
    html, here = page.content.decode(), page.request["PATH_INFO"]
    if query := page.request["QUERY_STRING"]:
        here = f"{here}?{query}"
    if page.status_code != 200 or 'id="typed-back"' not in html:
        return f"{page.status_code} at {here}, not marked"
    if re.search(r'__list">\s*</ul>|__content"><p>\s*</p>', html):
        return "an empty problem is shown"
    [form] = [one for one in drawn_forms(html) if "kept-row" in one.standing()]
    [kept] = kept_typed(person)
    off = not_in(form, values_of(kept[1]), leave=lambda name: name.startswith(("version", "base-")))
    return f"not there: {off}" if off or form.address(here) != sent.path else ""
