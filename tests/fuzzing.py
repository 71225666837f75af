"""What tests/test_fuzz_*.py share: which forms a page shows, which names a view reads, what is drawn, and sending without a
trace.

A run sends a sample, drawn anew by a seed that its head and each failure name: every route, every parameter of it and every kind
of value, but not each value as each parameter. `--fuzz-seed 7` draws that sample again, `--fuzz all` sends everything.
"""

import random
import traceback
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from html.parser import HTMLParser
from unittest.mock import patch

import hypothesis
from django.db import transaction
from django.http import QueryDict
from django.urls import URLResolver, get_resolver

from tests import wicked

PLAUSIBLE = {"date": "2026-11-20", "email": "new@consilium.example", "number": "4", "search": "Ash", "checkbox": "on"}
OURS = ("csrfmiddlewaretoken",)


@dataclass
class Form:
    """A form as a page shows it: where it goes, and each field with a value that will do."""

    action: str
    method: str
    values: dict = field(default_factory=dict)
    kinds: dict = field(default_factory=dict)
    """The type of each field."""


class Forms(HTMLParser):
    """Every form of a page, also the fields that stand elsewhere and join one by its id."""

    def __init__(self, page, path):
        super().__init__()
        self.path, self.found, self.by_id, self.open, self.select, self.area = path, [], {}, None, None, None
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "form":
            self.open = Form(
                (given.get("action") or self.path).split("?")[0].split("#")[0], given.get("method", "get").lower()
            )
            self.found.append(self.open)
            if given.get("id"):
                self.by_id[given["id"]] = self.open
        form = self.by_id.get(given.get("form"), self.open)
        name = given.get("name")
        if form is None or (tag in ("input", "textarea", "select", "button") and not name) or name in OURS:
            return
        if tag == "input" or tag == "button":
            self._take(form, name, given.get("type") or "text", given)
        elif tag == "textarea":
            form.kinds[name], self.area = "textarea", (form, name)
            form.values[name] = "words"
        elif tag == "select":
            form.kinds[name], self.select = "select", (form, name)
            form.values.setdefault(name, "")
        elif tag == "option" and self.select and given.get("value") and not self.select[0].values[self.select[1]]:
            self.select[0].values[self.select[1]] = given["value"]

    def _take(self, form, name, kind, given):
        form.kinds.setdefault(name, kind)
        value = given.get("value") or ""
        if kind in ("radio", "checkbox", "submit", "hidden"):
            form.values.setdefault(name, value or PLAUSIBLE["checkbox"])
        else:
            number = given.get("inputmode") in ("numeric", "decimal")
            form.kinds[name] = "number" if number else kind
            form.values[name] = value or PLAUSIBLE.get(form.kinds[name], "word")

    def handle_endtag(self, tag):
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None


def routes(resolver=None, namespace=""):
    """Every named route with the converters of its arguments."""
    for pattern in (resolver or get_resolver()).url_patterns:
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, f"{namespace}{pattern.namespace}:" if pattern.namespace else namespace)
        else:
            yield f"{namespace}{pattern.name}", [type(one).__name__ for one in pattern.pattern.converters.values()]


@contextmanager
def names_read():
    """The names that are asked of any address or form meanwhile."""
    names = set()
    item, several, holds = QueryDict.__getitem__, QueryDict.getlist, QueryDict.__contains__

    def noting(original):
        def read(self, key, *args, **kwargs):
            if isinstance(key, str) and key not in OURS:
                names.add(key)
            return original(self, key, *args, **kwargs)

        return read

    with (
        patch.object(QueryDict, "__getitem__", noting(item)),
        patch.object(QueryDict, "getlist", noting(several)),
        patch.object(QueryDict, "__contains__", noting(holds)),
    ):
        yield names


def send(client, method, path, data=None, **more):
    """Ask, and leave everything as it was: the next request finds the same rows and is as deep."""
    client.raise_request_exception = False
    cookies = deepcopy(client.cookies)
    with transaction.atomic():
        response = getattr(client, method)(path, data, **more)
        if response.streaming:
            response.getvalue()
        transaction.set_rollback(True)
    client.cookies = cookies
    return response


def fault(response, *about):
    """What broke, and where of ours; empty for any answer but 500."""
    if response.status_code != 500:
        return ""
    if not response.exc_info:
        return f"{about}: 500"
    kind, error, trace = response.exc_info
    frames = [
        f for f in traceback.extract_tb(trace) if "site-packages" not in f.filename and "/lib/python" not in f.filename
    ]
    where = f"{frames[-1].filename.rsplit('/', 3)[-3:]}:{frames[-1].lineno}" if frames else ""
    return f"{about}: {kind.__name__} {str(error)[:120]} {where}"


def kinds_for(name, kind):
    """The kinds worth sending as this field: a number is asked other things than a word."""
    if kind == "number" or name in ("version", "seen") or name.endswith(("_id", "FORMS", "version")):
        return wicked.NUMBERS
    if kind == "date":
        return wicked.DAYS
    if kind in ("text", "textarea", "search", "email", "tel", "url"):
        return wicked.WORDS
    return ("deep JSON",)


@dataclass
class Draw:
    """What this run sends of all there is. Without a seed everything, the same each time."""

    seed: int | None = None

    @property
    def is_all(self):
        return self.seed is None

    @property
    def told(self):
        return "everything" if self.is_all else f"a sample; --fuzz-seed {self.seed} draws it again"

    def dice(self, about):
        return random.Random(about if self.is_all else f"{self.seed} {about}")

    def times(self, all_of_them, few):
        """How many stories are made up at random. The first of them is the simplest there is, the same each time."""
        return all_of_them if self.is_all else few

    def sown(self, test):
        """A test of Hypothesis whose stories are those of this run's seed."""
        return test if self.is_all else hypothesis.seed(self.seed)(test)

    def some(self, kinds, most, about):
        """All of them, or so many."""
        kinds = list(kinds)
        return kinds if self.is_all else self.dice(about).sample(kinds, min(most, len(kinds)))

    def of_each_family(self, about, families):
        """All kinds of these families, or one of each."""
        if self.is_all:
            return tuple(kind for family in families for kind in family)
        dice = self.dice(about)
        return tuple(dice.choice(family) for family in families)


draw = Draw()
# Alone, in a sample.
FEW_ALONE = 2


def drawn(kinds, *, about, most, turns=None):
    """What to send, as {name: kind}: every name with kinds of its own, all at once, then `most` alone.

    All at once finds what breaks while a field is read; alone, beside others that will do, what breaks behind. Of everything,
    each name meets each of its kinds, or `turns` of them; of a sample each name meets one, and each kind is met by one name.
    """
    if not kinds:
        return
    dice = draw.dice(about)
    yield from _each_in_turn(kinds, dice, turns) if draw.is_all else _dealt(kinds, dice)
    pairs = [(name, kind) for name, of in kinds.items() for kind in of]
    most = most if draw.is_all else min(most, FEW_ALONE)
    for name, kind in dice.sample(pairs, min(most, len(pairs))) if len(kinds) > 1 else ():
        yield {name: kind}


def _each_in_turn(kinds, dice, turns):
    count = max(len(of) for of in kinds.values())
    shifts = {name: dice.randrange(count) for name in kinds}
    for turn in dice.sample(range(count), min(turns or count, count)):
        yield {name: of[(turn + shifts[name]) % len(of)] for name, of in kinds.items()}


def _dealt(kinds, dice):
    """The kinds of each sort of field dealt out among those fields, until none is left."""
    sorts = {}
    for name, of in kinds.items():
        sorts.setdefault(of, []).append(name)
    hands = {}
    for of, names in sorts.items():
        first = dice.randrange(len(of))
        for place, name in enumerate(dice.sample(names, len(names))):
            hands[name] = (first + place, len(names))
    for turn in range(max(-(-len(of) // len(names)) for of, names in sorts.items())):
        yield {name: kinds[name][(first + turn * step) % len(kinds[name])] for name, (first, step) in hands.items()}
