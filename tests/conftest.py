"""The cast of every test. Ana, Chloe, Omar, Ravi, Nina and Anselm share `board`; Otto is on `other_board`;
Admin and Edda are on none."""

import os
from contextlib import ExitStack

import pytest
from django.db import connection
from django.test import TransactionTestCase
from hypothesis import HealthCheck, settings

from modalities import triggers
from tests.databases import commits, copy_of_one, undone_at_the_end
from tests.factories import join, make_board, make_user

# How quick the machine is proves nothing.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")


def pytest_collection_modifyitems(config, items):
    """For the second database: leave out the tests that touch none, which the first run has already seen."""
    if not os.environ.get("ONLY_DATABASE_TESTS"):
        return
    doors = {"db", "transactional_db", "live_server", "chromium", "world"}
    kept = [item for item in items if item.get_closest_marker("django_db") or doors & set(item.fixturenames)]
    config.hook.pytest_deselected(items=[item for item in items if item not in set(kept)])
    items[:] = kept


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker, tmp_path_factory):
    """Side by side, one worker migrates a database and all get a copy of it; alone, as pytest-django does it."""
    worker = getattr(request.config, "workerinput", {}).get("workerid")
    if worker is None or request.config.getvalue("reuse_db") or request.config.getvalue("nomigrations"):
        request.getfixturevalue("django_db_setup")
        yield
        return
    with ExitStack() as stack:
        with django_db_blocker.unblock():
            stack.enter_context(copy_of_one(tmp_path_factory.getbasetemp().parent, worker))
        yield
        with django_db_blocker.unblock():
            stack.close()


@pytest.fixture(scope="module")
def module_db(request, django_db_setup, django_db_blocker):
    """For a fixture that makes rows once for a module: `with module_db(): ...`. Every test finds them as they were made.

    Ask for them anew in each test: rows are put back after a test, objects in memory are not.
    """
    committing = [item.name for item in request.session.items if item.path == request.node.path and commits(item)]
    assert not committing, f"{committing} commit, which would delete what the module keeps: put them into another module"
    with undone_at_the_end(django_db_blocker.unblock):
        yield django_db_blocker.unblock


@pytest.fixture
def board(db):
    return make_board("Northgate")


@pytest.fixture
def other_board(db):
    return make_board("Southbank")


@pytest.fixture
def ana(board):
    user = make_user("ana@northgate.example", "Ana Coordinator")
    join(user, board, "coordinator", "coordination")
    return user


@pytest.fixture
def chloe(board):
    user = make_user("chloe@northgate.example", "Chloe Chair")
    join(user, board, "chair", "surgery")
    return user


@pytest.fixture
def omar(board):
    user = make_user("omar@northgate.example", "Omar Oncologist")
    join(user, board, "member", "medical_oncology")
    return user


@pytest.fixture
def ravi(board):
    user = make_user("ravi@northgate.example", "Ravi Radiologist")
    join(user, board, "member", "radiology")
    return user


@pytest.fixture
def nina(board):
    user = make_user("nina@northgate.example", "Nina Observer")
    join(user, board, "observer")
    return user


@pytest.fixture
def anselm(board):
    user = make_user("anselm@northgate.example", "Anselm Analyst")
    join(user, board, "analyst")
    return user


@pytest.fixture
def otto(other_board):
    user = make_user("otto@southbank.example", "Otto Elsewhere")
    join(user, other_board, "member", "medical_oncology")
    return user


@pytest.fixture
def admin(db):
    return make_user("admin@consilium.example", "Admin", is_administrator=True)


@pytest.fixture
def edda(db):
    return make_user("edda@consilium.example", "Edda Editor", is_content_editor=True)


@pytest.fixture(scope="session", autouse=True)
def flush_past_the_triggers():
    """On SQLite a test database is emptied by DELETE, which the triggers on published revisions refuse."""
    original = TransactionTestCase._fixture_teardown

    def teardown(self):
        with triggers.suspended(connection):
            original(self)

    TransactionTestCase._fixture_teardown = teardown
    yield
    TransactionTestCase._fixture_teardown = original
