"""What a module makes once is there for each of its tests as it was made, whatever the test before did to it."""

import ast
from types import SimpleNamespace

import pytest
from django.db import IntegrityError, connection, transaction

from accounts.models import Board
from tests.databases import MAKING, ROOT, commits, making
from tests.factories import make_board

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def made(module_db):
    with module_db():
        return make_board("Northgate").pk


@pytest.mark.parametrize("time", [1, 2])
def test_a_change_is_undone(made, time):
    assert [board.name for board in Board.objects.all()] == ["Northgate"]
    Board.objects.filter(pk=made).update(name="Elsewhere")
    make_board("Southbank")


@pytest.mark.parametrize("time", [1, 2])
def test_a_failed_statement_spoils_nothing_for_the_next(made, time):
    assert Board.objects.get().name == "Northgate"
    with pytest.raises(IntegrityError):
        Board.objects.create(pk=made, name="Twice")


def test_each_test_is_a_transaction_of_its_own_within(made):
    assert connection.in_atomic_block
    with transaction.atomic(durable=True):
        Board.objects.filter(pk=made).update(name="Elsewhere")


@pytest.mark.parametrize(
    ("marker", "fixtures", "answer"),
    [
        (None, ["db"], False),
        (None, ["live_server"], True),
        (pytest.mark.django_db(transaction=True).mark, [], True),
        (pytest.mark.django_db.mark, ["board"], False),
    ],
)
def test_what_commits_is_told_apart(marker, fixtures, answer):
    item = SimpleNamespace(get_closest_marker=lambda name: marker, fixturenames=fixtures)
    assert commits(item) is answer


def test_another_migration_or_model_makes_another_empty_database(tmp_path):
    """Else the tests would run on the tables of yesterday."""
    (tmp_path / "requirements.lock").write_text("django==5.2.19")
    (tmp_path / "cases" / "migrations").mkdir(parents=True)
    (tmp_path / "cases" / "models").mkdir()
    names = [making(tmp_path)]
    for path in ("cases/migrations/0001_initial.py", "cases/models/cases.py", "requirements.lock"):
        (tmp_path / path).write_text("changed = True")
        names.append(making(tmp_path))
    assert len(set(names)) == 4
    assert making(tmp_path) == names[-1]


def test_what_the_migrations_import_of_the_project_is_part_of_its_name():
    """A migration that took its triggers from elsewhere would not be noticed."""
    imported = set()
    for path in ROOT.glob("*/migrations/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and node.module:
                imported |= {node.module, *(f"{node.module}.{one.name}" for one in node.names)}
            elif isinstance(node, ast.Import):
                imported |= {one.name for one in node.names}
    files = {ROOT / (name.replace(".", "/") + ".py") for name in imported}
    ours = {path for path in files if path.exists()}
    assert ours
    assert ours <= {path for pattern in MAKING for path in ROOT.glob(pattern)}
