"""Whatever is written for one database, or in SQL, has its tests run on both."""

import ast
import re
from pathlib import Path

import pytest

from tests.on_both import BESIDE, LONG, PLACES, ROOT, WRITTEN, runs_on_both

APPS = ("accounts", "careplans", "common", "config", "modalities")
# A statement of our own, or a question which database it is.
OWN = re.compile(
    r"\.vendor\b|connections?(\[\w+\])?\.cursor\(|\bRawSQL\b|\bSELECT\b .*\bFROM\b|\b(INSERT INTO|DELETE FROM)\b|UPDATE \w+ SET"
)


def writes(path):
    """Whether the code of this module does, whatever its comments and docstrings say."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(node):
            node.body = node.body[1:] or [ast.Pass()]
    return bool(OWN.search(ast.unparse(tree)))


WRITING = sorted(
    path.relative_to(ROOT).as_posix()
    for app in APPS for path in (ROOT / app).rglob("*.py") if "migrations" not in path.parts and writes(path)
)  # fmt: skip


@pytest.mark.parametrize("module", WRITING)
def test_whatever_writes_sql_names_its_tests(module):
    assert any(module.startswith(place) for place in WRITTEN), f"name the tests of {module} in tests/on_both.py"


def test_nothing_is_named_that_writes_none():
    assert {place for place in WRITTEN if not any(module.startswith(place) for module in WRITING)} == set()


@pytest.mark.parametrize("place", [*PLACES, *LONG])
def test_every_place_is_there(place):
    assert list((ROOT / "tests").glob(f"{place}**/test_*.py" if place.endswith("/") else place))


def test_most_do_not():
    everything = [*(ROOT / "tests").rglob("test_*.py")]
    assert runs_on_both(ROOT / "tests" / BESIDE[0]) and not runs_on_both(Path(__file__))
    assert len([path for path in everything if runs_on_both(path)]) < len(everything) / 2
