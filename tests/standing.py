"""What the fixtures of a test made stands for the next test that asks for the same, as it was made.

Most tests begin with a board, its people and perhaps a plan in force; to make these anew for each took a third of the time of a
run. So the rows of such fixtures stay within savepoints, one for each fixture, around the transaction of the test: the next test
of the module goes back to the last of them that it shares, and the rest is made. Objects in memory are copied for each test, so
that nobody sees what another did to them.

This holds of a fixture that is a function of the database and of nothing else: it is made for each test, has neither parameters
nor a `yield`, and asks for such fixtures, `db` and what a module keeps alone. Whatever stubs something or travels in time asks
for more and is made anew, and so is what the test makes behind it. A test that commits finds an empty database, as ever.
`pytestmark = pytest.mark.anew` is for what goes by how long ago a fixture ran.
"""

import copy
import inspect
from datetime import date
from itertools import takewhile
from types import FunctionType, MethodType

import pytest
from django.db import connection, transaction
from pytest_django.plugin import blocking_manager_key

from tests.databases import commits

# Begun by pytest-django before any other fixture of a test that asks the database.
DATABASE = "_django_db_helper"
GIVEN = ("db", DATABASE)
# Looks on, and changes nothing.
NEUTRAL = ("nothing_is_written_over_untold", "untold")


class Standing:
    """The fixtures of which rows stand now, in the order in which they were made; the savepoint around each; and what all of them
    were once it was made, since one may change an object of another."""

    def __init__(self):
        self.made, self.around, self.values, self.copies, self.refused = [], [], [{}], {}, set()
        self.day = date.today()

    def before(self, fixturedef, request):
        """Asked before any fixture is made: whether that one stands, and its value for this test."""
        if fixturedef.scope == "module":
            # What a module makes is there until its end, so nothing of one test may stand around it.
            self.fall(request.config)
        elif fixturedef.argname == DATABASE:
            # What the module wrote over is none of this test's.
            request.getfixturevalue("untold").clear()
            with unblocked(request.config):
                self._make_ready(request.node, request)
            request.node.getparent(pytest.Module).addfinalizer(lambda: self.fall(request.config))
        stands = fixturedef in self.made and fixturedef.argname in self.copies
        return stands, self.copies[fixturedef.argname] if stands else None

    def fall(self, config):
        if self.made:
            with unblocked(config):
                self._go_back(0)

    def _make_ready(self, item, request):
        """Of the fixtures of this test stands what can, and nothing else."""
        wanted = [] if commits(item) or item.get_closest_marker("anew") else self._wanted(item)
        defined = item._fixtureinfo.name2fixturedefs
        for name in {name for made in wanted for name in made.argnames if name not in GIVEN}:
            if defined[name][-1].scope == "module":
                request.getfixturevalue(name)
        if date.today() != self.day:
            # Made of days that are past by now.
            self.day = date.today()
            self._go_back(0)
        shared = sum(1 for _ in takewhile(lambda pair: pair[0] is pair[1], zip(self.made, wanted, strict=False)))
        self._go_back(shared)
        for made in wanted[shared:]:
            if not self._make(made, request):
                break
        self.copies = copy.deepcopy(self.values[-1])

    def _go_back(self, count):
        """To the first so many of them."""
        if self.made and not connection.in_atomic_block:
            # Whatever closed the connection took the rows with it.
            self.around, count = [], 0
        while len(self.around) > count:
            around = self.around.pop()
            transaction.set_rollback(True)
            around.__exit__(None, None, None)
        del self.made[count:], self.values[count + 1 :]
        self.copies = {}

    def _wanted(self, item):
        """What the test would make until something else than rows is made, such as another day: what comes then is made under
        that, anew. Those of the module first, with what they ask for: they take long, and its tests share them."""
        defined = item._fixtureinfo.name2fixturedefs
        before = {}
        for name in item.fixturenames:
            if not self._note(name, defined, before):
                break
        own = [name for name, made in before.items() if made.baseid == item.parent.nodeid]
        found = {}
        for name in (*own, *before):
            self._note(name, defined, found)
        return [found[name] for name in found if name in before]

    def _note(self, name, defined, found):
        """Behind those that it asks for. False where the test makes something of another kind here."""
        made = defined[name][-1] if defined.get(name) else None
        if name in found or name in NEUTRAL or made is None or made.scope != "function" or not _is_ours(made):
            return True
        for asked in made.argnames:
            if not self._note(asked, defined, found):
                return False
        if self._can_stand(name, defined):
            found[name] = made
        return name in found

    def _can_stand(self, name, defined):
        """Whether a fixture that stands may ask for it."""
        made = defined[name][-1] if defined.get(name) else None
        if name in GIVEN or made is None or made.scope != "function":
            return name in GIVEN or (made is not None and made.scope == "module")
        return (
            made not in self.refused and _is_plain(made) and all(self._can_stand(one, defined) for one in made.argnames)
        )

    def _make(self, made, request):
        """Whether it could be kept. Else it is made anew in the test, and fails there if that is what it does."""
        values = copy.deepcopy(self.values[-1])
        asked = {name: values[name] if name in values else _given(name, request) for name in made.argnames}
        around = transaction.atomic()
        # As Django marks those of its own TestCase: a durable block may stand within it.
        around._from_testcase = True
        around.__enter__()
        try:
            values[made.argname] = made.func(**asked)
            copy.deepcopy(values)
            is_kept = not isinstance(values[made.argname], FunctionType | MethodType)
        except Exception:
            is_kept = False
        self.made.append(made)
        self.around.append(around)
        self.values.append(values)
        if not is_kept:
            self.refused.add(made)
            self._go_back(len(self.made) - 1)
        return is_kept


def _given(name, request):
    return None if name in GIVEN else request.getfixturevalue(name)


def _is_plain(made):
    return (
        not made.params
        and _is_ours(made)
        and made.argname not in made.argnames
        and isinstance(made.func, FunctionType)
        and not inspect.isgeneratorfunction(made.func)
    )


def _is_ours(made):
    return made.func.__module__.startswith("tests.")


def unblocked(config):
    return config.stash[blocking_manager_key].unblock()
