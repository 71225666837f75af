"""The cast of every test. Ana, Chloe, Omar, Ravi, Nina and Anselm share `board`; Otto is on `other_board`;
Admin and Edda are on none."""

import gc
import io
import os
import random
from contextlib import ExitStack
from datetime import timedelta

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import TransactionTestCase
from django.utils import timezone
from hypothesis import HealthCheck, settings

from accounts.services.sent import Claimed
from careplans import history
from careplans.outbox import health
from modalities.services import load_pages
from tests import fuzzing
from tests.databases import commits, copy_of_one, empty, undone_at_the_end
from tests.factories import make_admin, make_board, make_edda, make_eve, make_member, make_otto
from tests.on_both import runs_on_both
from tests.races import Track
from tests.standing import Standing
from tests.untold import untold_notes

# How quick the machine is proves nothing.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


# Their values are rows of `FactChange`.
TOLD_ELSEWHERE = {
    "facts_changed", "facts_changed_under_plan", "facts_acknowledged", "facts_marked_under_plan", "contradiction_answered",
}  # fmt: skip

STANDING = Standing()
# A run may go on past midnight: so modules are read as if that had come since, and what takes the day of their reading for today
# fails at any hour.
THE_DAY_BEFORE = ExitStack()


def pytest_addoption(parser):
    parser.addoption(
        "--meetings",
        type=int,
        default=16,
        help="how often two transactions meet at most in a race (16; all is about 200)",
    )
    parser.addoption("--fuzz", choices=["sample", "all"], default="sample", help="what tests/test_fuzz_*.py send")
    parser.addoption(
        "--fuzz-calls", type=int, help="how many calls tests/test_schemathesis.py sends as each role at least"
    )
    parser.addoption("--fuzz-seed", type=int, help="draw this sample again")


def pytest_configure(config):
    """The workers are started later and get the same seed; they collect, too."""
    if not getattr(config.option, "numprocesses", None):
        THE_DAY_BEFORE.enter_context(time_machine.travel(timezone.now() - timedelta(days=1)))
    if config.option.fuzz_seed is None:
        config.option.fuzz_seed = random.randrange(10**6)
    fuzzing.draw.seed = None if config.option.fuzz == "all" else config.option.fuzz_seed


def pytest_report_header(config):
    return f"fuzz: {fuzzing.draw.told}"


def pytest_collection_modifyitems(config, items):
    """The long ones first, so that no worker is left with one at the end; and on SQLite what is not the same there."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)
    if os.environ.get("ONLY_WHAT_DIFFERS"):
        left = [item for item in items if not runs_on_both(item.path)]
        config.hook.pytest_deselected(items=left)
        items[:] = [item for item in items if runs_on_both(item.path)]


def pytest_collection_finish(session):
    """Today again. What is loaded by now stays; to look through it for garbage again and again took a tenth of the time."""
    THE_DAY_BEFORE.close()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef, request):
    """What stands is not made again: tests/standing.py."""
    stands, value = STANDING.before(fixturedef, request)
    if not stands:
        return (yield)
    makes, fixturedef.func = fixturedef.func, lambda **asked: value
    try:
        return (yield)
    finally:
        fixturedef.func = makes


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker):
    """Each worker gets a copy of an empty database that is kept between runs."""
    if request.config.getvalue("reuse_db") or request.config.getvalue("nomigrations"):
        request.getfixturevalue("django_db_setup")
        yield
        return
    worker = getattr(request.config, "workerinput", {}).get("workerid", "alone")
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(copy_of_one(request.config.cache.mkdir("empty-databases"), worker))
        yield
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture(scope="module")
def module_db(request, django_db_setup, django_db_blocker):
    """For a fixture that makes rows once for a module: `with module_db(): ...`. Every test finds them as they were made.

    Ask for them anew in each test: rows are put back after a test, objects in memory are not.
    """
    committing = [item.name for item in request.session.items if item.path == request.node.path and commits(item)]
    assert not committing, (
        f"{committing} commit, which would delete what the module keeps: put them into another module"
    )
    with undone_at_the_end(django_db_blocker.unblock):
        yield django_db_blocker.unblock


@pytest.fixture(scope="module")
def demo_board(module_db):
    """The demo board, its stories told once for a module."""
    with module_db():
        call_command("seed_demo", yes=True, stdout=io.StringIO())


@pytest.fixture(scope="module")
def loaded_pages(module_db):
    with module_db():
        return load_pages()


@pytest.fixture
def pages(loaded_pages, db):
    """The reference pages that come with the app, loaded once for a module."""
    return list(loaded_pages)


@pytest.fixture
def board(db):
    return make_board("Northgate")


@pytest.fixture
def other_board(db):
    return make_board("Southbank")


@pytest.fixture
def ana(board):
    return make_member("ana", board)


@pytest.fixture
def chloe(board):
    return make_member("chloe", board)


@pytest.fixture
def omar(board):
    return make_member("omar", board)


@pytest.fixture
def ravi(board):
    return make_member("ravi", board)


@pytest.fixture
def nina(board):
    return make_member("nina", board)


@pytest.fixture
def anselm(board):
    return make_member("anselm", board)


@pytest.fixture
def eve(board):
    return make_eve(board)


@pytest.fixture
def otto(other_board):
    return make_otto(other_board)


@pytest.fixture
def admin(db):
    return make_admin()


@pytest.fixture
def edda(db):
    return make_edda()


@pytest.fixture(scope="session", autouse=True)
def emptied_after_what_commits():
    """Past the triggers, which refuse to delete, and without what Django's flush does beside it."""
    original = TransactionTestCase._fixture_teardown
    TransactionTestCase._fixture_teardown = lambda self: empty(connection)
    yield
    TransactionTestCase._fixture_teardown = original


@pytest.fixture(scope="session", autouse=True)
def nobody_waits_for_the_tick():
    """Tests run longer than a server may be without a tick; those about that say since when they wait."""
    health.STARTED, original = float("inf"), health.STARTED
    yield
    health.STARTED = original


@pytest.fixture(scope="session", autouse=True)
def no_field_is_only_named():
    """Whatever verb a test calls: an event that names the fields that were changed tells their old and new values, too."""
    original = history._event

    def checked(subject, **values):
        if values["data"].get("fields") and values["kind"] not in TOLD_ELSEWHERE:
            told = values["data"]
            assert told.get("was") and set(told["was"]) == set(told.get("now", {})), (
                f"{values['kind']} only names {told}"
            )
        return original(subject, **values)

    history._event = checked
    yield
    history._event = original


@pytest.fixture(scope="session", autouse=True)
def no_refusal_uses_a_token_up():
    """Whatever page or call a test refuses: nothing was done, so the same form or key is not answered as done."""
    original = Claimed.keep

    def checked(claim, answer):
        assert not 400 <= answer.status < 500, "Refused, and yet its token is used up: is a look of it an `aside`?"
        original(claim, answer)

    Claimed.keep = checked
    yield
    Claimed.keep = original


@pytest.fixture(scope="session")
def untold():
    with untold_notes() as found:
        yield found


@pytest.fixture(autouse=True)
def nothing_is_written_over_untold(untold):
    """Whatever verb a test or one of its fixtures calls: what it wrote over stands in an event or an entry of the trail when it
    has ended. Cleared before the first of its rows is made (tests/standing.py)."""
    yield
    assert untold == [], f"written over, and told nowhere: {sorted(set(untold))}"


@pytest.fixture
def track(transactional_db, pytestconfig, request):
    """Where two transactions meet: `tests/races.py`. The two end with the test, before its rows do."""
    track = Track(pytestconfig.getoption("meetings"), fuzzing.draw.dice(request.node.name))
    yield track
    track.close()
