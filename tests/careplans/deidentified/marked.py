"""A board of which every row has a key that stands for nothing else and every text a mark, with projects in months and shifted;
and what says in an answer who is meant."""

import re
from datetime import date

from django.apps import apps
from django.db import connection

from accounts.models import Board, User
from accounts.pseudonyms import key_of as masking_key
from careplans.deidentified import days
from careplans.deidentified.nouns import MASKED
from careplans.models import Plan, Proforma
from tests.careplans.test_analysts_text import MARK, make_everything, mark_everything
from tests.factories import make_cast, make_project
from tests.rewriting import rewriting

__all__ = ["masking_key"]
FIRST_KEY = 7_100_000_000
MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
IN_WORDS = re.compile(rf"\b\d{{1,2}} (?:{MONTHS})[a-z]* \d{{4}}\b")
ISO = re.compile(r"\b(\d{4}-\d{2}-\d{2})(T[0-9:.]+)?")


def masked_models():
    return [
        model
        for app in ("accounts", "careplans")
        for model in apps.get_app_config(app).get_models()
        if model._meta.model_name in MASKED
    ]


def begin_keys_at(first):
    """Each table with numbers of its own."""
    with connection.cursor() as cursor:
        for place, model in enumerate(model for model in masked_models() if model._meta.pk.column == "id"):
            table, start = model._meta.db_table, first + place * 1_000_000
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, start])
            else:
                cursor.execute("SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)", [table, start])


def make_marked():
    begin_keys_at(FIRST_KEY)
    cast = make_cast()
    make_everything(cast)
    with rewriting():
        mark_everything()
        Proforma.objects.update(diagnosed_on="2019-05-17", pathology_on="2019-05")
        ended = Plan.objects.exclude(released_at=None)
        ended.update(toxicity="grade_3", toxicity_term=f"{MARK}3", response="partial", response_on="2026-05-17")
    Board.objects.filter(pk=cast.board.pk).update(version=1)
    User.objects.filter(pk=cast.anselm.pk).update(name="Anselm Analyst")
    by = {"by": User.objects.get(pk=cast.chloe.pk), "analysts": [cast.anselm]}
    cast.months = make_project(Board.objects.get(pk=cast.board.pk), **by, name="In months")
    cast.shifted = make_project(Board.objects.get(pk=cast.board.pk), **by, name="Shifted", dates="offsets")
    cast.again = make_project(Board.objects.get(pk=cast.board.pk), **by, name="Another one")
    return cast


def keys_of(made):
    """Of every row that may not be named, but of the person who asks: a page may know who looks at it."""
    rows = (model._default_manager.order_by().values_list("pk", flat=True) for model in masked_models())
    return {str(pk) for found in rows for pk in found} - {str(made.anselm.pk)}


def leaks(told, keys, *, months):
    """What says who is meant, by address: the first thing of each kind."""
    found = {}
    for address, text in told.items():
        numbers = set(re.findall(r"\d{10,}", text)) & keys
        whole = [
            day
            for day, at in ISO.findall(text)
            if not (day.endswith("-01") and at in ("", "T00:00:00")) and not is_end(day, at)
        ]
        faults = [*sorted(numbers)[:1], *re.findall(f"{MARK}[0-9a-z]*", text)[:1]]
        faults += [*whole[:1], *[day for day in IN_WORDS.findall(text) if not is_month(day)][:1]] if months else []
        if faults:
            found[address] = faults
    return found


def is_end(day, at):
    """The last day of a month, or its last moment: of a period, or as of which is asked. No row of `made` has such a day."""
    last = date.fromisoformat(day)
    # In an address its colons are written otherwise.
    return (not at or at.startswith(("T22", "T23"))) and last == days.last_of_month(last)


def is_month(words):
    day, month, year = words.split()
    found = date(int(year), 1 + MONTHS.split("|").index(month[:3]), int(day))
    return found in (days.month_of(found), days.last_of_month(found))
