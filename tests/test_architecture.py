"""Who may import whom (architecture.md), read off the imports themselves."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
APPS = ("accounts", "modalities", "careplans")

# A module whose path begins with the key may not import a module that begins with any of the values.
FORBIDDEN = {
    "accounts": ("modalities", "careplans", "config.urls"),
    "modalities": ("careplans",),
    "careplans.models": (
        "careplans.services", "careplans.views", "careplans.api", "careplans.forms", "careplans.tasks", "careplans.outbox.sending",
        "careplans.rules.runner",
    ),
    "careplans.services": (
        "careplans.views", "careplans.api", "careplans.forms", "careplans.tasks", "careplans.outbox.sending", "careplans.rules.runner",
    ),
    "careplans.forms": ("careplans.views", "careplans.api", "careplans.services"),
    "careplans.views": ("careplans.api", "careplans.tasks"),
    "careplans.api": ("careplans.views", "careplans.tasks"),
    "careplans.rules.engine": ("accounts", "modalities", "careplans.models", "careplans.services", "django"),
    "accounts.models": ("accounts.services", "accounts.views", "accounts.forms"),
    "accounts.services": ("accounts.views", "accounts.forms"),
    "modalities.models": ("modalities.services", "modalities.views", "modalities.forms"),
    "modalities.services": ("modalities.views", "modalities.forms"),
}  # fmt: skip

# Only services, and what carries out a delivery, may change rows.
WRITERS = (".create(", ".bulk_create(", ".update(", ".delete(", ".save(", ".get_or_create(", ".update_or_create(")
PURE = ("careplans.readers.plan_changes", "careplans.models.plan_content", "common.merging", "common.local_time")


def modules():
    for app in APPS:
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path, ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def within(name, prefix):
    return name == prefix or name.startswith(f"{prefix}.")


def offences(modules_, forbidden):
    return [
        f"{name} imports {target}"
        for path, name in modules_
        for prefix, targets in forbidden.items()
        if within(name, prefix)
        for target in imported(path)
        if any(within(target, banned) for banned in targets)
    ]


def test_nothing_imports_upwards():
    assert offences(modules(), FORBIDDEN) == []


def test_the_walk_notices_a_forbidden_import(tmp_path):
    bad = tmp_path / "bad.py"
    bad.write_text("from careplans.models import Plan\n")
    assert offences([(bad, "accounts.bad")], FORBIDDEN) == [
        "accounts.bad imports careplans.models",
        "accounts.bad imports careplans.models.Plan",
    ]


@pytest.mark.parametrize(
    "layer",
    ["careplans.views", "careplans.forms", "careplans.api", "accounts.views", "accounts.forms", "modalities.views"],
)
def test_pages_and_forms_change_no_row(layer):
    found = []
    for path, name in modules():
        if not within(name, layer):
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                on_rows = "objects" in ast.unparse(node.func.value)
                if on_rows and f".{node.func.attr}(" in WRITERS:
                    found.append(f"{name}:{node.lineno} {ast.unparse(node)[:80]}")
    assert found == []


def test_no_signal_and_no_save_override():
    found = []
    for path, name in modules():
        tree = ast.parse(path.read_text())
        found += [
            f"{name} imports signals" for target in imported(path) if target.startswith("django.db.models.signals")
        ]
        for node in ast.walk(tree):
            if isinstance(node, ast.ClassDef) and name.split(".")[1:2] == ["models"]:
                found += [f"{name}.{node.name}.save" for item in node.body if getattr(item, "name", "") == "save"]
    assert found == []


@pytest.mark.parametrize("name", PURE)
def test_pure_modules_do_not_query(name):
    text = (ROOT / (name.replace(".", "/") + ".py")).read_text()
    assert ".objects" not in text
